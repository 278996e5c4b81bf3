package corpora

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/table"
)

// Summary says what a corpus holds.
type Summary struct {
	Name     string            `json:"name"`
	Crashes  int               `json:"crashes"`
	Cached   int               `json:"cached"`             // that can be compared
	Missing  int               `json:"missing"`            // not in the cache
	None     int               `json:"missing_at_service"` // of the missing
	Failed   int               `json:"failed"`             // cached, and can't be read
	Failures []compare.Failure `json:"-"`
	Digest   string            `json:"digest"` // over what is cached of the crashes, as Source.Digest
	Created  time.Time         `json:"created"`
	First    *time.Time        `json:"first_sent"` // nil where no crash says when
	Last     *time.Time        `json:"last_sent"`
	Accepted *AcceptedSummary  `json:"accepted"` // what was, which is left to the caller; nil for nothing
	// How many crashes there are of each, most first.
	Products   []Count         `json:"products"`
	Versions   []Count         `json:"versions"`
	Channels   []Count         `json:"channels"`
	Platforms  []Count         `json:"platforms"`
	Signatures []Count         `json:"signatures"` // the recorded ones
	Provenance json.RawMessage `json:"provenance"`
}

// Count is how often something occurs.
type Count struct {
	Name    string `json:"name"`
	Crashes int    `json:"crashes"`
}

// Summarize reads the crashes of a corpus.
func Summarize(ctx context.Context, c *cache.Cache, corpus cache.Corpus, workers int) (*Summary, error) {
	src := NewSource(c, corpus.IDs)
	parts, left, err := table.Fold(ctx, src, workers, newSummaryPart, (*summaryPart).add)
	if err != nil {
		return nil, err
	}
	whole := parts[0]
	for _, p := range parts[1:] {
		whole.merge(p)
	}
	// The parts of the workers hold no names and no sums: these are the corpus' own.
	s := whole.summary()
	s.Name, s.Created, s.Provenance = corpus.Name, corpus.Created.UTC(), corpus.Provenance
	s.Missing, s.Failed, s.Failures, s.Digest = len(left.Missing), len(left.Failures), left.Failures, src.Digest()
	s.Crashes = s.Cached + s.Missing + s.Failed
	s.None, err = countNone(ctx, c, left.Missing)
	return s, err
}

// countNone counts the crashes that the service was found not to have.
func countNone(ctx context.Context, c *cache.Cache, ids []string) (int, error) {
	presence, err := c.Has(ctx, ids, cache.Processed)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, p := range presence {
		if p.Missing.Has(cache.Processed) {
			n++
		}
	}
	return n, nil
}

// Fetchable counts those of the missing crashes that the service may have: it was never found to lack
// them. As long as there are none, a comparison is as complete as it can be.
func Fetchable(ctx context.Context, c *cache.Cache, missing []string) (int, error) {
	none, err := countNone(ctx, c, missing)
	return len(missing) - none, err
}

// summaryPart is what one worker has read.
type summaryPart struct {
	counts      map[counted]int
	cached      int
	first, last time.Time
}

// counted is a value of one of the fields of Meta that are counted.
type counted struct {
	field int
	value string
}

func newSummaryPart() summaryPart { return summaryPart{counts: map[counted]int{}} }

func (p *summaryPart) add(_ string, c *crashdata.Crash) error {
	p.cached++
	m := c.Meta
	// All values are counted, also those that are empty: crashes that don't say it.
	for i, value := range []string{m.Product, m.Version, m.Channel, m.Platform, m.Signature} {
		p.counts[counted{i, value}]++
	}
	if t, ok := m.SentTime(); ok {
		p.span(t, t)
	}
	return nil
}

func (p *summaryPart) span(first, last time.Time) {
	if p.first.IsZero() || !first.IsZero() && first.Before(p.first) {
		p.first = first
	}
	if last.After(p.last) {
		p.last = last
	}
}

func (p *summaryPart) merge(q summaryPart) {
	for value, n := range q.counts {
		p.counts[value] += n
	}
	p.cached += q.cached
	p.span(q.first, q.last)
}

func (p *summaryPart) summary() *Summary {
	s := &Summary{Cached: p.cached}
	if !p.last.IsZero() { // then both are known
		s.First, s.Last = &p.first, &p.last
	}
	fields := []*[]Count{&s.Products, &s.Versions, &s.Channels, &s.Platforms, &s.Signatures} // as add has them
	for _, counts := range fields {
		*counts = []Count{} // never null in JSON
	}
	for c, n := range p.counts {
		*fields[c.field] = append(*fields[c.field], Count{c.value, n})
	}
	for _, counts := range fields {
		slices.SortFunc(*counts, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), cmp.Compare(a.Name, b.Name)) })
	}
	return s
}
