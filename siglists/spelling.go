package siglists

import (
	"strings"
	"unicode"
	"unicode/utf8"

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

// oneAway tells whether a slip makes a name the frame or, unless the name is the whole of one, what the frame starts with: one
// letter changed, put in or taken out, or two that follow each other in the wrong order. Another digit in place of a digit is
// none, and another operator of C++ is none: both names are there.
func oneAway(name, frame string, whole bool) bool {
	i := commonStart(name, frame)
	for i > 0 && (i < len(name) && !utf8.RuneStart(name[i]) || i < len(frame) && !utf8.RuneStart(frame[i])) {
		i-- // to the beginning of a character
	}
	if strings.HasSuffix(strings.TrimRight(name[:i], operatorSigns), "operator") {
		return false // operator+ and operator- are one character apart and both meant
	}
	n, f := name[i:], frame[i:]
	a, second := afterFirst(n)
	b, other := afterFirst(f)
	goesOn := func(rest, with string) bool { return ends(frame, rest, with, whole) }
	switch {
	case b != "" && goesOn(other, n), a != "" && goesOn(f, second):
		return true
	case a == "" || b == "" || isDigit(a) && isDigit(b):
		return false
	case goesOn(other, second):
		return true
	}
	after, third := afterFirst(second)
	before, rest := afterFirst(other)
	return after == b && before == a && goesOn(rest, third)
}

// afterFirst is the first character of a text, and what follows it.
func afterFirst(text string) (first, rest string) {
	_, n := utf8.DecodeRuneInString(text)
	return text[:n], text[n:]
}

// ends tells whether the rest of a frame starts with a text, and the frame ends behind that or, unless it is wanted whole, a word
// does: in its middle, `Get` is near to the start of too many names.
func ends(frame, rest, with string, whole bool) bool {
	left, ok := strings.CutPrefix(rest, with)
	return ok && (left == "" || !whole && !inWord(frame, len(frame)-len(left)))
}

// inWord tells whether a place in a text has parts of one word on both sides.
func inWord(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return isWord(before) && isWord(after)
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func isDigit(character string) bool { return "0" <= character && character <= "9" }

// operatorSigns are what the names of C++'s operators end in.
const operatorSigns = "+-*/%^&|~!=<>()[],"
