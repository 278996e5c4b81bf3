package table

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// Layer is what one siglist set makes of frames. It never changes.
type Layer struct {
	Set     *siglists.Set
	symbols []*crashdata.Symbol
	frames  []*signatures.Classified // by the number of the symbol; of one with its line in its text see View
	odd     []int                    // the symbols that each edit looks at, ascending
	order   func() []int             // the symbols by their texts, found once
}

// NewLayer is a layer of no frames.
func NewLayer(set *siglists.Set) *Layer {
	l := &Layer{Set: set}
	l.order = l.newOrder()
	return l
}

// Over is the layer with what the set makes of some symbols, by number, of which it may have the first ones already.
func (l *Layer) Over(ctx context.Context, symbols []*crashdata.Symbol) (*Layer, error) {
	if len(symbols) <= len(l.frames) {
		return l, nil
	}
	longer := &Layer{Set: l.Set, symbols: symbols, frames: make([]*signatures.Classified, len(symbols))}
	first := copy(longer.frames, l.frames)
	err := each(ctx, len(symbols)-first, func(i int) {
		longer.frames[first+i] = signatures.ClassifySymbol(l.Set, symbols[first+i])
	})
	if err != nil {
		return nil, err
	}
	// All anew, which takes less than telling which are new.
	longer.sortOut(numbers(0, len(symbols)))
	longer.order = longer.newOrder()
	return longer, nil
}

// sortOut finds those that each edit looks at among some symbols, which are ascending.
func (l *Layer) sortOut(symbols []int) {
	l.odd = slices.DeleteFunc(symbols, func(n int) bool { return !l.frames[n].Lined && l.frames[n].Complete() })
}

// newOrder orders the symbols once that is asked for.
func (l *Layer) newOrder() func() []int {
	frames := l.frames
	return sync.OnceValue(func() []int {
		all := numbers(0, len(frames))
		slices.SortFunc(all, func(a, b int) int { return strings.Compare(frames[a].Text, frames[b].Text) })
		return all
	})
}

// numbers are those from one up to another.
func numbers(from, to int) []int {
	all := make([]int, to-from)
	for i := range all {
		all[i] = from + i
	}
	return all
}

// starting are the symbols whose texts start with one of several, and those that each edit looks at, ascending.
func (l *Layer) starting(starts []string) []int {
	all := slices.Clone(l.odd)
	for _, start := range starts {
		order := l.order()
		from, _ := slices.BinarySearchFunc(order, start, func(n int, text string) int { return strings.Compare(l.frames[n].Text, text) })
		for _, n := range order[from:] {
			if !strings.HasPrefix(l.frames[n].Text, start) {
				break
			}
			all = append(all, n)
		}
	}
	return ascending(all)
}

// ascending are symbols in order, each once.
func ascending(symbols []int) []int {
	slices.Sort(symbols)
	return slices.Compact(symbols)
}

// Symbols are those that the layer is over, by number.
func (l *Layer) Symbols() []*crashdata.Symbol { return l.symbols }

// each visits the numbers up to n in several goroutines, where there are many.
func each(ctx context.Context, n int, visit func(i int)) error {
	// So few that goroutines end together, and so many that taking some costs nothing beside them.
	const step = 256
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), (n+step-1)/step) {
		group.Go(func() error {
			for from := int(next.Add(step)) - step; from < n; from = int(next.Add(step)) - step {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				for i := from; i < min(from+step, n); i++ {
					visit(i)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// Edit is the way from a layer to what another siglist set makes of the frames. It never changes.
type Edit struct {
	From *Layer
	To   *siglists.Set
	// Changes are the lines that differ.
	Changes []siglists.Change

	everything bool // the difference may concern any frame
	matcher    *siglists.ChangeMatcher
	undone     []func() (*siglists.Set, error)
	steps      []*Step // by the number of the symbol; nil where no changed line concerns it, and its text has no source line
	stepped    []int   // the symbols that have one, ascending
}

// Step is a frame under both sets.
type Step struct {
	From, To  *signatures.Classified
	Concerned bool  // To may be otherwise than From
	Touched   []int // the changed lines that match it, whatever other lines do, by index: removed ones under either set

	lined   bool // each source line is a frame of its own
	crashes int  // that have it, of one that is a frame of its own
}

// Edit finds out which frames a change of the set concerns, and classifies those.
func (l *Layer) Edit(ctx context.Context, to *siglists.Set) (*Edit, error) {
	e := &Edit{From: NewLayer(l.Set), To: to, Changes: siglists.Diff(l.Set, to), everything: siglists.Entangled(l.Set, to)}
	for _, change := range e.Changes {
		e.undone = append(e.undone, sync.OnceValues(func() (*siglists.Set, error) { return siglists.Undo(l.Set, to, change) }))
	}
	var err error
	if e.matcher, err = siglists.NewChangeMatcher(l.Set, to, e.Changes); err != nil {
		return nil, fmt.Errorf("matching the changed lines: %w", err)
	}
	return e.over(ctx, l, e.near(l))
}

// near are the symbols of a layer that the change may concern, ascending.
func (e *Edit) near(l *Layer) []int {
	if starts, ok := e.matcher.Starts(); ok && !e.everything {
		return l.starting(starts)
	}
	return numbers(0, len(l.frames))
}

// Over is the edit for some symbols, by number, of which it may have the first ones already.
func (e *Edit) Over(ctx context.Context, symbols []*crashdata.Symbol) (*Edit, error) {
	l, err := e.From.Over(ctx, symbols)
	if err != nil || l == e.From {
		return e, err
	}
	return e.over(ctx, l, numbers(len(e.steps), len(l.frames)))
}

// over is the edit of a layer with more symbols, of which it looks at some, which are ascending.
func (e *Edit) over(ctx context.Context, l *Layer, symbols []int) (*Edit, error) {
	// A copy: views of other goroutines may still use the shorter edit.
	longer := *e
	longer.From, longer.steps = l, make([]*Step, len(l.frames))
	copy(longer.steps, e.steps)
	err := each(ctx, len(symbols), func(i int) {
		n := symbols[i]
		longer.steps[n] = e.symbolStep(l, n)
	})
	longer.stepped = slices.Concat(e.stepped, slices.DeleteFunc(symbols, func(n int) bool { return longer.steps[n] == nil }))
	return &longer, err
}

// symbolStep is the step of a symbol, by number, that a layer has of the first set.
func (e *Edit) symbolStep(l *Layer, n int) *Step {
	symbol := l.symbols[n]
	return e.step(l.frames[n], symbol.Kind, func() *signatures.Classified { return signatures.ClassifySymbol(e.To, symbol) })
}

// step is a frame of a kind under both sets, nil where both have it alike. after classifies it under the other.
func (e *Edit) step(from *signatures.Classified, kind crashdata.FrameKind, after func() *signatures.Classified) *Step {
	var touched []int
	if from.Failed() == nil {
		if kind != crashdata.FrameText {
			touched = e.matcher.Match(nil, siglists.LineNumbers, from.Bare)
		}
		touched = e.match(touched, from.Text)
	}
	// A frame that met a limit is classified again even where no changed line matches it: what the lists as a whole make of it
	// may be otherwise.
	if !e.everything && len(touched) == 0 && from.Complete() {
		if !from.Lined {
			return nil
		}
		return &Step{From: from, To: from, lined: true}
	}
	to := after()
	if to.Text != from.Text { // with the source line, or without, so that other lines match it
		touched = e.match(slices.DeleteFunc(touched, e.addedForText), to.Text)
		slices.Sort(touched)
		touched = slices.Compact(touched)
	}
	return &Step{From: from, To: to, Touched: touched, Concerned: true, lined: from.Lined || to.Lined}
}

// addedForText tells of a changed line, by index, whether it is added and looked up by a frame's text: the text before the
// edit is nothing to it.
func (e *Edit) addedForText(change int) bool {
	c := e.Changes[change]
	return c.Added && c.Line.List != siglists.LineNumbers
}

// match appends the changed lines that match a normalised frame.
func (e *Edit) match(to []int, text string) []int {
	if text == "" {
		return to
	}
	return e.matcher.MatchText(to, text)
}

// Matches tells whether a changed line, by index, that concerns a frame matches it, too.
func (e *Edit) Matches(change int, f *signatures.Classified) bool {
	name, text := e.Changes[change].Line.List, f.Text
	if name == siglists.LineNumbers {
		text = f.Bare
	}
	return e.matcher.MatchesItself(change, name, text)
}

// Undone is the set that the edit leads to without one of its changes.
func (e *Edit) Undone(change int) (*siglists.Set, error) { return e.undone[change]() }

// Apply makes the layer that the edit leads to of the one that it begins at. That one and the edit must not be used any more.
func (e *Edit) Apply() *Layer {
	// The frames are changed in place: history makes an edit of each commit, and a copy of 20,000 frames would take longer than
	// the edit.
	later := *e.From
	later.Set = e.To
	keeps := e.KeepsTexts()
	for _, n := range e.stepped {
		later.frames[n] = e.steps[n].To
	}
	later.sortOut(e.stepped) // which have all that each edit looks at
	if !keeps {
		later.order = later.newOrder()
	}
	return &later
}

// Symbols is how many symbols the edit is for.
func (e *Edit) Symbols() int { return len(e.steps) }

// Before is a symbol as a frame without a line before the edit.
func (e *Edit) Before(symbol int) *signatures.Classified { return e.From.frames[symbol] }

// After is a symbol as a frame without a line after the edit.
func (e *Edit) After(symbol int) *signatures.Classified {
	if s := e.steps[symbol]; s != nil {
		return s.To
	}
	return e.From.frames[symbol]
}

// Concerned are the symbols that a changed line concerns. Those with their source line in their text are left aside: see
// View.See.
func (e *Edit) Concerned() (symbols []int) {
	for _, n := range e.stepped {
		if e.steps[n].concerned() {
			symbols = append(symbols, n)
		}
	}
	return symbols
}

// concerned tells whether a changed line concerns the frame.
func (s *Step) concerned() bool { return s.Concerned || len(s.Touched) > 0 }

// Touched are the changed lines, by index, that match a symbol as a frame without a line.
func (e *Edit) Touched(symbol int) []int {
	if s := e.steps[symbol]; s != nil {
		return s.Touched
	}
	return nil
}

// KeepsTexts tells whether every frame without a line has the text after the edit that it had before.
func (e *Edit) KeepsTexts() bool {
	return !slices.ContainsFunc(e.stepped, func(n int) bool {
		s := e.steps[n]
		return s.From.Text != s.To.Text || s.From.Lined != s.To.Lined
	})
}

// Dirty tells of each symbol whether the walk over a stack may treat it otherwise after the edit; nil where none is.
func (e *Edit) Dirty() []bool {
	var dirty []bool
	for _, n := range e.stepped {
		if s := e.steps[n]; s.lined || !s.To.Same(s.From) {
			if dirty == nil {
				dirty = make([]bool, len(e.steps))
			}
			dirty[n] = true
		}
	}
	return dirty
}
