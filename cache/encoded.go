package cache

import (
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// What stands before the layout of an encoded record: the sum of the content, how many texts of the dictionary it may refer to,
// and the state of the dictionary that has these.
const (
	sumLen   = 8
	stateLen = 4 + 4
	layoutAt = sumLen + stateLen
)

// Encoded is a record as the file has it: what other records have too it has by number.
type Encoded struct {
	// Layout is in turn the length of a text and the text, then the number of one in the dictionary; it ends with a text.
	// Length and number are uvarints.
	Layout []byte

	// Dictionary has those of the cache, by number. Equal numbers of one cache mean equal bytes. One that is
	// lost is empty.
	Dictionary []string

	// Sum is [Sum] of the content.
	Sum uint64
}

// Sum tells a crash's record from any other content that it might have, by the xxHash of crash id and content. It
// is no protection against somebody who wants it to be equal.
func Sum(id string, content []byte) uint64 {
	var h xxhash.Digest
	h.Reset()
	_, _ = h.WriteString(id)
	_, _ = h.Write(content)
	return h.Sum64()
}

// sumOf is Sum by key.
func sumOf(k, content []byte) uint64 {
	kk, _ := keyFrom(k)
	return Sum(kk.id(), content)
}

// isEncoded tells whether a sealed value is an encoded record.
func isEncoded(b bucket, v []byte) bool {
	return b.kind == Record && v[0]&15 == codecDictionary
}

// openEncoded checks a sealed record that is encoded, and that what it refers to is what it was. A value that is not encoded
// has no Layout.
func (t dictionaryTexts) openEncoded(b bucket, key, v []byte) (Encoded, error) {
	h, err := b.check(key, v)
	if err != nil || h.codec != codecDictionary {
		return Encoded{}, err
	}
	e, same, err := t.encoded(h.payload)
	if err == nil && !same { // a text is lost, which need not be one of the record's
		_, err = t.decode(h, key, nil, nil)
	}
	return e, err
}

// nextReference reads a text that begins at a place in a layout, the number behind it, of one in the dictionary, which has so
// many, and where the next text begins; -1 behind the last.
func nextReference(layout []byte, at, texts int) (text []byte, number, next int, err error) {
	n, used := binary.Uvarint(layout[at:])
	if at += used; used <= 0 || n > uint64(len(layout)-at) {
		return nil, 0, 0, errShort
	}
	end := at + int(n)
	if end == len(layout) {
		return layout[at:], 0, -1, nil
	}
	n, used = binary.Uvarint(layout[end:])
	if used <= 0 || n >= uint64(texts) {
		return nil, 0, 0, errText
	}
	return layout[at:end], int(n), end + used, nil
}

// encoded takes the payload of an encoded record apart. It tells whether the dictionary is the same as when it was encoded, as
// far as the record refers to it.
func (t dictionaryTexts) encoded(payload []byte) (e Encoded, same bool, err error) {
	if len(payload) < layoutAt {
		return e, false, errShort
	}
	texts, state := binary.LittleEndian.Uint32(payload[sumLen:]), binary.LittleEndian.Uint32(payload[sumLen+4:])
	same = uint64(texts) <= uint64(len(t.states)) && t.state(int(texts)) == state
	return Encoded{Layout: payload[layoutAt:], Dictionary: t.all, Sum: binary.LittleEndian.Uint64(payload)}, same, nil
}

// decode appends the content of an encoded record, as Encoded.decode does, and checks its sum.
func (t dictionaryTexts) decode(h header, key, dst []byte, shared *[]Span) ([]byte, error) {
	e, _, err := t.encoded(h.payload)
	if err != nil {
		return dst, err
	}
	out, err := e.decode(slices.Grow(dst, h.size), h.size, shared)
	if err == nil && sumOf(key, out[len(dst):]) != e.Sum {
		err = errContent
	}
	return out, err
}

// decode appends the content, of size bytes at most, and adds to shared, unless that is nil, where its shared texts are.
func (e Encoded) decode(dst []byte, size int, shared *[]Span) ([]byte, error) {
	start, end := len(dst), len(dst)+size
	for at := 0; ; {
		text, number, next, err := nextReference(e.Layout, at, len(e.Dictionary))
		if err != nil {
			return dst, err
		}
		known := ""
		if next >= 0 {
			known = e.Dictionary[number]
		}
		switch {
		case next >= 0 && known == "":
			return dst, errText
		case len(text)+len(known) > end-len(dst):
			return dst, errContent
		}
		dst = append(dst, text...)
		if next < 0 {
			return dst, nil
		}
		if from := len(dst) - start; shared != nil {
			*shared = append(*shared, Span{from, from + len(known)})
		}
		dst, at = append(dst, known...), next
	}
}
