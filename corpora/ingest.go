package corpora

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/pyjson"
)

// Put stores a processed crash, with its crash record, and a raw crash. Either document may be nil.
// It fails with ErrWrongCrash for a processed crash that is another's.
func Put(ctx context.Context, w *cache.Writer, id string, raw, processed []byte) error {
	entry := cache.Entry{ID: id, Raw: raw, Processed: processed}
	if processed != nil {
		crash, err := engine.ParseProcessed(processed)
		if err != nil {
			return err
		}
		h := named(id, crash, nil)
		if h.err != nil {
			return h.err
		}
		setRecord(&entry, h.record)
	}
	return w.Put(ctx, entry)
}

// ErrWrongCrash is returned for a document that says it is another crash.
var ErrWrongCrash = errors.New("the document is of another crash")

// errNoID is returned for a document of which neither the text nor the file name tells the crash id.
var errNoID = errors.New("no crash id: neither uuid nor the file's name is one")

// Imported says what an import did.
type Imported struct {
	IDs       []string // of processed crashes, sorted, each once
	Documents int      // read, raw crashes and failed ones included
	Bytes     int64    // of documents, uncompressed
	Raw       int      // raw crashes
	Failures  []DocumentFailure
}

// DocumentFailure is a document that could not be imported.
type DocumentFailure struct {
	File string
	Line int // of a file with a document a line, from 1; else 0
	Err  error
}

// String names the document's place and says what is wrong with it.
func (f DocumentFailure) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %v", f.File, f.Err)
	}
	return fmt.Sprintf("%s:%d: %v", f.File, f.Line, f.Err)
}

// ImportOptions say how documents are imported.
type ImportOptions struct {
	Workers int // goroutines that parse and compress

	// Public takes out of a document, which has been parsed, what not everybody may see; nil keeps
	// documents whole. What signatures are made from must stay. room is memory that it may put it into.
	Public func(doc, room []byte, raw bool) ([]byte, error)

	// Read is told the bytes read from disk, as they are read.
	Read func(bytes int)
}

// Import reads crash documents into the cache. A document that can't be read is kept as a failure, and
// the rest goes on; errors of the cache and of the context end the import, with what is done so far
// committed.
func Import(ctx context.Context, c *cache.Cache, files []documents.File, o ImportOptions) (Imported, error) {
	w := c.Writer(ctx)
	im := &importer{writer: w, public: o.Public}
	queue := make(chan documents.Document, o.Workers)
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(queue)
		return documents.Read(groupCtx, files, o.Read, func(d documents.Document) error {
			select {
			case queue <- d:
				return nil
			case <-groupCtx.Done():
				return context.Cause(groupCtx)
			}
		})
	})
	for range o.Workers {
		group.Go(func() error {
			var room []byte
			for d := range queue {
				if err := im.document(groupCtx, d, &room); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := errors.Join(group.Wait(), w.Close())
	return im.summary(), err
}

// importer stores documents, from several goroutines.
type importer struct {
	writer *cache.Writer
	public func(doc, room []byte, raw bool) ([]byte, error)

	mu   sync.Mutex
	done Imported
}

func (im *importer) document(ctx context.Context, d documents.Document, room *[]byte) error {
	id, raw, err := "", false, d.Err
	if err == nil {
		id, raw, err = im.store(ctx, d, room)
	}
	size := int64(len(d.Data))
	d.Release() // the cache has compressed it
	var stop *storeError
	if errors.As(err, &stop) {
		return stop.err
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	im.done.Documents++
	im.done.Bytes += size
	switch {
	case err != nil:
		im.done.Failures = append(im.done.Failures, DocumentFailure{d.File.Path, d.Line, err})
	case raw:
		im.done.Raw++
	default:
		im.done.IDs = append(im.done.IDs, id)
	}
	return nil
}

// storeError is an error of the cache, which ends the import.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }

func (im *importer) store(ctx context.Context, d documents.Document, room *[]byte) (id string, raw bool, err error) {
	var entry cache.Entry
	if d.File.Raw {
		entry, err = rawEntry(d)
	} else {
		entry, err = processedEntry(d)
	}
	if err == nil && im.public != nil {
		entry.Raw, entry.Processed, err = im.strip(entry, room)
	}
	if err != nil {
		return "", d.File.Raw, err
	}
	if err := im.writer.Put(ctx, entry); err != nil {
		if errors.Is(err, cache.ErrBadID) || errors.Is(err, cache.ErrTooLarge) {
			return "", d.File.Raw, err
		}
		return "", d.File.Raw, &storeError{err}
	}
	return entry.ID, d.File.Raw, nil
}

// strip is an entry's documents without what not everybody may see, in room that is there or is made.
func (im *importer) strip(e cache.Entry, room *[]byte) (raw, processed []byte, err error) {
	if size := max(len(e.Raw), len(e.Processed)); cap(*room) < size {
		*room = make([]byte, size+size/4)
	}
	if e.Raw != nil {
		raw, err = im.public(e.Raw, *room, true)
		return raw, nil, err
	}
	processed, err = im.public(e.Processed, *room, false)
	return nil, processed, err
}

func rawEntry(d documents.Document) (cache.Entry, error) {
	if d.File.ID == "" {
		return cache.Entry{}, errNoID
	}
	if err := documents.CheckObject(d.Data); err != nil {
		return cache.Entry{}, fmt.Errorf("reading raw crash: %w", err)
	}
	return cache.Entry{ID: d.File.ID, Raw: pyjson.Text(d.Data)}, nil
}

func processedEntry(d documents.Document) (cache.Entry, error) {
	crash, doc, err := readCrash(d.Data, d.File.ID)
	if err != nil {
		return cache.Entry{}, err
	}
	entry := cache.Entry{ID: crash.ID(), Processed: doc}
	setRecord(&entry, crash.AppendRecord(nil))
	return entry, nil
}

// readCrash reads the processed crash in a document. One that doesn't say its id has that of its file, if
// that has one.
func readCrash(data []byte, fileID string) (crash *engine.Crash, doc []byte, err error) {
	crash, doc, err = engine.ParseWrapped(data)
	if err != nil {
		return nil, nil, err
	}
	switch id := crash.ID(); {
	case id == "" && fileID == "":
		return nil, nil, errNoID
	case id == "":
		return crash.WithID(fileID), doc, nil
	case fileID != "" && fileID != id:
		return nil, nil, fmt.Errorf("%w: it says %s", ErrWrongCrash, id)
	}
	return crash, doc, nil
}

// setRecord puts a crash record into an entry, and which parts of it other crashes share.
func setRecord(entry *cache.Entry, record []byte) {
	entry.Record = record
	for _, at := range engine.AppendPieces(nil, record) {
		entry.Pieces = append(entry.Pieces, cache.Piece{From: at[0], To: at[1]})
	}
}

func (im *importer) summary() Imported {
	im.mu.Lock()
	defer im.mu.Unlock()
	slices.Sort(im.done.IDs)
	im.done.IDs = slices.Compact(im.done.IDs)
	slices.SortFunc(im.done.Failures, func(a, b DocumentFailure) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return im.done
}
