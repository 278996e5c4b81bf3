package engine

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// ErrMissing is what a Source says of a crash that it was to give and hasn't got.
var ErrMissing = errors.New("not in the cache")

// Source gives the crashes to compare.
type Source interface {
	// Each calls visit once for every crash, from up to workers goroutines, numbered from 0: calls with
	// one worker number never overlap. A crash that can't be had comes as an error; ErrMissing when it
	// isn't there at all. An error of visit, or the context's, ends the whole.
	Each(ctx context.Context, workers int, visit func(worker int, id string, c *Crash, err error) error) error
}

// Side gives crashes their signatures: a generator, or results that are known beforehand.
type Side interface {
	// NewSigner makes what gives signatures in one goroutine.
	NewSigner() Signer
}

// Signer gives crashes their signatures. It is for one goroutine.
type Signer interface {
	// Generate gives the crash's signature.
	Generate(c *Crash) (Result, error)
	// Explain is Generate, with the passes where there are any.
	Explain(c *Crash) (Result, error)
}

// NewSigner makes a worker.
func (g *Generator) NewSigner() Signer { return g.Worker() }

// Recorded is the side of the signatures that the processed crashes record.
type Recorded struct{}

// NewSigner returns r: there is nothing to remember.
func (r Recorded) NewSigner() Signer { return r }

// Generate gives the recorded signature.
func (Recorded) Generate(c *Crash) (Result, error) { return Result{Signature: c.meta.Signature}, nil }

// Explain gives the recorded signature; how it was made is not known.
func (r Recorded) Explain(c *Crash) (Result, error) { return r.Generate(c) }

// Comparison is what two sides make of one crash.
type Comparison struct {
	Crash           *Crash
	Base, Candidate Result
}

// Changed tells whether the signatures differ.
func (c Comparison) Changed() bool { return c.Base.Signature != c.Candidate.Signature }

// comparer compares crashes in one goroutine.
type comparer struct{ base, candidate Signer }

func (c comparer) compare(crash *Crash) (Comparison, error) {
	result := Comparison{Crash: crash}
	var err error
	if result.Base, err = c.base.Generate(crash); err != nil {
		return result, fmt.Errorf("base: %w", err)
	}
	if result.Candidate, err = c.candidate.Generate(crash); err != nil {
		return result, fmt.Errorf("candidate: %w", err)
	}
	if !result.Changed() {
		return result, nil
	}
	// Few crashes change, so only these are traced.
	if result.Base, err = c.base.Explain(crash); err != nil {
		return result, fmt.Errorf("base: %w", err)
	}
	if result.Candidate, err = c.candidate.Explain(crash); err != nil {
		return result, fmt.Errorf("candidate: %w", err)
	}
	return result, nil
}

// Compare compares every crash of a source and tallies what changed. The tally doesn't depend on the
// number of workers or on the order of the crashes.
func Compare(ctx context.Context, src Source, base, candidate Side, workers int, keep Keep) (*Tally, error) {
	comparers := make([]comparer, workers)
	tallies := make([]*Tally, workers)
	for i := range workers {
		comparers[i] = comparer{base.NewSigner(), candidate.NewSigner()}
		tallies[i] = NewTally(keep)
	}
	err := src.Each(ctx, workers, func(worker int, id string, c *Crash, err error) error {
		tally := tallies[worker]
		if err != nil {
			tally.AddFailure(id, err)
			return nil
		}
		result, err := comparers[worker].compare(c)
		if err != nil {
			tally.AddFailure(id, err)
			return nil
		}
		tally.Add(result)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range tallies[1:] {
		tallies[0].Merge(t)
	}
	return tallies[0], nil
}

// Crashes is a Source of crashes that are in memory.
type Crashes []*Crash

// Each gives the crashes to the workers in turn.
func (cs Crashes) Each(ctx context.Context, workers int, visit func(int, string, *Crash, error) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		group.Go(func() error {
			for i := w; i < len(cs); i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := visit(w, cs[i].ID(), cs[i], nil); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
