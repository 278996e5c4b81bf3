package spec

import (
	"context"
	"time"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// StaleBefore is when the siglists last changed, for a comparison with recorded signatures: what was
// processed before that was processed with other siglists. It is --stale-before, else the date of the last
// commit that changed the siglists of the other side; the zero time when neither is known.
//
// Both are instants, compared as such. Production takes siglists over some time after they change, so that
// crashes of the hours after may still be counted as not explained by their age: they are
// the ones to look at, not to leave out.
func (s *Reader) StaleBefore(ctx context.Context, given string, base, candidate Side) (time.Time, error) {
	if given != "" {
		t, err := fetch.ParseTime(given)
		if err != nil {
			return t, exit.Usagef("--stale-before: %w", err)
		}
		return t, nil
	}
	other := candidate.Info
	switch {
	case candidate.Info.Kind == "recorded":
		other = base.Info
	case base.Info.Kind != "recorded":
		return time.Time{}, nil
	}
	if other.Revision == "" {
		return time.Time{}, nil
	}
	repo, err := s.Repository(ctx)
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
			s.pairNote("which signatures were made before the siglists last changed is not known: %s, or --stale-before says when that was", ShallowNote(repo, *start))
		}
		return time.Time{}, err
	}
	return commits[len(commits)-1].Date, nil
}

// FormatTime is a time as reports have it; empty for none.
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ShallowNote says what a shallow clone that begins at a commit doesn't show.
func ShallowNote(repo *gitlists.Repo, start gitlists.Commit) report.Phrase {
	return report.Sentence("%s is a shallow clone that begins at %.12s (%s): older commits are not looked at; 'git -C %s fetch --unshallow' gets them",
		repo.Dir(), start.Hash, start.Date.Format(time.DateOnly)+", "+start.Subject, repo.Dir())
}
