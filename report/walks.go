package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// walk is one walk over a thread, as one side or both of them made it.
// Both sides walk the same thread of the same crash, so that frames are put side by side by their index.
type walk struct {
	Thread string
	Only   string // "base" or "candidate", when the other side didn't walk here
	single bool   // one side alone walked here, of one or of two
	Frames []walkFrame
}

// walkFrame is one frame of a walk. A side that didn't walk here has no step.
type walkFrame struct {
	Index           int
	Base, Candidate *step
	Differs         bool // the sides treat the frame differently, which is a reason and no consequence
}

// step is what one side did with a frame. Its sentinel is one that the stack is cut to start at.
type step signatures.FrameTrace

// Title names the walk.
func (w walk) Title() string {
	title := "Thread " + w.Thread
	if len(w.Frames) == 0 {
		title += ", which has no frames"
	}
	if w.Only != "" {
		title += ", walked by the " + w.Only + " only"
	}
	return title
}

// tells is smaller for walks that say more about what makes the difference: those with a frame that the sides treat
// differently, then those that only one side made.
func (w walk) tells() int {
	switch {
	case slices.ContainsFunc(w.Frames, func(f walkFrame) bool { return f.Differs }):
		return 0
	case w.Only != "":
		return 1
	}
	return 2
}

// Texts are the normalised frame; both, where the sides differ over it, as they may when their line-number lists do.
func (f walkFrame) Texts() []string {
	if f.Base != nil && f.Candidate != nil && f.Base.Text != f.Candidate.Text {
		return []string{f.Base.Text, f.Candidate.Text}
	}
	return []string{f.text()}
}

// text is the frame's text where it doesn't matter whose.
// At least one side has the frame.
func (f walkFrame) text() string { return cmp.Or(f.Candidate, f.Base).Text }

// reached tells whether a side came as far as this frame.
// A frame that was cut away in front of a sentinel counts as reached: it is shown, to say so.
func (f walkFrame) reached() bool {
	return !f.Base.Passed() || !f.Candidate.Passed()
}

// Did is what a side did with a frame. A sentinel stands in front of what became of the frame behind it. nil is a side that has
// no such frame.
func (s *step) Did() string {
	switch {
	case s == nil:
		return "no frame"
	case s.Sentinel != nil:
		return "sentinel, " + s.Treatment.String()
	}
	return s.Treatment.String()
}

// Passed tells whether nothing was done with a frame.
func (s *step) Passed() bool { return s == nil || s.Treatment == signatures.Unreached }

// Deciders are the lines that made the step what it is: the sentinel, the one for line numbers, and the one
// that the treatment follows from. nil has none.
func (s *step) Deciders() []siglists.Line {
	var lines []siglists.Line
	if s == nil {
		return nil
	}
	for _, line := range []*siglists.Line{s.Sentinel, s.LineNumbers, s.Line} {
		if line != nil {
			lines = append(lines, *line)
		}
	}
	return lines
}

// sideBySide puts the walks of two results next to each other. One of them may be nil.
// One side may have made more walks than the other: then the last ones are of one side only.
func sideBySide(base, candidate *signatures.Result) []walk {
	var none signatures.Result
	b, c := cmp.Or(base, &none).Passes, cmp.Or(candidate, &none).Passes
	differs := differing(base, candidate)
	// A result that is nil is no side, and Only is empty for the other.
	walks := make([]walk, max(len(b), len(c)))
	for p := range walks {
		w, of, with := &walks[p], at(b, p), at(c, p)
		w.Thread, w.single = cmp.Or(of.Thread, with.Thread), p >= min(len(b), len(c))
		switch {
		case p >= len(b) && base != nil:
			w.Only = "candidate"
		case p >= len(c) && candidate != nil:
			w.Only = "base"
		}
		for i := range max(len(of.Frames), len(with.Frames)) {
			w.Frames = append(w.Frames, walkFrame{Index: i, Base: newStep(of, i), Candidate: newStep(with, i), Differs: differs[[2]int{p, i}]})
		}
	}
	return walks
}

// at is a walk of a side; one over no frames where the side made fewer.
func at(passes []signatures.Pass, i int) (p signatures.Pass) {
	if i < len(passes) {
		p = passes[i]
	}
	return p
}

func newStep(p signatures.Pass, i int) *step {
	if i >= len(p.Frames) {
		return nil
	}
	s := step(p.Frames[i])
	// The trace marks every frame that equals a sentinel. The stack is cut at one.
	if i != p.CutAt {
		s.Sentinel = nil
	}
	return &s
}

// differing are the frames, by pass and index, that two results treat differently.
// Without lines that differ, Why finds the frames alone: Differ is only for causes.
func differing(base, candidate *signatures.Result) map[[2]int]bool {
	differs := map[[2]int]bool{}
	if base == nil || candidate == nil {
		return differs
	}
	frames, _ := compare.Comparison{Base: *base, Candidate: *candidate}.Why(compare.Differ{})
	for _, f := range frames {
		differs[[2]int{f.Pass, f.Frame}] = true
	}
	return differs
}

// walkData is the walks of one crash of each group, as the page's script draws them: thousands of groups
// share most frames and lines, so texts are there once.
type walkData struct {
	Texts  []string              `json:"texts"`
	Groups map[string]walkSample `json:"groups"` // by the group's id
	known  map[string]int
}

// walkSample is one crash's walks.
type walkSample struct {
	ID    string     `json:"id"`
	Walks []walkRows `json:"walks"` // those that tell most first
}

type walkRows struct {
	Title string   `json:"title"`
	Rows  [][8]int `json:"rows"` // see walkData.row
	More  int      `json:"more"` // frames that neither side reached and that are not among the rows
}

// following is how many frames after the last one reached are shown.
const following = 3

// newWalkData takes of each group the first example that is among the samples.
func newWalkData(groups []groupOutline, samples map[string]compare.Comparison) walkData {
	d := walkData{Groups: map[string]walkSample{}, Texts: []string{}, known: map[string]int{}}
	for _, g := range groups {
		for _, id := range g.Examples {
			if sample, ok := samples[id]; ok {
				d.Groups[g.ID] = d.sample(id, sideBySide(&sample.Base, &sample.Candidate))
				break
			}
		}
	}
	return d
}

func (d *walkData) sample(id string, walks []walk) walkSample {
	sample := walkSample{ID: Visible(id), Walks: []walkRows{}}
	slices.SortStableFunc(walks, func(a, b walk) int { return a.tells() - b.tells() })
	for _, w := range walks {
		end := 0
		for i, f := range w.Frames {
			if f.reached() {
				end = i + 1
			}
		}
		// Stacks have hundreds of frames that no walk comes to. A few show what would have come next.
		end = min(end+following, len(w.Frames))
		sample.Walks = append(sample.Walks, walkRows{Title: w.Title(), More: len(w.Frames) - end, Rows: each(w.Frames[:end], d.row)})
	}
	return sample
}

// row is a frame: its index, then for base and candidate its text, what was done with it, and by which
// lines, as indexes of texts (-1: the side has no such frame); last, 1 if the sides differ over it.
func (d *walkData) row(f walkFrame) [8]int {
	row := [8]int{0: f.Index}
	for i, s := range []*step{f.Base, f.Candidate} {
		at := row[1+3*i : 4+3*i]
		if s == nil {
			at[0], at[1], at[2] = -1, -1, -1
			continue
		}
		at[0], at[1], at[2] = d.text(s.Text), d.text(s.Did()), d.text(strings.Join(each(s.Deciders(), lineText), "  "))
	}
	if f.Differs {
		row[7] = 1
	}
	return row
}

// text makes a text visible once, and gives its index.
func (d *walkData) text(s string) int {
	i, known := d.known[s]
	if !known {
		i = len(d.Texts)
		d.known[s] = i
		d.Texts = append(d.Texts, Visible(s))
	}
	return i
}
