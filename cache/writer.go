package cache

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/semaphore"
)

// When a batch is committed. A commit costs two fsyncs; what is not committed
// yet is lost if the process is killed.
const (
	batchEntries = 512
	batchBytes   = 8 << 20
	batchIdle    = 100 * time.Millisecond // without a new entry
	batchAge     = time.Second            // of its oldest entry
)

// pendingBytes bounds what waits to be committed, compressed.
const pendingBytes = 24 << 20

// Entry is what is stored of one crash at once.
type Entry struct {
	ID                     string
	Raw, Processed, Record []byte // nil leaves what is there as it is
	// Screen gives way to a record: a screen record goes when a record comes.
	Screen []byte

	// Pieces are parts of the record that other records have too, in order. They save room only.
	Pieces []Piece

	// Stored, unless it is nil, is called once the entry is in the file, by the writer's goroutine. It must be quick.
	Stored func()
}

// blob returns the entry's blob of a kind.
func (e *Entry) blob(k Kind) []byte {
	switch k {
	case Raw:
		return e.Raw
	case Processed:
		return e.Processed
	case Screen:
		return e.Screen
	default:
		return e.Record
	}
}

// Writer writes crashes in batches, by one goroutine of its own. Its methods are
// safe for use by many goroutines.
type Writer struct {
	cache  *Cache
	ctx    context.Context // done when the writer stops; the cause says why
	cancel context.CancelCauseFunc
	in     chan job
	room   *semaphore.Weighted // bytes that may still be handed over
	done   chan struct{}       // closed when the goroutine has ended
	err    error               // of a commit; read after done

	senders sync.RWMutex // held for reading while handing over a job
	ended   bool         // nothing is taken any more
}

// job is what Put hands to the goroutine: changes that belong together, or a flush.
type job struct {
	ops    []op
	bytes  int64
	stored func() // nil: nobody asks
	flush  chan<- error
}

// op is one change of the file.
type op struct {
	bucket bucket
	key    []byte
	value  []byte // nil deletes
}

// Writer starts a writer. When ctx is done the writer commits what it was given
// and ends; so it does on Close, which must be called in any case.
func (c *Cache) Writer(ctx context.Context) *Writer {
	w := &Writer{
		cache: c,
		in:    make(chan job, 64),
		room:  semaphore.NewWeighted(pendingBytes),
		done:  make(chan struct{}),
	}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		w.cancel(fmt.Errorf("cache %s: %w", c.path, ErrClosed))
	case c.readOnly:
		w.cancel(fmt.Errorf("cache %s: %w", c.path, ErrReadOnly))
	default:
		c.writers[w] = struct{}{}
	}
	go w.run()
	return w
}

// Put stores a crash's blobs, together or not at all, in place of older ones. It
// compresses in the caller's goroutine and waits while too much is pending. An
// entry is safe once Flush or Close has returned nil. Errors: ErrBadID; ErrTooLarge
// for a document over MaxDocument or a record over MaxRecord; ctx's; and, when the
// writer has stopped, what stopped it (a full disk, for instance).
func (w *Writer) Put(ctx context.Context, e Entry) error {
	k, ok := packID(e.ID)
	if !ok {
		return fmt.Errorf("%q: %w", shorten(e.ID), ErrBadID)
	}
	j := job{stored: e.Stored}
	for _, kind := range kinds {
		content := e.blob(kind)
		if content == nil {
			continue
		}
		b := bucketOf(kind)
		var cut []Piece
		if kind == Record {
			cut = e.Pieces
		}
		v, err := w.cache.codec.sealCut(b, k[:], content, cut, w.cache.now())
		if err != nil {
			return fmt.Errorf("%s blob of crash %s: %w", kind, e.ID, err)
		}
		j.add(op{bucket: b, key: k[:], value: v})
		j.add(op{bucket: missingBucket, key: missingKey(kind, k)})
	}
	if e.Record != nil {
		j.add(op{bucket: screenBucket, key: k[:]})
	}
	return w.hand(ctx, j)
}

// MarkMissing remembers that the service doesn't have a crash's document. A later
// Put of that kind takes the mark away.
func (w *Writer) MarkMissing(ctx context.Context, id string, kind Kind, at time.Time) error {
	k, ok := packID(id)
	if !ok {
		return fmt.Errorf("%q: %w", shorten(id), ErrBadID)
	}
	if !kind.valid() {
		return fmt.Errorf("%s: no such kind", kind)
	}
	mk := missingKey(kind, k)
	v, err := w.cache.codec.seal(missingBucket, mk, nil, at)
	if err != nil {
		return fmt.Errorf("marking crash %s: %w", id, err)
	}
	var j job
	j.add(op{bucket: missingBucket, key: mk, value: v})
	return w.hand(ctx, j)
}

// missingKey is the key of a mark.
func missingKey(kind Kind, k key) []byte {
	return append([]byte{byte(kind)}, k[:]...)
}

func (j *job) add(o op) {
	j.ops = append(j.ops, o)
	j.bytes += int64(len(o.key) + len(o.value))
}

// hand gives a job to the goroutine, waiting for room.
func (w *Writer) hand(ctx context.Context, j job) error {
	if len(j.ops) == 0 && j.flush == nil {
		return w.stopped()
	}
	j.bytes = min(j.bytes, pendingBytes)
	if err := w.acquire(ctx, j.bytes); err != nil {
		return err
	}
	if err := w.send(ctx, j); err != nil {
		w.room.Release(j.bytes)
		return err
	}
	return nil
}

func (w *Writer) send(ctx context.Context, j job) error {
	w.senders.RLock()
	defer w.senders.RUnlock()
	if err := w.stopped(); err != nil || w.ended {
		return err
	}
	select {
	case w.in <- j:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-w.ctx.Done():
		return w.stopped()
	}
}

// acquire waits for n bytes of room, as long as neither ctx nor the writer ends.
func (w *Writer) acquire(ctx context.Context, n int64) error {
	if w.room.TryAcquire(n) {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(w.ctx, func() { cancel(w.stopped()) })()
	if err := w.room.Acquire(ctx, n); err != nil {
		return context.Cause(ctx)
	}
	return nil
}

// stopped returns why the writer has stopped, or nil.
func (w *Writer) stopped() error {
	if w.ctx.Err() == nil {
		return nil
	}
	return context.Cause(w.ctx)
}

// Flush commits what was put before it.
func (w *Writer) Flush(ctx context.Context) error {
	reply := make(chan error, 1)
	if err := w.hand(ctx, job{flush: reply}); err != nil {
		return err
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close commits what was put and ends the writer. It returns the first error of
// a commit; then what was put since the last commit is not in the file. Closing
// twice returns the same.
func (w *Writer) Close() error {
	w.cancel(fmt.Errorf("writer of cache %s: %w", w.cache.path, ErrClosed))
	<-w.done
	w.cache.mu.Lock()
	delete(w.cache.writers, w)
	w.cache.mu.Unlock()
	return w.err
}

// run is the goroutine.
func (w *Writer) run() {
	defer close(w.done)
	var b batch
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for w.err == nil {
		select {
		case j := <-w.in:
			w.take(&b, j)
			if !b.empty() {
				timer.Reset(b.patience())
			}
		case <-timer.C:
			w.commit(&b)
		case <-w.ctx.Done():
			w.finish(&b)
			return
		}
	}
	w.finish(&b)
}

// take adds a job to the batch and commits it if it is full, or a flush.
func (w *Writer) take(b *batch, j job) {
	b.add(j)
	if j.flush != nil {
		w.commit(b)
		j.flush <- w.err
	} else if b.full() {
		w.commit(b)
	}
}

// finish takes what was handed over before the writer was stopped.
func (w *Writer) finish(b *batch) {
	w.end()
	for {
		select {
		case j := <-w.in:
			w.take(b, j)
		default:
			w.commit(b)
			return
		}
	}
}

// end waits for those who are handing over a job, and lets nobody in any more.
func (w *Writer) end() {
	w.senders.Lock()
	defer w.senders.Unlock()
	w.ended = true
}

// commit writes the batch. After a failure nothing more is written.
func (w *Writer) commit(b *batch) {
	if !b.empty() && w.err == nil {
		if err := w.cache.apply(b.ops); err != nil {
			w.err = err
			w.cancel(err)
		}
	}
	for _, stored := range b.stored {
		if w.err == nil {
			stored()
		}
	}
	w.room.Release(b.bytes)
	*b = batch{ops: b.ops[:0]}
}

// batch is what goes into one transaction.
type batch struct {
	ops    []op
	bytes  int64
	jobs   int
	since  time.Time
	stored []func()
}

func (b *batch) add(j job) {
	if b.jobs == 0 {
		b.since = time.Now()
	}
	b.ops = append(b.ops, j.ops...)
	if j.stored != nil {
		b.stored = append(b.stored, j.stored)
	}
	b.bytes += j.bytes
	b.jobs++
}

func (b *batch) empty() bool { return len(b.ops) == 0 }
func (b *batch) full() bool  { return b.jobs >= batchEntries || b.bytes >= batchBytes }

// patience is how long the batch may wait for another entry.
func (b *batch) patience() time.Duration {
	return max(0, min(batchIdle, batchAge-time.Since(b.since)))
}

// apply makes changes in one transaction, in key order: neighbours share pages.
// Of several changes of one key the last counts.
func (c *Cache) apply(ops []op) error {
	_, err := c.applyCounting(ops, nil)
	return err
}

// applyCounting is apply, and counts the values that were deleted. If there are any, it does what is to be done then, in
// the same transaction.
func (c *Cache) applyCounting(ops []op, then func(*bolt.Tx) error) (deleted int, err error) {
	slices.SortStableFunc(ops, func(a, b op) int {
		if a.bucket.tag != b.bucket.tag {
			return int(a.bucket.tag) - int(b.bucket.tag)
		}
		return bytes.Compare(a.key, b.key)
	})
	kept := 0
	err = c.update(func(tx *bolt.Tx) error {
		totals, err := c.readTotals(tx)
		if err != nil {
			return err
		}
		if kept, err = c.keepPieces(tx); err != nil {
			return err
		}
		if err := c.checkTouched(ops); err != nil {
			return err
		}
		for i := range ops {
			if i+1 < len(ops) && ops[i].sameKey(ops[i+1]) {
				continue
			}
			gone, err := ops[i].apply(tx, c.fill, totals)
			if err != nil {
				return err
			}
			if gone {
				deleted++
			}
		}
		if deleted > 0 && then != nil {
			if err := then(tx); err != nil {
				return err
			}
		}
		return c.writeTotals(tx, totals)
	})
	if err == nil {
		c.codec.pieces.haveKept(kept)
	}
	return deleted, err
}

func (o op) sameKey(p op) bool { return o.bucket.tag == p.bucket.tag && bytes.Equal(o.key, p.key) }

// apply makes one change and keeps the totals right. It returns whether a value was deleted.
func (o op) apply(tx *bolt.Tx, fill float64, t totals) (deleted bool, err error) {
	b := tx.Bucket([]byte(o.bucket.name))
	if b == nil {
		return false, fmt.Errorf("%w: bucket %s is gone", ErrDamaged, o.bucket.name)
	}
	if fill != 0 {
		b.FillPercent = fill
	}
	old := b.Get(o.key)
	t.remove(o.bucket, old)
	if o.value != nil {
		t.add(o.bucket, o.value)
		return false, b.Put(o.key, o.value)
	}
	if old == nil {
		return false, nil
	}
	return true, b.Delete(o.key)
}
