package benchmark

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/cachetest"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/exit"
)

// newBenchmark measures crashes with a set, and with one that has a prefix more.
func newBenchmark(t *testing.T, c *cache.Cache, ids []string) *Benchmark {
	t.Helper()
	side := func(prefix string) *signatures.Generator {
		return signatures.NewGenerator(enginetest.NewSet(t, "", "skipped", prefix, "lined"), signatures.DefaultRules())
	}
	return &Benchmark{Cache: c, IDs: ids, Base: side("poll"), Candidate: side("poll\na::run"), runs: 2, Workers: 2}
}

// crashes are five crashes, of which the last isn't there.
func crashes() [][]byte {
	docs := enginetest.Crashes(enginetest.NewStack(3, "poll a::run main", ""), enginetest.NewStack(1, "b::run", ""))
	return append(docs, nil)
}

// TestRun: what is counted is that of the crashes that were chosen.
func TestRun(t *testing.T) {
	c := cachetest.New(t, crashes()...)
	for _, test := range []struct {
		name                     string
		ids                      []string
		crashes, frames, changed int
		missing                  []string
	}{
		{"everything cached", nil, 4, 4, 3, nil},
		{"all", cachetest.IDs(5), 4, 4, 3, []string{enginetest.ID(4)}},
		{"two", cachetest.IDs(2), 2, 3, 2, nil},
		{"unchanged", []string{enginetest.ID(3)}, 1, 1, 0, nil},
	} {
		b := newBenchmark(t, c, test.ids)
		if err := b.Run(t.Context()); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if b.crashes != test.crashes || b.frames != test.frames || b.Totals.Changed != test.changed || b.Totals.Compared != test.crashes ||
			!slices.Equal(b.Missing, test.missing) {
			t.Errorf("%s: %d crashes, %d frames, %+v, missing %v", test.name, b.crashes, b.frames, b.Totals, b.Missing)
		}
		var bytes int64
		for i := range 4 {
			if id := enginetest.ID(i); test.ids == nil || slices.Contains(test.ids, id) {
				record, err := c.Get(id, cache.Record)
				if err != nil {
					t.Fatal(err)
				}
				bytes += int64(len(record))
			}
		}
		if b.records != bytes || len(b.stages) != 4 {
			t.Errorf("%s: %d bytes of records, want %d; %d stages", test.name, b.records, bytes, len(b.stages))
		}
	}
	// Signatures that were recorded are made of no frames.
	b := newBenchmark(t, c, nil)
	b.Base, b.Candidate = signatures.Recorded{}, signatures.Recorded{}
	if err := b.Run(t.Context()); err != nil || b.frames != 0 || b.Totals.Compared != 4 || b.Totals.Changed != 0 {
		t.Errorf("recorded: %d frames, %+v, %v", b.frames, b.Totals, err)
	}
}

// TestRunFails: without a crash there is nothing to measure, and an interrupted benchmark has no figures.
func TestRunFails(t *testing.T) {
	c := cachetest.New(t, crashes()...)
	for name, b := range map[string]*Benchmark{
		"none of these": newBenchmark(t, c, []string{enginetest.ID(4), enginetest.ID(9)}), "an empty cache": newBenchmark(t, cachetest.New(t), nil),
	} {
		err := b.Run(t.Context())
		if e, ok := errors.AsType[*exit.Error](err); !ok || e.Code != exit.Incomplete || !strings.HasPrefix(err.Error(), "none of these crashes is cached") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	b := newBenchmark(t, c, nil)
	if err := b.Run(ctx); !errors.Is(err, context.Canceled) || len(b.stages) != 0 {
		t.Errorf("%v, %d stages", err, len(b.stages))
	}
	b = newBenchmark(t, c, nil)
	for name, stage := range map[string]func() error{
		"loading": func() error { return b.load(ctx) }, "comparing": func() error { return b.compare(ctx, b.Candidate, true) },
	} {
		if err := stage(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// interrupting is a side that ends the work as soon as it is asked for signatures.
type interrupting struct {
	signatures.Side
	stop func()
}

func (i interrupting) NewSigner() signatures.Signer {
	i.stop()
	return i.Side.NewSigner()
}

// TestInterrupted: a stage that is interrupted ends all.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	b := newBenchmark(t, cachetest.New(t, crashes()...), nil)
	b.Candidate = interrupting{b.Candidate, stop}
	if err := b.Run(ctx); !errors.Is(err, context.Canceled) || len(b.stages) != 2 {
		t.Errorf("%v after %d stages", err, len(b.stages))
	}
}

// TestMedian: of the times of some runs the one in the middle counts, and a run that fails ends them.
func TestMedian(t *testing.T) {
	for _, test := range []struct { // in a bubble, sleeping takes that time and not a bit more
		times []time.Duration
		want  time.Duration
	}{
		{[]time.Duration{7}, 7},
		{[]time.Duration{9, 1, 5}, 5},
		{[]time.Duration{1, 2, 30, 4, 50}, 4},
		{[]time.Duration{8, 2}, 8},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			got, err := median(len(test.times), func() error {
				time.Sleep(test.times[n])
				n++
				return nil
			})
			if err != nil || got != test.want || n != len(test.times) {
				t.Errorf("%v: %v after %d runs, %v", test.times, got, n, err)
			}
		})
	}
	n, errBad := 0, errors.New("bad")
	if _, err := median(3, func() error { n++; return errBad }); !errors.Is(err, errBad) || n != 1 {
		t.Errorf("%v after %d runs", err, n)
	}
}

// TestPrint: what the stages take more than the one before adds up to what the last takes.
func TestPrint(t *testing.T) {
	const ms = time.Millisecond
	b := &Benchmark{runs: 5, Workers: 2, crashes: 2000, frames: 1, records: 3_000_000, stages: []stage{
		{"memory", 5 * ms}, {"base", 12 * ms}, {"compared", 11 * ms}, {"verdicts", 40 * ms},
	}}
	var text strings.Builder
	b.Print(&text, "old/", "a\x1bb")
	const want = `crashes          2,000, 1 distinct frame in what makes their signatures
records          3.0 MB (1500 bytes a crash)
siglists         old/; a\x1bb
workers          2; medians of 5 runs

        ms       more    crashes/s
       5.0        5.0       400000  memory
      12.0        7.0       166667  base
      11.0       -1.0       181818  compared
      40.0       29.0        50000  verdicts
`
	if text.String() != want {
		t.Errorf("%s\nwant %s", text.String(), want)
	}
}
