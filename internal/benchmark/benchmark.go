// Package benchmark measures the stages of a comparison on this machine.
package benchmark

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// Benchmark measures the stages of a comparison.
type Benchmark struct {
	Cache           *cache.Cache
	IDs             []string // nil for everything cached
	Base, Candidate signatures.Side
	Workers         int

	Totals  compare.Totals // of the comparison
	Missing []string       // those of the crashes that the cache lacks

	crashes int
	frames  int   // distinct ones
	records int64 // bytes of them, as they are read
	stages  []stage
	runs    int // of each stage; where it is 0, as it is but in tests, usualRuns
}

// usualRuns is how often each stage is run.
const usualRuns = 5

// stage is how long a part of the work took, with all that comes before it. The first run of the first stage also brings
// the file into memory; the median of several runs leaves it out.
type stage struct {
	name string
	took time.Duration // the median
}

// Run measures.
func (b *Benchmark) Run(ctx context.Context) error {
	b.runs = cmp.Or(b.runs, usualRuns)
	if err := b.size(ctx); err != nil {
		return err
	}
	for _, s := range []struct {
		name string
		run  func() error
	}{
		// Each stage does all that those before it do, so that what it adds is a difference of two.
		{"the crashes, in memory", func() error { return b.load(ctx) }},
		{"with the signatures of the base", func() error { return b.compare(ctx, b.Base, false) }},
		{"compared with the candidate", func() error { return b.compare(ctx, b.Candidate, false) }},
		{"with a verdict on each changed line", func() error { return b.compare(ctx, b.Candidate, true) }},
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
func (b *Benchmark) size(ctx context.Context) (err error) {
	ids := b.IDs
	if ids == nil { // the source below takes nil for everything, too
		if ids, err = b.Cache.IDs(ctx, cache.Record); err != nil {
			return err
		}
	}
	err = b.Cache.EachBlob(ctx, cache.Record, ids, 1, func(_ int, blob cache.Blob) error {
		// A crash that is missing or damaged is no work; comparing counts it.
		if blob.Err == nil {
			b.crashes++
			b.records += int64(len(blob.Data))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if b.crashes == 0 {
		return exit.Incompletef("none of these crashes is cached; 'sigdiff fetch' or 'sigdiff import' gets them")
	}
	// The different frames, as the candidate has them. Comparing counts what can't be read.
	if generator, ok := b.Candidate.(*signatures.Generator); ok {
		frames, _, err := corpora.Frames(ctx, corpora.NewSource(b.Cache, b.IDs), generator, b.Workers)
		b.frames = len(frames)
		return err
	}
	return nil
}

// median runs f some times and returns the time in the middle.
func median(runs int, f func() error) (time.Duration, error) {
	times := make([]time.Duration, runs)
	for i := range times {
		// Wall time, since stages share the work among goroutines.
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		times[i] = time.Since(start)
	}
	// The median and not the mean: one run that the system disturbs says nothing.
	slices.Sort(times)
	return times[runs/2], nil
}

// load reads the crashes as a comparison does.
func (b *Benchmark) load(ctx context.Context) error {
	// All of them at once: a comparison that streams them does the same work in parts.
	_, err := table.Load(ctx, corpora.NewSource(b.Cache, b.IDs), b.Workers)
	return err
}

// compare compares the base with a candidate. With itself, it makes the signatures of one side.
func (b *Benchmark) compare(ctx context.Context, candidate signatures.Side, verdicts bool) error {
	// With the examples of a report, so that this is what a diff waits for.
	tally, err := compare.Compare(ctx, corpora.NewSource(b.Cache, b.IDs), b.Base, candidate,
		compare.Options{Workers: b.Workers, Examples: 5, Verdicts: verdicts})
	if err == nil {
		b.Totals, b.Missing = tally.Totals(), tally.Missing()
	}
	return err
}

// Print writes what was measured; base and candidate name the sides.
func (b *Benchmark) Print(w io.Writer, base, candidate string) {
	fmt.Fprintf(w, "crashes          %s, %s in what makes their signatures\n", plural.Number(b.crashes), plural.Of(b.frames, "distinct frame", "distinct frames"))
	fmt.Fprintf(w, "records          %s (%d bytes a crash)\n", plural.Megabytes(b.records), b.records/int64(b.crashes))
	fmt.Fprintf(w, "siglists         %s; %s\n", report.Visible(base), report.Visible(candidate))
	fmt.Fprintf(w, "workers          %s; medians of %s\n\n", plural.Number(b.Workers), plural.Of(b.runs, "run", "runs"))
	fmt.Fprintf(w, "%10s %10s %12s\n", "ms", "more", "crashes/s")
	var before time.Duration
	// A rate counts all of the work up to the end of the stage, as somebody waits for it.
	for _, s := range b.stages {
		fmt.Fprintf(w, "%10.1f %10.1f %12.0f  %s\n", milliseconds(s.took), milliseconds(s.took-before), float64(b.crashes)/s.took.Seconds(), s.name)
		before = s.took
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
