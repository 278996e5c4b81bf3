package cache

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// scanBatch is how many keys are looked at in one read transaction.
const scanBatch = 4096

// Get returns a copy of a crash's blob. Errors, which name id and kind: ErrBadID,
// ErrNotFound, ErrDamaged.
func (c *Cache) Get(id string, k Kind) ([]byte, error) {
	if !k.valid() {
		return nil, fmt.Errorf("%s: no such kind", k)
	}
	r := blobReader{cache: c, kind: k, list: newIDList([]string{id})}
	r.read()
	b := r.blob(&r.items[0])
	return b.Data, b.Err
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
	list := newKeyList(keys)
	for _, k := range of {
		stored := func(i int) { found[i].Stored = found[i].Stored.With(k) }
		if err := c.seekAll(ctx, bucketOf(k), nil, list, stored); err != nil {
			return nil, err
		}
		missing := func(i int) { found[i].Missing = found[i].Missing.With(k) }
		if err := c.seekAll(ctx, missingBucket, []byte{byte(k)}, list, missing); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// seekAll calls found with the position of each key that the bucket has, in
// transactions of scanBatch keys.
func (c *Cache) seekAll(ctx context.Context, b bucket, prefix []byte, list keyList, found func(int)) error {
	for from := 0; from < len(list.keys); from += scanBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := c.viewTree(b, func(bb *bolt.Bucket) error {
			list.lookUp(bb.Cursor(), prefix, from, min(from+scanBatch, len(list.keys)), func(i int, _ []byte) { found(list.at(i)) })
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
	keys, unreadable, err := c.keys(ctx, bucketOf(k), bounds{})
	if err == nil && unreadable > 0 {
		err = fmt.Errorf("%w: %d keys that are no crash ids", ErrDamaged, unreadable)
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s blobs of cache %s: %w", k, c.path, err)
	}
	slices.SortFunc(keys, key.compareID)
	return idStrings(keys), nil
}

// keys returns the keys of a bucket of blobs within bounds, in order, and how many keys there are beside these that can't be one.
func (c *Cache) keys(ctx context.Context, b bucket, within bounds) (keys []key, unreadable int, err error) {
	err = c.scan(ctx, b, within, func(kb, _ []byte) error {
		if k, ok := keyFrom(kb); ok {
			keys = append(keys, k)
		} else {
			unreadable++
		}
		return nil
	})
	return keys, unreadable, err
}

// errOrder is returned where going on could mean going round in circles: every
// key must be greater than the last, and none is empty.
var errOrder = fmt.Errorf("%w: keys are out of order", ErrDamaged)

// plausible refuses keys and values longer than any that were ever written. Damage to their lengths would
// have gigabytes copied, before there is a checksum that doesn't match.
func (b bucket) plausible(k, v []byte) error {
	const seal = 1 << 10 // ample
	if len(k) > bolt.MaxKeySize || len(v) > b.limit()+seal {
		return fmt.Errorf("%w: a key of %d bytes with a value of %d", ErrDamaged, len(k), len(v))
	}
	return nil
}

// bounds are which keys are looked at: those from one up to another, without it; nil is no bound.
type bounds struct{ from, to []byte }

// scan calls fn with every key within bounds and value of a bucket in key order, in
// transactions of scanBatch keys. A value may be of any length, see plausible. fn must not write to the cache.
func (c *Cache) scan(ctx context.Context, b bucket, within bounds, fn func(k, v []byte) error) error {
	var last []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 0
		err := c.viewTree(b, func(bb *bolt.Bucket) error {
			cur := bb.Cursor()
			k, v := startAfter(cur, last, within.from)
			for ; k != nil && n < scanBatch && (within.to == nil || bytes.Compare(k, within.to) < 0); k, v = cur.Next() {
				if bytes.Compare(k, last) <= 0 { // an empty key is below any
					return errOrder
				}
				if err := b.plausible(k, nil); err != nil {
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

// startAfter puts the cursor on the first key after last; nil is before the first key from one on.
func startAfter(cur *bolt.Cursor, last, from []byte) (k, v []byte) {
	switch {
	case last == nil && from == nil:
		return cur.First()
	case last == nil:
		return cur.Seek(from)
	}
	k, v = cur.Seek(last)
	if string(k) == string(last) {
		return cur.Next()
	}
	return k, v
}
