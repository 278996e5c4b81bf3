package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
)

// errSelfCheck is what a failed self-check means.
var errSelfCheck = errors.New("the self-check failed: this is a mistake in sigdiff, please report it with the siglists and the crash ids")

// runSelfCheck compares each side with itself, which must change nothing, and both sides twice, over the
// cache's records and over the same crashes decoded and in another order, which must give the same report byte
// for byte.
func (a *app) runSelfCheck(ctx context.Context, o diffOptions, c *cache.Cache, which chosen) error {
	_, base, candidate, err := a.sides(ctx, o, c)
	if err != nil {
		return err
	}
	ids, err := allIDs(ctx, c, which)
	if err != nil {
		return err
	}
	// In memory: that the order is another is the point, and a cache has only its own.
	shuffled, failed := shuffledCrashes(c, ids)
	if len(shuffled) == 0 {
		return exit.Incompletef("there was no crash to compare; %s could not be read", plural.Number(failed))
	}
	for _, side := range []spec.Side{base, candidate} {
		tally, err := compare.Compare(ctx, shuffled, side.Side, side.Side, compare.Options{Workers: runtime.GOMAXPROCS(0)})
		if err != nil {
			return fmt.Errorf("comparing %s with itself: %w", side.Info.Spec, err)
		}
		totals := tally.Totals()
		fmt.Fprintf(a.stdout, "%s against itself, in random order: %s, %s changed, %s failed\n",
			side.Info.Spec, plural.Crashes(totals.Compared), plural.Number(totals.Changed), plural.Number(totals.Failed))
		// The first failure ends it: what follows would fail for the same reason.
		if totals.Changed > 0 {
			return errSelfCheck
		}
	}
	return a.checkOrder(ctx, c, ids, shuffled, base, candidate, failed)
}

// checkOrder compares the reports in JSON, since that leaves nothing out.
func (a *app) checkOrder(ctx context.Context, c *cache.Cache, ids []string, shuffled crashdata.Crashes, base, candidate spec.Side, failed int) error {
	var reports [2]bytes.Buffer
	sources := []crashdata.Source{corpora.NewSource(c, ids), shuffled}
	if failed > 0 {
		// Only what both orders have.
		sources[0] = crashdata.Crashes(slices.SortedFunc(slices.Values(shuffled), func(a, b *crashdata.Crash) int { return cmp.Compare(a.ID(), b.ID()) }))
	}
	for i, source := range sources {
		tally, err := compare.Compare(ctx, source, base.Side, candidate.Side,
			// One goroutine the first time, many the second: that they share crashes must not show either.
			compare.Options{Workers: 1 + i*runtime.GOMAXPROCS(0), Examples: defaultExamples, Changed: true, Verdicts: true})
		if err != nil {
			return fmt.Errorf("comparing: %w", err)
		}
		// Without the corpus, whose digest would be of the source.
		r, err := report.New(ctx, base.Info, candidate.Info, report.Corpus{}, tally)
		if err != nil {
			return fmt.Errorf("comparing: %w", err)
		}
		if err := report.ComparisonFormats().Render(&reports[i], "json", r, report.Options{}); err != nil {
			return err
		}
	}
	if !bytes.Equal(reports[0].Bytes(), reports[1].Bytes()) {
		fmt.Fprintln(a.stdout, "both sides, as they are cached and in random order: the reports differ")
		return errSelfCheck
	}
	fmt.Fprintf(a.stdout, "both sides, as they are cached and in random order: the reports are the same, %s\n", plural.Of(reports[0].Len(), "byte", "bytes"))
	if failed > 0 {
		return exit.Incompletef("%s could not be read", plural.Crashes(failed))
	}
	return nil
}

// shuffledCrashes reads crashes into memory, in random order, and counts those that can't be read.
func shuffledCrashes(c *cache.Cache, ids []string) (crashes crashdata.Crashes, failed int) {
	for _, id := range ids {
		crash, err := corpora.Crash(c, id)
		if err != nil {
			failed++
			continue
		}
		crashes = append(crashes, crash)
	}
	rand.Shuffle(len(crashes), func(i, j int) { crashes[i], crashes[j] = crashes[j], crashes[i] })
	return crashes, failed
}
