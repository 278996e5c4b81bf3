package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/report"
)

// historyOptions are the flags of history.
type historyOptions struct {
	selection
	timelineOptions
	rules, format, output string
	limit, workers        int
}

func (a *app) historyCommand() *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history [--corpus NAME] [ID...]",
		Short: "Show what each commit of the siglists did to cached crashes",
		Long: `Make the signatures of cached crashes with the siglists of one commit after the
other, and show how many crashes each gave another signature, and how many distinct
signatures there were: of a corpus, of a file of ids, of ids given, or of everything
cached.

The commits are those that touched the siglists, oldest first; a merged branch is one.
The first has nothing to be compared with and counts as changing nothing. A commit whose
siglists don't load keeps its row, and the next is compared with the last that loads.

Every signature is made with the code that the engine follows. Commits that changed Socorro's
own code have rows of their own, marked code, without figures.`,
		Example: `  sigdiff history --corpus nightly --repo ~/socorro
  sigdiff history --corpus nightly --from v2024.01.01 --format html -o history.html`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runHistory(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	o.selection.addFlags(cmd)
	o.timelineOptions.addFlags(cmd)
	f.IntVar(&o.limit, "limit", 0, "only this many of the newest commits, the first compared with the one before it (0: all)")
	rulesFlag(f, &o.rules)
	f.StringVar(&o.format, "format", "table", strings.Join(report.HistoryFormats(), ", "))
	f.StringVarP(&o.output, "output", "o", "", "write to this file")
	workersFlag(f, &o.workers, "how many goroutines share the crashes")
	return cmd
}

func (o *historyOptions) check() error {
	switch {
	case o.workers < 1 || o.limit < 0:
		return usageError("--workers and --limit can't be negative, and at least one worker is needed")
	case !slices.Contains(report.HistoryFormats(), o.format):
		return usageError("no format %q; there are %s", o.format, strings.Join(report.HistoryFormats(), ", "))
	}
	return nil
}

func (a *app) runHistory(ctx context.Context, o historyOptions, args []string) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	c, err := a.openCache(cache.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, c.Close()) }()
	h, shallow, err := a.history(ctx, o, c, args)
	if err != nil {
		return err
	}
	if o.output == "" {
		err = report.RenderHistory(a.stdout, o.format, h, a.screen(o.format))
	} else {
		err = writeFile(o.output, func(w io.Writer) error { return report.RenderHistory(w, o.format, h, report.Options{}) })
	}
	if err != nil {
		return err
	}
	fetchable, err := corpora.Fetchable(ctx, c, h.Missing)
	if err == nil && fetchable+len(h.Failures) > 0 {
		return &exitError{exitIncomplete, fmt.Errorf("not followed: %d missing from the cache, %d failed%s", len(h.Missing), len(h.Failures), howToGet(len(h.Missing)))}
	}
	if unknown := h.Unknown(); err == nil && unknown != "" {
		return &exitError{exitIncomplete, errors.New(unknown)}
	}
	return firstError(err, shallowError(shallow))
}

// history follows the chosen crashes through the chosen commits. shallow is what of those a shallow clone
// lacks, in words.
func (a *app) history(ctx context.Context, o historyOptions, c *cache.Cache, args []string) (h *report.History, shallow string, err error) {
	rules, err := signatures.ParseRuleset(o.rules)
	if err != nil {
		return nil, "", usageError("%w", err)
	}
	which, err := a.choose(o.selection, c, args)
	if err != nil {
		return nil, "", err
	}
	t, err := a.specs(o.specs).timeline(ctx, o.timelineOptions)
	if err != nil {
		return nil, "", err
	}
	hidden, shallow := t.hidden, t.shallow
	if o.limit > 0 && len(t.commits) > o.limit {
		t, hidden, shallow = t.after(len(t.commits)-o.limit-1), 1, ""
	}
	source := corpora.NewSource(c, which.ids)
	past, err := history.History(ctx, source, t.sets, rules, history.HistoryOptions{Workers: o.workers, Groups: historyGroups})
	if err != nil {
		return nil, "", fmt.Errorf("following the crashes: %w", err)
	}
	h = &report.History{
		Corpus:  report.Corpus{Name: which.name, Crashes: past.Crashes, Digest: source.Digest()},
		Missing: past.Missing, Failures: past.Failures, Notes: t.after(hidden).notes(), Code: t.after(hidden).code,
		WithoutStack: past.WithoutStack,
	}
	if shallow != "" {
		h.Notes = append(h.Notes, shallow)
	}
	if o.rules != defaultRules {
		h.Rules = o.rules
	}
	for i := hidden; i < len(t.commits); i++ {
		h.Commits = append(h.Commits, historyCommit(t, past, i))
	}
	return h, shallow, nil
}

// historyGroups is how many of the largest groups of changed crashes are kept of a commit.
const historyGroups = 5

func historyCommit(t *timeline, past *history.Past, i int) report.HistoryCommit {
	v := past.Versions[i]
	c := report.HistoryCommit{
		Commit: t.commits[i], Warning: t.warnings[i],
		Changed: v.Changed, Signatures: v.Signatures, Unsigned: v.Unsigned, Groups: v.Groups,
	}
	if t.errors[i] != nil {
		c.Error = t.errors[i].Error()
	}
	if v.Shift == nil {
		return c
	}
	for _, change := range v.Shift.Changes {
		if change.Added {
			c.Added++
		} else {
			c.Removed++
		}
	}
	return c
}
