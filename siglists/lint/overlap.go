package lint

import (
	"fmt"
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

// everything is an automaton of all frames but those that start with a newline.
var everything = newNFA(&pyre.Node{Op: pyre.OpAny})

// overlaps finds lines that match everything, and lines that match nothing that others don't.
func (l *linter) overlaps(list *list) {
	texts := map[string]bool{}
	for i, line := range list.lines {
		if line.matchesAll {
			l.warn(MatchesAll, line, nil, matchesAllMessage(line))
			continue
		}
		if line.sample == "" || texts[line.Text] {
			continue
		}
		texts[line.Text] = true
		l.overlap(list, i)
		if list.name == siglists.Prefix {
			l.irrelevantFirst(line)
		}
	}
}

// overlap looks for another line of the list that matches all that one does, first among the lines before
// it. Lines that match everything are not held against the others.
func (l *linter) overlap(list *list, i int) {
	line := list.lines[i]
	for j, other := range list.lines {
		if i == j || other.matchesAll || other.Text == line.Text || !other.includes(line, &l.left) {
			continue
		}
		if j < i {
			l.warn(Shadowed, line, other, fmt.Sprintf("adds nothing: line %d, %s, matches every frame that this line matches", other.Number, quote(other.Text)))
			return
		}
		if line.includes(other, &l.left) {
			continue // they match the same, which is the later one's fault
		}
		l.warn(Subsumed, line, other, fmt.Sprintf("adds nothing: line %d further down, %s, matches every frame that this line matches", other.Number, quote(other.Text)))
		return
	}
}

// irrelevantFirst looks for an irrelevant line that takes all frames of a prefix line.
func (l *linter) irrelevantFirst(at *line) {
	for _, other := range l.lists[siglists.Irrelevant].lines {
		if !other.matchesAll && other.includes(at, &l.left) {
			l.warn(IrrelevantFirst, at, other, fmt.Sprintf(
				"decides nothing: %s:%d, %s, matches every frame that this line matches, and irrelevant frames are skipped before prefixes are looked up",
				other.List.File(), other.Number, quote(other.Text)))
			return
		}
	}
}

// includes tells whether a line surely matches all that another one of the same or another list does. The
// work is taken off left.
func (l *line) includes(other *line, left *int) bool {
	if l.nfa == nil || other.nfa == nil || other.sample == "" {
		return false
	}
	if l.isLiteral {
		if !strings.HasPrefix(other.sample, l.literal) {
			return false
		}
		if other.isLiteral {
			return true
		}
	} else if *left -= len(other.sample); *left <= 0 {
		return false
	} else if ok, err := l.pattern.Match(other.sample); err != nil || !ok {
		return false
	}
	return l.nfa.includes(other.nfa, left)
}

func matchesAllMessage(l *line) string {
	for _, alternative := range l.pattern.Alternatives() {
		if len(alternative.Subs) == 0 {
			return "matches every frame: an alternative is empty"
		}
	}
	return "matches every frame, and leaves nothing to the other lines"
}
