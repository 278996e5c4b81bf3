package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/timeline"
)

// timelineOptions are the flags that choose commits of the siglists.
type timelineOptions struct {
	specs    specOptions
	from, to string
}

func (o *timelineOptions) addFlags(cmd *cobra.Command) {
	o.specs.addFlags(cmd)
	cmd.Flags().StringVar(&o.from, "from", "", "the first commit is the one that the siglists of this revision come from (default: the first that has siglists)")
	cmd.Flags().StringVar(&o.to, "to", "HEAD", "the last commit is the one that the siglists of this revision come from")
}

// timeline loads the commits that the flags choose.
func (a *app) timeline(ctx context.Context, o timelineOptions) (*timeline.Timeline, error) {
	return timeline.Load(ctx, a.specs(o.specs), o.from, o.to)
}

// unknownError is the error of what can't be known, in words; nil for nothing.
func unknownError(unknown string) error {
	if unknown == "" {
		return nil
	}
	return exit.With(exit.Incomplete, errors.New(unknown))
}
