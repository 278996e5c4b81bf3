package corpora

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// Put stores a processed crash, with its crash record, and a raw crash. Either document may be nil.
// It fails with ErrWrongCrash for a processed crash that is another's.
func Put(ctx context.Context, w *cache.Writer, id string, raw, processed []byte) error {
	_, err := PutCrash(ctx, w, id, raw, processed)
	return err
}

// PutCrash is Put, and returns what was made of the processed crash; nil where nothing was.
func PutCrash(ctx context.Context, w *cache.Writer, id string, raw, processed []byte) (*crashdata.Crash, error) {
	entry := cache.Entry{ID: id, Raw: raw, Processed: processed}
	if processed == nil {
		return nil, w.Put(ctx, entry)
	}
	crash, err := crashdata.ParseProcessed(processed)
	if err == nil {
		crash, entry.Record, err = identified(id, crash, nil)
	}
	if err != nil {
		return nil, err
	}
	return crash, w.Put(ctx, entry)
}

// ErrWrongCrash is returned for a document that says it is another crash.
var ErrWrongCrash = errors.New("the document is of another crash")

// errNoID is returned for a document of which neither the text nor the file name tells the crash id.
var errNoID = errors.New("no crash id: neither uuid nor the file's name is one")

// errNoPingID is errNoID of a row of crash pings.
var errNoPingID = errors.New("no crash id: that of a crash ping is made of its document_id, which must be a UUID, and its submission_timestamp")

// Imported says what an import did. What is counted as stored is in the cache, whatever the error.
type Imported struct {
	IDs          []string          // of processed crashes that were stored, sorted, each once
	Bytes        int64             // of documents, uncompressed
	Raw          int               // raw crashes that were stored
	Repeated     int               // crashes of which a processed crash, or a raw one, was given more than once: the last counts
	WithoutStack int               // of IDs, those that have nothing to make a signature from
	Failed       int               // documents that could not be imported
	Failures     []DocumentFailure // the first MaxFailures of them, by file and line
}

// MaxFailures is how many failures are kept.
const MaxFailures = 10_000

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
	Workers int // goroutines that parse and compress, one at least

	// Public takes out of a document, which has been parsed, what not everybody may see; nil keeps
	// documents whole. What signatures are made from must stay.
	Public func(doc []byte, raw bool) ([]byte, error)

	// Read is told the bytes read from disk, as they are read.
	Read func(bytes int)
}

// maxHeld is how many bytes of documents are held at once, but for the one that is being read.
const maxHeld = 2 * documents.MaxDocument

// Import reads crash documents into the cache. A document that can't be read is kept as a failure, and
// the rest goes on; errors of the cache and of the context end the import, with what is done so far
// committed. Of several documents of one crash the last counts, in the order of files and lines.
func Import(ctx context.Context, c *cache.Cache, files []documents.File, o ImportOptions) (Imported, error) {
	w := c.Writer(ctx)
	im := &importer{writer: w, public: o.Public, slots: map[given]*slot{}}
	room := semaphore.NewWeighted(maxHeld)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, o.Workers))
	number := 0
	err := documents.Read(groupCtx, files, o.Read, func(d documents.Document) error {
		size := int64(len(d.Data))
		// Documents are read much faster than they are stored, and some are large.
		if err := room.Acquire(groupCtx, size); err != nil {
			return context.Cause(groupCtx)
		}
		number++
		place := number
		group.Go(func() error {
			defer room.Release(size)
			return im.document(groupCtx, d, place)
		})
		return nil
	})
	err = cmp.Or(group.Wait(), err)
	// Closing commits what was put, so that it comes before anything is counted.
	err = cmp.Or(w.Close(), err) // what stopped the writer stopped the group
	return im.summary(), err
}

// importer stores documents, from several goroutines.
type importer struct {
	writer *cache.Writer
	public func(doc []byte, raw bool) ([]byte, error)

	mu    sync.Mutex
	done  Imported
	slots map[given]*slot
}

// given is a crash, or a raw crash, that there is a document of.
type given struct {
	key crashid.Key
	raw bool
}

// slot is what there is of one of these.
type slot struct {
	mu    sync.Mutex  // held while a document is stored, so that an earlier one never replaces a later one
	place int         // in the input, of the document that was stored
	times int         // how many there were
	stack bool        // that processed crash has a stack
	kept  atomic.Bool // it is in the cache
}

func (im *importer) slot(g given) *slot {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.slots[g] == nil {
		im.slots[g] = &slot{}
	}
	return im.slots[g]
}

// put stores a document, unless a later one of the crash is stored.
func (im *importer) put(ctx context.Context, e cache.Entry, raw, stack bool, place int) error {
	key, _ := crashid.Pack(e.ID) // the writer says what is wrong with one that is none
	s := im.slot(given{key, raw})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.place < place {
		e.Stored = func() { s.kept.Store(true) }
		if err := im.writer.Put(ctx, e); err != nil {
			return err
		}
		s.place, s.stack = place, stack
	}
	s.times++
	return nil
}

// document stores the document at a place of all the input.
func (im *importer) document(ctx context.Context, d documents.Document, place int) error {
	entry, stack, err := im.entry(d)
	if err == nil {
		err = im.put(ctx, entry, d.File.Raw, stack, place)
		// A document that is wrong is one failure. A disk that is full would be one for each document that comes.
		if err != nil && !errors.Is(err, cache.ErrBadID) && !errors.Is(err, cache.ErrTooLarge) {
			return err
		}
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	im.done.Bytes += int64(len(d.Data))
	if err != nil {
		im.done.fail(DocumentFailure{d.File.Path, d.Line, err})
	}
	return nil
}

// entry is what is stored of a document. It tells whether a processed crash has a stack.
func (im *importer) entry(d documents.Document) (entry cache.Entry, stack bool, err error) {
	doc := &entry.Processed
	switch {
	case d.Err != nil:
		return entry, false, d.Err
	case d.File.Raw:
		entry, err = rawEntry(d)
		doc = &entry.Raw
	default:
		entry, stack, err = processedEntry(d)
	}
	if err == nil && im.public != nil {
		*doc, err = im.public(*doc, d.File.Raw)
	}
	return entry, stack, err
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

func processedEntry(d documents.Document) (entry cache.Entry, stack bool, err error) {
	crash, doc, err := readCrash(d)
	if err != nil {
		return cache.Entry{}, false, err
	}
	entry = cache.Entry{ID: crash.ID(), Processed: doc}
	entry.Record = crash.AppendRecord(nil)
	return entry, crash.HasStack(), nil
}

// Check tells why a document is no processed crash to keep: it can't be read, has a stack that signatures would not be
// made from, or makes a record that is too large.
func Check(processed []byte) error {
	crash, err := crashdata.ParseProcessed(processed)
	if err == nil {
		err = crashdata.CheckShape(processed, crash)
	}
	if err != nil {
		return err
	}
	return checkRecordSize(crash.ID(), crash.AppendRecord(nil))
}

// checkRecordSize tells that a crash record is too large to be kept.
func checkRecordSize(id string, record []byte) error {
	if len(record) <= cache.MaxRecord {
		return nil
	}
	return fmt.Errorf("%s blob of crash %s: %w: %d bytes, the limit is %d", cache.Record, id, cache.ErrTooLarge, len(record), cache.MaxRecord)
}

// readCrash reads the crash in a document, and makes a processed crash of it. One that doesn't say its id has that of
// its file, if that has one.
func readCrash(d documents.Document) (crash *crashdata.Crash, doc []byte, err error) {
	crash, doc, err = crashdata.Read(d.Data, d.Annotations)
	if err != nil {
		return nil, nil, err
	}
	fileID := d.File.ID
	switch id := crash.ID(); {
	case id == "" && fileID == "" && crashdata.Object(pyjson.Text(d.Data))["document_id"] != nil:
		return nil, nil, errNoPingID
	case id == "" && fileID == "":
		return nil, nil, errNoID
	case id == "":
		return crash.WithID(fileID), doc, nil
	case fileID != "" && fileID != id:
		return nil, nil, fmt.Errorf("%w: it says %s", ErrWrongCrash, id)
	}
	return crash, doc, nil
}

func (im *importer) summary() Imported {
	im.mu.Lock()
	defer im.mu.Unlock()
	repeated := map[crashid.Key]bool{}
	for g, s := range im.slots {
		if s.times > 1 {
			repeated[g.key] = true
		}
		switch {
		case !s.kept.Load():
		case g.raw:
			im.done.Raw++
		default:
			im.done.IDs = append(im.done.IDs, g.key.String())
			if !s.stack {
				im.done.WithoutStack++
			}
		}
	}
	im.done.Repeated = len(repeated)
	slices.Sort(im.done.IDs)
	im.done.keepFirst()
	return im.done
}

// fail counts a failure, and keeps it while it may be one of the first.
func (i *Imported) fail(f DocumentFailure) {
	i.Failed++
	// Documents fail in no order, so that there is room for twice as many: of these the first are kept.
	if i.Failures = append(i.Failures, f); len(i.Failures) >= 2*MaxFailures {
		i.keepFirst()
	}
}

// keepFirst sorts the failures, and keeps the first of them.
func (i *Imported) keepFirst() {
	slices.SortFunc(i.Failures, func(a, b DocumentFailure) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	i.Failures = i.Failures[:min(len(i.Failures), MaxFailures)]
}
