package corpora

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// ReadOptions say how an exported corpus is taken into a cache.
type ReadOptions struct {
	// Name is the corpus's name in the cache; empty: the one that it was exported under.
	Name string
	// Replace lets the file win over what the cache has. Without it a different corpus of that name,
	// different accepted results or a different record of one of the crashes is ErrConflict. With a
	// record the processed crash goes that it was made of.
	Replace bool
	// Add adds the file's crashes to a corpus of that name, whatever its crashes are. What was accepted for it stays,
	// and the file's accepted results are not taken.
	Add bool
	// Public takes out of a document, which has been checked, what not everybody may see; nil keeps
	// documents whole. What signatures are made from must stay.
	Public func(doc []byte, raw bool) ([]byte, error)
	// Progress is told the bytes read from the file, which is read twice; it may be nil.
	Progress func(bytes int)
}

// Taken says what an import of an exported corpus did.
type Taken struct {
	Archived
	// Replaced counts crashes whose record in the cache was another one.
	Replaced int
	// More counts crashes that are missing in the file and that the cache has.
	More int
}

// ReadExport takes an exported corpus into a cache. The file is first read to its end and checked:
// checksum, order, limits, every record and document, and conflicts with the cache. Only then it is read
// again and stored, the corpus itself last: whatever happens, a corpus that is there is whole.
// Errors: ErrNotExport, ErrOtherExport, ErrDamagedExport, ErrEmptyExport, ErrConflict, and the cache's.
func ReadExport(ctx context.Context, c *cache.Cache, f io.ReadSeeker, o ReadOptions) (Taken, error) {
	t := &corpusImport{ctx: ctx, cache: c, file: f, options: o}
	if err := t.check(); err != nil {
		return Taken{}, err
	}
	if err := t.conflicts(); err != nil {
		return Taken{}, err
	}
	if err := t.store(); err != nil {
		return Taken{}, err
	}
	return t.done, nil
}

// corpusImport takes one exported corpus into a cache.
type corpusImport struct {
	ctx     context.Context
	cache   *cache.Cache
	file    io.ReadSeeker
	options ReadOptions

	head     archiveHead
	sum      []byte // of the content that was checked
	accepted []byte
	ids      []string // by date, then by id
	known    []bool   // the cache has this record already, the same
	others   []string // crashes that the cache has another record of
	done     Taken
}

// read reads the file from its beginning and calls fn with each item.
func (t *corpusImport) read(fn func(archiveItem) error) (*archiveReader, error) {
	// It is read twice, which a pipe could not be.
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading it from its start: %w", err)
	}
	r, err := newArchiveReader(t.file, t.options.Progress)
	if err != nil {
		return nil, err
	}
	defer r.zr.Close()
	t.head = r.head
	return r, r.each(t.ctx, fn)
}

// check reads the file without storing anything, and then looks what the cache has of it.
func (t *corpusImport) check() error {
	checker := newItemChecker(t.ctx)
	r, err := t.read(func(item archiveItem) error {
		switch item.tag {
		case tagAccepted:
			// The item's memory is used again for the next one.
			t.accepted = slices.Clone(item.data)
		case tagCrash, tagMissing, tagNone:
			t.ids = append(t.ids, item.key.String())
		}
		_, err := checker.check(item, t.head.Documents)
		return err
	})
	if err != nil {
		return err
	}
	t.sum, t.done.Archived = r.hash.Sum(nil), r.done
	if len(t.ids) == 0 {
		return ErrEmptyExport
	}
	return t.compare(checker.records)
}

// itemChecker checks the items of a file one after the other.
type itemChecker struct {
	ctx     context.Context
	decoder *crashdata.Decoder
	records []fileRecord // of all crashes so far
}

// fileRecord tells a record from others.
type fileRecord struct {
	hash    uint64 // 0 where there is none
	current bool   // it is of this version: it must be what is made of the crash's document. Of another's nothing can be told
}

func newItemChecker(ctx context.Context) *itemChecker {
	return &itemChecker{ctx: ctx, decoder: crashdata.NewDecoder()}
}

// check gives the record of the item's crash, if the item tells one that this version can read. documents tells whether the
// file holds documents, too.
func (c *itemChecker) check(item archiveItem, documents bool) (record []byte, err error) {
	id := item.key.String()
	switch item.tag {
	case tagAccepted:
		if err := checkAccepted(c.ctx, item.data); err != nil {
			return nil, damagedExport("%v", err)
		}
	case tagCrash:
		current := bytes.HasPrefix(item.data, []byte{crashdata.RecordVersion})
		c.records = append(c.records, fileRecord{recordHash(item.data), current})
		if err := checkRecord(c.decoder, id, item.data, documents); err != nil || !current {
			return nil, err
		}
		return item.data, nil
	case tagMissing, tagNone:
		c.records = append(c.records, fileRecord{})
	case tagRaw:
		return nil, checkRaw(id, item.data)
	case tagProcessed:
		return checkProcessed(id, item.data, c.records[item.at])
	}
	return nil, nil
}

// recordHash identifies a record; it is never 0.
func recordHash(record []byte) uint64 { return max(xxhash.Sum64(record), 1) }

// checkRecord refuses records that this version can't read or that are another crash's. Of another
// version's records nothing can be told; with documents in the file they are made again when they are read.
func checkRecord(d *crashdata.Decoder, id string, record []byte, documents bool) error {
	crash, err := d.Decode(record)
	switch {
	case errors.Is(err, crashdata.ErrRecordVersion) && documents:
		return nil
	case errors.Is(err, crashdata.ErrRecordVersion):
		return fmt.Errorf("crash %s: %w; export the corpus again with this version of sigdiff, or --with-documents", id, err)
	case err != nil:
		return damagedExport("crash %s: %v", id, err)
	case crash.ID() != id:
		return damagedExport("the record of crash %s is that of %q", id, crash.ID())
	// One crash has one record. Otherwise the digest of the same crashes could be another one.
	case !bytes.Equal(crash.AppendRecord(nil), record):
		return damagedExport("the record of crash %s is not as it is written", id)
	}
	return nil
}

func checkRaw(id string, doc []byte) error {
	if err := documents.CheckObject(doc); err != nil {
		return damagedExport("a document of crash %s: %v", id, err)
	}
	return nil
}

// checkProcessed gives the record of a processed crash. One that is not the record that the file has of the crash,
// is refused: signatures would be made of something else than what there is to look at.
func checkProcessed(id string, doc []byte, r fileRecord) ([]byte, error) {
	if err := documents.CheckValues(doc); err != nil {
		return nil, damagedExport("a document of crash %s: %v", id, err)
	}
	crash, err := crashdata.ParseProcessed(doc)
	var record []byte
	if err == nil {
		_, record, err = identified(id, crash, nil)
	}
	switch {
	case err != nil:
		return nil, damagedExport("a document of crash %s: %v", id, err)
	case r.current && recordHash(record) != r.hash:
		return nil, damagedExport("the record of crash %s is not that of its processed crash", id)
	}
	return record, nil
}

// compare holds the file, by its hashes of records, against the cache.
func (t *corpusImport) compare(records []fileRecord) error {
	t.known = make([]bool, len(t.ids))
	return t.cache.EachBlob(t.ctx, cache.Record, t.ids, 1, func(_ int, b cache.Blob) error {
		_, record, err := hold(t.cache, b.ID, b.Data, b.Err)
		switch {
		case err != nil: // nothing there, or nothing that could be used
		case records[b.Index].hash == 0:
			t.done.More++
		case recordHash(record) == records[b.Index].hash:
			// Equal in meaning is not enough here: a record that was made again for this look is not in the
			// cache.
			t.known[b.Index] = bytes.Equal(b.Data, record)
		default:
			t.done.Replaced++
			t.others = append(t.others, b.ID)
		}
		return nil
	})
}
