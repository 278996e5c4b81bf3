package siglists

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// bareDot is a dot that no backslash escapes, and openEnd what a line may end in without spelling more.
var (
	bareDot = lazyregexp.New(`(^|[^\\])\.`)
	openEnd = lazyregexp.New(`(^|[^\\])(?:\.\*\$?|\$)$`)
)

// Spelt is the text that a pattern spells when its dots are meant as such, up to a `.*` or `$` at its end; empty for one
// that spells none.
func Spelt(pattern string) string {
	p, err := pyre.Parse(bareDot().ReplaceAllString(openEnd().ReplaceAllString(pattern, `$1`), `$1\.`))
	if err != nil {
		return ""
	}
	text, ok := p.IsLiteral()
	if !ok {
		return ""
	}
	return text
}

// minLong is how many bytes a name must have to be held against frames that are one letter away: shorter ones are often
// meant to differ in one.
const minLong = 16

// Near tells which frames a line would match but for a slip, and the name that it spells. near is nil for a line whose name
// is too short to tell, and for names of libraries, which differ in digits.
func Near(line Line) (name string, near func(frame string) bool) {
	name, whole := line.Text, true
	if line.List != Sentinels {
		name, whole = Spelt(line.Text), strings.HasSuffix(line.Text, "$")
	}
	if len(name) < minLong || strings.Contains(name, ".dll") || strings.Contains(name, ".so") {
		return "", nil
	}
	return name, func(frame string) bool { return oneAway(name, frame, whole) }
}

// oneAway tells whether a slip makes a name the frame or, unless the name is the whole of one, what the frame starts with. That
// ends where a word does: in its middle, `Get` is near to the start of too many names.
func oneAway(name, frame string, whole bool) bool {
	n, f := []rune(name), []rune(frame)
	for end := max(0, len(n)-1); end <= min(len(n)+1, len(f)); end++ {
		if (end == len(f) || !whole && !inWord(f, end)) && slip(n, f[:end]) {
			return true
		}
	}
	return false
}

// inWord tells whether a place in a text has parts of one word on both sides.
func inWord(text []rune, at int) bool { return at > 0 && isWord(text[at-1]) && isWord(text[at]) }

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// slip tells whether a slip makes one text the other: one letter changed, put in or taken out, or two that follow each
// other in the wrong order. Another digit in place of a digit is none, and another operator of C++ is none: both names are
// there.
func slip(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(b)-len(a) > 1 || i == len(b) {
		return false
	}
	// operator+ and operator- are one character apart and both meant.
	if strings.HasSuffix(strings.TrimRight(string(a[:i]), operatorSigns), "operator") {
		return false
	}
	if len(a) == len(b) {
		swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
		return (swapped || slices.Equal(a[i+1:], b[i+1:])) && !(isDigit(a[i]) && isDigit(b[i]))
	}
	return slices.Equal(a[i:], b[i+1:])
}

// operatorSigns are what the names of C++'s operators end in.
const operatorSigns = "+-*/%^&|~!=<>()[],"

func isDigit(c rune) bool { return '0' <= c && c <= '9' }
