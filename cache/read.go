package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sigdiff/sigdiff/crashid"
)

// seekBatch is how many keys are looked up in one read transaction.
const seekBatch = 4096

// Get returns a copy of a crash's blob. Errors, which name id and kind: ErrBadID,
// ErrNotFound, ErrDamaged.
func (c *Cache) Get(id string, k Kind) ([]byte, error) {
	r := blobReader{cache: c, kind: k, ids: []string{id}}
	var got Blob
	_ = r.read([]int{0}, func(b Blob) error {
		got = b
		return nil
	})
	return got.Data, got.Err
}

// viewTree runs fn on a bucket, after making sure that its tree can be walked.
// It isn't run on a bucket that a new file doesn't have yet.
func (c *Cache) viewTree(b bucket, fn func(*bolt.Bucket) error) error {
	if err := c.checkTree(b); err != nil {
		return err
	}
	return c.view(func(tx *bolt.Tx) error {
		bb, err := c.bucketIn(tx, b)
		if bb == nil || err != nil {
			return err
		}
		return fn(bb)
	})
}

// bucketIn is a bucket, which is nil in a file that was made and not yet written to.
func (c *Cache) bucketIn(tx *bolt.Tx, b bucket) (*bolt.Bucket, error) {
	bb := tx.Bucket([]byte(b.name))
	// Where the list of buckets is damaged, bbolt may find fewer.
	if _, there := c.trees.roots[b.name]; there && bb == nil {
		return nil, fmt.Errorf("%w: bucket %s is gone", ErrDamaged, b.name)
	}
	return bb, nil
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
	order := inFileOrder(keys)
	ascending := make([]crashid.Key, len(keys))
	for n, i := range order {
		ascending[n] = keys[i]
	}
	found := make([]Presence, len(ids))
	for _, k := range of {
		stored := func(n int) { found[order[n]].Stored = found[order[n]].Stored.With(k) }
		if err := c.seekAll(ctx, bucketOf(k), nil, ascending, stored); err != nil {
			return nil, err
		}
		missing := func(n int) { found[order[n]].Missing = found[order[n]].Missing.With(k) }
		if err := c.seekAll(ctx, missingBucket, []byte{byte(k)}, ascending, missing); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// MissingSince returns when the service was last found not to have a crash's document, to the second;
// the zero time when it never was, or when the document came since. Errors: ErrBadID, ErrDamaged.
func (c *Cache) MissingSince(id string, k Kind) (at time.Time, err error) {
	kk, err := packID(id)
	if err != nil {
		return at, err
	}
	err = c.view(func(tx *bolt.Tx) error {
		_, at, err = c.get(tx, missingBucket, string(missingKey(k, kk)))
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return time.Time{}, fmt.Errorf("mark of crash %s: %w", id, err)
	}
	return at, nil
}

// seekAll calls found with the position of each of ascending keys that the bucket has, in
// transactions of seekBatch keys.
func (c *Cache) seekAll(ctx context.Context, b bucket, prefix []byte, keys []crashid.Key, found func(int)) error {
	for from := 0; from < len(keys); from += seekBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		// Many ids take a while in a large file, and a writer that has to grow the file waits for readers.
		err := c.viewTree(b, func(bb *bolt.Bucket) error {
			lookUp(bb.Cursor(), prefix, keys[from:min(from+seekBatch, len(keys))], func(i int, _ []byte) { found(from + i) })
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
	return slices.Sorted(slices.Values(idStrings(keys))), nil
}

// keys returns the keys of a bucket of blobs within bounds, in order, and how many keys there are beside these
// that can't be one.
func (c *Cache) keys(ctx context.Context, b bucket, within bounds) (keys []crashid.Key, unreadable int, err error) {
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

// errOrder is returned for keys of a bucket that don't ascend.
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

// scan calls fn with every key within bounds and value of a bucket in key order, in one
// transaction. A value may be of any length, see plausible. fn must not write to the cache. Without bounds it is an error that
// there are fewer values than the file says.
func (c *Cache) scan(ctx context.Context, b bucket, within bounds, fn func(k, v []byte) error) error {
	return c.viewTree(b, func(bb *bolt.Bucket) error {
		var last []byte
		n := 0
		cur := bb.Cursor()
		for k, v := cur.Seek(within.from); k != nil && (within.to == nil || bytes.Compare(k, within.to) < 0); k, v = cur.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			// Damage in a leaf page shows in no checksum of a tree. Whoever merges or searches keys counts on
			// their order.
			if bytes.Compare(k, last) <= 0 { // an empty key is below any
				return errOrder
			}
			if err := b.plausible(k, nil); err != nil {
				return err
			}
			if err := fn(k, v); err != nil {
				return err
			}
			last = k
			n++
		}
		if within.from == nil && within.to == nil {
			return c.checkCount(bb.Tx(), b, n)
		}
		return nil
	})
}
