package corpora

import (
	"context"
	"fmt"
	"io"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/crashid"
)

// EachExported reads an exported corpus once, from its beginning to its end, without a cache, and calls visit
// for each of its crashes, each once, as a comparison over a cache with that corpus sees it: with its record,
// which is valid until visit returns, or nil for a crash that is missing. A crash whose record is missing or of
// another version is made again from its processed crash, if the file holds that. Only when EachExported
// returns nil has all of the file been checked: what visit was given before an error is worth nothing. Errors:
// ErrNotExport, ErrOtherExport, ErrDamagedExport, the context's, visit's.
func EachExported(ctx context.Context, f io.Reader, visit func(id string, record []byte) error) (Archived, error) {
	r, err := newArchiveReader(f, nil)
	if err != nil {
		return Archived{}, err
	}
	defer r.zr.Close()
	checker, visited := newItemChecker(ctx), map[crashid.Key]bool{}
	err = r.each(ctx, func(item archiveItem) error {
		record, err := checker.check(item, r.head.Documents)
		if err != nil || record == nil || visited[item.key] { // processed crashes come after all records
			return err
		}
		visited[item.key] = true
		return visit(item.key.String(), record)
	})
	if err != nil {
		return Archived{}, err
	}
	// In the end, since the record of a crash may come from its processed crash, behind all others.
	for _, key := range r.ids {
		if !visited[key] {
			if err := visit(key.String(), nil); err != nil {
				return Archived{}, err
			}
		}
	}
	return r.done, nil
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
	// An import would find out when it stores the record.
	return id, record, checkRecordSize(id, record)
}
