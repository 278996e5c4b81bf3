package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
)

// historyOptions are the flags of history.
type historyOptions struct {
	selection
	timelineOptions
	rules          string
	output         outputOptions
	limit, workers int
	all            bool // for people; JSON and CSV have all
}

// historyCommand is 'sigdiff history'. It loads the siglists of each commit from --from to --to, makes the
// signatures of all chosen crashes with each, and counts how many changed from one to the next.
func (a *app) historyCommand() *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history [OLD..NEW] [--corpus NAME] [ID...]",
		Short: "Show what each commit of the siglists did to cached crashes",
		Long: `Make the signatures of cached crashes with the siglists of one commit after the
other, and show how many crashes each gave another signature, and how many
distinct signatures there were: of a corpus, of a file of ids, of ids given, or
of everything cached.

The commits are those that touched the siglists; a merged branch is one. Shown
are those that changed a signature or don't load, newest first, and what changed
most, by bug; --all shows those that changed none, too. JSON and CSV have all of
them, oldest first. The first has nothing to be compared with and counts as
changing nothing. A commit whose siglists don't load is skipped: the next is
compared with the last that loads.

--from and --to are revisions, or days: YYYY-MM-DD, today, yesterday, thisweek
or thismonth, in UTC. Days count whole: --from 2026-01-01 shows what changed on
that day, too. OLD..NEW as an argument is --from OLD --to NEW.

Every signature is made with the code that the engine follows. Commits that
changed Socorro's own code have rows of their own, marked code, without figures.`,
		Example: `  sigdiff history --corpus nightly --repo ~/socorro
  sigdiff history --corpus nightly --from 2024-01-01 -o history.html`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runHistory(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	o.selection.addFlags(cmd)
	o.timelineOptions.addFlags(cmd)
	numberFlag(f, &o.limit, "limit", 0, 0, "how many commits the table and Markdown show, newest first (0: all)")
	settable(f, "limit")
	f.BoolVar(&o.all, "all", false, "also the commits that changed no signature")
	rulesFlag(f, &o.rules)
	o.output.addFlags(cmd, report.HistoryFormats().Names())
	workersFlag(f, &o.workers)
	return cmd
}

// takeRange takes OLD..NEW from the arguments; the others are crash ids.
func (o *historyOptions) takeRange(args []string) (ids []string, err error) {
	for _, arg := range args {
		words, err := revisions(arg)
		switch {
		case err != nil:
			return nil, err
		// A second range is no range, and fails as a crash id.
		case len(words) == 2 && o.from == "":
			o.from, o.to = words[0], words[1]
		default:
			ids = append(ids, arg)
		}
	}
	return ids, nil
}

func (a *app) runHistory(ctx context.Context, o historyOptions, args []string) error {
	args, err := o.takeRange(args)
	if err != nil {
		return err
	}
	return a.withCache(reading, func(c *cache.Cache) error {
		h, shallow, err := a.history(ctx, o, c, args)
		if err != nil {
			return err
		}
		if err := render(a, o.output, report.HistoryFormats(), h, report.Options{All: o.all, Limit: o.limit}); err != nil {
			return err
		}
		// The report is written before: figures of a part are better than none, and they say what is missing.
		return cmp.Or(leftOpen(ctx, c, "not followed", h.Missing, len(h.Failures)), unknownError(cmp.Or(h.Unknown(), shallow)))
	})
}

// history follows the chosen crashes through the chosen commits. shallow is what of those a shallow clone
// lacks, in words.
// rules are read first, and the crashes are chosen before the clone is read: both are quick.
func (a *app) history(ctx context.Context, o historyOptions, c *cache.Cache, args []string) (h *report.History, shallow string, err error) {
	rules, err := signatures.ParseRuleset(o.rules)
	if err != nil {
		return nil, "", exit.Usagef("%w", err)
	}
	which, err := a.choose(o.selection, c, args)
	if err != nil {
		return nil, "", err
	}
	t, err := a.timeline(ctx, o.timelineOptions)
	if err != nil {
		return nil, "", err
	}
	source := corpora.NewSource(c, which.ids)
	h, err = t.History(ctx, source, rules, o.workers)
	if err != nil {
		return nil, "", err
	}
	h.Corpus.Name, h.Corpus.Digest = which.name, source.Digest()
	// Reports name rules only where they are not the default.
	if o.rules != spec.DefaultRules {
		h.Rules = o.rules
	}
	return h, t.Shallow, nil
}
