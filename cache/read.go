package cache

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/sigdiff/sigdiff/crashid"
)

// scanBatch is how many keys are looked at in one read transaction.
const scanBatch = 4096

// Get returns a copy of a crash's blob. Errors, which name id and kind: ErrBadID,
// ErrNotFound, ErrDamaged.
func (c *Cache) Get(id string, k Kind) ([]byte, error) {
	kk, ok := packID(id)
	if !ok {
		return nil, fmt.Errorf("%q: %w", shorten(id), ErrBadID)
	}
	if !k.valid() {
		return nil, fmt.Errorf("%s: no such kind", k)
	}
	b := bucketOf(k)
	var sealed []byte
	err := c.viewTree(b, func(bb *bolt.Bucket) error {
		v := bb.Get(kk[:])
		if err := b.plausible(nil, v); err != nil {
			return err
		}
		sealed = append(sealed, v...)
		return nil
	})
	if err == nil && sealed == nil {
		err = ErrNotFound
	}
	if err != nil {
		return nil, c.blobError(id, k, err)
	}
	return c.unseal(id, k, kk, sealed, nil)
}

// unseal appends a blob's content to dst.
func (c *Cache) unseal(id string, k Kind, kk key, sealed, dst []byte) ([]byte, error) {
	out, _, err := c.codec.open(bucketOf(k), kk[:], sealed, dst)
	if err != nil {
		return dst, c.blobError(id, k, fmt.Errorf("%w: %w", ErrDamaged, err))
	}
	return out, nil
}

// blobError says which blob could not be read.
func (c *Cache) blobError(id string, k Kind, err error) error {
	return fmt.Errorf("%s blob of crash %s: %w", k, id, err)
}

// viewTree runs fn on a bucket, after making sure that its tree can be walked.
// It isn't run on a bucket that a new file doesn't have yet.
func (c *Cache) viewTree(b bucket, fn func(*bolt.Bucket) error) error {
	if err := c.checkTree(b); err != nil {
		return err
	}
	return c.view(func(tx *bolt.Tx) error {
		bb := tx.Bucket([]byte(b.name))
		if bb == nil {
			return nil
		}
		return fn(bb)
	})
}

// Presence says which blobs of a crash are stored, and which the service was
// found not to have.
type Presence struct {
	Stored, Missing KindSet
}

// Has returns for each id, in order, what the cache has of it. Only the given
// kinds are looked at; none means all.
func (c *Cache) Has(ctx context.Context, ids []string, of ...Kind) ([]Presence, error) {
	if len(of) == 0 {
		of = kinds[:]
	}
	keys, err := packAll(ids)
	if err != nil {
		return nil, err
	}
	found := make([]Presence, len(ids))
	order := keyOrder(keys)
	for _, k := range of {
		stored := func(i int) { found[i].Stored = found[i].Stored.With(k) }
		if err := c.seekAll(ctx, bucketOf(k), nil, keys, order, stored); err != nil {
			return nil, err
		}
		missing := func(i int) { found[i].Missing = found[i].Missing.With(k) }
		if err := c.seekAll(ctx, missingBucket, []byte{byte(k)}, keys, order, missing); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// packAll packs ids, refusing the list if one of them is no crash id.
func packAll(ids []string) ([]key, error) {
	keys := make([]key, len(ids))
	for i, id := range ids {
		k, ok := packID(id)
		if !ok {
			return nil, fmt.Errorf("%q: %w", shorten(id), ErrBadID)
		}
		keys[i] = k
	}
	return keys, nil
}

// keyOrder returns the positions of keys in key order, nil if that is the order they have.
func keyOrder(keys []key) []int {
	if slices.IsSortedFunc(keys, key.compare) {
		return nil
	}
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return keys[a].compare(keys[b]) })
	return order
}

// nth returns the i-th position of an order that keyOrder made.
func nth(order []int, i int) int {
	if order == nil {
		return i
	}
	return order[i]
}

// seekAll calls found with the position of each key that the bucket has, in
// transactions of scanBatch keys.
func (c *Cache) seekAll(ctx context.Context, b bucket, prefix []byte, keys []key, order []int, found func(int)) error {
	full := make([]byte, 0, len(prefix)+len(key{}))
	for from := 0; from < len(keys); from += scanBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := c.viewTree(b, func(bb *bolt.Bucket) error {
			s := seeker{cursor: bb.Cursor()}
			for i := from; i < min(from+scanBatch, len(keys)); i++ {
				at := nth(order, i)
				full = append(append(full[:0], prefix...), keys[at][:]...)
				if _, ok := s.seek(full); ok {
					found(at)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// IDs returns the ids of all crashes that have a blob of kind k, sorted.
func (c *Cache) IDs(ctx context.Context, k Kind) ([]string, error) {
	var keys []key
	err := c.scan(ctx, bucketOf(k), func(kb, _ []byte) error {
		kk, ok := keyFrom(kb)
		if !ok {
			return fmt.Errorf("%w: a key of %d bytes", ErrDamaged, len(kb))
		}
		keys = append(keys, kk)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing %s blobs of cache %s: %w", k, c.path, err)
	}
	slices.SortFunc(keys, key.compareID)
	return idStrings(keys), nil
}

// idStrings returns the ids of keys. They share one allocation.
func idStrings(keys []key) []string {
	all := make([]byte, 0, len(keys)*crashid.Length)
	for _, k := range keys {
		all = k.crash().Append(all)
	}
	text := string(all)
	ids := make([]string, len(keys))
	for i := range ids {
		ids[i] = text[i*crashid.Length : (i+1)*crashid.Length]
	}
	return ids
}

// errOrder is returned where going on could mean going round in circles: every
// key must be greater than the last, and none is empty.
var errOrder = fmt.Errorf("%w: keys are out of order", ErrDamaged)

// plausible refuses keys and values longer than any that were ever written. Damage to their lengths would
// have gigabytes copied, before there is a checksum that doesn't match.
func (b bucket) plausible(k, v []byte) error {
	return b.plausibleLengths(uint64(len(k)), uint64(len(v)))
}

func (b bucket) plausibleLengths(k, v uint64) error {
	const seal = 1 << 10 // ample
	if k > bolt.MaxKeySize || v > uint64(b.limit())+seal {
		return fmt.Errorf("%w: a key of %d bytes with a value of %d", ErrDamaged, k, v)
	}
	return nil
}

// scan calls fn with every key and value of a bucket in key order, in
// transactions of scanBatch keys. fn must not write to the cache.
func (c *Cache) scan(ctx context.Context, b bucket, fn func(k, v []byte) error) error {
	var last []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 0
		err := c.viewTree(b, func(bb *bolt.Bucket) error {
			cur := bb.Cursor()
			k, v := startAfter(cur, last)
			for ; k != nil && n < scanBatch; k, v = cur.Next() {
				if bytes.Compare(k, last) <= 0 { // an empty key is below any
					return errOrder
				}
				if err := b.plausible(k, v); err != nil {
					return err
				}
				if err := fn(k, v); err != nil {
					return err
				}
				n++
				last = append(last[:0], k...)
			}
			return nil
		})
		if err != nil || n < scanBatch {
			return err
		}
	}
}

// startAfter puts the cursor on the first key after last; nil is the beginning.
func startAfter(cur *bolt.Cursor, last []byte) (k, v []byte) {
	if last == nil {
		return cur.First()
	}
	k, v = cur.Seek(last)
	if string(k) == string(last) {
		return cur.Next()
	}
	return k, v
}
