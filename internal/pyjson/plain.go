package pyjson

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The functions here pass over JSON much faster than a decoder that must be able to tell what is wrong. Each
// returns the index after what begins at i, or notPlain where it isn't sure: for everything that is no JSON,
// and for what is too rare to be worth it. What they pass is JSON and valid UTF-8.

const notPlain = -1

// maxPlainDepth is how deep what is passed may nest; it is below the limits of all others.
const maxPlainDepth = 200

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
	case 'n':
		return passWord(doc, i, "null")
	case 't':
		return passWord(doc, i, "true")
	case 'f':
		return passWord(doc, i, "false")
	}
	return passNumber(doc, i)
}

func passObject(doc []byte, i, depth int) int {
	i = passSpace(doc, i+1)
	if byteAt(doc, i) == '}' {
		return i + 1
	}
	for depth < maxPlainDepth {
		_, value := passName(doc, i)
		if value == notPlain {
			return notPlain
		}
		var more bool
		if i, more = passComma(doc, passValue(doc, value, depth+1), '}'); !more {
			return i
		}
	}
	return notPlain
}

func passArray(doc []byte, i, depth int) int {
	i = passSpace(doc, i+1)
	if byteAt(doc, i) == ']' {
		return i + 1
	}
	for depth < maxPlainDepth {
		var more bool
		if i, more = passComma(doc, passValue(doc, i, depth+1), ']'); !more {
			return i
		}
	}
	return notPlain
}

// passComma passes what comes after an element that ends at i, which may be notPlain: a comma, after which there
// is more, or the end of all.
func passComma(doc []byte, i int, end byte) (next int, more bool) {
	switch {
	case i == notPlain:
		return notPlain, false
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
	return notPlain, false
}

// passName passes a member's name, which ends at end, and what is between it and the value.
func passName(doc []byte, i int) (end, value int) {
	if byteAt(doc, i) != '"' {
		return notPlain, notPlain
	}
	if end = passString(doc, i); end == notPlain {
		return notPlain, notPlain
	}
	if i = end; isSpaced(doc, i, ':') {
		return end, i + 2
	}
	i = passSpace(doc, i)
	if byteAt(doc, i) != ':' {
		return notPlain, notPlain
	}
	return end, passSpace(doc, i+1)
}

func passWord(doc []byte, i int, word string) int {
	if end := i + len(word); end <= len(doc) && string(doc[i:end]) == word {
		return end
	}
	return notPlain
}

// passNumber passes -?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?
func passNumber(doc []byte, i int) int {
	if byteAt(doc, i) == '-' {
		i++
	}
	if byteAt(doc, i) == '0' {
		i++
	} else if i = passDigits(doc, i); i == notPlain {
		return notPlain
	}
	if byteAt(doc, i) == '.' {
		if i = passDigits(doc, i+1); i == notPlain {
			return notPlain
		}
	}
	if c := byteAt(doc, i); c != 'e' && c != 'E' {
		return i
	}
	if i++; byteAt(doc, i) == '-' || byteAt(doc, i) == '+' {
		i++
	}
	return passDigits(doc, i)
}

// passDigits passes one or more.
func passDigits(doc []byte, i int) int {
	start := i
	for i < len(doc) && doc[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return notPlain
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
		// A byte's high bit comes out set where the byte is beyond ASCII, a control, a quote or a backslash.
		// Borrows can set others wrongly, but only above the first that is set rightly.
		if found := (w | (w - ' '*eachByte) | (quote - eachByte) | (slash - eachByte)) & highBits; found != 0 {
			if i += bits.TrailingZeros64(found) / 8; doc[i] == '"' {
				return i + 1
			}
			break
		}
	}
	return passOddString(doc, i)
}

// passOddString passes the rest of a string that holds more than ASCII characters that stand for themselves,
// or is near the document's end.
func passOddString(doc []byte, i int) int {
	for i != notPlain && i < len(doc) {
		switch c := doc[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			i = passEscape(doc, i)
		case c < ' ':
			return notPlain
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(doc[i:])
			if r == utf8.RuneError && size == 1 {
				return notPlain
			}
			i += size
		}
	}
	return notPlain
}

// passEscape passes an escape sequence.
func passEscape(doc []byte, i int) int {
	switch byteAt(doc, i+1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if c := byteAt(doc, j); c-'0' > 9 && (c|0x20)-'a' > 5 {
				return notPlain
			}
		}
		return i + 6
	}
	return notPlain
}
