package cache

import (
	"fmt"
)

// resealed is a value as the new file is to have it: a record in pieces is cut again, at the same places,
// into pieces of the new file. So the new file has the pieces of its own records, and not those of records
// that were deleted.
func (r *rewrite) resealed(b bucket, key, v []byte) ([]byte, error) {
	if !r.recut || !inParts(b, v) {
		return v, nil
	}
	r.cuts = r.cuts[:0]
	content, h, err := r.from.openCut(b, key, v, r.room[:0], &r.cuts)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrDamaged, damage(b, key, err.Error()))
	}
	r.room = content
	cut := make([]Piece, len(r.cuts))
	for i, at := range r.cuts {
		from := int(at[0])
		cut[i] = Piece{from, from + r.from.pieces.size(at[1])}
	}
	return r.cache.codec.sealCut(b, key, content, cut, h.stored)
}

// size is the length of a piece in bytes.
func (p *pieces) size(number uint32) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.all[number])
}
