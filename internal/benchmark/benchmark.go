package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing/fstest"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// benchOptions are the flags of bench.
type benchOptions struct {
	selection
	specs           specOptions
	base, candidate string
	runs, workers   int
}

func (a *app) benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench [--corpus NAME] [--base SPEC --candidate SPEC]",
		Short: "Measure how fast crashes are compared on this machine",
		Long: `Measure how fast the crashes of a corpus, or everything cached, are compared on this
machine, stage by stage: each stage does what the one before does, and one thing more.
Without siglists two made-up sets are compared that differ in ten lines.

The floor is the time to read as many bytes from the cache's file as the records have there.`,
		Example: `  sigdiff bench --corpus nightly
  sigdiff bench --corpus nightly --base old/ --candidate new/ --runs 9`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runBench(cmd.Context(), o) },
	}
	o.selection.addFlags(cmd)
	o.specs.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.base, "base", "", "SPEC of the siglists before the change")
	f.StringVar(&o.candidate, "candidate", "", "SPEC of the siglists with the change")
	f.IntVar(&o.runs, "runs", 5, "how often each stage is run; the median counts")
	workersFlag(f, &o.workers, "how many crashes are compared at once")
	return cmd
}

func (a *app) runBench(ctx context.Context, o benchOptions) (err error) {
	if o.runs < 1 || o.workers < 1 {
		return usageError("--runs and --workers are at least 1")
	}
	base, candidate, err := a.benchSides(ctx, o)
	if err != nil {
		return err
	}
	c, err := a.openCache(cache.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, c.Close()) }()
	which, err := a.choose(o.selection, c, nil)
	if err != nil {
		return err
	}
	b := bench{ctx: ctx, cache: c, ids: which.ids, base: base.Side, candidate: candidate.Side, runs: o.runs, workers: o.workers}
	if err := b.run(); err != nil {
		return fmt.Errorf("measuring: %w", err)
	}
	b.print(a.stdout, base.info.Spec, candidate.info.Spec)
	return nil
}

// benchSides are the siglists that were named, or made-up ones.
func (a *app) benchSides(ctx context.Context, o benchOptions) (base, candidate loadedSide, err error) {
	if o.base != "" || o.candidate != "" {
		if err := checkPair("bench", o.base, o.candidate); err != nil {
			return base, candidate, err
		}
		return a.specs(o.specs).pair(ctx, o.base, o.candidate, defaultRules, defaultRules)
	}
	const lines, changes = 571, 10 // as many lines as Socorro has
	lists := madeup.GenerateSiglists(1, lines)
	if base, err = madeUpSide(lists, "made up"); err != nil {
		return base, candidate, err
	}
	candidate, err = madeUpSide(madeup.ChangeSiglists(lists, 4, changes), fmt.Sprintf("%d lines changed", changes))
	return base, candidate, err
}

func madeUpSide(files map[string][]byte, name string) (loadedSide, error) {
	fsys := fstest.MapFS{}
	for file, content := range files {
		fsys[file] = &fstest.MapFile{Data: content}
	}
	set, err := siglists.Load(fsys)
	if err != nil {
		return loadedSide{}, err
	}
	return loadedSet{set: set, info: report.Side{Spec: name}}.side(defaultRules)
}

// bench measures the stages of a comparison.
type bench struct {
	ctx             context.Context
	cache           *cache.Cache
	ids             []string
	base, candidate engine.Side
	runs, workers   int

	crashes  int
	frames   int   // distinct ones
	expanded int64 // bytes of records
	stored   int64 // that the records have in the file
	stages   []stage
}

// stage is how long a part of the work took, with all that comes before it.
type stage struct {
	name string
	took time.Duration // the median
}

func (b *bench) run() error {
	if err := b.size(); err != nil {
		return err
	}
	for _, s := range []struct {
		name string
		run  func() error
	}{
		{"the bytes of the records, from the file (the floor)", b.readFile},
		{"the records, checked", b.checkRecords},
		{"with the signatures of the base", func() error { return b.compare(b.base, false) }},
		{"compared with the candidate", func() error { return b.compare(b.candidate, false) }},
		{"with a verdict on each changed line", func() error { return b.compare(b.candidate, true) }},
	} {
		took, err := median(b.runs, s.run)
		if err != nil {
			return err
		}
		b.stages = append(b.stages, stage{s.name, took})
	}
	return nil
}

// size finds out how much there is to do.
func (b *bench) size() (err error) {
	if b.crashes, b.expanded, err = b.readRecords(); err != nil {
		return err
	}
	stats, err := b.cache.Stats()
	if err != nil {
		return err
	}
	if all := stats.Blobs[cache.Record]; all.Count > 0 {
		b.stored = all.Stored * int64(b.crashes) / all.Count
	}
	if b.crashes == 0 {
		return &exitError{exitIncomplete, errors.New("none of these crashes is cached; 'sigdiff fetch' or 'sigdiff import' gets them")}
	}
	b.frames, err = b.distinct()
	return err
}

// median runs f some times and returns the time in the middle.
func median(runs int, f func() error) (time.Duration, error) {
	times := make([]time.Duration, runs)
	for i := range times {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[runs/2], nil
}

func (b *bench) readFile() error {
	f, err := os.Open(b.cache.Path())
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.LimitReader(f, b.stored), make([]byte, 1<<20))
	return err
}

// checkRecords reads the records as a comparison does, in parts.
func (b *bench) checkRecords() error {
	return b.cache.EachRecord(b.ctx, b.ids, b.workers, func(int, cache.Blob) error { return nil })
}

func (b *bench) readRecords() (crashes int, bytes int64, err error) {
	counts, sizes := make([]int, b.workers), make([]int64, b.workers)
	err = b.cache.EachBlob(b.ctx, cache.Record, b.ids, b.workers, func(worker int, blob cache.Blob) error {
		if blob.Err == nil {
			counts[worker]++
			sizes[worker] += int64(len(blob.Data))
		}
		return nil
	})
	for i := range counts {
		crashes += counts[i]
		bytes += sizes[i]
	}
	return crashes, bytes, err
}

// each visits the crashes that can be read.
func (b *bench) each(visit func(worker int, crash *engine.Crash) error) error {
	return corpora.NewSource(b.cache, b.ids).Each(b.ctx, b.workers, engine.Decoded(func(worker int, _ string, crash *engine.Crash, err error) error {
		if err != nil {
			return nil // counted by the comparison
		}
		return visit(worker, crash)
	}))
}

// compare compares the base with a candidate. With itself, it makes the signatures of one side.
func (b *bench) compare(candidate engine.Side, verdicts bool) error {
	_, err := engine.Compare(b.ctx, corpora.NewSource(b.cache, b.ids), b.base, candidate,
		engine.Options{Workers: b.workers, Examples: 5, Verdicts: verdicts})
	return err
}

// distinct counts the different frames, as the candidate has them.
func (b *bench) distinct() (int, error) {
	generator, ok := b.candidate.(*engine.Generator)
	if !ok {
		return 0, nil
	}
	collectors := make([]*frameCollector, b.workers)
	for i := range collectors {
		collectors[i] = &frameCollector{worker: generator.Worker(), frames: map[frameKey]int{}}
	}
	err := b.each(func(worker int, crash *engine.Crash) error {
		collectors[worker].add(crash, nil)
		return nil
	})
	frames, _ := merged(collectors)
	return len(frames), err
}

func (b *bench) print(w io.Writer, base, candidate string) {
	fmt.Fprintf(w, "crashes          %d, %d distinct frames in what makes their signatures\n", b.crashes, b.frames)
	fmt.Fprintf(w, "records          %s in the file (%d bytes a crash), %s expanded\n", megabytes(b.stored), b.stored/int64(b.crashes), megabytes(b.expanded))
	fmt.Fprintf(w, "siglists         %s; %s\n", visible(base), visible(candidate))
	fmt.Fprintf(w, "workers          %d; medians of %d runs\n\n", b.workers, b.runs)
	fmt.Fprintf(w, "%10s %10s %12s %8s\n", "ms", "more", "crashes/s", "x floor")
	var before time.Duration
	floor := b.stages[0].took
	for i, s := range b.stages {
		more := s.took
		if i > 1 { // the floor is no part of the rest
			more -= before
		}
		fmt.Fprintf(w, "%10.1f %10.1f %12.0f %8.1f  %s\n", milliseconds(s.took), milliseconds(more),
			float64(b.crashes)/s.took.Seconds(), float64(s.took)/float64(max(floor, 1)), s.name)
		before = s.took
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
