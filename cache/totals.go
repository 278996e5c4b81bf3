package cache

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"
	bolt "go.etcd.io/bbolt"

	"github.com/sigdiff/sigdiff/crashid"
)

// Total is what the cache holds of one kind.
type Total struct {
	Count    int64  // blobs
	Stored   int64  // bytes in the file, with their headers
	Original int64  // bytes of content
	IDs      uint64 // the sum of IDSum of the crashes, modulo 2^64
}

// IDSum is a number for a crash id. As many crashes with the same sum of them, modulo 2^64, are the same crashes.
func IDSum(id crashid.Key) uint64 { return xxhash.Sum64(id[:]) }

// totals are kept in the file with every change, so that nobody has to count,
// and so that Verify knows how many there should be. The index is the bucket tag.
type totals map[byte]Total

// counted reports whether a bucket's values are in the totals.
func (b bucket) counted() bool { return b.kind != 0 || b.tag == missingBucket.tag }

// change counts a value in or out. A damaged header counts no content.
func (t totals) change(b bucket, k, v []byte, by int64) {
	if v == nil || !b.counted() {
		return
	}
	h, _ := readHeader(v)
	// The sum goes round modulo 2^64, so that what is taken out is taken off again, in whatever order.
	one := t[b.tag]
	one.Count += by
	one.Stored += by * int64(len(v))
	one.Original += by * int64(h.size)
	if k, ok := keyFrom(k); ok { // no mark, which has a longer one
		one.IDs += uint64(by) * IDSum(k)
	}
	t[b.tag] = one
}

// readTotals reads the totals; a new file has none.
func (c *Cache) readTotals(tx *bolt.Tx) (totals, error) {
	v, _, err := c.get(tx, metaBucket, metaTotals)
	if errors.Is(err, ErrNotFound) {
		return totals{}, nothingCounted(tx)
	}
	if err != nil {
		return nil, err
	}
	t, err := parseTotals(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return t, nil
}

// nothingCounted refuses a file that has values and no totals: they are written with the first value.
func nothingCounted(tx *bolt.Tx) error {
	for _, b := range buckets {
		if in := tx.Bucket([]byte(b.name)); in != nil && b.counted() {
			if k, _ := in.Cursor().First(); k != nil {
				return fmt.Errorf("%w: its totals are gone", ErrDamaged)
			}
		}
	}
	return nil
}

// checkCount refuses to take so many values for all of a bucket's if there are more. A leaf page that says it has fewer
// than it has shows in nothing else, and what is left out would look like what was never there.
func (c *Cache) checkCount(tx *bolt.Tx, b bucket, found int) error {
	if !b.counted() {
		return nil
	}
	t, err := c.readTotals(tx)
	if want := t[b.tag].Count; err == nil && int64(found) < want {
		err = fmt.Errorf("%w: %d of %d values of bucket %s are readable", ErrDamaged, found, want, b.name)
	}
	return err
}

func (c *Cache) writeTotals(tx *bolt.Tx, t totals) error {
	return c.put(tx, metaBucket, metaTotals, t.appendTo(nil))
}

// appendTo writes, for each bucket counted, its tag, three varints and the sum of ids.
func (t totals) appendTo(dst []byte) []byte {
	for _, b := range buckets {
		if one, ok := t[b.tag]; ok {
			dst = append(dst, b.tag)
			dst = binary.AppendVarint(dst, one.Count)
			dst = binary.AppendVarint(dst, one.Stored)
			dst = binary.AppendVarint(dst, one.Original)
			dst = binary.LittleEndian.AppendUint64(dst, one.IDs)
		}
	}
	return dst
}

var errCutShort = errors.New("totals are cut short")

func parseTotals(v []byte) (totals, error) {
	t := totals{}
	for len(v) > 0 {
		tag := v[0]
		v = v[1:]
		var n [3]int64
		for i := range n {
			value, used := binary.Varint(v)
			if used <= 0 {
				return nil, errCutShort
			}
			n[i], v = value, v[used:]
		}
		if len(v) < 8 {
			return nil, errCutShort
		}
		t[tag] = Total{Count: n[0], Stored: n[1], Original: n[2], IDs: binary.LittleEndian.Uint64(v)}
		v = v[8:]
	}
	return t, nil
}
