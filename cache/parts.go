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
	if len(h.payload) < partsAt {
		return Parts{}, errShort
	}
	p := Parts{Layout: h.payload[partsAt:], Pieces: t.all, Sum: binary.LittleEndian.Uint64(h.payload)}
	folded, err := foldParts(p.Layout, t.sums)
	if err == nil && uint32(folded>>32) != binary.LittleEndian.Uint32(h.payload[sumLen:]) {
		err = errContent
	}
	return p, err
}

// foldParts folds the sums of the pieces that a layout refers to.
func foldParts(layout []byte, sums []uint64) (uint64, error) {
	folded := uint64(0)
	for {
		n, used := uvarint(layout)
		if used <= 0 || n > uint64(len(layout)-used) {
			return 0, errShort
		}
		if layout = layout[used+int(n):]; len(layout) == 0 {
			return folded, nil
		}
		number, used := uvarint(layout)
		if used <= 0 || number >= uint64(len(sums)) {
			return 0, errPiece
		}
		folded = fold(folded, sums[number])
		layout = layout[used:]
	}
}

// uvarint is binary.Uvarint, sooner done with small numbers.
func uvarint(b []byte) (uint64, int) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		return uint64(b[0]), 1
	case len(b) > 1 && b[1] < 0x80:
		return uint64(b[0]&0x7f) | uint64(b[1])<<7, 2
	case len(b) > 2 && b[2] < 0x80:
		return uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7 | uint64(b[2])<<14, 3
	}
	return binary.Uvarint(b)
}

// expandParts appends the content that a payload in parts stands for, and the places of its pieces to at,
// unless that is nil.
func (c *codec) expandParts(h header, key, dst []byte, at *[][2]uint32) ([]byte, error) {
	if len(h.payload) < partsAt {
		return dst, errShort
	}
	pieces, err := c.pieces.now()
	if err != nil {
		return dst, err
	}
	out, err := joinParts(grow(dst, h.size), h.payload[partsAt:], pieces.all, h.size, at)
	if err != nil {
		return dst, err
	}
	content := out[len(dst):]
	if sumOf(key, content) != binary.LittleEndian.Uint64(h.payload) {
		return dst, errContent
	}
	return out, nil
}

// joinParts appends the texts and pieces of a layout, of size bytes at most.
func joinParts(dst, layout []byte, all []string, size int, at *[][2]uint32) ([]byte, error) {
	start := len(dst)
	for {
		n, used := uvarint(layout)
		if used <= 0 || n > uint64(len(layout)-used) || n > uint64(start+size-len(dst)) {
			return nil, errShort
		}
		dst = append(dst, layout[used:used+int(n)]...)
		if layout = layout[used+int(n):]; len(layout) == 0 {
			return dst, nil
		}
		number, used := uvarint(layout)
		if used <= 0 || number >= uint64(len(all)) || all[number] == "" {
			return nil, errPiece
		}
		if len(all[number]) > start+size-len(dst) {
			return nil, errContent
		}
		if at != nil {
			*at = append(*at, [2]uint32{uint32(len(dst) - start), uint32(number)})
		}
		dst = append(dst, all[number]...)
		layout = layout[used:]
	}
}
