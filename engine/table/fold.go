package table

import (
	"context"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// Fold reads the crashes of a source without a table, each worker into a part of its own, and gives the parts, in no order
// that is promised. A crash that add returns an error for has failed, too. Those that were not read are by id.
func Fold[Part any](ctx context.Context, src crashdata.Source, workers int, newPart func() Part, add func(*Part, string, *crashdata.Crash) error) ([]Part, Left, error) {
	workers = max(1, workers)
	// A part and what is left out for each worker, so that none waits for another.
	parts, apart := make([]Part, workers), make([]Left, workers)
	for i := range parts {
		parts[i] = newPart()
	}
	err := src.Each(ctx, workers, func(worker int, id string, r *crashdata.Record, err error) error {
		var c *crashdata.Crash
		if err == nil {
			c, err = r.Crash()
		}
		if err == nil {
			err = add(&parts[worker], id, c)
		}
		if err != nil {
			apart[worker].Add(id, err)
		}
		return nil
	})
	// Workers end in any order, and crashes come to any of them.
	var all Left
	for _, left := range apart {
		all.Join(left)
	}
	all.Sort()
	return parts, all, err
}
