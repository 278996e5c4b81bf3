package spec

import (
	"context"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists"
)

// WorkTree is the SPEC of the checkout of Socorro that is at hand: the one that the working directory is in, else --repo.
func (o Options) WorkTree() (string, error) {
	for _, path := range []string{".", o.Repo} {
		if path != "" && o.isCheckout(path) {
			return path, nil
		}
	}
	return "", exit.Usagef("no siglists are named, and the working directory is in no checkout of Socorro")
}

// loadBranchBase loads what the working tree of a checkout is compared with: where its commit left the main branch.
func (s *Reader) loadBranchBase(ctx context.Context, candidate Loaded) (Loaded, error) {
	own := &Reader{Options: s.Options, Budget: s.Budget, Say: s.Say, Offline: s.Offline}
	own.Repo = candidate.Checkout // whose HEAD counts, wherever other SPECs are looked up
	repo, err := own.Repository(ctx)
	if err != nil {
		return Loaded{}, err
	}
	commit, branch, err := repo.BranchBase(ctx)
	if err != nil {
		return Loaded{}, own.GitError(err)
	}
	loaded, err := own.loadCommit(ctx, "merge base of HEAD and "+branch, repo, commit)
	if err == nil && candidate.Set != nil && len(siglists.Diff(loaded.Set, candidate.Set)) == 0 {
		s.pairNote("the working tree changes no line of the siglists since it left %s", branch)
	}
	return loaded, err
}
