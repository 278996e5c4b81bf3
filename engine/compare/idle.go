package compare

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Idle is a line of the prefix list, on both sides, of which all frames that occur become irrelevant.
type Idle struct {
	Line   siglists.Line   // as the base has it
	By     []siglists.Line // the lines of the irrelevant list that take them
	Frames []FrameCount
}

// Has tells whether a text is in one of the frames. An empty one is in none.
func (i Idle) Has(text string) bool {
	return text != "" && slices.ContainsFunc(i.Frames, func(f FrameCount) bool { return strings.Contains(f.Frame, text) })
}

// prefixTally is what becomes of the frames that a line of the prefix list decides. Tallies of parts merge into that
// of the whole.
type prefixTally struct {
	Kept bool                   `json:",omitempty"` // it has frames that stay as they are
	Lost map[string]int         `json:",omitempty"` // those that become irrelevant, with the crashes that have them
	By   map[siglists.Line]bool `json:",omitempty"` // the lines that take those
}

func (p prefixTally) merge(q prefixTally) prefixTally {
	p.Kept = p.Kept || q.Kept
	p.Lost = sum(p.Lost, q.Lost)
	for line := range q.By {
		p.By = put(p.By, line, true)
	}
	return p
}

// prefixes finds what becomes of the frames of the prefix list, of symbols that some crashes each have.
func prefixes(e *table.Edit, crashes []int) map[siglists.Line]prefixTally {
	all := map[siglists.Line]prefixTally{}
	for n := range e.Symbols() {
		before, after := e.Before(n), e.After(n)
		if crashes[n] == 0 || before.Irrelevant.OK || before.Prefix.Line == nil {
			continue
		}
		line := *before.Prefix.Line
		t := all[line]
		switch {
		case after.Irrelevant.Line == nil:
			t.Kept = true
		case !e.To.List(siglists.Prefix).Has(line.Text):
			continue // it is gone
		default:
			t.Lost, t.By = count(t.Lost, before.Text, crashes[n]), put(t.By, *after.Irrelevant.Line, true)
		}
		all[line] = t
	}
	return all
}

// Idle are the lines of the prefix list that the change leaves nothing to do, by crashes descending. They are found
// where lines are weighed.
func (t *Tally) Idle() []Idle {
	var all []Idle
	for line, p := range t.prefixes {
		if !p.Kept && len(p.Lost) > 0 {
			all = append(all, Idle{line, slices.SortedFunc(maps.Keys(p.By), compareLines), FrameCounts(p.Lost)})
		}
	}
	slices.SortFunc(all, func(a, b Idle) int {
		return cmp.Or(cmp.Compare(b.Frames[0].Crashes, a.Frames[0].Crashes), compareLines(a.Line, b.Line))
	})
	return all
}
