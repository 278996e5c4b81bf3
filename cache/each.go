package cache

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"
)

// What a worker of EachBlob copies out of the file in one read transaction.
const (
	chunkRecords   = 256
	chunkDocuments = 16
)

// Going once through a large file should not make it all a part of the process: of one of that many bytes,
// EachBlob lets go of the pages that it has read each time it has read so many bytes of values. With each page
// the system brings its neighbours along, 64 KB on Linux.
const (
	forgetIn    = 128 << 20
	forgetAfter = 256 << 10
)

// chunk is how many blobs of a bucket are read in one transaction.
func (b bucket) chunk() int {
	if b.kind == Record {
		return chunkRecords
	}
	return chunkDocuments
}

// Blob is one blob as EachBlob hands it out.
type Blob struct {
	// Index is the position in the list of ids; without a list, in key order,
	// counted from 0.
	Index int

	// ID is the crash id, as it stood in the list.
	ID string

	// Data is the content. It is valid until fn returns.
	Data []byte

	// Parts are a record's, from EachRecord: its Layout is nil where Data holds it whole.
	// It is valid until fn returns.
	Parts Parts

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
	if ids == nil {
		return c.each(ctx, k, &wholeBucket{}, workers, (*blobReader).whole, fn)
	}
	return c.each(ctx, k, newIDList(ids), workers, (*blobReader).whole, fn)
}

// EachRecord is EachBlob for records, which come in parts where the file has them so: putting these together
// takes as long as all else. Without a list their Index means nothing, since they come as they lie in the file.
func (c *Cache) EachRecord(ctx context.Context, ids []string, workers int, fn func(worker int, b Blob) error) error {
	var list *idList
	var source blobSource = &wholeBucket{}
	if ids != nil {
		list = newIDList(ids)
		source = list
	}
	s := c.newSweep(recordBucket, list)
	if s == nil {
		return c.each(ctx, Record, source, workers, (*blobReader).inParts, fn)
	}
	err := c.each(ctx, Record, s, workers, (*blobReader).inParts, fn)
	if err != nil || list == nil {
		return err
	}
	return c.each(ctx, Record, s.left(), workers, (*blobReader).inParts, fn)
}

func (c *Cache) each(ctx context.Context, k Kind, source blobSource, workers int, open opener, fn func(worker int, b Blob) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	g, ctx := errgroup.WithContext(ctx)
	read := &atomic.Int64{}
	for n := range workers {
		w := &blobReader{cache: c, kind: k, open: open, source: source, chunk: chunk{read: read}}
		g.Go(func() error {
			return w.run(ctx, func(b Blob) error { return fn(n, b) })
		})
	}
	return g.Wait()
}

// blobSource deals out work to the workers of one EachBlob.
type blobSource interface {
	// fill copies the next blobs into the chunk; it leaves an empty one at the end.
	fill(c *Cache, b bucket, ch *chunk) error
}

// chunk is what one read transaction brought: sealed values, end to end.
type chunk struct {
	arena  []byte
	items  []chunkItem
	window []byte        // pages that a sweep has read
	read   *atomic.Int64 // bytes, of all workers, since pages were last let go of
}

type chunkItem struct {
	index    int
	key      key
	id       string
	from, to int // in arena; none if both are 0
	err      error
}

func (ch *chunk) reset() { ch.arena, ch.items = ch.arena[:0], ch.items[:0] }

// done is called at the end of the transaction.
func (ch *chunk) done(tx *bolt.Tx) {
	n := int64(len(ch.arena))
	if tx.Size() < forgetIn {
		return
	}
	if sum := ch.read.Add(n); sum >= forgetAfter && sum-n < forgetAfter {
		ch.read.Store(0)
		forgetPages(tx)
	}
}

// add copies a value that was found.
func (ch *chunk) add(b bucket, it chunkItem, v []byte) {
	if it.err = b.plausible(nil, v); it.err != nil {
		ch.items = append(ch.items, it)
		return
	}
	it.from = len(ch.arena)
	ch.arena = append(ch.arena, v...)
	it.to = len(ch.arena)
	ch.items = append(ch.items, it)
}

// addKeyed copies a value that was found, of a crash that its key tells.
func (ch *chunk) addKeyed(b bucket, index int, k, v []byte) {
	it := chunkItem{index: index}
	kk, ok := keyFrom(k)
	if !ok {
		it.id, it.err = "with an unreadable id", ErrDamaged
		ch.items = append(ch.items, it)
		return
	}
	it.key = kk
	ch.add(b, it, v)
}

// blobReader is one worker of EachBlob.
type blobReader struct {
	cache  *Cache
	kind   Kind
	open   opener
	source blobSource
	chunk  chunk
	buf    []byte
	now    Blob       // that is being opened
	pieces pieceTable // with those of the chunk
}

// opener fills in the content of a blob from its sealed value.
type opener func(r *blobReader, b *Blob, it *chunkItem, sealed []byte) error

func (r *blobReader) run(ctx context.Context, fn func(Blob) error) error {
	b := bucketOf(r.kind)
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		r.chunk.reset()
		if err := r.source.fill(r.cache, b, &r.chunk); err != nil {
			return err
		}
		if len(r.chunk.items) == 0 {
			return nil
		}
		if r.kind == Record {
			r.pieces, _ = r.cache.codec.pieces.now() // where that fails, putting records together says so
		}
		for i := range r.chunk.items {
			if err := fn(r.blob(&r.chunk.items[i])); err != nil {
				return err
			}
		}
	}
}

// blob opens one item of the chunk.
func (r *blobReader) blob(it *chunkItem) Blob {
	id := it.id
	if id == "" {
		id = it.key.id()
	}
	if it.err != nil {
		return Blob{Index: it.index, ID: id, Err: r.cache.blobError(id, r.kind, it.err)}
	}
	r.now = Blob{Index: it.index, ID: id}
	if err := r.open(r, &r.now, it, r.chunk.arena[it.from:it.to]); err != nil {
		return Blob{Index: it.index, ID: id, Err: err}
	}
	return r.now
}

// whole decompresses a blob.
func (r *blobReader) whole(b *Blob, it *chunkItem, sealed []byte) (err error) {
	r.buf, err = r.cache.unseal(b.ID, r.kind, it.key, sealed, r.buf[:0])
	b.Data = r.buf
	return err
}

// inParts leaves a record as the file has it, if it can be used so.
func (r *blobReader) inParts(b *Blob, it *chunkItem, sealed []byte) (err error) {
	b.Parts, err = r.pieces.openParts(recordBucket, it.key[:], sealed)
	if err != nil || b.Parts.Layout == nil {
		return r.whole(b, it, sealed)
	}
	return nil
}

// idList deals out a list of ids in key order.
type idList struct {
	ids   []string
	keys  []key
	bad   []bool // nil if all are crash ids
	order []int  // their positions in key order
	n     int    // how many of these

	mu   sync.Mutex
	next int
}

func newIDList(ids []string) *idList {
	l := &idList{ids: ids, keys: make([]key, len(ids)), n: len(ids)}
	for i, id := range ids {
		k, ok := packID(id)
		if !ok && l.bad == nil {
			l.bad = make([]bool, len(ids))
		}
		if !ok {
			l.bad[i] = true
		}
		l.keys[i] = k
	}
	l.order = keyOrder(l.keys)
	return l
}

// take reserves up to n of the list's positions.
func (l *idList) take(n int) (from, to int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from = l.next
	l.next = min(l.next+n, l.n)
	return from, l.next
}

func (l *idList) fill(c *Cache, b bucket, ch *chunk) error {
	from, to := l.take(b.chunk())
	if from == to || l.read(c, b, from, to, ch) == nil {
		return nil
	}
	// Something there is damaged: one at a time, so that the others get through.
	ch.reset()
	for i := from; i < to; i++ {
		before := *ch
		if err := l.read(c, b, i, i+1, ch); err != nil {
			*ch = before
			it := l.item(i)
			it.err = err
			ch.items = append(ch.items, it)
		}
	}
	return nil
}

// read looks up the list's positions from..to in one transaction.
func (l *idList) read(c *Cache, b bucket, from, to int, ch *chunk) error {
	found := false
	err := c.viewTree(b, func(bb *bolt.Bucket) error {
		found = true
		s := seeker{cursor: bb.Cursor()}
		for i := from; i < to; i++ {
			l.copyOut(b, &s, l.item(i), ch)
		}
		ch.done(bb.Tx())
		return nil
	})
	if err != nil || found {
		return err
	}
	for i := from; i < to; i++ { // a new file, without buckets yet
		l.copyOut(b, nil, l.item(i), ch)
	}
	return nil
}

// item is the i-th item in key order.
func (l *idList) item(i int) chunkItem {
	at := nth(l.order, i)
	return chunkItem{index: at, key: l.keys[at], id: l.ids[at]}
}

// copyOut looks up one item.
func (l *idList) copyOut(b bucket, s *seeker, it chunkItem, ch *chunk) {
	var v []byte
	switch {
	case l.bad != nil && l.bad[it.index]:
		it.err = ErrBadID
	case s == nil:
		it.err = ErrNotFound
	default:
		var ok bool
		if v, ok = s.seek(it.key[:]); !ok {
			it.err = ErrNotFound
		}
	}
	if it.err != nil {
		ch.items = append(ch.items, it)
		return
	}
	ch.add(b, it, v)
}

// wholeBucket deals out a bucket from its beginning.
type wholeBucket struct {
	mu    sync.Mutex
	last  []byte
	index int
	done  bool
}

func (w *wholeBucket) fill(c *Cache, b bucket, ch *chunk) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return nil
	}
	w.done = true // unless the chunk is full before the bucket ends
	return c.viewTree(b, func(bb *bolt.Bucket) error {
		cur := bb.Cursor()
		for k, v := startAfter(cur, w.last); k != nil; k, v = cur.Next() {
			if len(ch.items) == b.chunk() {
				w.done = false
				break
			}
			if bytes.Compare(k, w.last) <= 0 {
				return errOrder
			}
			if err := b.plausible(k, nil); err != nil {
				return err
			}
			w.last = append(w.last[:0], k...)
			ch.addKeyed(b, w.index, k, v)
			w.index++
		}
		ch.done(bb.Tx())
		return nil
	})
}

// seeker finds ascending keys with one cursor: the next key is often the one wanted.
type seeker struct {
	cursor *bolt.Cursor
	k, v   []byte
	inside bool // whether the cursor is on a key
}

// seek returns the value of a key, and whether there is one.
func (s *seeker) seek(want []byte) ([]byte, bool) {
	if s.inside && bytes.Compare(s.k, want) < 0 {
		s.k, s.v = s.cursor.Next()
	}
	if !s.inside || (s.k != nil && bytes.Compare(s.k, want) < 0) {
		s.k, s.v = s.cursor.Seek(want)
	}
	s.inside = s.k != nil
	return s.v, s.inside && bytes.Equal(s.k, want)
}
