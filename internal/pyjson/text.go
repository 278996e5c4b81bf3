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
		// Hardly any document has one, so that most are not copied.
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
	// A surrogate is encoded as 0xed and two bytes, which no character is. Everything else passes at the speed
	// of IndexByte.
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
