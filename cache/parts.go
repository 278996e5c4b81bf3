package cache

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// What stands before the parts of a record: the sum of the content, and what the sums of its pieces fold to.
const (
	sumLen   = 8
	foldLen  = 4
	partsAt  = sumLen + foldLen
	foldWith = 0x9e3779b97f4a7c15 // odd, so that no two sums fold to one value
)

// Parts are a record as the file has it, with what other records have too by number.
type Parts struct {
	// Layout is in turn the length of a text and the text, then the number of a piece; it ends with a text.
	// Length and number are uvarints.
	Layout []byte

	// Pieces are those of the cache, by number. Equal numbers of one cache mean equal bytes. One that is
	// lost is empty.
	Pieces []string

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

// inParts tells whether a sealed value is a record in parts.
func inParts(b bucket, v []byte) bool {
	return b.kind == Record && v[0]&15 == codecParts
}

// fold adds the sum of a piece to that of those before it.
func fold(folded, sum uint64) uint64 { return (folded ^ sum) * foldWith }

// openParts checks a sealed record in parts, and the pieces that it refers to. Of a value that is not in parts
// there are none.
func (t pieceTable) openParts(b bucket, key, v []byte) (Parts, error) {
	h, err := b.check(key, v)
	if err != nil || h.codec != codecParts {
		return Parts{}, err
	}
	p, err := t.parts(h.payload)
	if err != nil {
		return p, err
	}
	folded, err := t.folded(p.Layout)
	if err == nil && uint32(folded>>32) != binary.LittleEndian.Uint32(h.payload[sumLen:]) {
		err = errContent
	}
	return p, err
}

// folded is what the sums of a layout's pieces fold to.
func (t pieceTable) folded(layout []byte) (folded uint64, err error) {
	for at := 0; ; {
		text, used := uvarint(layout[at:])
		if at += used; used <= 0 || text > uint64(len(layout)-at) {
			return 0, errShort
		}
		if at += int(text); at == len(layout) {
			return folded, nil
		}
		piece, used := uvarint(layout[at:])
		if used <= 0 || piece >= uint64(len(t.sums)) {
			return 0, errPiece
		}
		at += used
		folded = fold(folded, t.sums[piece])
	}
}

// parts takes the payload of a record in parts apart.
func (t pieceTable) parts(payload []byte) (Parts, error) {
	if len(payload) < partsAt {
		return Parts{}, errShort
	}
	return Parts{Layout: payload[partsAt:], Pieces: t.all, Sum: binary.LittleEndian.Uint64(payload)}, nil
}

// uvarint is binary.Uvarint, sooner done with small numbers.
func uvarint(b []byte) (uint64, int) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		return uint64(b[0]), 1
	case len(b) > 1 && b[1] < 0x80:
		return uint64(b[0]&0x7f) | uint64(b[1])<<7, 2
	}
	return binary.Uvarint(b)
}

// join appends the content, of size bytes at most, and adds to cut, unless that is nil, where its pieces are.
func (p Parts) join(dst []byte, size int, cut *[]Piece) ([]byte, error) {
	start, end := len(dst), len(dst)+size
	for at := 0; ; {
		text, used := uvarint(p.Layout[at:])
		if at += used; used <= 0 || text > uint64(len(p.Layout)-at) {
			return dst, errShort
		}
		if int(text) > end-len(dst) {
			return dst, errContent
		}
		dst = append(dst, p.Layout[at:at+int(text)]...)
		if at += int(text); at == len(p.Layout) {
			return dst, nil
		}
		number, used := uvarint(p.Layout[at:])
		if used <= 0 || number >= uint64(len(p.Pieces)) || p.Pieces[number] == "" {
			return dst, errPiece
		}
		at += used
		piece := p.Pieces[number]
		if len(piece) > end-len(dst) {
			return dst, errContent
		}
		if from := len(dst) - start; cut != nil {
			*cut = append(*cut, Piece{from, from + len(piece)})
		}
		dst = append(dst, piece...)
	}
}
