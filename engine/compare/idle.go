package compare

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Idle is a line of the prefix list, on both sides, of which frames become irrelevant. It may have others.
type Idle struct {
	Line   siglists.Line   // as the base has it
	By     []siglists.Line // the lines of the irrelevant list that take the frames
	Frames []FrameCount
}

// Has tells whether a text is in one of the frames. An empty one is in none.
func (i Idle) Has(text string) bool {
	return text != "" && slices.ContainsFunc(i.Frames, func(f FrameCount) bool { return strings.Contains(f.Frame, text) })
}

// prefixTally is what becomes of the frames that a line of the prefix list decides. Tallies of parts merge into that
// of the whole.
type prefixTally struct {
	Lost map[string]int         // those that become irrelevant, with the crashes that have them
	By   map[siglists.Line]bool // the lines that take those
}

// merge takes in what another part found of the line.
func (p prefixTally) merge(q prefixTally) prefixTally {
	p.Lost = sum(p.Lost, q.Lost)
	for line := range q.By {
		p.By = put(p.By, line, true)
	}
	return p
}

// prefixes finds what the prefix list loses, of symbols that some crashes each have. Nothing is said where lists are entangled,
// since lines that others take are told from their own texts.
func prefixes(e *table.Edit, crashes []int) map[siglists.Line]prefixTally {
	all := map[siglists.Line]prefixTally{}
	if entangled(e) {
		return all
	}
	for _, n := range e.Concerned() {
		before, after := e.Before(n), e.After(n)
		// A frame that was irrelevant before gave its prefix line nothing to do then either.
		if crashes[n] == 0 || after.Irrelevant().Line == nil || before.Irrelevant().OK || before.Prefix().Line == nil {
			continue
		}
		line := *before.Prefix().Line
		if !e.To.List(siglists.Prefix).Has(line.Text) {
			continue // it is gone
		}
		t := all[line]
		all[line] = prefixTally{count(t.Lost, before.Text, crashes[n]), put(t.By, *after.Irrelevant().Line, true)}
	}
	return all
}

// Idle are the lines of the prefix list of which frames become irrelevant, by crashes descending. They are found
// where lines are weighed.
func (t *Tally) Idle() []Idle {
	var all []Idle
	for line, p := range t.prefixes {
		all = append(all, Idle{line, slices.SortedFunc(maps.Keys(p.By), compareLines), FrameCounts(p.Lost)})
	}
	slices.SortFunc(all, func(a, b Idle) int {
		return cmp.Or(cmp.Compare(b.Frames[0].Crashes, a.Frames[0].Crashes), compareLines(a.Line, b.Line))
	})
	return all
}
