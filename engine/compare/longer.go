package compare

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// insideNames is the text of an added line that may end in the middle of a name without being meant to; ""
// of all others. A line that ends in an underscore means to.
func insideNames(change siglists.Change) string {
	// A pattern that isn't plain says by itself what may follow. Nobody asks of sentinels: one is the whole frame.
	p, err := pyre.Parse(change.Line.Text)
	if err != nil || !change.Added {
		return ""
	}
	text, ok := p.IsLiteral()
	if !ok || text == "" || text[len(text)-1] == '_' || !isNameByte(text[len(text)-1]) {
		return ""
	}
	return text
}

// goesOn tells whether a frame's name goes on where a text ends that it starts with.
func goesOn(frame, text string) bool {
	return len(frame) > len(text) && strings.HasPrefix(frame, text) && isNameByte(frame[len(text)])
}

// MidWord tells whether a text that a frame starts with ends in the middle of a word: in a lower case letter, with
// another behind it.
func MidWord(frame, text string) bool {
	lower := func(b byte) bool { return b >= 'a' && b <= 'z' }
	return len(text) > 0 && len(frame) > len(text) && lower(text[len(text)-1]) && lower(frame[len(text)])
}

// isNameByte tells of a byte of an identifier; those of other alphabets count as letters.
func isNameByte(b byte) bool {
	return b == '_' || b >= utf8.RuneSelf || unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b))
}

// addLonger counts a crash that a line decides for the frames on its stack whose name goes on where the line
// ends, and that are treated otherwise than without it and than by the base.
func (l *leaveOneOut) addLonger(w *lineWeight, c *crashdata.Crash, candidate signatures.Result) error {
	if w.inside == "" {
		return nil
	}
	if len(candidate.Passes) == 0 { // the signature is the base's, so nothing was traced
		var err error
		if candidate, err = l.Candidate.Explain(c); err != nil {
			return fmt.Errorf("tracing %s: %w", w.Change, err)
		}
	}
	// A frame counts once for a crash, however often it stands on its stack.
	found, midWord := frameSet{}, false
	for p, t := range c.Threads(candidate.Hang)[:len(candidate.Passes)] {
		pass := candidate.Passes[p]
		for i, f := range t.Frames[:min(len(t.Frames), len(pass.Frames))] {
			if trace := pass.Frames[i]; trace.Reached() && goesOn(trace.Text, w.inside) && l.takes(w, t, f) {
				found[trace.Text] = struct{}{}
				midWord = midWord || MidWord(trace.Text, w.inside)
			}
		}
	}
	for frame := range found {
		w.Longer = count(w.Longer, frame, l.crashes)
	}
	if midWord {
		w.MidWord += l.crashes
	}
	return nil
}

// takes tells whether a line makes a frame another, both than without the line and than it was.
func (l *leaveOneOut) takes(w *lineWeight, t *crashdata.Thread, f crashdata.StackFrame) bool {
	s := l.Step(t, f)
	return s != nil && otherwise(s.To, s.From) && otherwise(s.To, w.undone.Classify(t, f))
}

// otherwise tells whether a walk that reaches a frame may treat it otherwise. What the prefix list has of irrelevant frames
// makes no difference.
func otherwise(a, b *signatures.Classified) bool {
	return a.Text != b.Text || a.Irrelevant().OK != b.Irrelevant().OK || !a.Irrelevant().OK && a.Prefix().OK != b.Prefix().OK
}
