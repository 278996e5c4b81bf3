package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Compare two small siglist sets over crashes that come with sigdiff",
		Long: `Compare two small siglist sets over made-up crashes that come with sigdiff, in a
cache that is thrown away. Their difference holds mistakes that have happened:
a line that never matches, one that catches too much, a sentinel that merges
unrelated crashes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context()) },
	}
}

func (a *app) runDemo(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "sigdiff-demo-")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer os.RemoveAll(dir)
	c, err := cache.Open(filepath.Join(dir, "crashes.db"), cache.Options{})
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, c.Close()) }()
	crashes, baseFiles, candidateFiles, err := corpora.Demo()
	if err != nil {
		return err
	}
	w := c.Writer(ctx)
	for id, doc := range crashes {
		if err := corpora.Put(ctx, w, id, nil, doc); err != nil {
			return firstError(err, w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	base, err := siglists.Load(baseFiles)
	if err != nil {
		return fmt.Errorf("loading the demo's base siglists: %w", err)
	}
	candidate, err := siglists.Load(candidateFiles)
	if err != nil {
		return fmt.Errorf("loading the demo's candidate siglists: %w", err)
	}
	return a.compareDemo(ctx, c, base, candidate)
}

func (a *app) compareDemo(ctx context.Context, c *cache.Cache, base, candidate *siglists.Set) error {
	source := corpora.NewSource(c, nil)
	rules := engine.DefaultRules()
	tally, err := engine.Compare(ctx, source, engine.NewGenerator(base, rules), engine.NewGenerator(candidate, rules),
		engine.Options{Workers: runtime.GOMAXPROCS(0), Examples: 1, Verdicts: true})
	if err != nil {
		return fmt.Errorf("comparing: %w", err)
	}
	r := report.New(
		report.Side{Spec: "corpora/demo/siglists/base", Kind: "dir", Digest: base.Digest()},
		report.Side{Spec: "corpora/demo/siglists/candidate", Kind: "dir", Digest: candidate.Digest()},
		report.Corpus{Name: "demo", Crashes: tally.Totals().Crashes, Digest: source.Digest()}, tally)
	return report.Render(a.stdout, "table", r, report.Options{Limit: 20})
}
