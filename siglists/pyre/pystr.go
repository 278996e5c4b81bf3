package pyre

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isIdentifier is Python's str.isidentifier.
func isIdentifier(name []rune) bool {
	return len(name) > 0 && chars().idStart.has(name[0]) && all(name[1:], chars().idContinue.has)
}

// Repr is Python's repr of a str: in single quotes, unless only these occur inside.
func Repr(s string) string {
	quote := '\''
	if strings.ContainsRune(s, '\'') && !strings.ContainsRune(s, '"') {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range s {
		writeReprRune(&b, r, quote)
	}
	b.WriteRune(quote)
	return b.String()
}

func writeReprRune(b *strings.Builder, r, quote rune) {
	switch {
	case r == quote || r == '\\':
		b.WriteRune('\\')
		b.WriteRune(r)
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case chars().printable.has(r):
		b.WriteRune(r)
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// Lower is Python's str.lower. It differs from the map of single characters in
// two places: a capital I with a dot becomes two characters, and a capital sigma
// at the end of a word a final sigma.
func Lower(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	d, runes, fold := chars(), []rune(s), foldingOf(IgnoreCase|Unicode)
	var b strings.Builder
	for i, r := range runes {
		switch {
		case r == 'İ':
			b.WriteString("i\u0307")
		case r == 'Σ' && d.finalSigma(runes, i):
			b.WriteRune('ς')
		default:
			b.WriteRune(fold.apply(r))
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// finalSigma tells whether the sigma at i ends a word: a letter with a case in
// front of it and none behind, not counting characters that casing ignores.
func (d *charData) finalSigma(s []rune, i int) bool {
	before, after := i-1, i+1
	for before >= 0 && d.caseIgnorable.has(s[before]) {
		before--
	}
	for after < len(s) && d.caseIgnorable.has(s[after]) {
		after++
	}
	return before >= 0 && d.hasCase.has(s[before]) && (after == len(s) || !d.hasCase.has(s[after]))
}

// MaxIntDigits is how many decimal digits Python converts between str and int
// before it refuses.
const MaxIntDigits = 4300

// Int is Python's int(s, base) for base 10 and 16, in digits of that base: white space around it, a sign, decimal digits
// of any script, single underscores between them, and for base 16 an optional 0x. Of the characters that str.strip takes for
// white space U+001C to U+001F are none here.
func Int(s string, base int) (digits string, negative, ok bool) {
	s = strings.Trim(asciiNumber(s), " \t\n\v\f\r")
	negative = strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	allowed := "_0123456789"
	if base == 16 {
		allowed += "abcdefABCDEF"
		if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
			s = strings.TrimPrefix(s[2:], "_")
		}
	}
	digits = strings.ReplaceAll(s, "_", "")
	if !isNumber(s, allowed) || base == 10 && len(digits) > MaxIntDigits {
		return "", false, false
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0", false, true
	}
	return strings.ToLower(digits), negative, true
}

// isNumber tells whether s is digits with single underscores between them.
func isNumber(s, allowed string) bool {
	previous := '_' // none may stand in front
	for _, r := range s {
		if r == '_' && previous == '_' || !strings.ContainsRune(allowed, r) {
			return false
		}
		previous = r
	}
	return previous != '_'
}

// asciiNumber writes the digits and the white space of all scripts in ASCII.
func asciiNumber(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		if digit, ok := decimalValue(r); ok {
			return '0' + digit
		}
		if chars().space.has(r) {
			return ' '
		}
		return r
	}, s)
}

// IsDigit tells whether \d matches a character.
func IsDigit(r rune) bool { return chars().digit.has(r) }

// IsSpace tells whether \s matches a character, and str.strip takes it away: four separators more than Go's spaces. The table
// says the same, and is not read for it.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// Strip is Python's str.strip.
func Strip(s string) string { return strings.TrimFunc(s, IsSpace) }

// decimalValue is the value of a decimal digit. Unicode encodes the digits of
// a script as ten code points in a row that start a run, so the place within
// the run of digits tells.
func decimalValue(r rune) (rune, bool) {
	for _, run := range chars().digit {
		if run.lo <= r && r <= run.hi {
			return (r - run.lo) % 10, true
		}
	}
	return 0, false
}
