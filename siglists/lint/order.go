package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// order finds lines that are not with those of their first letter. The real lists are alphabetical by the
// first letter, in either case, of what follows leading punctuation (one line in a hundred is off); beyond
// it every tenth line is off by any rule. A blank line starts a new alphabet. Sentinels are grouped by
// what they mark.
func (l *linter) order(list *list) {
	if list.name == siglists.Sentinels {
		return
	}
	for _, section := range sections(list) {
		out := outOfOrder(section)
		// Where a line belongs is said by those that are in order: others may be next to be moved.
		rest := slices.DeleteFunc(slices.Clone(section), func(l *line) bool { return slices.Contains(out, l) })
		for _, line := range out {
			l.warn(Order, line, nil, orderMessage(line, rest))
		}
	}
}

// sections splits a list at its blank lines.
func sections(list *list) [][]*line {
	blank := map[int]bool{}
	for i, raw := range strings.Split(string(list.source), "\n") {
		blank[i+1] = pyre.Strip(raw) == ""
	}
	var all [][]*line
	last := -1
	for _, line := range list.lines {
		fresh := last < 0
		for n := last + 1; n < line.Number && !fresh; n++ {
			fresh = blank[n]
		}
		if fresh {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], line)
		last = line.Number
	}
	return all
}

// firstLetter is what a line is sorted by: 0 for one without letters and digits.
func firstLetter(text string) rune {
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
	}
	return 0
}

// minSection is how long a section has to be to have an order.
const minSection = 10

// outOfOrder gives the fewest lines that have to move for the rest to be in order. A section of which more
// than a tenth would have to is not meant to be in order.
func outOfOrder(section []*line) []*line {
	if len(section) < minSection {
		return nil
	}
	letters := make([]rune, len(section))
	for i, line := range section {
		letters[i] = firstLetter(line.Text)
	}
	kept := siglists.InOrder(letters)
	var out []*line
	for i, line := range section {
		if !slices.Contains(kept, i) {
			out = append(out, line)
		}
	}
	// The real lists are off in one line of a hundred.
	if len(out)*10 > len(section) {
		return nil
	}
	return out
}

// orderMessage says where a line belongs among those that are in order.
func orderMessage(at *line, rest []*line) string {
	letter := firstLetter(at.Text)
	first := slices.IndexFunc(rest, func(l *line) bool { return firstLetter(l.Text) >= letter })
	const what = "out of order: lines are sorted by first letter, and"
	switch {
	case letter == 0:
		return what + " this one has none, so that it belongs at the top"
	case first < 0:
		return fmt.Sprintf("%s this one belongs after line %d", what, rest[len(rest)-1].Number)
	case firstLetter(rest[first].Text) == letter:
		return fmt.Sprintf("%s those with %c start at line %d", what, unicode.ToUpper(letter), rest[first].Number)
	}
	return fmt.Sprintf("%s this one belongs before line %d", what, rest[first].Number)
}
