package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/crashid"
)

// chunk is how many blobs a worker copies out of the file in one read transaction.
const chunk = 64

// Blob is one blob as EachBlob hands it out.
type Blob struct {
	// Index is the position in the list of ids; without a list, in key order,
	// counted from 0.
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

// EachBlob calls fn with the blob of kind k of each of ids, or, if ids is nil, with
// every blob of that kind. It uses as many goroutines as workers says (0: one a
// processor); fn is called by all of them at once, with the worker's number, in no
// particular order. What can't be read is handed to fn as Blob.Err and doesn't
// stop the rest. EachBlob ends early when fn returns an error or ctx is done, and
// returns that error. No transaction is open while fn runs, so fn may write to the cache.
func (c *Cache) EachBlob(ctx context.Context, k Kind, ids []string, workers int, fn func(worker int, b Blob) error) error {
	list, err := c.listFor(ctx, k, ids)
	if err != nil {
		return err
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	g, ctx := errgroup.WithContext(ctx)
	for n := range workers {
		g.Go(func() error {
			r := blobReader{cache: c, kind: k, list: list}
			return r.run(ctx, func(b Blob) error { return fn(n, b) })
		})
	}
	return g.Wait()
}

// listFor lists what is to be read.
func (c *Cache) listFor(ctx context.Context, k Kind, ids []string) (*idList, error) {
	if ids != nil {
		return newIDList(ids), nil
	}
	return c.listAll(ctx, bucketOf(k))
}

// blobReader is one worker of EachBlob. It copies sealed values out of the file, end to end, and opens them when no
// transaction is open any more.
type blobReader struct {
	cache *Cache
	kind  Kind
	list  *idList

	sealed []byte
	items  []item
	buf    []byte
}

// item is a blob that is read.
type item struct {
	index    int
	id       string
	key      key
	from, to int // in sealed
	err      error
}

func (r *blobReader) run(ctx context.Context, fn func(Blob) error) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !r.read() {
			return nil
		}
		for i := range r.items {
			if err := fn(r.blob(&r.items[i])); err != nil {
				return err
			}
		}
	}
}

// read reads the next items of the list, and tells whether there are any.
func (r *blobReader) read() bool {
	from, to := r.list.take(chunk)
	r.sealed, r.items = r.sealed[:0], r.list.items(r.items[:0], from, to)
	if r.lookUp(from, r.items) != nil { // one at a time, so that what isn't damaged gets through
		r.items = r.list.items(r.items[:0], from, to)
		for i := range r.items {
			if err := r.lookUp(from+i, r.items[i:i+1]); err != nil {
				r.items[i].err = err
			}
		}
	}
	return from < to
}

// lookUp copies the values of items, which are those from a position of the list on, in one transaction.
func (r *blobReader) lookUp(from int, items []item) error {
	b := bucketOf(r.kind)
	return r.cache.viewTree(b, func(bb *bolt.Bucket) error {
		r.list.lookUp(bb.Cursor(), nil, from, from+len(items), func(i int, v []byte) {
			it := &items[i-from]
			if it.err != ErrNotFound { // it has no key
				return
			}
			if it.err = b.plausible(nil, v); it.err == nil {
				it.from = len(r.sealed)
				r.sealed = append(r.sealed, v...)
				it.to = len(r.sealed)
			}
		})
		return nil
	})
}

// blob opens one item.
func (r *blobReader) blob(it *item) Blob {
	b := Blob{Index: it.index, ID: it.id, Key: it.key.crash(), Err: it.err}
	if b.Err == nil {
		b.Err = r.open(&b, it.key, r.sealed[it.from:it.to])
	}
	if b.Err != nil && !errors.Is(b.Err, ErrBadID) { // which has the id
		b.Err = fmt.Errorf("%s blob of crash %s: %w", r.kind, b.ID, b.Err)
	}
	return b
}

// open fills in the content of a blob from its sealed value.
func (r *blobReader) open(b *Blob, k key, sealed []byte) (err error) {
	r.buf, _, err = r.cache.codec.open(bucketOf(r.kind), k[:], sealed, r.buf[:0])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	b.Data = r.buf
	return nil
}
