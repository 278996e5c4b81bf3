package engine

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// maxIntDigits is how many decimal digits Python converts between str and int before it refuses.
const maxIntDigits = 4300

// intResult says how Python's int(x) ends.
type intResult uint8

const (
	intOK       intResult = iota
	intRejected           // a TypeError or a ValueError
	intOverflow           // an OverflowError, from an infinite float
)

// toInt is Python's int(v).
func (v value) toInt() (*big.Int, intResult) {
	switch v.kind {
	case kindTrue:
		return big.NewInt(1), intOK
	case kindFalse:
		return new(big.Int), intOK
	case kindInt:
		n, ok := new(big.Int).SetString(v.text, 10)
		return n, resultOf(ok)
	case kindFloat:
		return floatToInt(v.text)
	case kindStr:
		n, ok := parseInt(v.text, 10)
		return n, resultOf(ok)
	}
	return nil, intRejected
}

func resultOf(ok bool) intResult {
	if ok {
		return intOK
	}
	return intRejected
}

func floatToInt(repr string) (*big.Int, intResult) {
	f, err := strconv.ParseFloat(repr, 64)
	switch {
	case err != nil || math.IsNaN(f):
		return nil, intRejected
	case math.IsInf(f, 0):
		return nil, intOverflow
	}
	n, _ := new(big.Float).SetFloat64(f).Int(nil)
	return n, intOK
}

// parseInt is Python's int(s, base) for base 10 and 16: white space around it, a sign, single
// underscores between digits, any Unicode decimal digits, and for base 16 an optional 0x.
func parseInt(s string, base int) (*big.Int, bool) {
	s = strip(s)
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if base == 16 && (strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X")) {
		s = strings.TrimPrefix(s[2:], "_")
	}
	digits, ok := plainDigits(s)
	if !ok || base == 10 && len(digits) > maxIntDigits {
		return nil, false
	}
	n, ok := new(big.Int).SetString(digits, base)
	if ok && negative {
		n.Neg(n)
	}
	return n, ok
}

// plainDigits drops the underscores between digits and turns Unicode decimal digits into ASCII.
func plainDigits(s string) (string, bool) {
	var b strings.Builder
	underscore := true // none may stand in front
	for _, r := range s {
		if r == '_' {
			if underscore {
				return "", false
			}
			underscore = true
			continue
		}
		underscore = false
		if r > unicode.MaxASCII {
			digit, ok := decimalDigit(r)
			if !ok {
				return "", false
			}
			r = '0' + digit
		}
		if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), !underscore
}

// decimalDigit is the value of a character of category Nd. Unicode assigns these in runs of ten.
func decimalDigit(r rune) (rune, bool) {
	for _, run := range unicode.Nd.R16 {
		if lo, hi := rune(run.Lo), rune(run.Hi); r >= lo && r <= hi {
			return (r - lo) % 10, true
		}
	}
	for _, run := range unicode.Nd.R32 {
		if lo, hi := rune(run.Lo), rune(run.Hi); r >= lo && r <= hi {
			return (r - lo) % 10, true
		}
	}
	return 0, false
}

// stripLeadingZeros rewrites a hexadecimal offset as Python's hex() would; what is no hexadecimal
// number stays as it is.
func stripLeadingZeros(v value) string {
	if v.kind != kindStr {
		return v.String()
	}
	n, ok := parseInt(v.text, 16)
	if !ok {
		return v.text
	}
	if n.Sign() < 0 {
		return "-0x" + new(big.Int).Neg(n).Text(16)
	}
	return "0x" + n.Text(16)
}
