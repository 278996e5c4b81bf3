package pyre

import (
	"fmt"
	"strings"
)

// isIdentifier is Python's str.isidentifier.
func isIdentifier(name []rune) bool {
	d := chars()
	if len(name) == 0 || !d.idStart.has(name[0]) {
		return false
	}
	for _, r := range name[1:] {
		if !d.idContinue.has(r) {
			return false
		}
	}
	return true
}

// repr is Python's repr of a str.
func repr(s []rune) string {
	quote := '\''
	if strings.ContainsRune(string(s), '\'') && !strings.ContainsRune(string(s), '"') {
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

// maxIntDigits is how many digits Python's int() takes from a string.
const maxIntDigits = 4300

// pyInt reads a number as Python's int() does: white space around it, a sign,
// decimal digits of any script, single underscores between them. It gives the
// digits in ASCII without leading zeros.
func pyInt(s []rune) (digits string, negative, ok bool) {
	d := chars()
	for len(s) > 0 && d.space.has(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && d.space.has(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	var b strings.Builder
	lastDigit := false
	for _, r := range s {
		switch {
		case d.digit.has(r):
			b.WriteByte('0' + decimalValue(r))
			lastDigit = true
		case r == '_' && lastDigit:
			lastDigit = false
		default:
			return "", false, false
		}
	}
	if !lastDigit || b.Len() > maxIntDigits {
		return "", false, false
	}
	digits = strings.TrimLeft(b.String(), "0")
	if digits == "" {
		return "0", false, true
	}
	return digits, negative, true
}

// decimalValue is the value of a decimal digit. Unicode encodes the digits of
// a script as ten code points in a row that start a run, so the place within
// the run of digits tells.
func decimalValue(r rune) byte {
	for _, run := range chars().digit.spans {
		if run.lo <= r && r <= run.hi {
			return byte((r - run.lo) % 10)
		}
	}
	return 0
}
