package report

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// Explanation is what one siglist set or two make of one crash, and why.
type Explanation struct {
	ID       string
	Notes    []Note // on the sides
	Recorded string // the signature that the processed crash records
	// Base and Candidate are the sides; one of them may be nil.
	Base, Candidate *Explained
	// Causes are the list lines that made the difference; RuleChanges the rules' marks that the signature
	// gained or lost.
	Causes      []compare.Cause
	RuleChanges []string
}

// Explained is one side of an explanation: what it was made with, and a result with passes.
type Explained struct {
	Side   Side
	Result signatures.Result
}

func (e *Explained) result() *signatures.Result {
	if e == nil {
		return nil
	}
	return &e.Result
}

// ExplainFormats are the formats of an explanation.
func ExplainFormats() Formats[*Explanation] {
	return Formats[*Explanation]{"explanation", []writer[*Explanation]{
		{"text", inText(explainText)}, {"json", inJSON(explainJSON)}, {"markdown", inMarkdown(explainMarkdown)}, {"html", inHTML("explain.html.tmpl", explainPage, "style.css")},
	}}
}

// namedSide is a side of an explanation under its name.
type namedSide struct {
	Name string
	*Explained
}

// Sides are the sides that there are; one alone is just "siglists".
func (e *Explanation) Sides() []namedSide {
	if e.Base == nil || e.Candidate == nil {
		return []namedSide{{"siglists", cmp.Or(e.Base, e.Candidate)}}
	}
	// The names are those of the flags by which the sides were given.
	return []namedSide{{"base", e.Base}, {"candidate", e.Candidate}}
}

// Walks are the walks of both sides, side by side.
func (e *Explanation) Walks() []walk {
	return sideBySide(e.Base.result(), e.Candidate.result())
}

// Outcome says in a word or two whether the signature changes.
// One side alone is held against the recorded signature, two against each other. JSON has the same words.
func (e *Explanation) Outcome() string {
	sides := e.Sides()
	if len(sides) == 1 {
		switch e.Recorded {
		case "":
			return "none is recorded"
		case sides[0].Result.Signature:
			return "same as recorded"
		}
		return "not the recorded one"
	}
	if e.Base.Result.Signature == e.Candidate.Result.Signature {
		return "unchanged"
	}
	return "changed"
}

// causes says which lines made the difference, or why none did.
func (e *Explanation) causes() []Phrase {
	var causes []Phrase
	// A walk over the present data doesn't explain a signature that was made of other data of the crash.
	// The first reason that holds is the one to know: the causes below it are of walks that did not make the signature.
	otherData := func(s namedSide) bool { return s.Result.OtherData }
	if slices.ContainsFunc(e.Sides(), otherData) && e.Outcome() != "unchanged" {
		causes = append(causes, say("the data of the crash is not what it was when its signature was accepted"))
	}
	// Of a program only its answer is known.
	isProgram := func(s namedSide) bool { return s.Side.IsProgram() }
	if slices.ContainsFunc(e.Sides(), isProgram) && e.Outcome() == "changed" {
		causes = append(causes, say(notByLists))
	}
	return append(causes, each(e.Causes, causeText)...)
}

// Why are the causes, and the rules' marks.
func (e *Explanation) Why() []Phrase {
	why := e.causes()
	if len(e.RuleChanges) > 0 {
		why = append(why, with(say("rules: "), listed(e.RuleChanges), ""))
	}
	return why
}

// StepsOf are the steps of a frame, one for each side.
func (e *Explanation) StepsOf(f walkFrame) []*step { return stepsOf(f, len(e.Sides()) == 1) }

// explainPage needs no JavaScript.
func explainPage(e *Explanation, _ Options) (title string, shown any) {
	return "sigdiff explain: " + Visible(e.ID) + ", " + e.Outcome(), e
}

// fired names the rules that changed the signature.
func fired(r signatures.Result) string {
	switch {
	// Rules that fire on the present data may not have fired then.
	case r.OtherData:
		return "not known, since it was made of other data of the crash"
	case r.Fired == nil:
		return "not known, since it was made elsewhere"
	case len(r.Fired) == 0:
		return "none"
	}
	return strings.Join(r.Fired, ", ")
}

type jsonExplained struct {
	Side           Side       `json:"side"`
	Signature      string     `json:"signature"`
	DataChanged    bool       `json:"data_changed"` // the signature was made of other data of the crash
	Notes          []string   `json:"notes"`
	ProtoSignature *string    `json:"proto_signature"` // null where there is none, which an empty one isn't
	RulesFired     []string   `json:"rules_fired"`     // null where they aren't known, which none isn't
	Walks          []jsonWalk `json:"walks"`
}

type jsonWalk struct {
	Thread string      `json:"thread"`
	CutAt  int         `json:"cut_at"` // index of the sentinel's frame; -1: not cut
	Frames []jsonFrame `json:"frames"`
}

type jsonFrame struct {
	Frame       string     `json:"frame"`
	Treatment   string     `json:"treatment"`
	Line        *jsonPlace `json:"line"` // that decided; null where none did
	Sentinel    *jsonPlace `json:"sentinel"`
	LineNumbers *jsonPlace `json:"line_numbers"`
}

// jsonPlace is a line of the siglists, as an object.
type jsonPlace struct {
	List   siglists.Name `json:"list"`
	Text   string        `json:"text"`
	Number int           `json:"line"`
}

// jsonChange is a line that may have changed.
type jsonChange struct {
	jsonPlace
	Change string `json:"change,omitempty"`
}

type jsonAt struct {
	Walk  int `json:"walk"` // from 0
	Frame int `json:"frame"`
}

func explainJSON(e *Explanation) any {
	differing := []jsonAt{}
	// Places instead of frames: a frame may stand in a stack many times.
	for i, walk := range e.Walks() {
		for _, f := range walk.Frames {
			if f.Differs {
				differing = append(differing, jsonAt{i, f.Index})
			}
		}
	}
	return struct {
		Notes       []string       `json:"notes"`
		ID          string         `json:"id"`
		Recorded    string         `json:"recorded"`
		Base        *jsonExplained `json:"base"` // null where there is one side alone
		Candidate   *jsonExplained `json:"candidate"`
		Outcome     string         `json:"outcome"` // see Explanation.Outcome
		Causes      Causes         `json:"causes"`
		RuleChanges List[string]   `json:"rule_changes"`
		Differing   []jsonAt       `json:"differing"` // frames that the sides treat differently
	}{texts(e.Notes), e.ID, e.Recorded, newJSONExplained(e.Base), newJSONExplained(e.Candidate), e.Outcome(), e.Causes, e.RuleChanges, differing}
}

func newJSONExplained(e *Explained) *jsonExplained {
	if e == nil {
		return nil
	}
	out := &jsonExplained{
		Side: e.Side, Signature: e.Result.Signature, DataChanged: e.Result.OtherData, Notes: filled(e.Result.Notes),
		RulesFired: e.Result.Fired, Walks: each(e.Result.Passes, newJSONWalk),
	}
	if e.Result.HasProto {
		out.ProtoSignature = &e.Result.ProtoSignature
	}
	return out
}

func newJSONWalk(p signatures.Pass) jsonWalk {
	return jsonWalk{Thread: p.Thread, CutAt: p.CutAt, Frames: each(p.Frames, newJSONFrame)}
}

func newJSONFrame(f signatures.FrameTrace) jsonFrame {
	return jsonFrame{
		Frame: f.Text, Treatment: f.Treatment.String(),
		Line: (*jsonPlace)(f.Line), Sentinel: (*jsonPlace)(f.Sentinel), LineNumbers: (*jsonPlace)(f.LineNumbers),
	}
}

func newJSONChange(c compare.Cause) jsonChange {
	return jsonChange{jsonPlace(c.Line), string(c.Kind)}
}

// explainMarkdown writes an explanation for a bug or a pull request, the walks folded.
func explainMarkdown(m *markdownWriter, e *Explanation) {
	m.notes(e.Notes)
	m.line("**Crash id:** %s, %s\n", mdCrash(m.Host, e.ID), e.Outcome())
	m.line("- recorded: %s", mdCode(signatureText(e.Recorded)))
	for _, s := range e.Sides() {
		// Signatures are whole, as the one thing that is copied from here.
		m.line("- %s: %s, with %s", s.Name, mdCode(signatureText(s.Result.Signature)), mdCode(shortened(sideText(s.Side), maxShown)))
		m.line("  - rules that changed the signature: %s", fired(s.Result))
		for _, note := range s.Result.Notes {
			m.line("  - %s", mdCode(note))
		}
	}
	for _, why := range e.Why() {
		m.line("- %s", mdPhrase(why, mdCode))
	}
	for _, walk := range e.Walks() {
		m.walk(walk)
	}
}

// walk writes a walk as a folded table.
func (m *markdownWriter) walk(w walk) {
	m.folded(html.EscapeString(Visible(w.Title())), footRoom, func() {
		header, rows := walkTable(w)
		lines := make([]string, len(rows))
		for i, r := range rows {
			// The table's cells are for terminals. Only the last holds data, and is written anew as code.
			r.cells[len(r.cells)-1] = strings.Join(each(w.Frames[i].Texts(), mdCell), " → ")
			lines[i] = mdRow(r.cells...)
		}
		m.table(each(header, headingText), lines, len(lines), "frame", "frames")
	})
}

// explainText writes an explanation for a terminal: the outcome and what decided it, then each walk, frame
// by frame, with the frames that made the difference marked by *.
func explainText(t *Text, e *Explanation) {
	t.notes(e.Notes)
	t.line("crash      %s", e.ID)
	t.signature("recorded   ", "", plain, e.Recorded)
	sides := e.Sides()
	styles := [][]style{{plain}, {removal, insert}}[len(sides)-1]
	for i, s := range sides {
		// What differs is marked in both signatures. One alone is held against itself, and has no marks.
		parts, _ := signatureParts(s.Result.Signature, sides[len(sides)-1-i].Result.Signature)
		t.field(fmt.Sprintf("%-11s", s.Name), sideText(s.Side))
		t.parts("           ", "", styles[i], parts)
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
	label := "because    "
	for _, cause := range e.causes() {
		t.field(label, cause.String())
		label = "           " // all of them stand under one word
	}
	if len(e.RuleChanges) > 0 {
		t.field("rules      ", strings.Join(e.RuleChanges, ", "))
	}
}

// walks writes the walks as tables where they fit the terminal, else frame by frame.
// All walks are shown in the same way: one table and one list below each other would be hard to compare.
func (t *Text) walks(walks []walk) {
	fit := !slices.ContainsFunc(walks, func(w walk) bool { return !t.fits(tableWidth(walkTable(w))) })
	for _, w := range walks {
		t.heading("%s", w.Title())
		if fit {
			t.table(walkTable(w))
			continue
		}
		for _, f := range w.Frames {
			t.frame(f, w.single)
		}
	}
}

// walkTable is a walk with a column for each side, frames last: they may have any length.
func walkTable(w walk) (header []string, rows []row) {
	for _, f := range w.Frames {
		// The number is the frame's on the stack, as in the crash report.
		cells := []string{mark(f), strconv.Itoa(f.Index)}
		for _, s := range stepsOf(f, w.single) {
			cells = append(cells, Visible(s.Did()), Visible(strings.Join(each(s.Deciders(), place), " ")))
		}
		rows = append(rows, newRow(append(cells, frameText(f))...))
	}
	if w.single {
		return []string{"", ">#", "Treatment", "Decided by", "Frame"}, rows
	}
	return []string{"", ">#", "Base", "Decided by", "Candidate", "Decided by", "Frame"}, rows
}

// stepsOf are the steps of a frame, one for each column; they may be nil. single says that one side alone has any.
func stepsOf(f walkFrame, single bool) []*step {
	if single {
		return []*step{cmp.Or(f.Base, f.Candidate)}
	}
	return []*step{f.Base, f.Candidate}
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
func (t *Text) frame(f walkFrame, single bool) {
	style := plain
	// Such frames are shown to say what would have come next.
	if !f.reached() {
		style = faint
	}
	t.line("%1s %2d  %s", mark(f), f.Index, t.paint(style, frameText(f)))
	switch {
	// Of a frame that no walk came to there is nothing to say.
	case !f.reached():
	case single:
		t.field("        ", stepLine(cmp.Or(f.Base, f.Candidate), nil))
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
		a.Number = b.Number
		return a == b
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
