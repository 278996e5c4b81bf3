package cache

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sigdiff/sigdiff/crashid"
)

// Entry is what is stored of one crash at once.
type Entry struct {
	ID                     string
	Raw, Processed, Record []byte // nil leaves what is there as it is
	// Screen gives way to a record: a screen record goes when a record comes.
	Screen []byte

	// Stored, unless it is nil, is called once the entry is in the file, by whichever goroutine wrote it. It must be quick.
	Stored func()
}

// Writer writes crashes in batches. Its methods are safe for use by many goroutines.
type Writer struct {
	cache   *Cache
	ctx     context.Context // done when the writer stops; the cause says why
	stop    context.CancelCauseFunc
	writing chan struct{} // holds one while a batch is written: they are in the order in which they came
	err     error         // of the first batch that could not be written; whoever writes has it

	mu    sync.Mutex
	batch batch
	timer *time.Timer // writes the batch
}

// Writer starts a writer. When ctx is done the writer commits what it was given
// and ends; so it does on Close, which must be called in any case.
func (c *Cache) Writer(ctx context.Context) *Writer {
	w := &Writer{cache: c, writing: make(chan struct{}, 1)}
	w.ctx, w.stop = context.WithCancelCause(ctx)
	// Each entry sets the timer anew; until the first comes there is nothing to write.
	w.timer = time.AfterFunc(time.Hour, func() { _ = w.write(context.Background()) })
	// Who interrupts a program does not want to lose what it has fetched: that is still written.
	context.AfterFunc(w.ctx, func() { _ = w.finish() })
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		w.stop(fmt.Errorf("cache %s: %w", c.path, ErrClosed))
	case c.readOnly:
		w.stop(fmt.Errorf("cache %s: %w", c.path, ErrReadOnly))
	default:
		c.writers[w] = struct{}{}
	}
	return w
}

// Put stores a crash's blobs, together or not at all, in place of older ones. It
// compresses in the caller's goroutine and waits while too much is pending. An
// entry is safe once Close has returned nil. Errors: ErrBadID; ErrTooLarge
// for a document over MaxDocument or a record over MaxRecord; ctx's; and, when the
// writer has stopped, what stopped it (a full disk, for instance).
func (w *Writer) Put(ctx context.Context, e Entry) error {
	k, err := packID(e.ID)
	if err != nil {
		return err
	}
	var b batch
	if e.Stored != nil {
		b.stored = []func(){e.Stored}
	}
	blobs := [...][]byte{Raw: e.Raw, Processed: e.Processed, Record: e.Record, Screen: e.Screen}
	for _, kind := range kinds {
		content := blobs[kind]
		if content == nil {
			continue
		}
		v, err := bucketOf(kind).seal(k[:], content, w.cache.now())
		if err != nil {
			return fmt.Errorf("%s blob of crash %s: %w", kind, e.ID, err)
		}
		b.change(op{bucket: bucketOf(kind), key: k[:], value: v})
		b.change(op{bucket: missingBucket, key: missingKey(kind, k)})
	}
	if e.Record != nil {
		b.change(op{bucket: screenBucket, key: k[:]})
	}
	return w.add(ctx, b)
}

// MarkMissing remembers that the service doesn't have a crash's document. A later
// Put of that kind takes the mark away.
func (w *Writer) MarkMissing(ctx context.Context, id string, kind Kind, at time.Time) error {
	k, err := packID(id)
	if err != nil {
		return err
	}
	mk := missingKey(kind, k)
	v, err := missingBucket.seal(mk, nil, at)
	if err != nil {
		return fmt.Errorf("marking crash %s: %w", id, err)
	}
	var b batch
	b.change(op{bucket: missingBucket, key: mk, value: v})
	return w.add(ctx, b)
}

// missingKey is the key of a mark.
func missingKey(kind Kind, k crashid.Key) []byte {
	return append([]byte{byte(kind)}, k[:]...)
}

// add adds changes to the batch. While it is full, and the one before it is being written, it waits.
func (w *Writer) add(ctx context.Context, changes batch) error {
	for {
		full, err := w.tryAdd(changes)
		if err != nil || !full {
			return err
		}
		if err := w.write(ctx); err != nil {
			return err
		}
	}
}

// tryAdd adds changes to the batch unless that is full.
func (w *Writer) tryAdd(changes batch) (full bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx.Err() != nil {
		return false, context.Cause(w.ctx)
	}
	if full = w.batch.full(); full || len(changes.ops) == 0 {
		return full, nil
	}
	w.batch.join(changes)
	w.timer.Reset(w.batch.patience())
	return false, nil
}

// write writes the batch, once those before it are written. After a failure nothing more is written, and the error is that
// one.
func (w *Writer) write(ctx context.Context) error {
	select {
	case w.writing <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-w.writing }()
	w.mu.Lock()
	// The batch is taken here and written below, without the lock: what is put meanwhile goes into the next
	// one.
	b := w.batch
	w.batch = batch{}
	w.mu.Unlock()
	if w.err != nil || len(b.ops) == 0 {
		return w.err
	}
	if _, w.err = w.cache.apply(b.ops, nil); w.err != nil {
		w.stop(w.err)
		return w.err
	}
	for _, stored := range b.stored {
		stored()
	}
	return nil
}

// Close commits what was put and ends the writer. It returns the first error of
// a commit; then what was put since the last commit is not in the file. Closing
// twice returns the same.
func (w *Writer) Close() error {
	w.stop(fmt.Errorf("writer of cache %s: %w", w.cache.path, ErrClosed))
	err := w.finish()
	w.cache.mu.Lock()
	delete(w.cache.writers, w)
	w.cache.mu.Unlock()
	return err
}

// finish writes what was put before the writer was stopped.
func (w *Writer) finish() error {
	// The writer's own context is done by now. What was given to it must be in the file all the same.
	w.timer.Stop()
	return w.write(context.Background())
}
