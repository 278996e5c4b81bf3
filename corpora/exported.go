package corpora

import (
	"context"
	"fmt"
	"io"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// EachExported reads an exported corpus once, from its beginning to its end, without a cache, and calls
// visit for each of its crashes, each once, as a comparison over a cache with that corpus sees it: with its record, which is
// valid until visit returns, or nil for a crash that is missing. A crash whose record is missing or of another version is made
// again from its processed crash, if the file holds that. Only when EachExported returns nil has all of the
// file been checked: what visit was given before an error is worth nothing. Errors: ErrNotExport,
// ErrNewerExport, ErrDamagedExport, the context's, visit's.
func EachExported(ctx context.Context, f io.Reader, visit func(id string, record []byte) error) (Archived, error) {
	r, err := newArchiveReader(f, nil)
	if err != nil {
		return Archived{}, err
	}
	defer r.close()
	e := &eachExported{visit: visit, decoder: crashdata.NewDecoder(), reader: r}
	if err := r.each(ctx, e.item); err != nil {
		return Archived{}, err
	}
	return r.done, e.missing()
}

// eachExported hands on the crashes of one file.
type eachExported struct {
	visit   func(id string, record []byte) error
	decoder *crashdata.Decoder
	reader  *archiveReader
	made    []uint64 // of each crash that was handed on, its madeHash; 0 for the others. Processed crashes come after all records.
}

func (e *eachExported) item(item archiveItem) error {
	id := item.key.String()
	switch item.tag {
	case tagMissing, tagNone:
		e.made = append(e.made, 0)
	case tagCrash:
		if err := checkRecord(e.decoder, id, item.data, e.reader.head.Documents); err != nil {
			return err
		}
		e.made = append(e.made, madeHash(item.data))
		if e.made[item.at] != 0 {
			return e.visit(id, item.data)
		}
	case tagProcessed:
		record, err := checkProcessed(id, item.data, e.made[item.at])
		if err != nil || e.made[item.at] != 0 {
			return err
		}
		e.made[item.at] = madeHash(record)
		return e.visit(id, record)
	}
	return nil
}

// missing hands on the crashes that nothing was found of.
func (e *eachExported) missing() error {
	for at, key := range e.reader.ids {
		if e.made[at] != 0 {
			continue
		}
		if err := e.visit(key.String(), nil); err != nil {
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
