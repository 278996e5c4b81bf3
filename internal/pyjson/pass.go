package pyjson

import (
	"encoding/binary"
	"math/bits"
)

// The functions here pass over what Python's json module takes, much faster than its values could be made. Each
// returns the index after what begins at i, or NotJSON.

// NotJSON is in place of an index where Python finds no JSON.
const NotJSON = -1

// MaxPassed is how deep what is passed may nest, as in encoding/json.
const MaxPassed = 10_000

// byteAt is 0, which no JSON has outside of strings, after the end.
func byteAt(doc []byte, i int) byte {
	if i < len(doc) {
		return doc[i]
	}
	return 0
}

// PassSpace passes what space there is.
func PassSpace(doc []byte, i int) int {
	for i < len(doc) && doc[i] <= ' ' && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// PassValue passes a value that is inside of depth others.
func PassValue(doc []byte, i, depth int) int {
	switch c := byteAt(doc, i); {
	case c == '"':
		return passString(doc, i)
	case c != '{' && c != '[':
		return passScalar(doc, i)
	// Passing a value calls itself for what is in it, and a document of nothing but brackets must not fill the
	// stack.
	case depth == MaxPassed:
		return NotJSON
	case c == '[':
		return passArray(doc, i, depth)
	}
	return passObject(doc, i, depth)
}

func passObject(doc []byte, i, depth int) int {
	i, more := PassOpen(doc, i, '}')
	// Names are not compared: whoever reads the members decides which of several with one name counts.
	for more {
		_, value := PassName(doc, i)
		if value == NotJSON {
			return NotJSON
		}
		i, more = PassComma(doc, PassValue(doc, value, depth+1), '}')
	}
	return i
}

func passArray(doc []byte, i, depth int) int {
	i, more := PassOpen(doc, i, ']')
	for more {
		i, more = PassComma(doc, PassValue(doc, i, depth+1), ']')
	}
	return i
}

// PassOpen passes the bracket or brace in front of elements, or, where there are none, all up to end.
func PassOpen(doc []byte, i int, end byte) (next int, more bool) {
	if i = PassSpace(doc, i+1); byteAt(doc, i) == end {
		return i + 1, false
	}
	return i, true
}

// PassComma passes what comes after an element that ends at i, which may be NotJSON: a comma, after which there
// is more, or the end of all.
func PassComma(doc []byte, i int, end byte) (next int, more bool) {
	if i == NotJSON {
		return NotJSON, false
	}
	i = PassSpace(doc, i)
	switch byteAt(doc, i) {
	case ',':
		return PassSpace(doc, i+1), true
	case end:
		return i + 1, false
	}
	return NotJSON, false
}

// PassName passes a member's name, which ends at end, and what is between it and the value.
func PassName(doc []byte, i int) (end, value int) {
	if byteAt(doc, i) != '"' {
		return NotJSON, NotJSON
	}
	if end = passString(doc, i); end == NotJSON {
		return NotJSON, NotJSON
	}
	i = PassSpace(doc, end)
	if byteAt(doc, i) != ':' {
		return end, NotJSON
	}
	return end, PassSpace(doc, i+1)
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
	return NotJSON
}

// passNumber passes (0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?
func passNumber(doc []byte, i int) int {
	end := passDigits(doc, i)
	switch {
	case end == i:
		return NotJSON
	// Python ends a number behind a leading zero, and what follows is an error of its own.
	case doc[i] == '0':
		end = i + 1
	}
	if byteAt(doc, end) == '.' {
		// Without digits behind it the point is not part of the number. Then it is what can't follow.
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
	// Most of a crash document is in strings, so that this loop decides how fast it is read.
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
			return NotJSON
		case c != '\\':
			i++
		default:
			if i = passEscape(doc, i); i == NotJSON {
				return NotJSON
			}
		}
	}
	return NotJSON
}

// passEscape passes an escape sequence. Python wants a character behind four digits, too.
func passEscape(doc []byte, i int) int {
	switch byteAt(doc, i+1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if c := byteAt(doc, j); c-'0' > 9 && (c|0x20)-'a' > 5 {
				return NotJSON
			}
		}
		// The character is the quote at least, without which the string has no end anyway.
		if i+6 < len(doc) {
			return i + 6
		}
	}
	return NotJSON
}
