// Package compare compares what two sides make of many crashes, groups what changed, and says which lines did it.
package compare

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Comparison is what two sides make of one crash.
type Comparison struct {
	Crash           *crashdata.Crash
	Base, Candidate signatures.Result

	decided []Cause // the changed lines that alone decide the candidate's signature, where lines were weighed
}

// Changed tells whether the signatures differ.
func (c Comparison) Changed() bool { return c.Base.Signature != c.Candidate.Signature }

// comparer compares the crashes of shards in one goroutine.
type comparer struct {
	sides           *sides
	base, candidate signatures.Signer
	view            *table.View  // nil unless both sides have siglists
	sameRules       bool         // of both sides with siglists
	lines           *leaveOneOut // nil unless changed lines are weighed
	stacks          *stacks      // likewise
	tally           *Tally
	facets          []SharedFacet // of what the crashes of the shard share, by its number
}

// sides are both sides of a comparison.
type sides struct {
	base, candidate signatures.Side
	names           *names

	mu   sync.Mutex
	edit *table.Edit // over the symbols that were met so far; nil unless both sides have siglists
}

// newSides makes the edit between two siglist sets, over no symbols yet. Recorded results and programs have no sets, and their
// crashes are compared one by one.
func newSides(ctx context.Context, base, candidate signatures.Side) (*sides, error) {
	s := &sides{base: base, candidate: candidate, names: newNames()}
	b, ok := base.(*signatures.Generator)
	k, ok2 := candidate.(*signatures.Generator)
	if !ok || !ok2 {
		return s, nil
	}
	var err error
	s.edit, err = table.NewLayer(b.Set).Edit(ctx, k.Set)
	return s, err
}

// over is the edit over more symbols.
func (s *sides) over(ctx context.Context, symbols []*crashdata.Symbol) (*table.Edit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	longer, err := s.edit.Over(ctx, symbols)
	// A worker with fewer symbols gets the longer edit that another made, which holds for its symbols, too.
	if err == nil {
		s.edit = longer
	}
	return longer, err
}

// comparer makes what compares crashes in one goroutine, with the memory that it needs of its own.
func (s *sides) comparer(tally *Tally, verdicts bool) *comparer {
	c := &comparer{sides: s, tally: tally}
	if s.edit == nil {
		c.base, c.candidate = s.base.NewSigner(), s.candidate.NewSigner()
		return c
	}
	b, k := s.base.(*signatures.Generator), s.candidate.(*signatures.Generator)
	c.view = s.edit.View(b.Rules, k.Rules)
	c.sameRules = b.Rules.Equal(k.Rules)
	c.base, c.candidate = c.view.Base, c.view.Candidate
	if verdicts {
		c.lines, c.stacks = newLeaveOneOut(c.view, k.Rules, c.sameRules), newStacks(s.names)
	}
	return c
}

// extend makes ready for crashes with some symbols.
func (c *comparer) extend(ctx context.Context, symbols []*crashdata.Symbol) error {
	if c.view == nil {
		return nil
	}
	edit, err := c.sides.over(ctx, symbols)
	if err != nil {
		return err
	}
	c.view.Edit = edit
	if c.stacks != nil {
		c.stacks.over(c.sides.names.over(edit))
	}
	return nil
}

// shard compares the crashes of a shard.
func (c *comparer) shard(ctx context.Context, s *table.Shard) error {
	return c.each(ctx, s, every(s.Inputs()), func(crash *crashdata.Crash, input int) error {
		if c.view == nil {
			c.compareEach(crash, s, input)
			return nil
		}
		result, err := c.compare(crash, s, input)
		if err == nil {
			c.take(result, s, input)
		}
		return err
	})
}

// take tallies the crashes with an input that was compared last.
func (c *comparer) take(r Comparison, s *table.Shard, input int) {
	p := c.tally.add(r, s.Count(input), s.Metas(input), c.facets)
	if c.stacks != nil {
		p.sample = p.sample.add(sampled{c.stacks.hash, s.Count(input), c.stacks.stack})
	}
}

// every are the numbers up to one.
func every(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// each visits some inputs of a shard. The crashes of one that can't be read, or whose visit fails, are failures.
func (c *comparer) each(ctx context.Context, s *table.Shard, inputs []int, visit func(crash *crashdata.Crash, input int) error) error {
	if err := c.extend(ctx, s.Symbols()); err != nil {
		return err
	}
	c.facets = c.facets[:0]
	for _, m := range s.Shared() {
		c.facets = append(c.facets, facetOf(m))
	}
	reader := s.Reader()
	for _, input := range inputs {
		// What ended the context may be an error of another worker, which is what the reader should be told.
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		crash, err := reader.Crash(input)
		if err == nil {
			err = visit(crash, input)
		}
		if err != nil {
			for _, m := range s.Metas(input) {
				c.tally.addFailure(m.ID, err)
			}
		}
	}
	return nil
}

// compareEach compares each crash with an input by itself, since a side may go by more than that.
func (c *comparer) compareEach(crash *crashdata.Crash, s *table.Shard, input int) {
	for n, m := range s.Metas(input) {
		crash.Meta = m
		result, err := bothOf(crash, c.base.Generate, c.candidate.Generate)
		if err == nil && result.Changed() {
			// Only what changed is asked for its passes: to a program each question is a round trip.
			result, err = Explain(crash, c.base, c.candidate)
		}
		if err != nil {
			c.tally.addFailure(m.ID, err)
			continue
		}
		c.tally.add(result, 1, func(yield func(int, crashdata.Meta) bool) { yield(n, m) }, c.facets)
	}
}

// compare compares the crashes with an input.
func (c *comparer) compare(crash *crashdata.Crash, s *table.Shard, input int) (Comparison, error) {
	result := Comparison{Crash: crash}
	var err error
	// The view sets it when the base looks up a frame that the candidate may have otherwise. Without one, both walks are the
	// same, and so is what the same rules make of them.
	c.view.Concerned = false
	if result.Base, err = c.base.Generate(crash); err != nil {
		return result, fmt.Errorf("base: %w", err)
	}
	n := s.Count(input)
	if !c.view.Concerned && c.sameRules {
		result.Candidate = result.Base // as every frame is, of those that make it
		c.stack(result, n)
		return result, nil
	}
	if result.Candidate, err = c.candidate.Generate(crash); err != nil {
		return result, fmt.Errorf("candidate: %w", err)
	}
	if result.Changed() {
		// Few crashes change, so only these are traced. The lines that the view has of the candidate do: no cause is one that
		// decides a frame which no changed line concerns.
		if result, err = Explain(crash, c.base, c.candidate); err != nil {
			return result, err
		}
	}
	if c.lines != nil {
		if result.decided, err = c.lines.add(result, n); err != nil {
			return result, err
		}
	}
	c.stack(result, n)
	return result, nil
}

// stack counts the stack of a number of crashes of which a comparison is, where stacks are held against each other.
func (c *comparer) stack(r Comparison, n int) {
	if c.stacks == nil {
		return
	}
	threads := r.Crash.Threads(r.Candidate.Hang)
	if c.stacks.add(threads, n); !c.stacks.counted {
		c.view.Meet(threads, n)
	}
}

// Explainer compares single crashes, with the passes of both sides. It is for one goroutine.
type Explainer struct {
	sides           [2]signatures.Side // base and candidate
	base, candidate signatures.Signer
	weigher         *weigher // made for the first crash that changed
}

// weigher finds the changed lines that decide single crashes.
type weigher struct {
	symbols  *crashdata.Symbols
	decoder  *crashdata.Decoder
	comparer *comparer
}

// NewExplainer makes an Explainer of two sides.
func NewExplainer(base, candidate signatures.Side) *Explainer {
	return &Explainer{sides: [2]signatures.Side{base, candidate}, base: base.NewSigner(), candidate: candidate.NewSigner()}
}

// ErrUnweighed comes with a comparison that stands, though a pattern met its limit where a changed line was left out.
var ErrUnweighed = errors.New("which of the changed lines alone decide the signature is not known")

// Explain compares a crash. Of one that changed, what decided it is found as Compare finds it; ErrUnweighed where that fails
// for this crash alone.
func (e *Explainer) Explain(ctx context.Context, crash *crashdata.Crash) (Comparison, error) {
	result, err := Explain(crash, e.base, e.candidate)
	if err != nil || !result.Changed() {
		return result, err
	}
	result.decided, err = e.decided(ctx, result)
	if limit, ok := errors.AsType[*pyre.LimitError](err); ok && !limit.OfBudget() {
		err = fmt.Errorf("%w: %w", ErrUnweighed, err)
	}
	return result, err
}

// decided are the changed lines that alone decide a crash; none where a side has no siglists.
func (e *Explainer) decided(ctx context.Context, r Comparison) ([]Cause, error) {
	if e.weigher == nil {
		s, err := newSides(ctx, e.sides[0], e.sides[1])
		if err != nil || s.edit == nil {
			return nil, err
		}
		symbols := crashdata.NewSymbols()
		e.weigher = &weigher{symbols, symbols.Decoders(1)[0], s.comparer(nil, true)}
	}
	return e.weigher.decided(ctx, r)
}

// decided are the changed lines that alone decide a crash.
func (w *weigher) decided(ctx context.Context, r Comparison) (_ []Cause, err error) {
	// With the symbols that the lines are weighed by, each one of its own.
	if r.Crash, err = w.decoder.Decode(r.Crash.AppendRecord(nil)); err != nil {
		return nil, err
	}
	if err := w.comparer.extend(ctx, w.symbols.All()); err != nil {
		return nil, err
	}
	return w.comparer.lines.add(r, 1)
}

// Explain compares one crash, with the passes of both sides.
func Explain(crash *crashdata.Crash, base, candidate signatures.Signer) (Comparison, error) {
	return bothOf(crash, base.Explain, candidate.Explain)
}

// bothOf is what two ways to make a signature make of a crash.
func bothOf(crash *crashdata.Crash, base, candidate func(*crashdata.Crash) (signatures.Result, error)) (Comparison, error) {
	result := Comparison{Crash: crash}
	var err error
	if result.Base, err = base(crash); err != nil {
		return result, fmt.Errorf("base: %w", err)
	}
	if result.Candidate, err = candidate(crash); err != nil {
		return result, fmt.Errorf("candidate: %w", err)
	}
	return result, nil
}

// Options say what a comparison finds out beyond counts.
type Options struct {
	// Workers is how many crashes are compared at once, at least 1.
	Workers int
	// Examples is how many crash ids a group keeps, chosen so that their stacks differ.
	Examples int
	// Changed keeps every changed crash.
	Changed bool
	// Verdicts weighs each changed line, by leaving it out.
	Verdicts bool
	// StaleBefore, unless it is zero, counts changed crashes that were processed before it apart: their
	// recorded signatures were made with older siglists.
	StaleBefore time.Time
}

// maxCrashes is how many crashes each worker has in memory at once: up to 40 MB, less where crashes are alike.
const maxCrashes = 1 << 16

// Compare compares every crash of a source and tallies what changed. The tally doesn't depend on the
// number of workers or on the order of the crashes.
func Compare(ctx context.Context, src crashdata.Source, base, candidate signatures.Side, o Options) (*Tally, error) {
	return compareBy(ctx, src, base, candidate, o, maxCrashes)
}

// compareBy is Compare with a number of crashes in memory.
func compareBy(ctx context.Context, src crashdata.Source, base, candidate signatures.Side, o Options, crashes int) (*Tally, error) {
	s, err := newSides(ctx, base, candidate)
	if err != nil {
		return nil, err
	}
	comparers := s.comparers(o)
	left, err := table.Stream(ctx, src, o.Workers, crashes, func(ctx context.Context, worker int, shard *table.Shard) error {
		return comparers[worker].shard(ctx, shard)
	})
	if err != nil {
		return nil, err
	}
	// A worker whose shards came early has seen fewer symbols than there are, and sums by their numbers must agree.
	for _, c := range comparers {
		if c.view != nil {
			c.view.Edit = s.edit // which has all symbols by now
		}
	}
	whole := merged(comparers)
	whole.leave(left)
	if lines := linesOf(comparers); len(lines) > 0 {
		whole.weigh(lines, stacksOf(comparers))
	}
	return whole, nil
}

// leave counts the crashes that a source has no more than the ids of.
func (t *Tally) leave(left table.Left) {
	// They count as crashes that there are: that nothing is known of them must not look as if there were fewer.
	t.crashes += len(left.Missing) + len(left.Failures)
	t.missing = append(t.missing, left.Missing...)
	t.failures = append(t.failures, left.Failures...)
}

// merged is the tally of the whole.
func merged(comparers []*comparer) *Tally {
	whole := comparers[0].tally
	for _, c := range comparers[1:] {
		whole.Merge(c.tally)
	}
	return whole
}

// linesOf are those who weighed lines; none where nobody did.
func linesOf(comparers []*comparer) (lines []*leaveOneOut) {
	for _, c := range comparers {
		if c.lines != nil {
			lines = append(lines, c.lines)
		}
	}
	return lines
}

// stacksOf is what all know of the stacks.
func stacksOf(comparers []*comparer) *stacks {
	all := comparers[0].stacks
	for _, c := range comparers[1:] {
		all.merge(c.stacks)
	}
	return all
}

// weigh sums up what was found of the changed lines, and of the stacks of the crashes that came together.
func (t *Tally) weigh(lines []*leaveOneOut, s *stacks) {
	t.lines = weighed(lines, s.symbols)
	t.compared, t.strangers = true, s.strangers(t.pairs, lines[0].Edit)
	t.prefixes = prefixes(lines[0].Edit, s.symbols)
}
