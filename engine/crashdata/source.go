package crashdata

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
)

// ErrMissing is what a Source says of a crash that it was to give and hasn't got.
var ErrMissing = errors.New("not in the cache")

// Source gives the crashes to compare.
type Source interface {
	// Each calls visit once for every crash, from up to workers goroutines, one at least, numbered from 0: calls with
	// one worker number never overlap. A crash that can't be had comes as an error; ErrMissing when it
	// isn't there at all. The record holds only until visit returns. An error of visit, or the context's,
	// ends the whole.
	Each(ctx context.Context, workers int, visit func(worker int, id string, r *Record, err error) error) error
}

// Crashes is a Source of crashes that are in memory.
type Crashes []*Crash

// Each gives the crashes to the workers in turn.
func (cs Crashes) Each(ctx context.Context, workers int, visit func(int, string, *Record, error) error) error {
	workers = max(1, workers) // with none, nothing would look like a success
	group, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		group.Go(func() error {
			for i := w; i < len(cs); i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := visit(w, cs[i].ID(), NewRecord(cs[i]), nil); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
