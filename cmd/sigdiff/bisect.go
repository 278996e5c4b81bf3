package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/report"
)

// bisectOptions are the flags of bisect.
type bisectOptions struct {
	timelineOptions
	rules, format string
}

func (a *app) bisectCommand() *cobra.Command {
	var o bisectOptions
	cmd := &cobra.Command{
		Use:   "bisect ID...",
		Short: "Find the commit of the siglists that gave a crash its signature",
		Long: `Find the commit that gave a cached crash the signature it has now, and every other
commit that changed its signature, newest first, with the list lines that did it.

Every commit that touched the siglists is tried, so that a signature that came, went and
came again is told as it was. That is by the siglists alone: commits that changed
Socorro's own code are listed, and a signature of that day may have changed there.`,
		Example: `  sigdiff bisect 6a4b1c5e-0000-4000-8000-1a2b3c261014 --repo ~/socorro
  sigdiff bisect bp-6a4b1c5e-0000-4000-8000-1a2b3c261014 --to pr/7078 --format json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runBisect(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	o.timelineOptions.addFlags(cmd)
	rulesFlag(f, &o.rules)
	f.StringVar(&o.format, "format", "text", strings.Join(report.BisectFormats(), ", "))
	return cmd
}

func (a *app) runBisect(ctx context.Context, o bisectOptions, args []string) (err error) {
	if !slices.Contains(report.BisectFormats(), o.format) {
		return usageError("no format %q; there are %s", o.format, strings.Join(report.BisectFormats(), ", "))
	}
	rules, err := signatures.ParseRuleset(o.rules)
	if err != nil {
		return usageError("%w", err)
	}
	ids, err := parseIDs(args)
	if err != nil {
		return err
	}
	c, err := a.openCache(cache.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, c.Close()) }()
	t, err := a.specs(o.specs).timeline(ctx, o.timelineOptions)
	if err != nil {
		return err
	}
	b, err := bisect(ctx, c, ids, t, rules)
	if err != nil {
		return err
	}
	if err := report.RenderBisection(a.stdout, o.format, b, a.screen(o.format)); err != nil {
		return err
	}
	if undone := len(b.Missing) + len(b.Failures); undone > 0 {
		return &exitError{exitIncomplete, fmt.Errorf("not bisected: %d missing from the cache, %d failed%s", len(b.Missing), len(b.Failures), howToGet(len(b.Missing)))}
	}
	return shallowError(t.shallow)
}

// bisect follows crashes through a timeline. They keep the order of the ids; an id that is given twice
// counts once.
func bisect(ctx context.Context, c *cache.Cache, ids []string, t *timeline, rules signatures.Ruleset) (*report.Bisection, error) {
	b := &report.Bisection{From: t.commits[0], To: t.commits[len(t.commits)-1], Commits: len(t.commits), Notes: t.after(t.hidden).notes(), Code: t.code}
	if t.shallow != "" {
		b.Notes = append(b.Notes, t.shallow)
	}
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
	past, err := history.History(ctx, crashes, t.sets, rules, history.HistoryOptions{Workers: 1, Turns: true})
	if err != nil {
		return nil, fmt.Errorf("following the crashes: %w", err)
	}
	b.Failures = append(b.Failures, past.Failures...)
	for _, crash := range crashes {
		if turns := turnsOf(past, crash.ID()); len(turns) > 0 { // else it is among the failures
			b.Crashes = append(b.Crashes, bisectCrash(crash, turns, t, past, rules))
		}
	}
	return b, nil
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
func bisectCrash(crash *crashdata.Crash, turns []history.Turn, t *timeline, past *history.Past, rules signatures.Ruleset) report.BisectedCrash {
	bisected := report.BisectedCrash{ID: crash.ID(), Recorded: crash.Meta.Signature, Signature: turns[len(turns)-1].Signature}
	for i, turn := range turns[1:] {
		change := report.SignatureChange{Commit: t.commits[turn.Version], Old: turns[i].Signature, New: turn.Signature}
		base := signatures.NewGenerator(t.sets[past.Versions[turn.Version].Base], rules)
		candidate := signatures.NewGenerator(t.sets[turn.Version], rules)
		// It fails where the crash has no signature at the commit before, since a pattern met its limit;
		// then there are no causes.
		if result, err := explainOne(crash, base, candidate); err == nil {
			_, change.Causes = result.Why(compare.NewDiffer(base, candidate))
			change.RuleChanges = result.RuleChanges()
		}
		bisected.Changes = append(bisected.Changes, change)
	}
	return bisected
}
