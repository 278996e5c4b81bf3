// Package compare compares what two sides make of many crashes, groups what changed, and says which lines did it.
package compare

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// Comparison is what two sides make of one crash.
type Comparison struct {
	Crash           *crashdata.Crash
	Base, Candidate signatures.Result

	decided []Cause // the changed lines that alone decide the candidate's signature, where lines were weighed
}

// Changed tells whether the signatures differ.
func (c Comparison) Changed() bool { return c.Base.Signature != c.Candidate.Signature }

// comparer compares crashes in one goroutine.
type comparer struct {
	base, candidate signatures.Signer
	explain         func() (base, candidate signatures.Signer) // what traces a crash that changed
	over            *overlayWorker                             // nil unless both sides have siglists
	lines           *leaveOneOut                               // nil unless changed lines are weighed
	tally           *Tally
}

// newComparers makes comparers that share what they know of frames.
func newComparers(base, candidate signatures.Side, o Options) ([]*comparer, error) {
	differ := NewDiffer(base, candidate)
	b, ok := base.(*signatures.Generator)
	k, ok2 := candidate.(*signatures.Generator)
	var over *overlay
	if ok && ok2 {
		var err error
		if over, err = newOverlay(b, k); err != nil {
			return nil, err
		}
	}
	comparers := make([]*comparer, o.Workers)
	for i := range comparers {
		c := &comparer{tally: newTally(o, differ)}
		if over == nil {
			c.base, c.candidate = base.NewSigner(), candidate.NewSigner()
			c.explain = func() (signatures.Signer, signatures.Signer) { return c.base, c.candidate }
		} else {
			c.share(over)
		}
		if over != nil && o.Verdicts {
			c.lines = newLeaveOneOut(c.over)
		}
		comparers[i] = c
	}
	return comparers, nil
}

// share makes signatures through an overlay.
func (c *comparer) share(over *overlay) {
	c.over = over.worker()
	c.base, c.candidate = c.over.base, c.over.candidate
	// The overlay knows what the candidate's lists do, but not by which of their lines.
	tracer := sync.OnceValue(func() signatures.Signer { return over.candidate.Worker() })
	c.explain = func() (signatures.Signer, signatures.Signer) { return c.base, tracer() }
}

// add compares a crash and counts it.
func (c *comparer) add(id string, r *crashdata.Record, err error) {
	if err == nil {
		err = c.addRecord(r)
	}
	if err != nil {
		c.tally.addFailure(id, err)
	}
}

func (c *comparer) addRecord(r *crashdata.Record) error {
	crash, err := r.Crash()
	if err != nil {
		return err
	}
	return c.compare(crash)
}

// compare compares a crash and counts it, unless it fails.
func (c *comparer) compare(crash *crashdata.Crash) error {
	result := Comparison{Crash: crash}
	var err error
	if c.over != nil {
		c.over.concerned = false
	}
	if result.Base, err = c.base.Generate(crash); err != nil {
		return fmt.Errorf("base: %w", err)
	}
	if c.over != nil && !c.over.concerned && c.over.sameRules {
		result.Candidate = result.Base // as every frame is, of those that make it
		c.tally.add(result)
		return nil
	}
	if result.Candidate, err = c.candidate.Generate(crash); err != nil {
		return fmt.Errorf("candidate: %w", err)
	}
	if result.Changed() {
		base, candidate := c.explain() // few crashes change, so only these are traced
		if result, err = Explain(crash, base, candidate); err != nil {
			return err
		}
	}
	if c.lines != nil {
		if result.decided, err = c.lines.add(crash, result.Candidate); err != nil {
			return err
		}
	}
	c.tally.add(result)
	return nil
}

// Explainer compares single crashes, with the passes of both sides. It is for one goroutine.
type Explainer struct {
	base, candidate signatures.Signer
	lines           *leaveOneOut // nil unless both sides have siglists
}

// NewExplainer makes an Explainer of two sides.
func NewExplainer(base, candidate signatures.Side) (*Explainer, error) {
	e := &Explainer{base: base.NewSigner(), candidate: candidate.NewSigner()}
	b, ok := base.(*signatures.Generator)
	k, ok2 := candidate.(*signatures.Generator)
	if ok && ok2 {
		over, err := newOverlay(b, k)
		if err != nil {
			return nil, err
		}
		e.lines = newLeaveOneOut(over.worker())
	}
	return e, nil
}

// Explain compares a crash. Of one that changed, what decided it is found as Compare finds it.
func (e *Explainer) Explain(crash *crashdata.Crash) (Comparison, error) {
	c, err := Explain(crash, e.base, e.candidate)
	if err == nil && c.Changed() && e.lines != nil {
		c.decided, err = e.lines.add(crash, c.Candidate)
	}
	return c, err
}

// Explain compares one crash, with the passes of both sides.
func Explain(crash *crashdata.Crash, base, candidate signatures.Signer) (Comparison, error) {
	result := Comparison{Crash: crash}
	var err error
	if result.Base, err = base.Explain(crash); err != nil {
		return result, fmt.Errorf("base: %w", err)
	}
	if result.Candidate, err = candidate.Explain(crash); err != nil {
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

// Compare compares every crash of a source and tallies what changed. The tally doesn't depend on the
// number of workers or on the order of the crashes.
func Compare(ctx context.Context, src crashdata.Source, base, candidate signatures.Side, o Options) (*Tally, error) {
	comparers, err := newComparers(base, candidate, o)
	if err != nil {
		return nil, err
	}
	err = src.Each(ctx, o.Workers, func(worker int, id string, r *crashdata.Record, err error) error {
		comparers[worker].add(id, r, err)
		return nil
	})
	if err != nil {
		return nil, err
	}
	whole := merged(comparers)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return whole, nil
}

// merged is the tally of the whole.
func merged(comparers []*comparer) *Tally {
	whole := comparers[0].tally
	var lines []*leaveOneOut
	for i, c := range comparers {
		if i > 0 {
			whole.Merge(c.tally)
		}
		if c.lines != nil {
			lines = append(lines, c.lines)
		}
	}
	if len(lines) > 0 {
		whole.lines = weighed(lines)
	}
	return whole
}
