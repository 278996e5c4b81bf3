// Package benchmark measures the stages of a comparison on this machine.
package benchmark

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// Benchmark measures the stages of a comparison.
type Benchmark struct {
	Cache           *cache.Cache
	IDs             []string // nil for everything cached
	Base, Candidate signatures.Side
	Runs, Workers   int

	Totals  compare.Totals // of the comparison
	Missing []string       // those of the crashes that the cache lacks

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

// Run measures.
func (b *Benchmark) Run(ctx context.Context) error {
	if err := b.size(ctx); err != nil {
		return err
	}
	for _, s := range []struct {
		name string
		run  func() error
	}{
		{"the bytes of the records, from the file (the floor)", b.readFile},
		{"the records, checked", func() error { return b.checkRecords(ctx) }},
		{"with the signatures of the base", func() error { return b.compare(ctx, b.Base, false) }},
		{"compared with the candidate", func() error { return b.compare(ctx, b.Candidate, false) }},
		{"with a verdict on each changed line", func() error { return b.compare(ctx, b.Candidate, true) }},
	} {
		took, err := median(b.Runs, s.run)
		if err != nil {
			return err
		}
		b.stages = append(b.stages, stage{s.name, took})
	}
	return nil
}

// size finds out how much there is to do.
func (b *Benchmark) size(ctx context.Context) (err error) {
	err = b.Cache.EachBlob(ctx, cache.Record, b.IDs, 1, func(_ int, blob cache.Blob) error {
		if blob.Err == nil {
			b.crashes++
			b.expanded += int64(len(blob.Data))
		}
		return nil
	})
	if err != nil {
		return err
	}
	stats, err := b.Cache.Stats()
	if err != nil {
		return err
	}
	if all := stats.Blobs[cache.Record]; all.Count > 0 {
		b.stored = all.Stored * int64(b.crashes) / all.Count
	}
	if b.crashes == 0 {
		return exit.Incompletef("none of these crashes is cached; 'sigdiff fetch' or 'sigdiff import' gets them")
	}
	// The different frames, as the candidate has them. Comparing counts what can't be read.
	if generator, ok := b.Candidate.(*signatures.Generator); ok {
		frames, _, _, err := corpora.Frames(ctx, corpora.NewSource(b.Cache, b.IDs), generator, b.Workers)
		b.frames = len(frames)
		return err
	}
	return nil
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

func (b *Benchmark) readFile() error {
	f, err := os.Open(b.Cache.Path())
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.LimitReader(f, b.stored), make([]byte, 1<<20))
	return err
}

// checkRecords reads the records as a comparison does, in parts.
func (b *Benchmark) checkRecords(ctx context.Context) error {
	return b.Cache.EachRecord(ctx, b.IDs, b.Workers, func(int, cache.Blob) error { return nil })
}

// compare compares the base with a candidate. With itself, it makes the signatures of one side.
func (b *Benchmark) compare(ctx context.Context, candidate signatures.Side, verdicts bool) error {
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
	fmt.Fprintf(w, "records          %s in the file (%d bytes a crash), %s expanded\n", plural.Megabytes(b.stored), b.stored/int64(b.crashes), plural.Megabytes(b.expanded))
	fmt.Fprintf(w, "siglists         %s; %s\n", report.Visible(base), report.Visible(candidate))
	fmt.Fprintf(w, "workers          %s; medians of %s\n\n", plural.Number(b.Workers), plural.Of(b.Runs, "run", "runs"))
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
