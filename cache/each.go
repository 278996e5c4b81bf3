package cache

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/crashid"
)

// chunk is how many blobs a worker copies out of the file in one read transaction.
const chunk = 64

// Blob is one blob as EachBlob hands it out.
type Blob struct {
	// Index is the position in the list of ids, counted from 0.
	Index int

	// ID is the crash id, as it stood in the list.
	ID string

	// Key is the crash id, packed; zeros of what is none.
	Key crashid.Key

	// Data is the content. It is valid until fn returns.
	Data []byte

	// Err says why there is no Data: ErrNotFound, ErrDamaged or ErrBadID.
	Err error
}

// EachBlob calls fn with the blob of kind k of each of ids. It uses as many goroutines as workers says, one at least; fn is
// called by all of them at once, with the worker's number, in no particular order; one worker goes through them
// in the order of their dates, then of their ids. What can't be read is handed to fn as Blob.Err and doesn't stop
// the rest. EachBlob ends early when fn returns an error or ctx is done, and returns that error. No transaction is
// open while fn runs, so fn may write to the cache.
func (c *Cache) EachBlob(ctx context.Context, k Kind, ids []string, workers int, fn func(worker int, b Blob) error) error {
	keys := make([]crashid.Key, len(ids))
	for i, id := range ids {
		keys[i], _ = packID(id) // the error comes with the blob
	}
	order := inFileOrder(keys)
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for n := range max(1, workers) { // with none, nothing would look like a success
		g.Go(func() error {
			// Workers take what is next, some at a time: no worker waits for another one that has large blobs.
			r := blobReader{cache: c, kind: k, ids: ids}
			for {
				to := int(next.Add(chunk))
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if to-chunk >= len(order) {
					return nil
				}
				if err := r.read(order[to-chunk:min(to, len(order))], func(b Blob) error { return fn(n, b) }); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

// blobReader is one worker of EachBlob. It copies sealed values out of the file, end to end, and opens them when no
// transaction is open any more.
type blobReader struct {
	cache *Cache
	kind  Kind
	ids   []string

	sealed []byte
	items  []item
	buf    []byte
}

// item is a blob that is read.
type item struct {
	Blob
	from, to int // in sealed
}

// read calls fn with the blobs of some of the ids, given by their positions in ids.
func (r *blobReader) read(positions []int, fn func(Blob) error) error {
	err := r.lookUp(positions)
	if err != nil && len(positions) > 1 { // one at a time, so that what isn't damaged gets through
		for i := range positions {
			if err := r.read(positions[i:i+1], fn); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range r.items {
		it := &r.items[i]
		it.Err = cmp.Or(err, it.Err)
		if it.Err == nil {
			it.Err = r.open(it)
		}
		if it.Err != nil && !errors.Is(it.Err, ErrBadID) { // which has the id
			it.Err = fmt.Errorf("%s blob of crash %s: %w", r.kind, it.ID, it.Err)
		}
		if err := fn(it.Blob); err != nil {
			return err
		}
	}
	return nil
}

// lookUp makes the items, and copies their values in one transaction.
func (r *blobReader) lookUp(positions []int) error {
	r.sealed, r.items = r.sealed[:0], r.items[:0]
	keys := make([]crashid.Key, 0, chunk)
	for _, i := range positions {
		k, err := packID(r.ids[i])
		switch {
		case r.ids[i] == unreadable:
			err = ErrDamaged
		case err == nil:
			err = ErrNotFound // until it is
		}
		keys = append(keys, k)
		r.items = append(r.items, item{Blob: Blob{Index: i, ID: r.ids[i], Key: k, Err: err}})
	}
	b := bucketOf(r.kind)
	return r.cache.viewTree(b, func(bb *bolt.Bucket) error {
		lookUp(bb.Cursor(), nil, keys, func(i int, v []byte) {
			it := &r.items[i]
			if it.Err != ErrNotFound { // it has no key
				return
			}
			if it.Err = b.plausible(nil, v); it.Err == nil {
				it.from = len(r.sealed)
				r.sealed = append(r.sealed, v...)
				it.to = len(r.sealed)
			}
		})
		return nil
	})
}

// open fills in the content of a blob from its sealed value.
func (r *blobReader) open(it *item) (err error) {
	r.buf, _, err = bucketOf(r.kind).open(it.Key[:], r.sealed[it.from:it.to], r.buf[:0])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	it.Data = r.buf
	return nil
}

// unreadable stands in the place of an id that can't be read. Its blobs are damaged.
const unreadable = "with an unreadable id"

// inFileOrder is the positions of keys, in the order in which these lie in the file.
func inFileOrder(keys []crashid.Key) []int {
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return keys[a].Compare(keys[b]) })
	return order
}

// lookUp calls found for those of ascending keys that stand in the file, behind a prefix. The next key in the
// file is often the one wanted.
func lookUp(cur *bolt.Cursor, prefix []byte, keys []crashid.Key, found func(i int, v []byte)) {
	var k, v, want []byte
	for i, one := range keys {
		want = append(append(want[:0], prefix...), one[:]...)
		if k != nil && bytes.Compare(k, want) < 0 {
			k, v = cur.Next()
		}
		if i == 0 || k != nil && bytes.Compare(k, want) < 0 {
			k, v = cur.Seek(want)
		}
		if bytes.Equal(k, want) {
			found(i, v)
		}
	}
}
