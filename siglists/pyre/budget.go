package pyre

import (
	"context"
	"sync/atomic"
)

// Budget bounds the work on patterns of all who share it, and ends that work with its context. What counts is
// what takes time: instructions that an automaton looks at to work out a transition, and steps of backtracking.
// Going through transitions that are known counts as nothing. A nil Budget has no bound.
type Budget struct {
	ctx       context.Context
	limit     int
	spent     atomic.Int64
	exhausted func(error)
	whole     *Budget // that this is a part of
	met       atomic.Bool
}

// inAll is what a Budget counts.
const inAll = "steps in all"

// NewBudget allows a number of steps, until the context ends. exhausted is told the *LimitError once the steps
// are used up, maybe more than once and from several goroutines; it may be nil.
func NewBudget(ctx context.Context, steps int, exhausted func(error)) *Budget {
	return &Budget{ctx: ctx, limit: steps, exhausted: exhausted}
}

// Met tells whether matching or Includes gave up at a limit, if only at one of its own: the answer was not found then. Those who
// go on without the answer must say so in the end.
func (b *Budget) Met() bool { return b.met.Load() }

// note remembers a limit that was met.
func (b *Budget) note(limit error) {
	if b != nil && limit != nil {
		b.met.Store(true)
	}
}

// Part is a budget of its own within b: what is spent of it is spent of b too.
func (b *Budget) Part(steps int) *Budget {
	of := NewBudget(context.Background(), steps, nil)
	of.whole = b
	return of
}

// Spend counts steps. Once there are none left, or the context has ended, every call gives an error.
func (b *Budget) Spend(steps int) *LimitError {
	switch {
	case b == nil:
		return nil
	case b.spent.Add(int64(steps)) > int64(b.limit):
		err := &LimitError{Line: -1, Limit: b.limit, What: inAll}
		if b.exhausted != nil {
			b.exhausted(err)
		}
		return err
	case b.ctx.Err() != nil:
		return &LimitError{Line: -1, Limit: b.limit, What: inAll, ended: context.Cause(b.ctx)}
	}
	return b.whole.Spend(steps)
}
