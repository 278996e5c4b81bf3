package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/timeline"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
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
	specs    specOptions
	from, to string // a revision, a day or a word for days; empty from: the first
}

func (o *timelineOptions) addFlags(cmd *cobra.Command) {
	o.specs.addFlags(cmd)
	cmd.Flags().StringVar(&o.from, "from", "", "start with the siglists of this revision, or with those before this day (default: the first)")
	cmd.Flags().StringVar(&o.to, "to", "HEAD", "end with the siglists of this revision, or with those at the end of this day")
}

// timeline loads the commits that the flags choose.
// Days become revisions first: a day as --from means the siglists that held when it began, as --to those that held
// when it ended. So changes of both days are inside.
func (a *app) timeline(ctx context.Context, o timelineOptions) (*timeline.Timeline, error) {
	specs := a.specs(o.specs)
	for _, flag := range [][2]string{{"--from", o.from}, {"--to", o.to}} {
		// A bare number is a pull request elsewhere; here it would most often be meant as a year.
		if _, err := time.Parse("2006", flag[1]); err == nil {
			return nil, exit.Usagef("%s %s: a day is YYYY-MM-DD, and the pull request is pr/%s", flag[0], flag[1], flag[1])
		}
	}
	first, fromDay := a.days(o.from)
	last, toDay := a.days(o.to)
	// Else the range would be empty, and "no commit" would look like the answer.
	if fromDay && toDay && !first.From.Time.Before(last.To.Time) {
		return nil, exit.Usagef("--from %s --to %s: it ends before it begins", o.from, o.to)
	}
	var err error
	if toDay {
		day := o.to
		if o.to, err = lastBefore(ctx, specs, "HEAD", last.To.Time); err != nil {
			return nil, err
		}
		if o.to == "" {
			return nil, exit.Usagef("--to %s: the first commit is younger", day)
		}
	}
	// The history that --from is looked for in is that of --to. None before the day is the first commit: from is
	// empty then.
	if fromDay {
		if o.from, err = lastBefore(ctx, specs, o.to, first.From.Time); err != nil {
			return nil, err
		}
	}
	// The same reader: it has the repository open, and pull requests fetched.
	t, err := timeline.Load(ctx, specs, o.from, o.to)
	if errors.Is(err, gitlists.ErrNoRevision) {
		err = fmt.Errorf("%w; a day is YYYY-MM-DD", err)
	}
	return t, err
}

// days are those that a word stands for; ok is false for a revision.
func (a *app) days(word string) (days fetch.Window, ok bool) {
	// What is no day is a revision. A branch that looks like a day is named with git:.
	days, err := fetch.ParseDate(word, a.now())
	return days, err == nil
}

// lastBefore is the newest commit of a revision's history from before a time, as a SPEC; empty where there is none.
// git: makes it a revision whatever it looks like.
func lastBefore(ctx context.Context, specs *spec.Reader, revision string, t time.Time) (string, error) {
	// Its warning is said by timeline.Load, which resolves it again.
	newest, _, err := specs.Resolve(ctx, revision)
	if err != nil {
		return "", fmt.Errorf("--to: %w", err)
	}
	repo, err := specs.Repository(ctx)
	if err != nil {
		return "", err
	}
	commit, err := repo.LastBefore(ctx, newest.Hash, t)
	if err != nil || commit.Hash == "" {
		return "", specs.GitError(err)
	}
	return "git:" + commit.Hash, nil
}
