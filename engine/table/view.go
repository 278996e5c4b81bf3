package table

import (
	"fmt"
	"iter"
	"slices"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// View makes signatures through an edit in one goroutine. The crashes must be of the edit's table.
type View struct {
	*Edit // which may become the same edit over more symbols
	// Base and Candidate make the signatures before and after the edit. Of a frame that no changed line concerns both name
	// the base's lines.
	Base, Candidate *signatures.Worker
	// Concerned is set where the base looks a frame up that the candidate may have otherwise.
	Concerned bool

	alone map[crashdata.Frame]*Step // those that have their source line in their text
}

// View makes a view, for generators with some rules before and after.
func (e *Edit) View(base, candidate signatures.Ruleset) *View {
	v := &View{
		Edit: e, alone: map[crashdata.Frame]*Step{},
		Base: signatures.NewGenerator(e.From.Set, base).Worker(), Candidate: signatures.NewGenerator(e.To, candidate).Worker(),
	}
	v.Base.Look = func(t *crashdata.Thread, f crashdata.StackFrame) *signatures.Classified {
		s := v.Step(t, f)
		if s == nil {
			return v.From.frames[f.Number]
		}
		// Where the base looks up no such frame, the candidate's walk goes the same way, and need not be made.
		v.Concerned = v.Concerned || s.Concerned
		return s.From
	}
	v.Candidate.Look = v.Frame
	return v
}

// Without makes a worker of what the edit leads to with one of its changes undone. It classifies only the frames that the
// change concerns; the rest are as the view has them.
func (v *View) Without(change int, rules signatures.Ruleset) (*signatures.Worker, error) {
	undone, err := v.Undone(change)
	if err != nil {
		return nil, fmt.Errorf("undoing %s: %w", v.Changes[change], err)
	}
	w, list := signatures.NewGenerator(undone, rules).Worker(), v.Changes[change].Line.List
	known := map[*signatures.Classified]*signatures.Classified{} // nil of those that the worker has to classify
	w.Look = func(t *crashdata.Thread, f crashdata.StackFrame) *signatures.Classified {
		s := v.Step(t, f)
		switch {
		case s == nil || !slices.Contains(s.Touched, change):
			return v.Frame(t, f)
		case list == siglists.LineNumbers: // the text is another
			return w.Remembered(t, f)
		}
		other, ok := known[s.To]
		if !ok {
			other = s.To.Under(undone, list)
			known[s.To] = other
		}
		if other == nil {
			return w.Remembered(t, f)
		}
		return other
	}
	return w, nil
}

// Frame is a frame after the edit.
func (v *View) Frame(t *crashdata.Thread, f crashdata.StackFrame) *signatures.Classified {
	if s := v.Step(t, f); s != nil {
		return s.To
	}
	return v.From.frames[f.Number]
}

// Step is a frame before and after the edit; nil where it is the same, and no changed line concerns it.
func (v *View) Step(t *crashdata.Thread, f crashdata.StackFrame) *Step {
	s := v.steps[f.Number]
	if s != nil && s.lined {
		return v.lined(t.Frame(f))
	}
	return s
}

// lined is a frame that may have its source line in its text.
func (v *View) lined(f crashdata.Frame) *Step {
	s := v.alone[f]
	// Each line is classified when a crash first has it: there are as many as the source has, and a run meets few.
	if s == nil {
		from := signatures.Classify(v.From.Set, f)
		if s = v.step(from, f.Kind, func() *signatures.Classified { return signatures.Classify(v.To, f) }); s == nil {
			s = &Step{From: from, To: from}
		}
		v.alone[f] = s
	}
	return s
}

// See makes a frame with its source line in its text one that the view has seen, and tells whether a changed line
// concerns it.
func (v *View) See(f crashdata.Frame) (concerned bool) { return v.lined(f).concerned() }

// Meet counts crashes for the frames of their threads that have their source line in their text, each text once.
func (v *View) Meet(threads []*crashdata.Thread, crashes int) {
	var met []string
	for _, t := range threads {
		for _, f := range t.Frames {
			if s := v.steps[f.Number]; s == nil || !s.lined {
				continue
			}
			// A frame that is on a stack twice is one frame of one crash.
			if s := v.lined(t.Frame(f)); !slices.Contains(met, s.To.Text) {
				met = append(met, s.To.Text)
				s.crashes += crashes
			}
		}
	}
}

// Count counts crashes for a frame, as Meet does.
func (v *View) Count(f crashdata.Frame, crashes int) { v.lined(f).crashes += crashes }

// Lined are the frames with their source line in their text that the view has seen, and the crashes counted for each.
func (v *View) Lined() iter.Seq2[crashdata.Frame, int] {
	return func(yield func(crashdata.Frame, int) bool) {
		for f, s := range v.alone {
			if !yield(f, s.crashes) {
				return
			}
		}
	}
}

// Seen is a frame of crashes, as an edit leaves it.
type Seen struct {
	*signatures.Classified
	Crashes int // that have it
}

// Distinct are the frames of an edit, on the lines that views of it have seen: each text once, as the candidate has them.
// Where it has them as the base does, the lines that decided are the base's. crashes are those that have each symbol, by
// number: a symbol that none has is left out, such as one of a thread that no signature is made from.
func Distinct(views []*View, crashes []int) []Seen {
	e := views[0].Edit
	d := distinct{seen: make([]Seen, 0, len(e.From.frames)), at: make(map[string]int, len(e.From.frames))}
	for n, c := range e.From.frames {
		// First all frames as the base has them, then those that are otherwise in their place: where two functions become one text,
		// the one that a changed line concerns counts.
		if s := e.steps[n]; crashes[n] > 0 && (s == nil || !s.lined) { // else it is among those alone, on each of its lines
			d.add(c, crashes[n])
		}
	}
	for _, v := range views {
		for _, s := range v.alone {
			if s.From.Text == s.To.Text { // else no frame has it after the edit
				d.add(s.From, s.crashes)
			}
		}
	}
	// What the edit makes of a frame stands in for what it was, and keeps its place.
	for n, s := range e.steps {
		if s != nil && crashes[n] > 0 && !s.lined && s.Concerned {
			d.change(s, crashes[n])
		}
	}
	for _, v := range views {
		for _, s := range v.alone {
			if s.Concerned {
				d.change(s, s.crashes)
			}
		}
	}
	return d.seen
}

// distinct gathers frames, each text once.
type distinct struct {
	seen []Seen
	at   map[string]int
}

// add adds a frame of some crashes; of one text the last counts.
func (d *distinct) add(c *signatures.Classified, crashes int) {
	if c.Text == "" { // no frame to anybody who looks for some
		return
	}
	i, ok := d.at[c.Text]
	if !ok {
		i = len(d.seen)
		d.at[c.Text] = i
		d.seen = append(d.seen, Seen{})
	}
	d.seen[i].Classified = c
	d.seen[i].Crashes += crashes
}

// change puts what an edit makes of a frame in the place of what was.
func (d *distinct) change(s *Step, crashes int) {
	if s.From.Text == s.To.Text {
		crashes = 0 // which are counted
	}
	d.add(s.To, crashes)
}
