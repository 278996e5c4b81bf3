package corpora

import (
	"context"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// fold reads the crashes of a source, each worker into a part of its own, and gives the parts. No order is promised,
// neither of crashes nor of parts.
func fold[Part any](ctx context.Context, src crashdata.Source, workers int, newPart func() Part, add func(*Part, string, *crashdata.Crash, error)) ([]Part, error) {
	parts := make([]Part, workers)
	for i := range parts {
		parts[i] = newPart()
	}
	err := src.Each(ctx, workers, crashdata.Decoded(func(worker int, id string, c *crashdata.Crash, err error) error {
		add(&parts[worker], id, c, err)
		return nil
	}))
	return parts, err
}
