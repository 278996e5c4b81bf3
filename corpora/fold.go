package corpora

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// unread are crashes that were to be read: the missing ones, and those that failed, both by id.
type unread struct {
	missing []string
	failed  []compare.Failure
}

func (u *unread) note(id string, err error) {
	switch {
	case isMissing(err):
		u.missing = append(u.missing, id)
	case err != nil:
		u.failed = append(u.failed, compare.Failure{ID: id, Err: err.Error()})
	}
}

func isMissing(err error) bool { return errors.Is(err, crashdata.ErrMissing) }

// fold reads the crashes of a source, each worker into a part of its own, and gives the parts, in no order that is
// promised. A crash that add returns an error for has failed, too.
func fold[Part any](ctx context.Context, src crashdata.Source, workers int, newPart func() Part, add func(*Part, string, *crashdata.Crash) error) ([]Part, unread, error) {
	parts, apart := make([]Part, workers), make([]unread, workers)
	for i := range parts {
		parts[i] = newPart()
	}
	err := src.Each(ctx, workers, crashdata.Decoded(func(worker int, id string, c *crashdata.Crash, err error) error {
		if err == nil {
			err = add(&parts[worker], id, c)
		}
		apart[worker].note(id, err)
		return nil
	}))
	var all unread
	for _, u := range apart {
		all.missing = append(all.missing, u.missing...)
		all.failed = append(all.failed, u.failed...)
	}
	slices.Sort(all.missing)
	slices.SortFunc(all.failed, func(a, b compare.Failure) int { return cmp.Compare(a.ID, b.ID) })
	return parts, all, err
}
