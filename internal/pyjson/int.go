package pyjson

import (
	"math"
	"math/big"
	"strconv"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// intResult says how Python's int(x) ends.
type intResult uint8

const (
	IntOK       intResult = iota
	IntRejected           // a TypeError or a ValueError
	IntOverflow           // an OverflowError, from an infinite float
)

// ToInt is Python's int(v).
func ToInt(v Value) (*big.Int, intResult) {
	switch v.Kind {
	// Python's truth values are integers, too.
	case KindTrue:
		return big.NewInt(1), IntOK
	case KindFalse:
		return new(big.Int), IntOK
	case KindInt:
		if n, ok := new(big.Int).SetString(v.Text, 10); ok {
			return n, IntOK
		}
	case KindFloat:
		return floatToInt(v.Text)
	case KindStr:
		digits, negative, ok := pyre.Int(v.Text, 10)
		if !ok {
			return nil, IntRejected
		}
		n, _ := new(big.Int).SetString(digits, 10) // which they are
		if negative {
			n.Neg(n)
		}
		return n, IntOK
	}
	return nil, IntRejected
}

func floatToInt(repr string) (*big.Int, intResult) {
	// Python's int() of a float cuts off the fraction, of however many digits the rest is.
	f, err := strconv.ParseFloat(repr, 64)
	switch {
	case err != nil || math.IsNaN(f):
		return nil, IntRejected
	case math.IsInf(f, 0):
		return nil, IntOverflow
	}
	n, _ := new(big.Float).SetFloat64(f).Int(nil)
	return n, IntOK
}

// StripLeadingZeros rewrites a hexadecimal offset as Python's hex() would; what is no hexadecimal
// number stays as it is.
func StripLeadingZeros(v Value) string {
	if v.Kind != KindStr {
		return v.String()
	}
	digits, negative, ok := pyre.Int(v.Text, 16)
	switch {
	case !ok:
		return v.Text
	case negative:
		return "-0x" + digits
	}
	return "0x" + digits
}
