package timeline

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/report"
)

// historyGroups is how many of the largest groups of changed crashes are kept of a commit.
const historyGroups = 5

// History follows crashes through the commits. The corpus's digest is the caller's to tell.
func (t *Timeline) History(ctx context.Context, source crashdata.Source, rules signatures.Ruleset, workers int) (*report.History, error) {
	past, err := history.History(ctx, source, t.Sets, rules, history.HistoryOptions{Workers: workers, Groups: historyGroups})
	if err != nil {
		return nil, fmt.Errorf("following the crashes: %w", err)
	}
	shown := t.after(t.Hidden)
	h := &report.History{
		Corpus:  report.Corpus{Crashes: past.Crashes},
		Missing: past.Missing, Failures: past.Failures, Notes: shown.notes(), Code: shown.Code,
		WithoutStack: past.WithoutStack, Repository: t.Repository,
	}
	if t.Shallow != "" {
		h.Notes = append(h.Notes, t.Shallow)
	}
	for i := t.Hidden; i < len(t.Commits); i++ {
		h.Commits = append(h.Commits, historyCommit(t, past, i))
	}
	return h, nil
}

func historyCommit(t *Timeline, past *history.Past, i int) report.HistoryCommit {
	v := past.Versions[i]
	c := report.HistoryCommit{
		Commit: t.Commits[i], Warning: t.Warnings[i], Conflict: edited.ConflictText(t.Sets[i]).String(),
		Changed: v.Changed, Signatures: v.Signatures, Unsigned: v.Unsigned, Groups: v.Groups,
	}
	if t.Errors[i] != nil {
		c.Error = t.Errors[i].Error()
	}
	for _, change := range v.Changes {
		if change.Added {
			c.Added++
		} else {
			c.Removed++
		}
	}
	return c
}
