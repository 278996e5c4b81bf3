package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/suggest"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Suggestion is lines that would split a signature, or put two together.
// It is made by looking at crashes of one signature. So what the lines do to all others stands beside them, and the
// commands show it in full.
type Suggestion struct {
	Siglists Side
	Corpus   Corpus
	Notes    []Note
	*suggest.Suggestion
	// Commands show everything that the lines change; none where there is nothing to suggest.
	Commands []string
	// Patch adds the lines, for git apply.
	Patch []byte
}

// SuggestFormats are the formats of a suggestion.
func SuggestFormats() Formats[*Suggestion] {
	return Formats[*Suggestion]{"suggestion", []writer[*Suggestion]{
		{"text", inText(suggestText)}, {"json", inJSON(suggestJSON)}, {"patch", suggestPatch},
	}}
}

// suggestPatch writes bytes for git, and nothing where there is nothing to suggest.
func suggestPatch(w io.Writer, s *Suggestion, _ Options) error {
	_, err := w.Write(s.Patch)
	return err
}

func suggestText(t *Text, s *Suggestion) {
	t.notes(s.Notes)
	t.unable(s.Unable(), s.Failures, s.Missing)
	t.phrase(heading, 0, say(s.Title()))
	t.field("siglists   ", sideText(s.Siglists))
	t.field("corpus     ", corpusText(s.Corpus))
	for _, c := range s.Signatures {
		t.signature(fmt.Sprintf("%-11s%7s  ", "signature", plural.Number(c.Crashes)), "", plain, c.Signature)
	}
	// Of a refusal the steps are what was tried, and nothing comes after them.
	t.steps(s)
	if s.Refused != "" {
		return
	}
	for c := range section(t, "After", s.After, "signature", "signatures") {
		t.signature(fmt.Sprintf("%7s  ", plural.Number(c.Crashes)), "", plain, c.Signature)
	}
	t.outside(s.Outside)
	t.heading("To see everything that they change:")
	for _, command := range s.Commands {
		t.line("  %s", command)
	}
}

// Unable says of how many crashes the figures are not; empty where they are of all.
func (s *Suggestion) Unable() string {
	return notAll(s.Crashes, "looked at", len(s.Missing), len(s.Failures))
}

// Title is what comes of the lines, in a line, or why there are none.
func (s *Suggestion) Title() string {
	if s.Refused != "" {
		// A reason is an answer, and not an error: sigdiff looked, and found that nothing would help.
		return "nothing to suggest: " + s.Refused
	}
	lines := 0
	for _, step := range s.Steps {
		lines += len(step.Lines)
	}
	// Two signatures were given to be put together, one to be parted.
	if len(s.Signatures) > 1 {
		return plural.Of(lines, "line puts", "lines put") + " the signatures together"
	}
	return fmt.Sprintf("%s the signature into %s, entropy %.2f bits", plural.Of(lines, "line parts", "lines part"), plural.Number(len(s.After)), s.Steps[len(s.Steps)-1].Entropy)
}

func (t *Text) steps(s *Suggestion) {
	if s.Refused != "" && len(s.Steps) > 0 {
		t.heading("Tried:")
	}
	for _, step := range s.Steps {
		t.line("")
		t.line("%s", step.List.File())
		for _, line := range step.Lines {
			t.line("%s", t.paint(insert, "+ "+line))
		}
		// Lines that put signatures together have no frame.
		if step.Frame != "" {
			t.phrase(plain, 2, say(StepText(step)))
		}
	}
}

// StepText says what there is to know of a frame that is taken out of the way.
func StepText(step suggest.Step) string {
	return fmt.Sprintf("%s end there; %s; entropy %.2f bits then", plural.Crashes(step.Crashes), callersText(step.Callers), step.Entropy)
}

func callersText(callers []string) string {
	if len(callers) == 0 {
		return "in no other crash a frame calls it"
	}
	// Many callers mean that the frame is no cause of its own, so that their number says more than their names.
	shown, more := Limited(callers, shownCounts)
	text := plural.Of(len(callers), "caller", "callers") + " in other crashes: " + strings.Join(shown, ", ")
	if more > 0 {
		text += ", ..."
	}
	return text
}

func (t *Text) outside(moves []suggest.Move) {
	n := 0
	for _, m := range moves {
		n += m.Crashes
	}
	// Said also where there are none, which is the best that can be said of a line.
	t.heading("Other crashes that change: %s", plural.Number(n))
	for m := range some(t, moves, "group", "groups") {
		t.pair(fmt.Sprintf("%7s  ", plural.Number(m.Crashes)), m.From, m.To)
	}
}

// suggestJSON writes a suggestion for programs. It leaves nothing out.
func suggestJSON(s *Suggestion) any {
	step := func(step suggest.Step) suggest.Step {
		// Of a copy, as each makes them.
		step.Callers = filled(step.Callers)
		return step
	}
	return struct {
		Siglists   Side                  `json:"siglists"`
		Corpus     Corpus                `json:"corpus"`
		Notes      []string              `json:"notes"`
		Signatures List[suggest.Count]   `json:"signatures"`
		Refused    string                `json:"refused,omitempty"`
		Steps      []suggest.Step        `json:"steps"`
		After      List[suggest.Count]   `json:"after"`
		Outside    List[suggest.Move]    `json:"outside"`
		Commands   List[string]          `json:"commands"`
		Missing    List[string]          `json:"missing"`
		Failures   List[compare.Failure] `json:"failures"`
	}{s.Siglists, s.Corpus, texts(s.Notes), s.Signatures, s.Refused, each(s.Steps, step), s.After, s.Outside, s.Commands, s.Missing, s.Failures}
}
