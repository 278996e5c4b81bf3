package timeline

import (
	"context"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// readCode finds out how Socorro's code changed after the first commit and up to another, and in what it is not what the
// engine follows then. Known changes of the algorithm count as far as the repository is Socorro's; other commits that
// changed the code count where they are not part of what the engine follows.
func (t *Timeline) readCode(ctx context.Context, repo *gitlists.Repo, first, last gitlists.Commit, newest *gitlists.Lists) error {
	codes, err := repo.CodeOf(ctx, last.Hash)
	if err != nil {
		return err
	}
	// As a side of that commit would say it.
	t.LastCode = spec.Loaded{}.WithCode(codes[0], last, newest).Info.Code
	known := spec.AlgorithmChanges(first.Date, last.Date)
	if codes[0] == nil { // nor had any commit before
		if spec.OfSocorro(newest) {
			t.Code = known
		}
		return nil
	}
	// Known changes count only where the repository has them: a fork may not have taken one.
	hashes := []string{signatures.Revision}
	for _, c := range known {
		hashes = append(hashes, c.Revision)
	}
	have, err := repo.Have(ctx, hashes)
	if err != nil {
		return err
	}
	var changes []report.Commit
	for i, c := range known {
		if have[i+1] {
			changes = append(changes, c)
		}
	}
	// The lists overlap: a known change is a commit that changed the code, too. Hence CompactFunc, after sorting by date.
	others, err := otherCode(ctx, repo, first.Hash, last.Hash, have[0])
	changes = append(changes, others...)
	slices.SortStableFunc(changes, func(a, b report.Commit) int { return strings.Compare(a.Date, b.Date) })
	t.Code = slices.CompactFunc(changes, func(a, b report.Commit) bool { return a.Revision == b.Revision })
	return err
}

// otherCode are the commits that changed the code and are not part of what the engine follows.
func otherCode(ctx context.Context, repo *gitlists.Repo, first, last string, hasFollowed bool) ([]report.Commit, error) {
	// First parents alone, as for the siglists: what a branch did in between counts with its merge.
	chosen := []string{"--first-parent", last, "^" + first}
	if hasFollowed {
		// The engine does what all commits up to there did, whenever they came.
		chosen = append(chosen, "^"+signatures.Revision)
	}
	commits, err := repo.CodeLog(ctx, chosen...)
	return spec.Commits(commits), err
}
