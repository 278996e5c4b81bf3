package pyjson

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// scalar is what Python makes of a word or a number.
func scalar(raw string) (Value, error) {
	switch raw {
	case "null":
		return Value{}, nil
	case "true":
		return Value{Kind: KindTrue}, nil
	case "false":
		return Value{Kind: KindFalse}, nil
	}
	if !strings.ContainsAny(raw, ".eENI") { // NaN and Infinity are floats
		return intValue(raw)
	}
	f, err := strconv.ParseFloat(raw, 64)
	// What is too large for a float is infinite in Python, and an error with the same value here.
	if err != nil && !math.IsInf(f, 0) {
		return Value{}, fmt.Errorf("could not convert string to float: %s", raw)
	}
	return Value{Kind: KindFloat, Text: floatRepr(f)}, nil
}

func intValue(literal string) (Value, error) {
	// Python limits this, against documents that take minutes to read.
	if n := len(strings.TrimPrefix(literal, "-")); n > pyre.MaxIntDigits {
		return Value{}, &tooManyDigitsError{n}
	}
	// There is one zero among the integers of Python.
	if literal == "-0" {
		literal = "0"
	}
	return Value{Kind: KindInt, Text: literal}, nil
}

// tooManyDigitsError is the ValueError that Python raises for an integer of more than 4,300 digits.
type tooManyDigitsError struct{ digits int }

func (e *tooManyDigitsError) Error() string {
	return fmt.Sprintf("Exceeds the limit (%d digits) for integer string conversion: value has %d digits; "+
		"use sys.set_int_max_str_digits() to increase the limit", pyre.MaxIntDigits, e.digits)
}

// Unquoted is the text of a string that was passed. U+FFFD stands for what is no UTF-8 there.
func Unquoted(quoted []byte) []byte {
	if inner := quoted[1 : len(quoted)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // the error is that of a lone surrogate, or of what is no UTF-8
	return text
}
