package corpora

import (
	"cmp"
	"context"
	"errors"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// Remake makes crash records that were lost again from the processed crashes, and stores them. missing are the crashes
// that have no processed crash either. A record that can't be made, or is too large to be kept, is left to comparisons,
// which make it each time or say why they can't.
func Remake(ctx context.Context, c *cache.Cache, ids []string) (made int, missing []string, err error) {
	// One after the other: after a repair there are few, and what takes time is reading the documents.
	w := c.Writer(ctx)
	for _, id := range ids {
		_, record, err := hold(c, id, nil, cache.ErrNotFound)
		switch {
		case errors.Is(err, crashdata.ErrMissing):
			missing = append(missing, id)
			continue
		case err != nil:
			continue
		}
		entry := cache.Entry{ID: id, Record: record, Stored: func() { made++ }} // read after Close
		if err := w.Put(ctx, entry); err != nil && !errors.Is(err, cache.ErrTooLarge) {
			err = cmp.Or(w.Close(), err)
			return made, missing, err
		}
	}
	err = w.Close()
	return made, missing, err
}
