package report

import (
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
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
	switch {
	case e.Base == nil:
		return []namedSide{{"siglists", e.Candidate}}
	case e.Candidate == nil:
		return []namedSide{{"siglists", e.Base}}
	}
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
		if sides[0].Result.Signature == e.Recorded {
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
func (e *Explanation) causes() []phrase {
	var causes []phrase
	// A walk over the present data doesn't explain a signature that was made of other data of the crash.
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
func (e *Explanation) Why() []phrase {
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
	case r.OtherData:
		return "not known, since it was made of other data of the crash"
	case len(r.Fired) == 0:
		return "none"
	}
	return strings.Join(r.Fired, ", ")
}
