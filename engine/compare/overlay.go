package compare

import (
	"fmt"
	"slices"
	"sync"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// overlay classifies frames for two siglist sets: the base's way, and again for the candidate only where
// one of the lines that differ matches. Siglists differ in few lines, and most frames concern none of
// them. Several goroutines share what it knows.
type overlay struct {
	base, candidate *signatures.Generator
	changes         []siglists.Change
	matcher         *siglists.ChangeMatcher
	undone          []func() (*siglists.Set, error) // the candidate without each change, once for all workers
	everything      bool                            // the difference may concern any frame
	sameRules       bool

	mu     sync.Mutex
	tables map[*crashdata.Symbols]*crashdata.Table[overlaid]
}

// overlaid is a frame under both sets.
type overlaid struct {
	lined     bool                   // the source line is in the text of the frame, which is no text of other lines then
	concerned bool                   // the candidate may have the frame otherwise than the base does
	candidate *signatures.Classified // &base, where no changed line concerns the frame
	base      signatures.Classified
	touched   []int // the changed lines that match it, whatever other lines do, by index
}

func newOverlay(base, candidate *signatures.Generator) (*overlay, error) {
	o := &overlay{
		base: base, candidate: candidate, changes: siglists.Diff(base.Set, candidate.Set),
		everything: siglists.Entangled(base.Set, candidate.Set), tables: map[*crashdata.Symbols]*crashdata.Table[overlaid]{},
		sameRules: slices.Equal(base.Rules.Names(), candidate.Rules.Names()),
	}
	for _, change := range o.changes {
		o.undone = append(o.undone, sync.OnceValues(func() (*siglists.Set, error) {
			return siglists.Undo(base.Set, candidate.Set, change)
		}))
	}
	var err error
	if o.matcher, err = siglists.NewChangeMatcher(base.Set, candidate.Set, o.changes); err != nil {
		return nil, fmt.Errorf("matching the changed lines: %w", err)
	}
	return o, nil
}

// table is the one for the symbols of an owner.
func (o *overlay) table(owner *crashdata.Symbols) *crashdata.Table[overlaid] {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.tables[owner]
	if t == nil {
		t = &crashdata.Table[overlaid]{}
		o.tables[owner] = t
	}
	return t
}

// overlayWorker makes signatures of both sides in one goroutine.
type overlayWorker struct {
	*overlay
	base, candidate *signatures.Worker // that give signatures; the candidate's doesn't know the lines that decided
	concerned       bool               // a frame that the candidate may have otherwise was looked up for the base

	owner *crashdata.Symbols // of the last symbol
	known *crashdata.Table[overlaid]
	alone map[crashdata.Frame]*overlaid // frames of other symbols, and those that have their line in their text
}

func (o *overlay) worker() *overlayWorker {
	w := &overlayWorker{overlay: o, base: o.base.Worker(), candidate: o.candidate.Worker(), alone: map[crashdata.Frame]*overlaid{}}
	w.base.Look = func(t *crashdata.Thread, f crashdata.StackFrame) *signatures.Classified {
		e := w.frame(t, f)
		w.concerned = w.concerned || e.concerned
		return &e.base
	}
	w.candidate.Look = func(t *crashdata.Thread, f crashdata.StackFrame) *signatures.Classified {
		return w.frame(t, f).candidate
	}
	return w
}

// frame is a frame under both sets.
func (w *overlayWorker) frame(t *crashdata.Thread, f crashdata.StackFrame) *overlaid {
	if f.Owner != nil {
		if e := w.shared(t, f); !e.lined {
			return e
		}
	}
	return w.frameAlone(t.Frame(f))
}

// shared is a frame that all workers know, on one of its lines.
func (w *overlayWorker) shared(t *crashdata.Thread, f crashdata.StackFrame) *overlaid {
	if f.Owner != w.owner {
		w.owner, w.known = f.Owner, w.table(f.Owner)
	}
	e := w.known.Get(f.Number)
	if e == nil {
		e = w.known.Put(f.Number, w.overlay.classify(w, t.Frame(f)))
	}
	return e
}

func (w *overlayWorker) frameAlone(f crashdata.Frame) *overlaid {
	e := w.alone[f]
	if e == nil {
		e = w.overlay.classify(w, f)
		w.alone[f] = e
	}
	return e
}

// classify classifies a frame for both sides.
func (o *overlay) classify(w *overlayWorker, f crashdata.Frame) *overlaid {
	e := &overlaid{}
	e.base.Classify(w.base.Matcher, o.base.Set, f)
	e.candidate = &e.base
	relined := false
	if e.base.Failed == nil {
		if e.base.Bare != "" {
			e.touched = o.matcher.Match(nil, siglists.LineNumbers, e.base.Bare)
			relined = len(e.touched) > 0
		}
		e.touched = o.match(e.touched, e.base.Text)
	}
	if o.everything || len(e.touched) > 0 {
		e.candidate = signatures.Classify(w.candidate.Matcher, o.candidate.Set, f)
		e.concerned = true
	}
	e.lined = e.base.Lined || e.candidate.Lined
	if relined {
		// The candidate may have another text for the frame, with the source line or without, which other
		// lines match.
		e.touched = o.match(e.touched, e.candidate.Text)
		slices.Sort(e.touched)
		e.touched = slices.Compact(e.touched)
	}
	return e
}

// match appends the changed lines that match a normalised frame.
func (o *overlay) match(to []int, text string) []int {
	if text == "" {
		return to
	}
	for _, name := range []siglists.Name{siglists.Sentinels, siglists.Irrelevant, siglists.Prefix} {
		to = o.matcher.Match(to, name, text)
	}
	return to
}

// distinct are the frames that several goroutines have seen, each text once, as the candidate has them.
// Where it has them as the base does, the lines that decided are the base's.
func (o *overlay) distinct(workers []*overlayWorker) []*signatures.Classified {
	var seen []*signatures.Classified
	var at map[string]int
	add := func(c *signatures.Classified) {
		if c.Failed != nil || c.Text == "" {
			return
		}
		i, ok := at[c.Text]
		if !ok {
			at[c.Text] = len(seen)
			seen = append(seen, c)
			return
		}
		seen[i] = c
	}
	each := func(visit func(*overlaid)) {
		for _, t := range o.tables {
			t.Each(func(e *overlaid) {
				if !e.lined { // else it is among those alone, on each of its lines
					visit(e)
				}
			})
		}
		for _, w := range workers {
			for _, e := range w.alone {
				visit(e)
			}
		}
	}
	count := 0
	each(func(*overlaid) { count++ })
	at = make(map[string]int, count)
	each(func(e *overlaid) { add(&e.base) })
	each(func(e *overlaid) {
		if e.candidate != &e.base {
			add(e.candidate)
		}
	})
	return seen
}
