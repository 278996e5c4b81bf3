package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/benchmark"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// benchOptions are the flags of bench.
type benchOptions struct {
	selection
	specs           specOptions
	base, candidate string // both, or neither for made-up ones
	workers         int    // at least 1
}

// benchCommand is 'sigdiff bench'. The siglists are loaded, and the crashes chosen, before anything is measured.
func (a *app) benchCommand() *cobra.Command {
	var o benchOptions
	cmd := page("bench", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return a.runBench(cmd.Context(), o) })
	o.selection.addFlags(cmd)
	o.specs.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.base, "base", "", "SPEC of the siglists before the change")
	f.StringVar(&o.candidate, "candidate", "", "SPEC of the siglists with the change")
	workersFlag(f, &o.workers)
	return cmd
}

func (a *app) runBench(ctx context.Context, o benchOptions) error {
	base, candidate, err := a.benchSides(ctx, o)
	if err != nil {
		return err
	}
	// Opening the cache is no stage: what is measured is what a comparison does with an open one.
	return a.withCrashes(o.selection, nil, func(c *cache.Cache, which cache.Corpus) error {
		b := benchmark.Benchmark{Cache: c, IDs: which.IDs, Base: base.Side, Candidate: candidate.Side, Workers: o.workers}
		if err := b.Run(ctx); err != nil {
			return fmt.Errorf("measuring: %w", err)
		}
		b.Print(a.stdout, base.Info.Spec, candidate.Info.Spec)
		return a.undone(ctx, c, notCompared, b.Missing, b.Totals.Failed, b.Totals.Compared == 0)
	})
}

// benchSides are the siglists that were named, or made-up ones.
// The made-up ones are the same on every machine: figures can be held against each other.
func (a *app) benchSides(ctx context.Context, o benchOptions) (base, candidate spec.Side, err error) {
	// CheckPair refuses one without the other, but for a SPEC that knows its own base.
	if o.base != "" || o.candidate != "" {
		if err := o.specs.CheckPair("bench", o.base, o.candidate); err != nil {
			return base, candidate, err
		}
		return a.specs(o.specs).Pair(ctx, spec.Change{Base: o.base, Candidate: o.candidate, BaseRules: signatures.DefaultRuleset, CandidateRules: signatures.DefaultRuleset})
	}
	const lines, changes = 571, 10 // as many lines as Socorro has
	set := madeup.GenerateSiglists(1, lines)
	if base, err = madeUpSide(set, "made up"); err != nil {
		return base, candidate, err
	}
	candidate, err = madeUpSide(madeup.ChangeSiglists(set, 4, changes), fmt.Sprintf("%d lines changed", changes))
	return base, candidate, err
}

func madeUpSide(set *siglists.Set, name string) (spec.Side, error) {
	return spec.Loaded{Lists: edited.Lists{Set: set, Info: report.Side{Spec: name}}}.Side(signatures.DefaultRuleset)
}
