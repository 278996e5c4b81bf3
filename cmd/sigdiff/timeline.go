package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/timeline"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

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
	for flag, word := range map[string]string{"--from": o.from, "--to": o.to} {
		// A bare number is a pull request elsewhere; here it would most often be meant as a year.
		if _, err := time.Parse("2006", word); err == nil {
			return nil, exit.Usagef("%s %s: a day is YYYY-MM-DD, and the pull request is pr/%s", flag, word, word)
		}
	}
	first, fromDay := a.days(o.from)
	last, toDay := a.days(o.to)
	if fromDay && toDay && !first.From.Time.Before(instantAfter(last)) {
		return nil, exit.Usagef("--from %s --to %s: it ends before it begins", o.from, o.to)
	}
	var err error
	if toDay {
		day := o.to
		if o.to, err = lastBefore(ctx, specs, "HEAD", instantAfter(last)); err != nil {
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
	t, err := timeline.Load(ctx, specs, o.from, o.to)
	if errors.Is(err, gitlists.ErrNoRevision) {
		err = fmt.Errorf("%w; a day is YYYY-MM-DD", err)
	}
	return t, err
}

// days are those that a word stands for; ok is false for a revision.
func (a *app) days(word string) (days fetch.Window, ok bool) {
	if word == "" {
		return days, false
	}
	days, err := fetch.ParseDate(word, a.now())
	return days, err == nil
}

// instantAfter is the first instant after days.
// The last second of an inclusive end is inside: commits have whole seconds.
func instantAfter(days fetch.Window) time.Time {
	if days.To.Exclusive {
		return days.To.Time
	}
	return days.To.Time.Add(time.Second)
}

// lastBefore is the newest commit of a revision's history from before a time, as a SPEC; empty where there is none.
// git: makes it a revision whatever it looks like.
func lastBefore(ctx context.Context, specs *spec.Reader, revision string, t time.Time) (string, error) {
	newest, _, err := specs.Resolve(ctx, revision)
	if err != nil {
		return "", fmt.Errorf("--to: %w", err)
	}
	repo, err := specs.Repository(ctx)
	if err != nil {
		return "", err
	}
	commit, ok, err := repo.LastBefore(ctx, newest.Hash, t)
	if err != nil || !ok {
		return "", specs.GitError(err)
	}
	return "git:" + commit.Hash, nil
}

// unknownError is the error of what can't be known, in words; nil for nothing.
func unknownError(unknown string) error {
	if unknown == "" {
		return nil
	}
	return exit.Incompletef("%s", unknown)
}
