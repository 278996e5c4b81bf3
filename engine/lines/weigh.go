package lines

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// weigher weighs the lines for the crashes of a shard, in one goroutine. Each crash is met once, so that what a line did to it
// is known when its days and products are counted.
type weigher struct {
	*table.View
	generator    *signatures.Generator
	lines        []*weight // of the edit's changes
	now          int       // the number of the crash, from 1
	all          Counts
	withoutStack int // of these
	left         table.Left
	matching     map[string][]int // the lines that match a frame, by index
}

// weight is what is known of one line.
type weight struct {
	change         siglists.Change
	undone         *signatures.Worker // the set without the line, made when a frame first needs it
	frames         map[string]bool    // that it matches
	held, tried    int                // the crash that it was last found in, and last left out for
	holds, decides Counts
}

func newWeigher(e *table.Edit, g *signatures.Generator) *weigher {
	w := &weigher{View: e.View(g.Rules, g.Rules), generator: g, matching: map[string][]int{}}
	for _, change := range e.Changes {
		w.lines = append(w.lines, &weight{change: change, frames: map[string]bool{}})
	}
	return w
}

func (w *weigher) shard(ctx context.Context, s *table.Shard) error {
	reader := s.Reader()
	for input := range s.Inputs() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		crash, err := reader.Crash(input)
		// All crashes with the same input have the same signatures: what decides is found once for them.
		var holding, deciding []*weight
		if err == nil {
			holding, deciding, err = w.crash(crash)
		}
		for _, m := range s.Metas(input) {
			if err != nil {
				w.left.Add(m.ID, err)
				continue
			}
			w.all.add(m)
			// Such a crash has a signature all the same, which no line decides.
			if !s.HasStack(input) {
				w.withoutStack++
			}
			// A crash holds a line once, however many of its frames the line matches.
			for _, l := range holding {
				l.holds.add(m)
			}
			for _, l := range deciding {
				l.decides.add(m)
			}
		}
	}
	return nil
}

// crash finds the lines that match a frame of a crash, and those without which it has another signature.
func (w *weigher) crash(c *crashdata.Crash) (holding, deciding []*weight, err error) {
	with, err := w.Candidate.Generate(c)
	if err != nil {
		return nil, nil, err
	}
	w.now++
	// The threads of the signature as it is: a frame elsewhere holds nobody.
	for _, t := range c.Threads(with.Hang) {
		for _, f := range t.Frames {
			// Nil is a frame that no line concerns.
			s := w.Step(t, f)
			if s == nil {
				continue
			}
			for _, i := range s.Touched {
				if l := w.lines[i]; l.change.Added {
					if w.holds(i, s.To) {
						holding = append(holding, l)
					}
					decides, err := w.decides(i, c, t, f, with)
					if err != nil {
						return nil, nil, err
					}
					if decides {
						deciding = append(deciding, l)
					}
				}
			}
		}
	}
	return holding, deciding, nil
}

// holds tells whether a line that concerns a frame matches it, for the first time in the crash.
func (w *weigher) holds(i int, f *signatures.Classified) bool {
	l := w.lines[i]
	if !l.frames[f.Text] {
		if !w.Matches(i, f) {
			return false
		}
		l.frames[f.Text] = true
		w.matching[f.Text] = append(w.matching[f.Text], i)
	}
	// Crashes are counted by a number rather than in a set for each line: most frames of a crash come several times.
	first := l.held != w.now
	l.held = w.now
	return first
}

// decides tells whether the crash has another signature without a line that concerns one of its frames. It is tried once
// for a crash, at the first frame that is another without the line.
func (w *weigher) decides(i int, c *crashdata.Crash, t *crashdata.Thread, f crashdata.StackFrame, with signatures.Result) (bool, error) {
	l := w.lines[i]
	if l.tried == w.now {
		return false, nil
	}
	undone, err := w.without(i)
	// Where the frame is the same without the line, another line does what it does. A later frame may be another.
	if err != nil || undone.Classify(t, f).Same(w.Frame(t, f)) {
		return false, err
	}
	// From here on the answer is that of the whole crash, which needs no second try.
	l.tried = w.now
	result, err := undone.Generate(c)
	if err != nil {
		return false, fmt.Errorf("without %s: %w", l.change.Line, err)
	}
	return result.Signature != with.Signature, nil
}

// without is a worker of the set without a line. It fails where the other lines of its list don't go together then.
// It is kept: most lines never need one, and the others need it for each crash that has their frame.
func (w *weigher) without(i int) (*signatures.Worker, error) {
	l := w.lines[i]
	if l.undone != nil {
		return l.undone, nil
	}
	set, err := w.Undone(i)
	if err != nil {
		return nil, err
	}
	// Undoing a change falls back to the list before it, which has no lines here.
	if name := l.change.Line.List; len(set.List(name).Lines) != len(w.To.List(name).Lines)-1 {
		return nil, fmt.Errorf("without %s, its list doesn't load", l.change.Line)
	}
	l.undone, err = w.Without(i, w.generator.Rules)
	return l.undone, err
}

// merge adds what another weigher of the same edit found.
func (w *weigher) merge(o *weigher) {
	w.all.merge(o.all)
	w.withoutStack += o.withoutStack
	w.left.Join(o.left)
	for i, l := range o.lines {
		into := w.lines[i]
		into.holds.merge(l.holds)
		into.decides.merge(l.decides)
		for frame := range l.frames {
			// Both may have met the frame, and its lines are listed once.
			if !into.frames[frame] {
				into.frames[frame] = true
				w.matching[frame] = append(w.matching[frame], i)
			}
		}
	}
}
