package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/timeline"
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
	cmd := page("history", nil, func(cmd *cobra.Command, args []string) error { return a.runHistory(cmd.Context(), o, args) })
	f := cmd.Flags()
	o.selection.addFlags(cmd)
	o.timelineOptions.addFlags(cmd)
	numberFlag(f, &o.limit, "limit", 0, 0, "how many commits the table and Markdown show, newest first (0: all)")
	settable(f, "limit")
	only(f, "limit", []string{"text", "markdown"})
	f.BoolVar(&o.all, "all", false, "also the commits that changed no signature")
	rulesFlag(f, &o.rules)
	o.output.addFlags(cmd, report.HistoryFormats().Names())
	workersFlag(f, &o.workers)
	return cmd
}

// takeRange takes OLD..NEW from the arguments; the others are crash ids. given tells that flags name a revision already.
func (o *historyOptions) takeRange(args []string, given bool) (ids []string, err error) {
	for _, arg := range args {
		words, err := revisions(arg)
		switch {
		case err != nil:
			return nil, err
		case len(words) == 1:
			ids = append(ids, arg)
		// Either would be passed over without a word.
		case given:
			return nil, exit.Usagef("%s is one range too many: --from and --to, or OLD..NEW in their place, name the one that there is", arg)
		default:
			o.From, o.To, given = words[0], words[1], true
		}
	}
	return ids, nil
}

func (a *app) runHistory(ctx context.Context, o historyOptions, args []string) error {
	args, err := o.takeRange(args, a.flags.Changed("from") || a.flags.Changed("to"))
	if err != nil {
		return err
	}
	return a.withCache(reading, func(c *cache.Cache) error {
		h, unknown, err := a.history(ctx, o, c, args)
		if err != nil {
			return err
		}
		// The report is written before: figures of a part are better than none, and they say what is missing.
		if err := render(a, o.output, report.HistoryFormats(), h, report.Options{All: o.all, Limit: o.limit}); err != nil {
			return err
		}
		return a.undone(ctx, c, "not followed", h.Missing, len(h.Failures), false, unknown...)
	})
}

// history follows the chosen crashes through the chosen commits. unknown is what can't be known of
// the corpus and of the commits, a sentence each.
// rules are read first, and the crashes are chosen before the clone is read: both are quick.
func (a *app) history(ctx context.Context, o historyOptions, c *cache.Cache, args []string) (h *report.History, unknown []string, err error) {
	rules, err := signatures.ParseRuleset(o.rules)
	if err != nil {
		return nil, nil, exit.Usagef("%w", err)
	}
	which, err := a.choose(o.selection, c, args)
	if err != nil {
		return nil, nil, err
	}
	t, err := a.timeline(ctx, o.timelineOptions)
	if err != nil {
		return nil, nil, err
	}
	source := corpora.NewSource(c, which.IDs)
	h, err = t.History(ctx, source, rules, o.workers)
	if err != nil {
		return nil, nil, err
	}
	// After History, which reads the source: before, there is no digest of it.
	h.Corpus.Name, h.Corpus.Digest = which.Name, source.Digest()
	unknown = report.Unknown(crashNotes(c, which))
	h.Notes = slices.Concat(unknown, h.Notes) // what could not be known stands first
	if text := h.Unknown(); text != "" {
		unknown = append(unknown, text)
	}
	unknown = append(unknown, t.Unknown()...)
	// Reports name rules only where they are not the default.
	if o.rules != signatures.DefaultRuleset {
		h.Rules = o.rules
	}
	return h, unknown, nil
}

// timelineOptions are the flags that choose commits of the siglists.
type timelineOptions struct {
	specs specOptions
	timeline.Range
}

func (o *timelineOptions) addFlags(cmd *cobra.Command) {
	o.specs.addFlags(cmd)
	cmd.Flags().StringVar(&o.From, "from", "", "start with the siglists of this revision, or with those before this day (default: the first)")
	cmd.Flags().StringVar(&o.To, "to", "HEAD", "end with the siglists of this revision, or with those at the end of this day")
}

// timeline loads the commits that the flags choose.
func (a *app) timeline(ctx context.Context, o timelineOptions) (*timeline.Timeline, error) {
	o.Now = a.now()
	return timeline.Load(ctx, a.specs(o.specs), o.Range)
}
