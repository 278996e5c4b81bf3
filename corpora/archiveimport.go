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
	// documents whole. What signatures are made from must stay. room is memory that it may put it into.
	Public func(doc, room []byte, raw bool) ([]byte, error)
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
// Errors: ErrNotExport, ErrNewerExport, ErrDamagedExport, ErrEmptyExport, ErrConflict, and the cache's.
func ReadExport(ctx context.Context, c *cache.Cache, f io.ReadSeeker, o ReadOptions) (Taken, error) {
	t := &corpusImport{ctx: ctx, cache: c, file: f, options: o, decoder: crashdata.NewDecoder()}
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
	decoder *crashdata.Decoder

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
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading it from its start: %w", err)
	}
	r, err := newArchiveReader(t.file, t.options.Progress)
	if err != nil {
		return nil, err
	}
	defer r.close()
	t.head = r.head
	return r, r.each(t.ctx, fn)
}

// check reads the file without storing anything.
func (t *corpusImport) check() error {
	v := &verifier{corpusImport: t}
	r, err := t.read(v.item)
	if err != nil {
		return err
	}
	t.sum, t.done.Archived = r.hash.Sum(nil), r.done
	if len(t.ids) == 0 {
		return ErrEmptyExport
	}
	return v.compare()
}

// verifier checks items, and then what the cache has of them.
type verifier struct {
	*corpusImport
	records []uint64 // of all ids: the hash of the record; 0 for none
	made    []uint64 // of all ids: their madeHash
}

func (v *verifier) item(item archiveItem) error {
	id := item.key.String()
	switch item.tag {
	case tagAccepted:
		if err := checkAccepted(v.ctx, item.data); err != nil {
			return damagedExport("%v", err)
		}
		v.accepted = slices.Clone(item.data)
	case tagCrash:
		v.add(id, recordHash(item.data), madeHash(item.data))
		return checkRecord(v.decoder, id, item.data, v.head.Documents)
	case tagMissing, tagNone:
		v.add(id, 0, 0)
	case tagRaw:
		return checkRaw(id, item.data)
	case tagProcessed:
		_, err := checkProcessed(id, item.data, v.made[item.at])
		return err
	}
	return nil
}

// recordHash identifies a record; it is never 0.
func recordHash(record []byte) uint64 { return max(xxhash.Sum64(record), 1) }

// madeHash is the hash of a record that must be what this version makes of the crash's document; it is 0 for a record
// of another version, of which nothing can be told.
func madeHash(record []byte) uint64 {
	if !bytes.HasPrefix(record, []byte{crashdata.RecordVersion}) {
		return 0
	}
	return recordHash(record)
}

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
// by its madeHash, is refused: signatures would be made of something else than what there is to look at.
func checkProcessed(id string, doc []byte, made uint64) ([]byte, error) {
	if err := documents.CheckValues(doc); err != nil {
		return nil, damagedExport("a document of crash %s: %v", id, err)
	}
	crash, err := crashdata.ParseProcessed(doc)
	var h held
	if err == nil {
		h = named(id, crash, nil)
		err = h.err
	}
	switch {
	case err != nil:
		return nil, damagedExport("a document of crash %s: %v", id, err)
	case made != 0 && madeHash(h.record) != made:
		return nil, damagedExport("the record of crash %s is not that of its processed crash", id)
	}
	return h.record, nil
}

func (v *verifier) add(id string, record, made uint64) {
	v.ids, v.records, v.made = append(v.ids, id), append(v.records, record), append(v.made, made)
}

// compare holds the file against the cache.
func (v *verifier) compare() error {
	v.known = make([]bool, len(v.ids))
	return v.cache.EachBlob(v.ctx, cache.Record, v.ids, 1, func(_ int, b cache.Blob) error {
		h := hold(v.cache, b.ID, b.Data, b.Err)
		switch {
		case h.err != nil: // nothing there, or nothing that could be used
		case v.records[b.Index] == 0:
			v.done.More++
		case recordHash(h.record) == v.records[b.Index]:
			v.known[b.Index] = b.Err == nil && bytes.Equal(b.Data, h.record)
		default:
			v.done.Replaced++
			v.others = append(v.others, b.ID)
		}
		return nil
	})
}
