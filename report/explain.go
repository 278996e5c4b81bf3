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

// ExplainFormats are the formats of an explanation.
func ExplainFormats() Formats[*Explanation] {
	return Formats[*Explanation]{"explanation", []writer[*Explanation]{
		{"text", inText(explainText)}, {"json", inJSON(explainJSON)}, {"markdown", inMarkdown(explainMarkdown)}, {"html", explainHTML},
	}}
}

// namedSide is a side of an explanation under its name.
type namedSide struct {
	Name string
	*Explained
}

// sides are the sides that there are; one alone is just "siglists".
func (e *Explanation) sides() []namedSide {
	switch {
	case e.Base == nil:
		return []namedSide{{"siglists", e.Candidate}}
	case e.Candidate == nil:
		return []namedSide{{"siglists", e.Base}}
	}
	return []namedSide{{"base", e.Base}, {"candidate", e.Candidate}}
}

func (e *Explanation) walks() []walk {
	var base, candidate *signatures.Result
	if e.Base != nil {
		base = &e.Base.Result
	}
	if e.Candidate != nil {
		candidate = &e.Candidate.Result
	}
	return sideBySide(base, candidate)
}

// outcome says in a word or two whether the signature changes.
// One side alone is held against the recorded signature, two against each other. JSON has the same words.
func (e *Explanation) outcome() string {
	sides := e.sides()
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
	if slices.ContainsFunc(e.sides(), otherData) && e.outcome() != "unchanged" {
		causes = append(causes, say("the data of the crash is not what it was when its signature was accepted"))
	}
	// Of a program only its answer is known.
	isProgram := func(s namedSide) bool { return s.Side.IsProgram() }
	if slices.ContainsFunc(e.sides(), isProgram) && e.outcome() == "changed" {
		causes = append(causes, say(notByLists))
	}
	return append(causes, each(e.Causes, causeText)...)
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
