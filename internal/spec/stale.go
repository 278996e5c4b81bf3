package main

import (
	"context"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/report"
)

// staleBefore is when the siglists last changed, for a comparison with recorded signatures: what was
// processed before that was processed with other siglists. It is --stale-before, else the date of the last
// commit that changed the siglists of the other side; the zero time when neither is known.
//
// Both are instants, compared as such. Production takes siglists over some time after they change, so that
// crashes of the hours after may still be counted as not explained by their age: they are
// the ones to look at, not to leave out.
func (s *specReader) staleBefore(ctx context.Context, given string, base, candidate loadedSide) (time.Time, error) {
	if given != "" {
		t, err := fetch.ParseTime(given)
		if err != nil {
			return t, usageError("--stale-before: %w", err)
		}
		return t, nil
	}
	other := candidate.info
	switch {
	case candidate.info.Kind == "recorded":
		other = base.info
	case base.info.Kind != "recorded":
		return time.Time{}, nil
	}
	if other.Revision == "" {
		return time.Time{}, nil
	}
	repo, err := s.repository(ctx)
	if err != nil {
		return time.Time{}, err
	}
	commits, err := repo.Log(ctx, "", other.Revision)
	if err != nil {
		return time.Time{}, err
	}
	if len(commits) == 0 {
		start, err := repo.Start(ctx, other.Revision)
		if start != nil && err == nil {
			s.pairNote("which signatures were made before the siglists last changed is not known: %s, or --stale-before says when that was", shallowNote(repo, *start))
		}
		return time.Time{}, err
	}
	return commits[len(commits)-1].Date, nil
}

// formatStale is a time as reports have it; empty for none.
func formatStale(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// incomplete counts the crashes that another run may be able to compare: those that failed, and those
// missing from the cache that the service was never found to lack.
func incomplete(ctx context.Context, c *cache.Cache, r *report.Report) (int, error) {
	fetchable, err := corpora.Fetchable(ctx, c, r.Missing)
	return fetchable + r.Totals.Failed, err
}
