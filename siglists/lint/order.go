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
	for _, section := range sections(list) {
		out, rest := outOfOrder(section)
		for _, line := range out {
			l.warn(Order, line, nil, orderMessage(line, rest))
		}
	}
}

// sections splits a list at its blank lines.
func sections(list *list) [][]*line {
	raw, last := strings.Split(string(list.source), "\n"), 0
	blank := func(text string) bool { return pyre.Strip(text) == "" }
	var all [][]*line
	for i, line := range list.lines {
		if i == 0 || slices.ContainsFunc(raw[last:line.Number-1], blank) {
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

// outOfOrder gives the fewest lines that have to move for the rest to be in order. A section of which more
// than a tenth would have to is not meant to be in order. Where a line belongs is said by the rest: others may be next to be moved.
func outOfOrder(section []*line) (out, rest []*line) {
	letters := make([]rune, len(section))
	for i, line := range section {
		letters[i] = firstLetter(line.Text)
	}
	kept := siglists.InOrder(letters)
	for i, line := range section {
		if slices.Contains(kept, i) {
			rest = append(rest, line)
		} else {
			out = append(out, line)
		}
	}
	// The real lists are off in one line of a hundred.
	if len(out)*10 > len(section) {
		return nil, nil
	}
	return out, rest
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
