package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
)

// bisectOptions are the flags of bisect.
type bisectOptions struct {
	timelineOptions
	rules  string // one ruleset, that all commits' siglists are used with
	output outputOptions
}

// bisectCommand is 'sigdiff bisect'. It reads the crashes, loads the siglists of all commits between --from and
// --to, and makes the signatures of each crash with each of them: no halving, since a signature may come and go.
func (a *app) bisectCommand() *cobra.Command {
	var o bisectOptions
	cmd := page("bisect", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error { return a.runBisect(cmd.Context(), o, args) })
	f := cmd.Flags()
	o.timelineOptions.addFlags(cmd)
	rulesFlag(f, &o.rules)
	o.output.addFlags(cmd, report.BisectFormats().Names())
	return cmd
}

func (a *app) runBisect(ctx context.Context, o bisectOptions, args []string) error {
	// Before the cache is opened, which may have to be waited for.
	rules, err := signatures.ParseRuleset(o.rules)
	if err != nil {
		return exit.Usagef("%w", err)
	}
	return a.withCache(reading, func(c *cache.Cache) error {
		// Ids are looked up before the clone is read, so that a misspelt one is said at once.
		ids, err := a.cachedIDs(c, args)
		if err != nil {
			return err
		}
		t, err := a.timeline(ctx, o.timelineOptions)
		if err != nil {
			return err
		}
		b, unknown, err := t.Bisect(ctx, c, ids, rules)
		if err != nil {
			return err
		}
		if err := render(a, o.output, report.BisectFormats(), b, report.Options{}); err != nil {
			return err
		}
		// A crash that the service lacks leaves nothing open, as long as there are others.
		return a.undone(ctx, c, "not bisected", b.Missing, len(b.Failures), len(b.Crashes) == 0, unknown...)
	})
}
