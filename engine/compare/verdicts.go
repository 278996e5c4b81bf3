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
	Decides    VerdictKind = "decides"     // it alone decides the signature of at least one crash
	Redundant  VerdictKind = "redundant"   // another line takes its frames
	NoEffect   VerdictKind = "no-effect"   // walks get to its frames, but undoing it changes no signature
	NotReached VerdictKind = "not-reached" // its frames stand where no walk gets
	NotSeen    VerdictKind = "not-seen"    // no crash has a frame that it matches
	Absent     VerdictKind = "absent"      // NotSeen, and it matches a frame of no crash of the service; whoever searched says so
	Never      VerdictKind = "never"       // it can match no frame; whoever looks at the line itself says so
	Balanced   VerdictKind = "balanced"    // as Decides, but another changed line keeps every signature as it was
)

// Verdict is what one changed line does.
type Verdict struct {
	Change siglists.Change
	LineCounts
	Kind VerdictKind
	// Takers are the other lines that decide the frames of a redundant line, by frames.
	Takers []Taker
	// NearMisses are frames that a line that is not seen would match with a small change.
	NearMisses []NearMiss
	// Missed are, of an added line, frames that it misses for underscores or template arguments, and that no other line takes.
	Missed []NearMiss
	// Longer are the frames that an added line alone decides though it, a plain text, ends in the middle of
	// their name, as JS::Call does in JS::CallbackTracer: did it mean these too? Those of most crashes come
	// first.
	Longer []FrameCount
	// MidWord counts the crashes of those that go on in the middle of a word.
	MidWord int
	// Cuts are the frames that ended signatures without an added sentinel, and that it cuts away.
	Cuts []FrameCount
	// Entangled tells that lists of a side have flags or references, so that the text of a line may not say what it matches.
	Entangled bool
	// Unsure tells that a match met its limit, so that NearMisses and Missed may not be all.
	Unsure bool
	// Edit is the line that this one takes the place of, or that takes its place; nil for none.
	Edit *Edit
}

// LineCounts are what is counted of one changed line.
type LineCounts struct {
	Frames  int `json:"frames"`  // distinct frames that it matches
	Held    int `json:"held"`    // crashes that have one of them on their stack
	Crashes int `json:"crashes"` // crashes whose signature it alone decides
	Changed int `json:"changed"` // of them, those that change: in the others another changed line keeps the signature
	// From and To are how many signatures those that it decides have without the change, and with it.
	From int `json:"signatures_without"`
	To   int `json:"signatures_with"`
}

// Edit is a line of the other side at the place of a changed one, and how their frames compare.
type Edit struct {
	Other             siglists.Line
	Same, More, Fewer int // frames that both match, that only this one matches, and that only the other does
}

// Taker is a line that decides frames in place of a redundant one.
type Taker struct {
	Line   siglists.Line
	Frames int
}

// leaveOneOut weighs changed lines in one goroutine.
type leaveOneOut struct {
	*table.View
	rules     signatures.Ruleset // the candidate's
	sameRules bool               // as the base's
	only      bool               // the base is the candidate with the only change undone; known once that is
	lines     []*lineWeight
	now       int     // the number of the crash, from 1, to weigh a line once for it
	touched   []int   // the lines that concern one of its frames
	crashes   int     // that are like it
	decided   []Cause // the lines that decide it
}

// lineWeight weighs one changed line.
type lineWeight struct {
	lineTally
	undone *signatures.Worker // the candidate without the change, made when a frame first needs it
	result signatures.Result  // what that makes of the crash that it was last undone for
	inside string             // the text that may end in the middle of names; or empty

	// The crash that last had a frame which it concerns, that last held it, whose walk last got to it.
	touched, held, reached int
}

// lineTally is what is found of one changed line. Tallies of parts merge into that of the whole. Its fields are what
// a part keeps of it.
type lineTally struct {
	Change    siglists.Change
	Frames    frameSet                   // that it matches
	Held      int                        // crashes that have one of them on their stack
	Reached   int                        // of them, where a walk gets to one
	Crashes   int                        // whose signature it alone decides
	Changed   int                        // of them, that change
	From      map[uint64]struct{}        // hashes of the signatures that those have without the change
	To        map[uint64]struct{}        // and with it
	Takers    map[siglists.Line]frameSet //
	Near      map[string]map[string]int  // near misses by how, with the crashes that have them, while it matches no frame
	Missed    map[string]map[string]int  // of an added line: those that underscores or template arguments keep from it, and nothing takes
	Longer    map[string]int             // crashes of the frames whose name goes on where the line ends
	MidWord   int                        // crashes of those where it goes on in the middle of a word
	Other     int                        // the change that is the other side of an edit, by index; -1 for none
	Entangled bool                       // as of a Verdict
	Unsure    bool                       // as of a Verdict
	Cuts      map[string]int             // of an added sentinel: the frames that it cuts away and that ended signatures
}

// newLeaveOneOut weighs the lines that differ between two generators, of which the candidate's rules may be the base's.
func newLeaveOneOut(v *table.View, rules signatures.Ruleset, sameRules bool) *leaveOneOut {
	l := &leaveOneOut{View: v, rules: rules, sameRules: sameRules}
	for _, change := range v.Changes {
		l.lines = append(l.lines, &lineWeight{lineTally: newLineTally(change), inside: insideNames(change)})
	}
	return l
}

// without is a worker of the candidate with a change undone.
func (l *leaveOneOut) without(i int) (undone *signatures.Worker, err error) {
	w := l.lines[i]
	if w.undone != nil {
		return w.undone, nil
	}
	if w.undone, err = l.Without(i, l.rules); err != nil {
		return nil, err
	}
	// Only then is the base's own result what the candidate makes without the change.
	set, err := l.Undone(i)
	l.only = l.sameRules && set.Equal(l.From.Set)
	return w.undone, err
}

// add weighs the lines for a number of crashes of which a comparison is: those that match one of the frames that the
// signature is made from. It returns those that alone decide it.
func (l *leaveOneOut) add(r Comparison, n int) ([]Cause, error) {
	l.touched, l.decided = l.touched[:0], nil
	l.now++
	l.crashes = n
	l.eachTouched(r, func(i int, _ *crashdata.Thread, _ crashdata.StackFrame, _ bool) {
		if w := l.lines[i]; w.touched != l.now {
			w.touched, l.touched = l.now, append(l.touched, i)
		}
	})
	// First, since it may fail: such a crash counts for no line.
	for _, i := range l.touched {
		if err := l.undo(i, r); err != nil {
			return nil, err
		}
	}
	l.eachTouched(r, l.meet)
	for _, i := range l.touched {
		if err := l.weigh(i, r); err != nil {
			return nil, err
		}
	}
	return l.decided, nil
}

// eachTouched visits the frames that a line concerns, and tells whether the candidate's walk gets to them. A line that concerns
// none can't be what decides the signature. Thread 0 counts where either side walks over it: what the base has of it in its
// signatures was there, also where it is no hang to the candidate.
func (l *leaveOneOut) eachTouched(r Comparison, visit func(line int, t *crashdata.Thread, f crashdata.StackFrame, reached bool)) {
	for pass, t := range r.Crash.Threads(r.Base.Hang || r.Candidate.Hang) {
		for at, f := range t.Frames {
			s := l.Step(t, f)
			if s == nil {
				continue
			}
			for _, i := range s.Touched {
				visit(i, t, f, r.Candidate.Walked[pass].Has(at))
			}
		}
	}
}

// matches tells whether a changed line matches a frame that it concerns, and keeps such frames.
func (l *leaveOneOut) matches(i int, t *crashdata.Thread, f crashdata.StackFrame, with *signatures.Classified) bool {
	w := l.lines[i]
	_, seen := w.Frames[with.Text]
	// Functions that differ in spaces are one frame, and two texts to the list of line numbers.
	if (!seen || w.Change.Line.List == siglists.LineNumbers) && !l.Matches(i, with) {
		return false
	}
	if !seen {
		w.Frames[with.Text] = struct{}{}
		if taker := w.taker(with, w.undone.Classify(t, f)); taker != nil {
			w.Takers = put(w.Takers, *taker, set(w.Takers[*taker], with.Text))
		}
	}
	return true
}

// meet counts a frame that a changed line concerns, which is undone for the crash.
func (l *leaveOneOut) meet(i int, t *crashdata.Thread, f crashdata.StackFrame, reached bool) {
	w, with := l.lines[i], l.Frame(t, f)
	if !l.matches(i, t, f, with) {
		return
	}
	if w.held != l.now {
		w.held = l.now
		w.Held += l.crashes
	}
	if reached && w.reached != l.now {
		w.reached = l.now
		w.Reached += l.crashes
	}
}

// undo undoes a change for a crash.
func (l *leaveOneOut) undo(i int, r Comparison) error {
	w := l.lines[i]
	undone, err := l.without(i)
	if err != nil {
		return err
	}
	// Known already where undoing the change leaves the base, as for an edit of one line.
	if w.result = r.Base; !l.only {
		if w.result, err = undone.Generate(r.Crash); err != nil {
			return fmt.Errorf("without the change %s: %w", w.Change, err)
		}
	}
	return nil
}

// weigh counts a crash if undoing a change changes its signature.
func (l *leaveOneOut) weigh(i int, r Comparison) error {
	w, c, candidate, result := l.lines[i], r.Crash, r.Candidate, l.lines[i].result
	if result.Signature == candidate.Signature {
		return nil
	}
	w.Crashes += l.crashes
	if r.Changed() {
		w.Changed += l.crashes
	}
	w.From, w.To = set(w.From, hashText(result.Signature)), set(w.To, hashText(candidate.Signature))
	l.decided = append(l.decided, CauseOf(w.Change))
	if w.Change.Added && w.Change.Line.List == siglists.Sentinels {
		return l.addCut(w, c, candidate)
	}
	return l.addLonger(w, c, candidate)
}

// addCut counts a crash whose signature ended, without an added sentinel, in a frame that the sentinel cuts away.
func (l *leaveOneOut) addCut(w *lineWeight, c *crashdata.Crash, candidate signatures.Result) error {
	result, err := w.undone.Explain(c)
	if err != nil {
		return fmt.Errorf("without the change %s: %w", w.Change, err)
	}
	last := len(result.Passes) - 1
	if last < 0 {
		return nil
	}
	// The last pass is of the thread whose frames the signature names in the end.
	frames := result.Passes[last].Frames
	for i := min(candidate.Walked[last].From, len(frames)) - 1; i >= 0; i-- {
		if frames[i].Treatment == signatures.Stop {
			w.Cuts = count(w.Cuts, frames[i].Text, l.crashes)
		}
	}
	return nil
}

// taker is the line that decides a frame in place of the changed one: without an added line, and with a removed one gone. Irrelevant frames are none of the prefix list's.
func (w *lineWeight) taker(with, without *signatures.Classified) *siglists.Line {
	list := w.Change.Line.List
	if list == siglists.Prefix && with.Irrelevant().OK {
		return with.Irrelevant().Line
	}
	if w.Change.Added {
		return decider(without, list)
	}
	return decider(with, list)
}

// decider is the line of a list that matches a frame; nil for none, and where an empty list matches everything.
func decider(c *signatures.Classified, list siglists.Name) *siglists.Line {
	switch list {
	case siglists.Sentinels:
		return c.Sentinel
	case siglists.Irrelevant:
		return c.Irrelevant().Line
	case siglists.Prefix:
		return c.Prefix().Line
	}
	return c.LineNumbers
}

func newLineTally(change siglists.Change) lineTally {
	return lineTally{Change: change, Frames: frameSet{}, Other: -1}
}

// merge adds what was found of the line elsewhere.
func (t *lineTally) merge(other lineTally) {
	t.Held += other.Held
	t.Reached += other.Reached
	t.Crashes += other.Crashes
	t.Changed += other.Changed
	t.MidWord += other.MidWord
	t.Unsure = t.Unsure || other.Unsure
	maps.Copy(t.Frames, other.Frames)
	t.From, t.To = union(t.From, other.From), union(t.To, other.To)
	for line, frames := range other.Takers {
		t.Takers = put(t.Takers, line, union(t.Takers[line], frames))
	}
	t.Near, t.Missed = sums(t.Near, other.Near), sums(t.Missed, other.Missed)
	// Near misses are of a line that matches nothing anywhere, and another part saw a frame of it.
	if len(t.Frames) > 0 {
		t.Near = nil
	}
	t.Longer, t.Cuts = sum(t.Longer, other.Longer), sum(t.Cuts, other.Cuts)
}

// verdict sums up what was found of the line.
func (t *lineTally) verdict() Verdict {
	v := Verdict{
		Change: t.Change, LineCounts: LineCounts{len(t.Frames), t.Held, t.Crashes, t.Changed, len(t.From), len(t.To)},
		Takers: sortTakers(t.Takers), Longer: FrameCounts(t.Longer), MidWord: t.MidWord, Missed: sortNearMisses(t.Missed),
		Cuts: FrameCounts(t.Cuts), Entangled: t.Entangled, Unsure: t.Unsure,
	}
	// In this order: what decides a signature is not redundant, whatever else takes some of its frames.
	switch {
	case t.Changed > 0:
		v.Kind, v.Takers = Decides, nil
	case t.Crashes > 0:
		v.Kind, v.Takers = Balanced, nil
	case len(t.Frames) == 0:
		v.Kind = NotSeen
	case t.taken():
		v.Kind = Redundant
	case t.Reached == 0:
		v.Kind = NotReached
	default:
		v.Kind = NoEffect
	}
	if v.Kind == NotSeen {
		v.NearMisses = sortNearMisses(t.Near)
	}
	return v
}

// undoEdit is for an edit that is balanced, though both of its lines match the same frames: undoing the whole of it, and not
// only the line that came, alters no signature. Texts must be those of the base, which lines of the list of line numbers change.
func (v *Verdict) undoEdit() {
	if v.Kind == Balanced && v.Edit.More == 0 && v.Edit.Fewer == 0 {
		v.Kind, v.Crashes, v.From, v.To = NoEffect, 0, 0, 0
		v.Longer, v.MidWord, v.Cuts = nil, 0, nil
	}
}

// taken tells whether other lines decide all frames of the line.
func (t *lineTally) taken() bool {
	var all frameSet
	for _, frames := range t.Takers {
		all = union(all, frames)
	}
	return len(all) == len(t.Frames)
}

// editOf is how the frames of two lines compare, of which one takes the place of the other.
func (t *lineTally) editOf(other *lineTally) *Edit {
	e := &Edit{Other: other.Change.Line}
	for frame := range t.Frames {
		if _, both := other.Frames[frame]; both {
			e.Same++
		}
	}
	e.More, e.Fewer = len(t.Frames)-e.Same, len(other.Frames)-e.Same
	return e
}

// weighed is what all goroutines found of each line, with its near misses among the frames they saw;
// crashes are those that have each symbol.
func weighed(all []*leaveOneOut, crashes []int) []lineTally {
	edit, lines := all[0].Edit, make([]lineTally, len(all[0].lines))
	edits, entangled := siglists.Edits(edit.From.Set, edit.To, edit.Changes), entangled(edit)
	for i, w := range all[0].lines {
		for _, l := range all[1:] {
			w.merge(l.lines[i].lineTally)
		}
		lines[i] = w.lineTally
		lines[i].Other, lines[i].Entangled = edits[i], entangled
	}
	findNearMisses(edit.To.Budget(), lines, table.Distinct(viewsOf(all), crashes), len(all))
	return lines
}

// entangled tells whether lines of a side may mean something else in their lists than they do alone.
func entangled(e *table.Edit) bool {
	return slices.ContainsFunc(siglists.Names(), func(name siglists.Name) bool {
		return e.From.Set.List(name).Entangled() || e.To.List(name).Entangled()
	})
}

// viewsOf are the views of all goroutines, each with the frames on lines that it has seen.
func viewsOf(all []*leaveOneOut) []*table.View {
	var views []*table.View
	for _, l := range all {
		views = append(views, l.View)
	}
	return views
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

// compareLines orders lines by their place.
func compareLines(a, b siglists.Line) int {
	return cmp.Or(cmp.Compare(a.List, b.List), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Text, b.Text))
}
