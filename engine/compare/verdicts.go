package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// VerdictKind says what one changed line does to the crashes compared.
type VerdictKind string

// The verdicts. They are found by leaving one out: the candidate with this one change undone and
// everything else kept.
const (
	Decides   VerdictKind = "decides"   // it alone decides the signature of at least one crash
	Redundant VerdictKind = "redundant" // it matches frames, but undoing it changes no signature
	Dead      VerdictKind = "dead"      // it matches no frame
)

// Verdict is what one changed line does.
type Verdict struct {
	Change  siglists.Change
	Kind    VerdictKind
	Frames  int // distinct frames that it matches
	Crashes int // crashes whose signature it alone decides
	// Takers are the other lines that decide the frames of a redundant line, by frames.
	Takers []Taker
	// NearMisses are frames that a dead line would match with a small change. For an added line that is
	// not dead, they are the frames that it misses for an underscore, and that no other line takes.
	NearMisses []NearMiss
	// Longer are the frames that an added line alone decides though it, a plain text, ends in the middle of
	// their name, as JS::Call does in JS::CallbackTracer: did it mean these too? Those of most crashes come
	// first.
	Longer []LongerName
}

// LongerName is a frame whose name goes on where a line ends.
type LongerName struct {
	Frame   string
	Crashes int // whose signature the line decides, on whose stack it decides the frame
}

// Taker is a line that decides frames in place of a redundant one.
type Taker struct {
	Line   siglists.Line
	Frames int
}

// leaveOneOut weighs changed lines in one goroutine.
type leaveOneOut struct {
	*table.View
	candidate *signatures.Generator
	lines     []*lineWeight
	now       int                // the number of the crash, to weigh a line once for it
	crashes   int                // that are like it
	decided   []Cause            // the lines that decide it
	tracer    *signatures.Worker // of the candidate, made when it is first needed
}

// lineWeight weighs one changed line.
type lineWeight struct {
	lineTally
	undone *signatures.Worker // the candidate without the change, made when a frame first needs it
	last   int                // the crash that it was last weighed for
	inside string             // the text that may end in the middle of names; or empty
}

// lineTally is what is found of one changed line. Tallies of parts merge into that of the whole.
type lineTally struct {
	change  siglists.Change
	frames  frameSet // that it matches
	crashes int      // whose signature it alone decides
	takers  map[siglists.Line]frameSet
	near    map[string]frameSet // near misses by how, while it matches no frame
	missed  map[string]frameSet // of an added line: those that an underscore keeps from it, and nothing takes
	longer  map[string]int      // crashes of the frames whose name goes on where the line ends
}

// frameSet is a set of normalised frames.
type frameSet map[string]struct{}

// addTo adds a frame to one of several sets.
func addTo[K comparable](sets map[K]frameSet, key K, frame string) {
	if sets[key] == nil {
		sets[key] = frameSet{}
	}
	sets[key][frame] = struct{}{}
}

// newLeaveOneOut weighs the lines that differ between two generators.
func newLeaveOneOut(v *table.View, candidate *signatures.Generator) *leaveOneOut {
	l := &leaveOneOut{View: v, candidate: candidate}
	for _, change := range v.Changes {
		l.lines = append(l.lines, &lineWeight{lineTally: newLineTally(change), last: -1, inside: insideNames(change)})
	}
	return l
}

// without is a worker of the candidate with a change undone. It classifies only the frames that the
// line matches; the rest are as the candidate has them.
func (l *leaveOneOut) without(i int) (*signatures.Worker, error) {
	w := l.lines[i]
	if w.undone != nil {
		return w.undone, nil
	}
	undone, err := l.Undone(i)
	if err != nil {
		return nil, fmt.Errorf("undoing %s: %w", w.change, err)
	}
	w.undone = signatures.NewGenerator(undone, l.candidate.Rules).Worker()
	w.undone.Look = func(t *crashdata.Thread, f crashdata.StackFrame) *signatures.Classified {
		if s := l.Step(t, f); s == nil || !slices.Contains(s.Touched, i) {
			return l.Frame(t, f)
		}
		return w.undone.Remembered(t, f)
	}
	return w.undone, nil
}

// add weighs the lines for a crash: those that match one of the frames that its signature is made from. It
// returns those that alone decide it.
func (l *leaveOneOut) add(c *crashdata.Crash, candidate signatures.Result, n int) ([]Cause, error) {
	l.decided = nil
	if c.Java != nil {
		return nil, nil
	}
	l.now++
	l.crashes = n
	if err := l.addThread(c, &c.Stack, candidate); err != nil || !candidate.Hang {
		return l.decided, err
	}
	zero, err := c.ThreadZero()
	if err == nil {
		err = l.addThread(c, zero, candidate)
	}
	return l.decided, err
}

func (l *leaveOneOut) addThread(c *crashdata.Crash, t *crashdata.Thread, candidate signatures.Result) error {
	for _, f := range t.Frames {
		s := l.Step(t, f)
		if s == nil {
			continue
		}
		for _, i := range s.Touched {
			if err := l.weigh(i, c, t, f, candidate); err != nil {
				return err
			}
		}
	}
	return nil
}

// weigh undoes a change for a crash, and counts the crash if that changes its signature.
func (l *leaveOneOut) weigh(i int, c *crashdata.Crash, t *crashdata.Thread, f crashdata.StackFrame, candidate signatures.Result) error {
	w := l.lines[i]
	undone, err := l.without(i)
	if err != nil {
		return err
	}
	with := l.Frame(t, f)
	if _, seen := w.frames[with.Text]; !seen && l.Matches(i, with) {
		w.frames[with.Text] = struct{}{}
		if taker := w.taker(with, undone.Classify(t, f)); taker != nil {
			addTo(w.takers, *taker, with.Text)
		}
	}
	if w.last == l.now {
		return nil
	}
	w.last = l.now
	result, err := undone.Generate(c)
	if err != nil {
		return fmt.Errorf("without the change %s: %w", w.change, err)
	}
	if result.Signature == candidate.Signature {
		return nil
	}
	w.crashes += l.crashes
	cause := Cause{w.change.Line, CauseRemoved}
	if w.change.Added {
		cause.Kind = CauseAdded
	}
	l.decided = append(l.decided, cause)
	return l.addLonger(w, c, candidate)
}

// taker is the line that decides a frame both with the change and without it.
func (w *lineWeight) taker(with, without *signatures.Classified) *siglists.Line {
	switch w.change.Line.List {
	case siglists.Irrelevant:
		if with.Irrelevant.OK && without.Irrelevant.OK {
			return otherLine(w.change, without.Irrelevant.Line, with.Irrelevant.Line)
		}
	case siglists.Prefix:
		if with.Irrelevant.OK {
			return with.Irrelevant.Line
		}
		if with.Prefix.OK && without.Prefix.OK {
			return otherLine(w.change, without.Prefix.Line, with.Prefix.Line)
		}
	case siglists.LineNumbers:
		if with.Lined && without.Lined {
			return otherLine(w.change, without.LineNumbers, with.LineNumbers)
		}
	}
	return nil
}

// otherLine is the line that decides in place of the changed one: without an added line, and with a
// removed one gone.
func otherLine(change siglists.Change, without, with *siglists.Line) *siglists.Line {
	if change.Added {
		return without
	}
	return with
}

func newLineTally(change siglists.Change) lineTally {
	return lineTally{change: change, frames: frameSet{}, takers: map[siglists.Line]frameSet{}, near: map[string]frameSet{}, missed: map[string]frameSet{}, longer: map[string]int{}}
}

// merge adds what was found of the line elsewhere.
func (t *lineTally) merge(other lineTally) {
	t.crashes += other.crashes
	maps.Copy(t.frames, other.frames)
	addAll(t.takers, other.takers)
	if len(t.frames) == 0 {
		addAll(t.near, other.near)
	} else {
		clear(t.near)
	}
	addAll(t.missed, other.missed)
	for frame, crashes := range other.longer {
		t.longer[frame] += crashes
	}
}

func addAll[K comparable](to, from map[K]frameSet) {
	for key, frames := range from {
		for f := range frames {
			addTo(to, key, f)
		}
	}
}

// verdict sums up what was found of the line.
func (t *lineTally) verdict() Verdict {
	v := Verdict{Change: t.change, Kind: Redundant, Frames: len(t.frames), Crashes: t.crashes}
	switch {
	case v.Crashes > 0:
		v.Kind = Decides
	case v.Frames == 0:
		v.Kind = Dead
	default:
		v.Takers = sortTakers(t.takers)
	}
	if v.Kind == Dead {
		v.NearMisses = sortNearMisses(t.near, true)
	} else if t.change.Added {
		v.NearMisses = sortNearMisses(t.missed, false)
	}
	v.Longer = sortLonger(t.longer)
	return v
}

// weighed is what all goroutines found of each line, with its near misses among the frames they saw.
func weighed(all []*leaveOneOut) []lineTally {
	lines := make([]lineTally, len(all[0].lines))
	for i, w := range all[0].lines {
		for _, l := range all[1:] {
			w.merge(l.lines[i].lineTally)
		}
		lines[i] = w.lineTally
	}
	var views []*table.View
	for _, l := range all {
		views = append(views, l.View)
	}
	findNearMisses(all[0].To.Budget(), lines, table.Distinct(views), len(all))
	return lines
}

// sortTakers orders lines by the number of frames that they take, then by place.
func sortTakers(sets map[siglists.Line]frameSet) []Taker {
	var takers []Taker
	for line, frames := range sets {
		takers = append(takers, Taker{line, len(frames)})
	}
	slices.SortFunc(takers, func(a, b Taker) int {
		return cmp.Or(cmp.Compare(b.Frames, a.Frames), compareLines(a.Line, b.Line))
	})
	return takers
}

func compareLines(a, b siglists.Line) int {
	return cmp.Or(cmp.Compare(a.List, b.List), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Text, b.Text))
}
