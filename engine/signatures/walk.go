package signatures

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/siglists"
)

// Treatment says what the walk over a stack did with a frame.
type Treatment uint8

// The treatments.
const (
	Unreached  Treatment = iota // the walk had stopped before
	Cut                         // in front of the sentinel that the stack is cut to start at
	Empty                       // an empty frame, skipped
	Irrelevant                  // skipped, by a line of the irrelevant list
	Repeated                    // the same module as the last one added, skipped
	Prefix                      // added, by a line of the prefix list, or one of the frames that the ruleset takes; the walk goes on
	Stop                        // added; the walk stops
	Fallback                    // used since nothing was added: the first frame of the cut stack
)

// String is the treatment's name.
func (t Treatment) String() string {
	return [...]string{"unreached", "cut", "empty", "irrelevant", "repeated", "prefix", "stop", "fallback"}[t]
}

// FrameTrace says what became of one frame.
type FrameTrace struct {
	Frame crashdata.Frame // as the crash has it
	Text  string          // normalised
	// Sentinel is the sentinel line that the frame equals, whether or not the stack is cut there.
	Sentinel  *siglists.Line
	Treatment Treatment
	// Line is the list line that decided an irrelevant or prefix frame; nil where an empty list did.
	Line *siglists.Line
	// LineNumbers is the line of the line-number list that added the source line to the frame.
	LineNumbers *siglists.Line
}

// Pass is one walk over the frames of a thread.
type Pass struct {
	Thread string // the thread's number
	Frames []FrameTrace
	// CutAt is the index of the frame that the stack is cut to start at, -1 without a sentinel.
	CutAt int
}

// walk is one walk over a stack. Its memory is used again for the next.
type walk struct {
	take   take
	frames []*Classified
	cutAt  int
	added  []*Classified
	treats []Treatment // of frames, filled as far as the walk gets
	walked Span
}

// frames classifies a thread's frames, in memory that holds until the next call. A frame that can't be
// normalised fails the whole thread.
func (w *Worker) frames(t *crashdata.Thread) ([]*Classified, error) {
	frames := w.walk.frames[:0]
	for _, f := range t.Frames {
		c := w.Classify(t, f)
		if err := c.Failed(); err != nil {
			return nil, err
		}
		frames = append(frames, c)
	}
	w.walk.frames = frames
	if t.Failure != "" {
		return nil, errors.New(t.Failure)
	}
	return frames, nil
}

// over walks over a stack: it cuts it at the earliest sentinel, skips empty and irrelevant frames, and
// adds frames up to the first that is no prefix, or as many as the ruleset takes.
func (wk *walk) over(frames []*Classified, t take) error {
	wk.take, wk.frames, wk.added, wk.cutAt = t, frames, wk.added[:0], -1
	wk.treats = append(wk.treats[:0], make([]Treatment, len(frames))...)
	if !t.all {
		wk.cutAt = slices.IndexFunc(frames, func(f *Classified) bool { return f.Sentinel != nil })
	}
	wk.walked = Span{max(wk.cutAt, 0), len(frames)}
	for i := range frames {
		t, err := wk.step(i)
		if err != nil {
			return err
		}
		wk.treats[i] = t
		if t == Stop {
			wk.walked.To = i + 1
			break
		}
	}
	return nil
}

func (wk *walk) step(i int) (Treatment, error) {
	f := wk.frames[i]
	switch {
	case wk.take.all:
	case i < wk.cutAt:
		return Cut, nil
	case f.Text == "":
		return Empty, nil
	case f.look().irrelevantFailed != nil:
		return 0, f.look().irrelevantFailed
	case f.Irrelevant().OK:
		return Irrelevant, nil
	case len(wk.added) > 0 && wk.added[len(wk.added)-1].Text == f.Text && IsModule(f.Text):
		return Repeated, nil
	}
	wk.added = append(wk.added, f)
	switch {
	case len(wk.added) == wk.take.most:
		return Stop, nil
	case !wk.take.byLists():
		return Prefix, nil
	case f.look().prefixFailed != nil:
		return 0, f.look().prefixFailed
	case f.Prefix().OK:
		return Prefix, nil
	}
	return Stop, nil
}

// signature is the walk's outcome, with a note when nothing was added. It may be empty.
func (wk *walk) signature(threadName string) (signature, note string) {
	if len(wk.added) > 0 {
		return wk.take.text(wk.added), ""
	}
	note = fmt.Sprintf("CSignatureTool: no frame data for crashing thread (%s)", threadName)
	if len(wk.frames) == 0 {
		return "EMPTY: no frame data available", note
	}
	first := max(wk.cutAt, 0)
	wk.treats[first] = Fallback
	return wk.frames[first].Text, note
}

// pass is the walk's trace.
func (wk *walk) pass(threadName string, t *crashdata.Thread) Pass {
	p := Pass{Thread: threadName, CutAt: wk.cutAt, Frames: make([]FrameTrace, len(wk.frames))}
	for i, f := range wk.frames {
		p.Frames[i] = FrameTrace{
			Frame: t.Frame(t.Frames[i]), Text: f.Text, Sentinel: f.Sentinel, Treatment: wk.treats[i], LineNumbers: f.LineNumbers,
		}
		switch wk.treats[i] {
		case Irrelevant, Fallback: // of the latter, the line for which it was skipped, if any
			p.Frames[i].Line = f.Irrelevant().Line
		case Prefix:
			if wk.take.byLists() {
				p.Frames[i].Line = f.Prefix().Line
			}
		}
	}
	return p
}

// Reached tells whether the walk looked the frame up in the lists.
func (f FrameTrace) Reached() bool { return f.Treatment != Unreached && f.Treatment != Cut }

// Next is the frame after the last one of the signature.
func (r Result) Next() (string, bool) {
	if len(r.Passes) == 0 {
		return "", false
	}
	frames := r.Passes[len(r.Passes)-1].Frames
	for i := len(frames) - 1; i >= 0; i-- {
		if frames[i].Reached() {
			if i+1 < len(frames) {
				return frames[i+1].Text, true
			}
			break
		}
	}
	return "", false
}
