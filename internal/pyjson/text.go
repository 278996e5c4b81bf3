// Package pyjson reads JSON as Python's json module does, into the values that Python makes of it. Socorro writes and
// reads crash documents with that module, so they may hold things that are no JSON to others.
package pyjson

import "bytes"

// BOM is the byte order mark that Python passes over at the start of a document.
const BOM = "\ufeff"

// Text is a document as Python decodes its bytes: without a byte order mark in front, and with surrogates that
// are encoded as if they were characters. U+FFFD stands for each of these here. It is doc itself, or a part of
// it, where there are none.
func Text(doc []byte) []byte {
	doc = bytes.TrimPrefix(doc, []byte(BOM))
	var out []byte
	for i := nextSurrogate(doc, 0); i >= 0; i = nextSurrogate(doc, i+3) {
		if out == nil {
			out = bytes.Clone(doc)
		}
		copy(out[i:], "\ufffd") // as many bytes
	}
	if out != nil {
		return out
	}
	return doc
}

// nextSurrogate is where the next encoded surrogate begins, from i on, or -1.
func nextSurrogate(doc []byte, i int) int {
	for ; i+3 <= len(doc); i++ {
		next := bytes.IndexByte(doc[i:], 0xed)
		if next < 0 {
			break
		}
		if i += next; i+3 <= len(doc) && doc[i+1] >= 0xa0 && doc[i+1] <= 0xbf && doc[i+2] >= 0x80 && doc[i+2] <= 0xbf {
			return i
		}
	}
	return -1
}

// words are the numbers of Python that JSON doesn't have, and numbers of JSON as long as they.
var words = [][2]string{{"NaN", "0.0"}, {"Infinity", "0.000000"}, {"-Infinity", "-0.000000"}}

// Strict is a document with other numbers in place of NaN, Infinity and -Infinity, so that what knows JSON alone
// can read it. Everything stays in its place. It is doc itself where there are none of these.
func Strict(doc []byte) []byte {
	if !bytes.Contains(doc, []byte("NaN")) && !bytes.Contains(doc, []byte("Infinity")) {
		return doc
	}
	out, inString := bytes.Clone(doc), false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case c == '"':
			inString = !inString
		case c == '\\' && inString:
			i++
		case !inString && (c == 'N' || c == 'I' || c == '-'):
			i += copy(out[i:], number(doc, i))
		}
	}
	return out
}

// number is what takes the place of the word at i, "" where none is there.
func number(doc []byte, i int) string {
	for _, word := range words {
		if bytes.HasPrefix(doc[i:], []byte(word[0])) && isBetween(doc, i, i+len(word[0])) {
			return word[1]
		}
	}
	return ""
}

// isBetween tells whether a value may begin at one place and end at the other.
func isBetween(doc []byte, begin, end int) bool {
	return (begin == 0 || bytes.IndexByte([]byte("[:, \t\r\n"), doc[begin-1]) >= 0) &&
		(end == len(doc) || bytes.IndexByte([]byte("]}, \t\r\n"), doc[end]) >= 0)
}
