package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
)

// errSelfCheck is what a failed self-check means.
var errSelfCheck = errors.New("the self-check failed: this is a mistake in sigdiff, please report it with the siglists and the crash ids")

// runSelfCheck compares each side with itself, which must change nothing, and both sides twice, as comparisons read the
// cache and over the same crashes read one by one in random order, which must give the same report byte for byte.
func (a *app) runSelfCheck(ctx context.Context, o diffOptions, c *cache.Cache, which cache.Corpus) error {
	over, err := a.readCompared(ctx, o, c)
	if err != nil {
		return err
	}
	ids, err := allIDs(ctx, c, which)
	if err != nil {
		return err
	}
	for _, side := range []spec.Side{over.base, over.candidate} {
		tally, err := compare.Compare(ctx, corpora.NewSource(c, ids), side.Side, side.Side, compare.Options{Workers: o.workers})
		if err != nil {
			return fmt.Errorf("comparing %s with itself: %w", side.Info.Spec, err)
		}
		totals := tally.Totals()
		if totals.Compared == 0 {
			return a.undone(ctx, c, notCompared, tally.Missing(), totals.Failed, true)
		}
		fmt.Fprintf(a.stdout, "%s against itself: %s, %s changed, %s failed\n",
			side.Info.Spec, plural.Crashes(totals.Compared), plural.Number(totals.Changed), plural.Number(totals.Failed))
		// The first failure ends it: what follows would fail for the same reason.
		if totals.Changed > 0 {
			return errSelfCheck
		}
	}
	return a.checkOrder(ctx, c, ids, over, o.workers)
}

// checkOrder compares in both orders.
func (a *app) checkOrder(ctx context.Context, c *cache.Cache, ids []string, over compared, workers int) error {
	bar := a.progress(int64(len(ids)), "comparing in random order", false)
	defer bar.end()
	shuffled := &inRandomOrder{cache: c, ids: slices.Clone(ids), step: bar.add, unread: map[string]error{}}
	rand.Shuffle(len(ids), func(i, j int) { shuffled.ids[i], shuffled.ids[j] = shuffled.ids[j], shuffled.ids[i] })
	// Many goroutines here, one below: that they share crashes must not show either.
	inRandom, err := checked(ctx, shuffled, over.base, over.candidate, workers)
	if err != nil {
		return err
	}
	bar.end()
	// What is damaged may be so for one way of reading alone: only what both can read is compared.
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return shuffled.unread[id] != nil })
	asCached, err := checked(ctx, corpora.NewSource(c, ids), over.base, over.candidate, 1)
	if err != nil {
		return err
	}
	if !bytes.Equal(inRandom, asCached) {
		fmt.Fprintln(a.stdout, "both sides, as they are cached and in random order: the reports differ")
		return errSelfCheck
	}
	fmt.Fprintf(a.stdout, "both sides, as they are cached and in random order: the reports are the same, %s\n", plural.Of(len(asCached), "byte", "bytes"))
	missing := slices.DeleteFunc(slices.Collect(maps.Keys(shuffled.unread)), func(id string) bool { return !errors.Is(shuffled.unread[id], crashdata.ErrMissing) })
	return a.undone(ctx, c, notCompared, missing, len(shuffled.unread)-len(missing), false)
}

// checked is the report of a comparison, in JSON, since that leaves nothing out.
func checked(ctx context.Context, source crashdata.Source, base, candidate spec.Side, workers int) ([]byte, error) {
	tally, err := compare.Compare(ctx, source, base.Side, candidate.Side,
		compare.Options{Workers: workers, Examples: groupExamples, Changed: true, Verdicts: true})
	if err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	// Without the corpus, whose digest would be of the source.
	r, err := report.New(ctx, base.Info, candidate.Info, report.Corpus{}, tally)
	if err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	var b bytes.Buffer
	err = report.ComparisonFormats().Render(&b, "json", r, report.Options{})
	return b.Bytes(), err
}

// inRandomOrder gives the crashes of a cache in the order of its ids, each read by itself and as a crash of its own, without
// what they share. Those that can't be read are left out.
type inRandomOrder struct {
	cache *cache.Cache
	ids   []string
	step  func(int)

	mu     sync.Mutex
	unread map[string]error
}

// Each implements crashdata.Source.
func (s *inRandomOrder) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		group.Go(func() error {
			for i := w; i < len(s.ids); i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				s.step(1)
				crash, err := corpora.Crash(s.cache, s.ids[i])
				if err != nil {
					s.mu.Lock()
					s.unread[s.ids[i]] = err
					s.mu.Unlock()
					continue
				}
				if err := visit(w, s.ids[i], crashdata.NewRecord(crash), nil); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
