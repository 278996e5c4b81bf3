package engine

import (
	"math"
	"math/big"
	"strconv"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

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
		n, ok := pyre.Int(v.text, 10)
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

// stripLeadingZeros rewrites a hexadecimal offset as Python's hex() would; what is no hexadecimal
// number stays as it is.
func stripLeadingZeros(v value) string {
	if v.kind != kindStr {
		return v.String()
	}
	n, ok := pyre.Int(v.text, 16)
	if !ok {
		return v.text
	}
	if n.Sign() < 0 {
		return "-0x" + new(big.Int).Neg(n).Text(16)
	}
	return "0x" + n.Text(16)
}
