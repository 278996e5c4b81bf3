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
		var piece int
		if _, piece, at, err = nextPart(layout, at, len(t.sums)); err != nil || at < 0 {
			return folded, err
		}
		folded = fold(folded, t.sums[piece])
	}
}

// nextPart reads a text that begins at a place in a layout, the number of the piece behind it, of so many, and where the next
// text begins; -1 behind the last.
func nextPart(layout []byte, at, pieces int) (text []byte, piece, next int, err error) {
	n, used := uvarint(layout[at:])
	if at += used; used <= 0 || n > uint64(len(layout)-at) {
		return nil, 0, 0, errShort
	}
	end := at + int(n)
	if end == len(layout) {
		return layout[at:], 0, -1, nil
	}
	number, used := uvarint(layout[end:])
	if used <= 0 || number >= uint64(pieces) {
		return nil, 0, 0, errPiece
	}
	return layout[at:end], int(number), end + used, nil
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
		text, number, next, err := nextPart(p.Layout, at, len(p.Pieces))
		if err != nil {
			return dst, err
		}
		piece := ""
		if next >= 0 {
			piece = p.Pieces[number]
		}
		switch {
		case next >= 0 && piece == "":
			return dst, errPiece
		case len(text)+len(piece) > end-len(dst):
			return dst, errContent
		}
		dst = append(dst, text...)
		if next < 0 {
			return dst, nil
		}
		if from := len(dst) - start; cut != nil {
			*cut = append(*cut, Piece{from, from + len(piece)})
		}
		dst, at = append(dst, piece...), next
	}
}
