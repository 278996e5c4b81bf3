package timeline

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// readCode finds out how Socorro's code changed after the first commit and up to another, and in what it is not what the
// engine follows then. Known changes of the algorithm count as far as the repository is Socorro's; other commits that
// changed the code count where they are not part of what the engine follows.
func (t *Timeline) readCode(ctx context.Context, repo *gitlists.Repo, first, last gitlists.Commit, newest *gitlists.Lists) error {
	code, err := repo.CodeOf(ctx, last.Hash)
	if err != nil {
		return err
	}
	// As a side of that commit would say it.
	t.LastCode = spec.SideCode(code, last, newest)
	if code == nil { // nor had any commit before
		if spec.OfSocorro(newest) {
			t.Code = spec.AlgorithmChanges(first.Date, last.Date)
		}
		return nil
	}
	t.after = func(ctx context.Context, hash string) (map[string]bool, error) {
		return repo.Between(ctx, hash, last.Hash)
	}
	// Known changes count only where they came in between: a fork may not have taken one, and a branch may have begun before it.
	came, err := t.after(ctx, first.Hash)
	if err != nil {
		return err
	}
	for _, c := range spec.AlgorithmChanges(time.Time{}, time.Time{}) {
		if came[c.Revision] {
			t.Code = append(t.Code, c)
		}
	}
	others, err := otherCode(ctx, repo, first.Hash, last.Hash)
	for _, c := range others {
		// A known change is a commit that changed the code, too.
		if !slices.ContainsFunc(t.Code, func(known report.Commit) bool { return known.Revision == c.Revision }) {
			t.Code = append(t.Code, c)
		}
	}
	slices.SortStableFunc(t.Code, func(a, b report.Commit) int { return strings.Compare(a.Date, b.Date) })
	return err
}

// codeSince are the commits that changed the code after one. Dates tell only where the repository has none of them: clocks go wrong,
// and a branch may be older than what it was merged after.
func (t *Timeline) codeSince(ctx context.Context, since report.Commit) ([]report.Commit, error) {
	is := func(c report.Commit) bool { return c.Date > since.Date } // RFC 3339 in UTC
	if t.after != nil {
		after, err := t.after(ctx, since.Revision)
		if err != nil {
			return nil, err
		}
		is = func(c report.Commit) bool { return after[c.Revision] }
	}
	return slices.DeleteFunc(slices.Clone(t.Code), func(c report.Commit) bool { return !is(c) }), nil
}

// otherCode are the commits that changed the code and are not part of what the engine follows.
func otherCode(ctx context.Context, repo *gitlists.Repo, first, last string) ([]report.Commit, error) {
	but := []string{first}
	followed, err := repo.Has(ctx, signatures.Revision)
	if err != nil {
		return nil, err
	}
	if followed {
		// The engine does what all commits up to there did, whenever they came.
		but = append(but, signatures.Revision)
	}
	// First parents alone, as for the siglists: what a branch did in between counts with its merge.
	chosen, err := repo.FirstParents(ctx, last, but...)
	if err != nil {
		return nil, err
	}
	commits, err := repo.CodeLog(ctx, chosen...)
	return spec.Commits(commits), err
}
