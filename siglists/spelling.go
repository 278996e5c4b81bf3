package siglists

import (
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// bareDot is a dot that no backslash escapes.
var bareDot = lazyregexp.New(`(^|[^\\])\.`)

// Spelt is the text that a pattern spells when its dots are meant as such; empty for one that spells none.
func Spelt(pattern string) string {
	p, err := pyre.Parse(bareDot().ReplaceAllString(pattern, `$1\.`))
	if err != nil {
		return ""
	}
	text, ok := p.IsLiteral()
	if !ok {
		return ""
	}
	return text
}

// minLong is how many characters a name must have to be held against frames that are one letter away: shorter ones are
// often meant to differ in one.
const minLong = 16

// Long tells whether a name is long enough for a frame that is one letter away to be what was meant. Names of libraries
// are not: they differ in digits.
func Long(name string) bool {
	return len(name) >= minLong && !strings.Contains(name, ".dll") && !strings.Contains(name, ".so")
}

// OneAway tells whether a slip makes one text the other: one byte changed, put in or taken out, or two that follow each
// other in the wrong order. Another digit in place of a digit is none, and another operator of C++ is none: both names are
// there.
func OneAway(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	i := commonStart(a, b)
	if strings.HasSuffix(strings.TrimRight(a[:i], operatorSigns), "operator") {
		return false
	}
	if len(a) == len(b) {
		swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		return (swapped || a[i+1:] == b[i+1:]) && !(isDigit(a[i]) && isDigit(b[i]))
	}
	return a[i:] == b[i+1:]
}

// operatorSigns are what the names of C++'s operators end in.
const operatorSigns = "+-*/%^&|~!=<>()[],"

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
