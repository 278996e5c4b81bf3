package spec

import (
	"context"
	"time"

	"github.com/sigdiff/sigdiff/siglists"
)

// Landed is since when the branch that a pull request goes into has its changes, or when the commit of another SPEC was
// made. It is the zero time where the branch hasn't them (any more), or there is no commit.
func (s *Reader) Landed(ctx context.Context, base, candidate Loaded) (time.Time, error) {
	if candidate.Pull == nil {
		t, _ := time.Parse(time.RFC3339, candidate.Info.Date) // none, or as it was written
		return t, nil
	}
	repo, err := s.Repository(ctx)
	if err != nil {
		return time.Time{}, err
	}
	from, _, err := repo.Base(ctx, candidate.Pull)
	if err != nil {
		return time.Time{}, s.GitError(err)
	}
	target, err := repo.Target(ctx, candidate.Pull, from)
	if err != nil {
		return time.Time{}, s.GitError(err)
	}
	changes := siglists.Diff(base.Set, candidate.Set)
	var since time.Time
	for _, commit := range target.Moved {
		lists, err := repo.Lists(ctx, commit.Hash)
		if err != nil {
			return time.Time{}, s.GitError(err)
		}
		set, err := lists.Set()
		switch has := err == nil && landed(changes, set); {
		case !has:
			since = time.Time{}
		case since.IsZero():
			since = commit.Date
		}
	}
	return since, nil
}
