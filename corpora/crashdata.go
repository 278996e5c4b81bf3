package corpora

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// errNoDocument is returned for a crash whose processed crash is wanted, and of which there is a record at most.
var errNoDocument = fmt.Errorf("its processed crash is %w", crashdata.ErrMissing)

// Processed is the processed crash of a cached crash. A record alone won't do.
func Processed(c *cache.Cache, id string) ([]byte, error) {
	doc, err := c.Get(id, cache.Processed)
	if errors.Is(err, cache.ErrNotFound) {
		return nil, errNoDocument
	}
	return doc, err
}

// CrashData is the crash data of a processed crash in one line, with the crash id, if there is one, as its member uuid,
// which no rule reads.
func CrashData(id string, processed []byte) ([]byte, error) {
	data, err := crashdata.CrashData(processed)
	if err != nil || id == "" {
		return data, err
	}
	// Put in front of the members that there are, without reading these once more: nothing else of the data may
	// change.
	return slices.Concat([]byte(`{"uuid":`), strconv.AppendQuote(nil, id), []byte(","), bytes.TrimPrefix(data, []byte("{"))), nil
}
