package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// duplicates finds lines that are there already, and marks them for overlaps to pass over.
func (l *linter) duplicates(list *list) {
	first := map[string]*line{}
	for _, line := range list.lines {
		if before := first[line.Text]; before != nil {
			l.warn(Duplicate, line, before, fmt.Sprintf("the same as line %d", before.Number))
			continue
		}
		first[line.Text] = line
	}
}

// Everything says why a line of a list of patterns matches every frame, if it means in its list what it means alone; "" of one
// that doesn't, or that would take too much work to decide.
func Everything(b *pyre.Budget, line siglists.Line) string {
	p, err := pyre.Parse(line.Text)
	if err != nil || line.List == siglists.Sentinels {
		return ""
	}
	why, _ := matchesEverything(b, p)
	return why
}

// oddFrame is a frame that hardly a line matches but those that match everything.
const oddFrame = "\x01"

// matchesEverything says why a pattern matches every frame; "" of one that doesn't, and of one of which undecided tells why it
// is not known.
func matchesEverything(b *pyre.Budget, p *pyre.Pattern) (why string, undecided error) {
	if why := emptyAlternative(p); why != "" {
		return why, nil
	}
	// An automaton takes long, and hardly a line gets there.
	if end, err := p.EndWithin(b, oddFrame); end < 0 && err == nil {
		return "", nil
	}
	all, err := pyre.Includes(b, []*pyre.Pattern{p}, everything)
	if !all || err != nil {
		return "", err
	}
	return matchesAllMessage, nil
}

// matchesAllMessage is said of a line that matches every frame for no reason that can be pointed at.
const matchesAllMessage = "matches every frame, and leaves nothing to the other lines"

// emptyAlternative names an alternative of a pattern that is empty; "" where none is.
func emptyAlternative(p *pyre.Pattern) string {
	all := p.Alternatives()
	at := slices.IndexFunc(all, func(alternative *pyre.Node) bool { return len(alternative.Subs) == 0 })
	if at < 0 {
		return ""
	}
	var beside []string
	if at > 0 {
		beside = append(beside, "behind "+Quote(written(p, all[at-1])+"|"))
	}
	if at+1 < len(all) {
		beside = append(beside, "before "+Quote("|"+written(p, all[at+1])))
	}
	if beside == nil {
		return "matches every frame: it says nothing of what a frame begins with"
	}
	return "matches every frame: the alternative " + strings.Join(beside, " and ") + " is empty"
}

// everything matches all frames but those that start with a newline.
var everything = &pyre.Pattern{Root: &pyre.Node{Op: pyre.OpConcat, Subs: []*pyre.Node{{Op: pyre.OpAny}}}, Flags: pyre.Unicode}

// overlaps finds lines that match everything, and lines that match nothing that others don't.
func (l *linter) overlaps(list *list) {
	texts := map[string]bool{}
	for i, line := range list.lines {
		if line.matchesAll != "" {
			l.warn(MatchesAll, line, nil, line.matchesAll)
			continue
		}
		// A duplicate has been reported as one.
		if !texts[line.Text] && l.about(line) {
			l.overlap(list, i)
			if list.name == siglists.Prefix {
				l.irrelevantFirst(line)
			}
		}
		texts[line.Text] = true
		if limit := l.budget.Spend(0); limit != nil {
			l.warn(Undecided, line, nil, fmt.Sprintf("not decided of this line and those below whether others make them needless, or they match everything: %v, the limit for all lists", limit))
			return
		}
		if line.undecided != nil {
			l.warn(Undecided, line, nil, fmt.Sprintf("not decided whether other lines make it needless, or it matches everything: %v", line.undecided))
		}
	}
}

// overlap looks for another line of the list that matches all that one does, first among the lines before
// it. Lines that match everything, or are misspelt, are not held against the others: what is said of
// those themselves is what to see to.
func (l *linter) overlap(list *list, i int) {
	line := list.lines[i]
	for j, other := range list.lines {
		if other.matchesAll != "" || other.misspelt || other.Text == line.Text || !l.includes(other, line) {
			continue
		}
		// The earlier line decides, so that of two that match the same the later one is at fault.
		if j < i {
			l.warn(Shadowed, line, other, fmt.Sprintf("adds nothing: line %d, %s, matches every frame that this line matches", other.Number, Quote(other.Text)))
			return
		}
		if l.includes(line, other) {
			continue // said of the other
		}
		l.warn(Subsumed, line, other, fmt.Sprintf("adds nothing: line %d further down, %s, matches every frame that this line matches", other.Number, Quote(other.Text)))
		return
	}
}

// irrelevantFirst looks for an irrelevant line that takes all frames of a prefix line.
func (l *linter) irrelevantFirst(at *line) {
	// Irrelevant frames are passed over before the prefix list is asked.
	for _, other := range l.lists[siglists.Irrelevant].lines {
		if other.matchesAll == "" && !other.misspelt && l.includes(other, at) {
			l.warn(IrrelevantFirst, at, other, fmt.Sprintf(
				"decides nothing: %s:%d, %s, matches every frame that this line matches, and irrelevant frames are skipped before prefixes are looked up",
				other.List.File(), other.Number, Quote(other.Text)))
			return
		}
	}
}

// includes tells whether a line surely matches all that another one of the same or another list does. Where
// that is too much work, the line in question is noted as undecided.
func (l *linter) includes(at, other *line) bool {
	// One frame that it doesn't match answers most questions, at a thousandth of what an automaton takes.
	if !at.regular || !other.regular || !at.mayMatch(l.budget, other.sample()) {
		return false
	}
	included, err := pyre.Includes(l.budget, []*pyre.Pattern{at.pattern}, other.pattern)
	if err != nil {
		other.undecided = fmt.Errorf("held against %s:%d, %s, %w", at.List.File(), at.Number, Quote(at.Text), err)
	}
	return included
}
