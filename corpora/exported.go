package corpora

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// ExportedCrash is a crash of an exported corpus, as a comparison over a cache with that corpus sees it.
type ExportedCrash struct {
	ID     string
	Record []byte // valid until visit returns; nil for a crash that is missing
}

// EachExported reads an exported corpus once, from its beginning to its end, without a cache, and calls
// visit for each of its crashes, each once. A crash whose record is missing or of another version is made
// again from its processed crash, if the file holds that. Only when EachExported returns nil has all of the
// file been checked: what visit was given before an error is worth nothing. Errors: ErrNotExport,
// ErrNewerExport, ErrDamagedExport, the context's, visit's.
func EachExported(ctx context.Context, f io.Reader, visit func(ExportedCrash) error) (Archived, error) {
	r, err := newArchiveReader(f, nil)
	if err != nil {
		return Archived{}, err
	}
	defer r.close()
	e := &eachExported{visit: visit, decoder: crashdata.NewDecoder(), documents: r.head.Documents, pending: map[crashid.Key]struct{}{}, made: map[crashid.Key]uint64{}}
	if err := r.each(ctx, e.item); err != nil {
		return Archived{}, err
	}
	return r.done, e.missing()
}

// eachExported hands on the crashes of one file.
type eachExported struct {
	visit     func(ExportedCrash) error
	decoder   *crashdata.Decoder
	documents bool
	// pending are the crashes without a record that can be read. Processed crashes come after all records.
	pending map[crashid.Key]struct{}
	made    map[crashid.Key]uint64 // madeHash of the others, where there are documents
}

func (e *eachExported) item(item archiveItem) error {
	id := item.key.String()
	switch item.tag {
	case tagMissing, tagNone:
		e.pending[item.key] = struct{}{}
	case tagCrash:
		if err := checkRecord(e.decoder, id, item.data, e.documents); err != nil {
			return err
		}
		if item.data[0] != crashdata.RecordVersion {
			e.pending[item.key] = struct{}{}
			return nil
		}
		if e.documents {
			e.made[item.key] = madeHash(item.data)
		}
		return e.visit(ExportedCrash{ID: id, Record: item.data})
	case tagProcessed:
		return e.processed(id, item)
	}
	return nil
}

func (e *eachExported) processed(id string, item archiveItem) error {
	record, err := checkProcessed(id, item.data, e.made[item.key])
	if err != nil {
		return err
	}
	if _, is := e.pending[item.key]; !is {
		return nil
	}
	delete(e.pending, item.key)
	return e.visit(ExportedCrash{ID: id, Record: record})
}

// missing hands on the crashes that nothing was found of.
func (e *eachExported) missing() error {
	for _, key := range slices.SortedFunc(maps.Keys(e.pending), crashid.Key.Compare) {
		if err := e.visit(ExportedCrash{ID: key.String()}); err != nil {
			return err
		}
	}
	return nil
}

// ReadProcessed reads a processed crash, or an object with one in processed_crash, as Import does: what it
// gives is what Import stores, and its errors are those that Import notes of the document.
func ReadProcessed(doc []byte) (id string, record []byte, err error) {
	crash, _, err := readCrash(documents.Document{Data: doc})
	if err != nil {
		return "", nil, err
	}
	id, record = crash.ID(), crash.AppendRecord(nil)
	if !crashid.Valid(id) {
		return "", nil, fmt.Errorf("%q: %w", id, cache.ErrBadID)
	}
	return id, record, checkRecordSize(id, record)
}
