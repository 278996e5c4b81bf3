package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// explainText writes an explanation for a terminal: the outcome and what decided it, then each walk, frame
// by frame, with the frames that made the difference marked by *.
func explainText(t *Text, e *Explanation) {
	t.notes(e.Notes)
	t.line("crash      %s", e.ID)
	t.signature("recorded   ", "", plain, e.Recorded)
	sides := e.Sides()
	// What differs is marked in both signatures. One alone is held against itself, and has no marks.
	last := sides[len(sides)-1].Result.Signature
	for i, s := range sides {
		other, style := last, removal
		switch {
		case len(sides) == 1:
			style = plain
		case i > 0:
			other, style = sides[0].Result.Signature, insert
		}
		parts, _ := signatureParts(s.Result.Signature, other)
		t.field(fmt.Sprintf("%-11s", s.Name), sideText(s.Side))
		t.parts("           ", "", style, parts)
	}
	t.line("%-10s %s", "outcome", t.paint(heading, e.Outcome()))
	t.reasons(e)
	// Without walks there is still something to say: which rules made the signature.
	walks := e.Walks()
	if len(walks) == 0 {
		t.heading("No walk over a stack: a Java crash, a rule that failed over its frames, or signatures that were made elsewhere")
	}
	t.walks(walks)
	for _, s := range sides {
		t.heading("Rules and notes: %s", s.Name)
		t.phrase(plain, 2, say("rules that changed the signature: "+fired(s.Result)))
		for _, note := range s.Result.Notes {
			t.line("  %s", note)
		}
	}
}

// reasons says which lines made the difference, and which rules it switched.
func (t *Text) reasons(e *Explanation) {
	for i, cause := range e.causes() {
		// All of them stand under one word.
		label := "because"
		if i > 0 {
			label = ""
		}
		t.field(fmt.Sprintf("%-11s", label), cause.String())
	}
	if len(e.RuleChanges) > 0 {
		t.field("rules      ", strings.Join(e.RuleChanges, ", "))
	}
}

// walks writes the walks as tables where they fit the terminal, else frame by frame.
// All walks are shown in the same way: one table and one list below each other would be hard to compare.
func (t *Text) walks(walks []walk) {
	fit := true
	for _, w := range walks {
		fit = fit && t.fits(tableWidth(walkTable(w)))
	}
	for _, w := range walks {
		t.heading("%s", w.Title())
		if fit {
			header, rows := walkTable(w)
			t.table(header, rows, nil)
			continue
		}
		for _, f := range w.Frames {
			t.frame(f)
		}
	}
}

// walkTable is a walk with a column for each side, frames last: they may have any length.
func walkTable(w walk) (header []string, rows [][]string) {
	// A walk that one side alone made is single, too, although there are two sides.
	single := true
	for _, f := range w.Frames {
		single = single && (f.Base == nil || f.Candidate == nil)
	}
	for _, f := range w.Frames {
		// The number is the frame's on the stack, as in the crash report.
		row := []string{mark(f), strconv.Itoa(f.Index)}
		for _, s := range stepsOf(f, single) {
			row = append(row, Visible(s.Did()), Visible(strings.Join(each(s.Deciders(), place), " ")))
		}
		rows = append(rows, append(row, frameText(f)))
	}
	if single {
		return []string{"", ">#", "Treatment", "Decided by", "Frame"}, rows
	}
	return []string{"", ">#", "Base", "Decided by", "Candidate", "Decided by", "Frame"}, rows
}

// stepsOf are the steps of a frame, one for each column; they may be nil. single says that one side alone has any.
func stepsOf(f walkFrame, single bool) []*step {
	switch {
	case !single:
		return []*step{f.Base, f.Candidate}
	case f.Base == nil:
		return []*step{f.Candidate}
	}
	return []*step{f.Base}
}

// frameText is the normalised frame; both, when the sides differ over it.
func frameText(f walkFrame) string { return strings.Join(each(f.Texts(), Visible), "  ->  ") }

func mark(f walkFrame) string {
	if f.Differs {
		return "*"
	}
	return ""
}

// frame writes a frame and, below it, what became of it.
func (t *Text) frame(f walkFrame) {
	style := plain
	// Such frames are shown to say what would have come next.
	if !f.reached() {
		style = faint
	}
	t.line("%1s %2d  %s", mark(f), f.Index, t.paint(style, frameText(f)))
	switch {
	// Of a frame that no walk came to there is nothing to say.
	case !f.reached():
	case f.Base == nil:
		t.field("        ", stepLine(f.Candidate, nil))
	case f.Candidate == nil:
		t.field("        ", stepLine(f.Base, nil))
	case sameStep(f.Base, f.Candidate):
		t.field("        ", stepLine(f.Base, f.Candidate))
	default:
		t.phrase(removal, 6, say("- "+stepLine(f.Base, nil)))
		t.phrase(insert, 6, say("+ "+stepLine(f.Candidate, nil)))
	}
}

// sameStep tells whether two sides did the same with a frame, by lines of the same text.
// Numbers of lines don't count: a line that was added above moves all that follow.
func sameStep(a, b *step) bool {
	return a.Did() == b.Did() && slices.EqualFunc(a.Deciders(), b.Deciders(), func(a, b siglists.Line) bool {
		return a.List == b.List && a.Text == b.Text
	})
}

// stepLine is what a side did with a frame, and by which lines. When the other side did the same, the
// places that the lines have there are named too.
// s is not nil.
func stepLine(s, other *step) string {
	text := s.Did()
	for i, line := range s.Deciders() {
		at := place(line)
		if other != nil && other.Deciders()[i].Number != line.Number {
			// The list and the text are the same on both sides: see sameStep.
			at += fmt.Sprintf(" (candidate :%d)", other.Deciders()[i].Number)
		}
		text += fmt.Sprintf("  %s: %s", at, line.Text)
	}
	return text
}

// TraceNotes say what the walks did with each frame, for a single result.
func TraceNotes(r signatures.Result) []string {
	var notes []string
	// The result is the candidate of a pair without a base, so that Candidate is never nil here.
	for _, w := range sideBySide(nil, &r) {
		notes = append(notes, "walking thread "+w.Thread)
		for _, f := range w.Frames {
			notes = append(notes, fmt.Sprintf("%2d  %-10s  %s", f.Index, f.Candidate.Treatment, f.Candidate.Text))
			for _, line := range f.Candidate.Deciders() {
				notes = append(notes, fmt.Sprintf("                by %s", lineText(line)))
			}
		}
	}
	return append(notes, "rules that changed the signature: "+fired(r))
}
