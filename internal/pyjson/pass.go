package pyjson

import (
	"encoding/binary"
	"math/bits"
)

// The functions here pass over what Python's json module takes, much faster than its values could be made. Each
// returns the index after what begins at i, or notJSON.

const notJSON = -1

// maxPassed is how deep what is passed may nest, as in encoding/json.
const maxPassed = 10_000

// byteAt is 0, which no JSON has outside of strings, after the end.
func byteAt(doc []byte, i int) byte {
	if i < len(doc) {
		return doc[i]
	}
	return 0
}

func passSpace(doc []byte, i int) int {
	for i < len(doc) && doc[i] <= ' ' && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// isSpaced tells whether c and one space begin at i, which is how Python writes what separates values.
func isSpaced(doc []byte, i int, c byte) bool {
	return i+2 < len(doc) && doc[i] == c && doc[i+1] == ' ' && doc[i+2] > ' '
}

// passValue passes a value that is inside of depth others.
func passValue(doc []byte, i, depth int) int {
	switch byteAt(doc, i) {
	case '"':
		return passString(doc, i)
	case '{':
		return passObject(doc, i, depth)
	case '[':
		return passArray(doc, i, depth)
	}
	return passScalar(doc, i)
}

func passObject(doc []byte, i, depth int) int {
	if depth == maxPassed {
		return notJSON
	}
	i = passSpace(doc, i+1)
	if byteAt(doc, i) == '}' {
		return i + 1
	}
	for {
		_, value := passName(doc, i)
		if value == notJSON {
			return notJSON
		}
		var more bool
		if i, more = passComma(doc, passValue(doc, value, depth+1), '}'); !more {
			return i
		}
	}
}

func passArray(doc []byte, i, depth int) int {
	if depth == maxPassed {
		return notJSON
	}
	i = passSpace(doc, i+1)
	if byteAt(doc, i) == ']' {
		return i + 1
	}
	for {
		var more bool
		if i, more = passComma(doc, passValue(doc, i, depth+1), ']'); !more {
			return i
		}
	}
}

// passComma passes what comes after an element that ends at i, which may be notJSON: a comma, after which there
// is more, or the end of all.
func passComma(doc []byte, i int, end byte) (next int, more bool) {
	switch {
	case i == notJSON:
		return notJSON, false
	case isSpaced(doc, i, ','):
		return i + 2, true
	}
	i = passSpace(doc, i)
	switch byteAt(doc, i) {
	case ',':
		return passSpace(doc, i+1), true
	case end:
		return i + 1, false
	}
	return notJSON, false
}

// passName passes a member's name, which ends at end, and what is between it and the value.
func passName(doc []byte, i int) (end, value int) {
	if byteAt(doc, i) != '"' {
		return notJSON, notJSON
	}
	if end = passString(doc, i); end == notJSON {
		return notJSON, notJSON
	}
	if isSpaced(doc, end, ':') {
		return end, end + 2
	}
	i = passSpace(doc, end)
	if byteAt(doc, i) != ':' {
		return end, notJSON
	}
	return end, passSpace(doc, i+1)
}

// passScalar passes what is no string, no array and no object.
func passScalar(doc []byte, i int) int {
	word := ""
	switch byteAt(doc, i) {
	case 'n':
		word = "null"
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'N':
		word = "NaN"
	case 'I':
		word = "Infinity"
	case '-':
		if byteAt(doc, i+1) != 'I' {
			return passNumber(doc, i+1)
		}
		word = "-Infinity"
	default:
		return passNumber(doc, i)
	}
	if end := i + len(word); end <= len(doc) && string(doc[i:end]) == word {
		return end
	}
	return notJSON
}

// passNumber passes (0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?
func passNumber(doc []byte, i int) int {
	end := passDigits(doc, i)
	switch {
	case end == i:
		return notJSON
	case doc[i] == '0':
		end = i + 1
	}
	if byteAt(doc, end) == '.' {
		if fraction := passDigits(doc, end+1); fraction > end+1 {
			end = fraction
		}
	}
	if byteAt(doc, end)|0x20 != 'e' {
		return end
	}
	i = end + 1
	if c := byteAt(doc, i); c == '-' || c == '+' {
		i++
	}
	if exponent := passDigits(doc, i); exponent > i {
		return exponent
	}
	return end
}

func passDigits(doc []byte, i int) int {
	for i < len(doc) && doc[i]-'0' <= 9 {
		i++
	}
	return i
}

// Eight bytes are looked at as one number.
const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// passString passes a string, of which doc[i] is the opening quote.
func passString(doc []byte, i int) int {
	for i++; i+8 <= len(doc); i += 8 {
		w := binary.LittleEndian.Uint64(doc[i:])
		quote, slash := w^'"'*eachByte, w^'\\'*eachByte
		// A byte's high bit comes out set where the byte is a control, a quote or a backslash. Borrows can set
		// others wrongly, but only above the first that is set rightly.
		if found := ((w-' '*eachByte)&^w | (quote-eachByte)&^quote | (slash-eachByte)&^slash) & highBits; found != 0 {
			if i += bits.TrailingZeros64(found) / 8; doc[i] == '"' {
				return i + 1
			}
			break
		}
	}
	for i < len(doc) { // the rest of what has escapes, or is near the document's end
		switch c := doc[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return notJSON
		case c != '\\':
			i++
		default:
			if i = passEscape(doc, i); i == notJSON {
				return notJSON
			}
		}
	}
	return notJSON
}

// passEscape passes an escape sequence. Python wants a character behind four digits, too.
func passEscape(doc []byte, i int) int {
	switch byteAt(doc, i+1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if c := byteAt(doc, j); c-'0' > 9 && (c|0x20)-'a' > 5 {
				return notJSON
			}
		}
		if i+6 < len(doc) {
			return i + 6
		}
	}
	return notJSON
}
