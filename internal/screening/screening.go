// Package screening compares a whole search, though most of its crashes were never fetched: by what screening says of their
// rows in the cache.
package screening

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/report"
)

// Screening is what screening says of crashes.
type Screening struct {
	ids      []string
	verdicts map[string]screen.Screened // of those that were not cached when they were screened
}

// notListed is why there is nothing to screen of a crash.
const notListed = "no search that is kept says anything of it"

// Run screens those of the crashes that are not cached, for a change from one side to another.
func Run(ctx context.Context, c *cache.Cache, ids []string, base, candidate *signatures.Generator) (*Screening, error) {
	// Cached crashes are compared in full, whatever a row says of them.
	has, err := c.Has(ctx, ids, cache.Record, cache.Processed)
	if err != nil {
		return nil, err
	}
	var pending []string
	for i, id := range ids {
		if !has[i].Stored.Has(cache.Record) && !has[i].Stored.Has(cache.Processed) {
			pending = append(pending, id)
		}
	}
	workers := runtime.GOMAXPROCS(0)
	// A screener is for one goroutine at a time.
	screeners := make([]*screen.Screener, workers)
	for i := range screeners {
		if screeners[i], err = screen.New(base, candidate); err != nil {
			return nil, fmt.Errorf("screening: %w", err)
		}
	}
	s := &Screening{ids: ids, verdicts: make(map[string]screen.Screened, len(pending))}
	var mu sync.Mutex
	return s, c.EachBlob(ctx, cache.Screen, pending, workers, func(worker int, b cache.Blob) error {
		v := screenRow(screeners[worker], b)
		mu.Lock()
		defer mu.Unlock()
		s.verdicts[b.ID] = v
		return nil
	})
}

// screenRow screens one crash. What can't be read or judged is left open.
// Every doubt ends in CantTell: then the crash is fetched, and a wrong "unchanged" can't come of it.
func screenRow(s *screen.Screener, b cache.Blob) screen.Screened {
	open := func(reason screen.Reason) screen.Screened {
		return screen.Screened{Verdict: screen.CantTell, Reason: reason}
	}
	switch {
	case errors.Is(b.Err, cache.ErrNotFound):
		return open(notListed)
	case b.Err != nil:
		return open("its screen record can't be read")
	}
	row, err := screen.ParseRow(b.Data)
	// A row of another crash can only come of a damaged cache. It must not vouch for this one.
	if err != nil || row.ID() != b.ID {
		return open(screen.OddRow)
	}
	screened, err := s.Screen(row)
	if err != nil {
		return open("a pattern of the siglists met its limit")
	}
	return screened
}

// unchanged tells whether a crash stands on screening alone. Crashes without a verdict were cached from the start.
func (s *Screening) unchanged(id string) bool {
	return s.verdicts[id].Verdict == screen.Unchanged
}

// Doubtful are the crashes that may change, and those that screening can't tell.
func (s *Screening) Doubtful() []string {
	ids := []string{}
	for _, id := range s.ids {
		if _, screened := s.verdicts[id]; screened && !s.unchanged(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Source gives every crash: those that are unchanged by screening alone as what stands for them, the others as they are.
// What stands for a crash makes the same signature as the crash itself, on both sides: see screen.Screened.
func (s *Screening) Source(c *cache.Cache) *Source {
	source := &Source{}
	full := []string{} // not nil, which would be all crashes of the cache
	for _, id := range s.ids {
		if s.unchanged(id) {
			source.screened = append(source.screened, s.verdicts[id].Crash)
		} else {
			full = append(full, id)
		}
	}
	source.full = corpora.NewSource(c, full)
	return source
}

// Source implements crashdata.Source.
type Source struct {
	full     *corpora.Source
	screened crashdata.Crashes
}

// Each gives the cached crashes first, and then the screened ones: nothing relies on their order.
func (s *Source) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	if err := s.full.Each(ctx, workers, visit); err != nil {
		return err
	}
	return s.screened.Each(ctx, workers, visit)
}

// Digest identifies the crashes, and what is known of them.
func (s *Source) Digest() string {
	sum := s.full.Sum()
	for _, c := range s.screened {
		// As a source sums up its records: which crashes there are, and what is known of each.
		sum += cache.Sum(c.ID(), c.AppendRecord(nil))
	}
	return corpora.DigestOf(sum)
}

// Grounds counts on which ground the crashes of a report stand, which must have every changed crash.
// It also checks the claim: a crash that counts as unchanged and changes in the comparison is an error of the
// program, and no report is written.
func (s *Screening) Grounds(r *report.Report) (*report.Screening, error) {
	// left are crashes that were to be fetched and did not come, or can't be read.
	changed, left := map[string]bool{}, map[string]bool{}
	for _, g := range r.Groups {
		for _, c := range g.Changed {
			changed[c.ID] = true
		}
	}
	for _, id := range r.Missing {
		left[id] = true
	}
	for _, f := range r.Failures {
		left[f.ID] = true
	}
	out := &report.Screening{Crashes: len(s.ids)}
	grounds := map[[2]string]*report.Ground{}
	for _, id := range s.ids {
		key := [2]string{report.CachedGround, ""}
		if v, screened := s.verdicts[id]; screened {
			key = [2]string{string(v.Verdict), string(v.Reason)}
		}
		g := grounds[key]
		if g == nil {
			g = &report.Ground{Verdict: key[0], Reason: key[1]}
			grounds[key] = g
		}
		g.Crashes++
		g.IDs = append(g.IDs, id)
		switch {
		case s.unchanged(id) && changed[id]:
			return nil, fmt.Errorf("screening: %s counts as unchanged, and yet it changes: this is a mistake of sigdiff", id)
		case s.unchanged(id):
			out.Screened++
		case left[id]:
			out.Left++
		default:
			out.Compared++
			g.Compared++
			if changed[id] {
				g.Changed++
			}
		}
	}
	order := []string{report.CachedGround, string(screen.Unchanged), string(screen.MayChange), string(screen.CantTell)}
	for _, g := range grounds {
		out.Grounds = append(out.Grounds, *g)
	}
	// What is known best comes first, and of one verdict the reason of most crashes.
	slices.SortFunc(out.Grounds, func(a, b report.Ground) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Verdict), slices.Index(order, b.Verdict)), cmp.Compare(b.Crashes, a.Crashes), cmp.Compare(a.Reason, b.Reason))
	})
	return out, nil
}
