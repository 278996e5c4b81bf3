package timeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/report"
)

// Bisect follows crashes of a cache through the commits. They keep the order of the ids; an id that is given twice
// counts once. unknown is what it can't speak of, in words: what a shallow clone lacks, or crashes that all have no stack.
func (t *Timeline) Bisect(ctx context.Context, c *cache.Cache, ids []string, rules signatures.Ruleset) (b *report.Bisection, unknown string, err error) {
	b = &report.Bisection{From: t.Commits[0], To: t.Commits[len(t.Commits)-1], Commits: len(t.Commits), Notes: t.after(t.Hidden).notes(), Code: t.Code, Repository: t.Repository}
	var crashes crashdata.Crashes
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		crash, err := corpora.Crash(c, id)
		switch {
		case errors.Is(err, crashdata.ErrMissing):
			b.Missing = append(b.Missing, id)
		case err != nil:
			b.Failures = append(b.Failures, compare.Failure{ID: id, Err: err.Error()})
		default:
			crashes = append(crashes, crash)
		}
	}
	past, err := history.History(ctx, crashes, t.Sets, rules, history.HistoryOptions{Workers: 1, Turns: true})
	if err != nil {
		return nil, "", fmt.Errorf("following the crashes: %w", err)
	}
	b.Failures = append(b.Failures, past.Failures...)
	for _, crash := range crashes {
		if turns := turnsOf(past, crash.ID()); len(turns) > 0 { // else it is among the failures
			b.Crashes = append(b.Crashes, bisectCrash(crash, turns, t, past, rules))
		}
	}
	if unknown = t.Shallow; unknown != "" {
		b.Notes = append(b.Notes, unknown)
	}
	if n := past.WithoutStack; n > 0 && n == len(b.Crashes) {
		unknown = report.NoStack(n, n)
		b.Notes = append(b.Notes, unknown)
	}
	return b, unknown, nil
}

func turnsOf(past *history.Past, id string) []history.Turn {
	var turns []history.Turn
	for _, turn := range past.Turns {
		if turn.ID == id {
			turns = append(turns, turn)
		}
	}
	return turns
}

// bisectCrash explains the turns of a crash.
func bisectCrash(crash *crashdata.Crash, turns []history.Turn, t *Timeline, past *history.Past, rules signatures.Ruleset) report.BisectedCrash {
	bisected := report.BisectedCrash{ID: crash.ID(), Recorded: crash.Meta.Signature, Signature: turns[len(turns)-1].Signature}
	for i, turn := range turns[1:] {
		change := report.SignatureChange{Commit: t.Commits[turn.Version], Old: turns[i].Signature, New: turn.Signature}
		base := signatures.NewGenerator(t.Sets[past.Versions[turn.Version].Base], rules)
		candidate := signatures.NewGenerator(t.Sets[turn.Version], rules)
		// It fails where the crash has no signature at the commit before, since a pattern met its limit;
		// then there are no causes.
		if result, err := explain(crash, base, candidate); err == nil {
			_, change.Causes = result.Why(compare.NewDiffer(base, candidate))
			change.RuleChanges = result.RuleChanges()
		}
		bisected.Changes = append(bisected.Changes, change)
	}
	return bisected
}

func explain(crash *crashdata.Crash, base, candidate signatures.Side) (compare.Comparison, error) {
	explainer := compare.NewExplainer(base, candidate)
	return explainer.Explain(crash)
}
