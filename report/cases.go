package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// Cases is what became of golden cases.
// Notes come first in every format: where siglists can't speak of everything, a case that passes proves less.
type Cases struct {
	Siglists Side
	Base     *Side // nil unless the siglists are held against others
	Notes    []Note
	Outcomes []cases.Outcome
	Failures []cases.Failure            // files that are no cases, and cases that got no signature
	Causes   map[string][]compare.Cause // why a case fails that does not with the base, by its name
	// Lines are those that should have a case: all, or with a base those that it lacks. Uncovered are those without one.
	Lines, Uncovered []siglists.Line
}

// Failed are the cases that don't have their signature.
func (c *Cases) Failed() []cases.Outcome {
	return slices.DeleteFunc(slices.Clone(c.Outcomes), cases.Outcome.Passed)
}

// CasesFormats are the formats of golden cases.
func CasesFormats() Formats[*Cases] {
	return Formats[*Cases]{"cases", []writer[*Cases]{
		{"text", inText(casesText)}, {"json", inJSON(casesJSON)}, {"junit", casesJUnit},
	}}
}

// Summary says in a line how the cases fared.
// Nothing that ran is not "0 fail".
func (c *Cases) Summary() string {
	if len(c.Outcomes) == 0 {
		return "no case ran"
	}
	failed := len(c.Failed())
	return fmt.Sprintf("%s of %s passed, %s failed", plural.Number(len(c.Outcomes)-failed), plural.Of(len(c.Outcomes), "case", "cases"), plural.Number(failed))
}

// about says what a case is about.
func about(o cases.Outcome) Phrase {
	p := say("case ", o.Name)
	if o.Bug > 0 {
		p = append(p, say(fmt.Sprintf(", bug %d", o.Bug))...)
	}
	for _, l := range o.Lines {
		p = append(p, say(", for ", cases.LineText(l))...)
	}
	return p
}

// why says why a case fails, as far as that is known.
// A line that the case stands for and that isn't there any more is the first thing to know.
func (c *Cases) why(o cases.Outcome) []Phrase {
	why := each(o.Gone, func(l siglists.Line) Phrase { return say("not in the siglists: ", cases.LineText(l)) })
	return append(why, each(c.Causes[o.Name], causeText)...)
}

// uncovered says how many lines no case stands for.
func (c *Cases) uncovered() string {
	// Of siglists alone, every line should have a case; of a change only the lines that it adds.
	what := plural.Of(len(c.Lines), "line", "lines")
	if c.Base != nil {
		what = plural.Of(len(c.Lines), "added line", "added lines")
	}
	return fmt.Sprintf("Without a case: %s of %s", plural.Number(len(c.Uncovered)), what)
}

// casesText writes what became of cases for a terminal: those that fail, as diff shows a change.
func casesText(t *Text, c *Cases) {
	t.notes(c.Notes)
	t.phrase(heading, 0, say(c.Summary()))
	t.side("siglists   ", c.Siglists)
	if c.Base != nil {
		t.side("base       ", *c.Base)
	}
	for _, f := range c.Failures {
		t.line("%s", t.paint(alarm, fmt.Sprintf("did not run: %s: %v", f.Name, f.Err)))
	}
	for _, outcome := range c.Failed() {
		t.line("")
		t.pair("", outcome.Signature, outcome.Given)
		for _, p := range append([]Phrase{about(outcome)}, c.why(outcome)...) {
			t.phrase(plain, 2, p)
		}
	}
	for _, p := range c.gone() {
		t.phrase(caution, 0, p)
	}
	if len(c.Uncovered) > 0 {
		t.heading("%s", c.uncovered())
		for l := range some(t, c.Uncovered, "line", "lines") {
			t.line("  %s", lineText(l))
		}
	}
}

// gone names the cases that pass without a line that they stand for.
// Such a case proves nothing for its line any more, and yet does not fail.
func (c *Cases) gone() (said []Phrase) {
	for _, o := range c.Outcomes {
		if o.Passed() && len(o.Gone) > 0 {
			said = append(said, with(append(about(o), say(": it passes, and the siglists don't have ")...), listed(each(o.Gone, cases.LineText)), ""))
		}
	}
	return said
}

type jsonCase struct {
	Name     string      `json:"name"`
	Passed   bool        `json:"passed"`
	Bug      int         `json:"bug,omitempty"`
	Lines    []string    `json:"lines"`
	Expected string      `json:"expected"`
	Given    string      `json:"given"`
	Gone     []string    `json:"gone,omitempty"`
	Causes   []jsonCause `json:"causes,omitempty"`
}

// casesJSON writes what became of cases for programs. It leaves nothing out.
func casesJSON(c *Cases) any {
	failed := len(c.Failed())
	failure := func(f cases.Failure) compare.Failure { return compare.Failure{ID: f.Name, Err: f.Err.Error()} }
	place := func(l siglists.Line) jsonPlace { return jsonPlace(l) }
	return struct {
		Siglists  Side              `json:"siglists"`
		Base      *Side             `json:"base,omitempty"`
		Notes     []string          `json:"notes"`
		Passed    int               `json:"passed"`
		Failed    int               `json:"failed"`
		Cases     []jsonCase        `json:"cases"`
		Failures  []compare.Failure `json:"failures"`
		Lines     int               `json:"lines"`
		Uncovered []jsonPlace       `json:"uncovered"`
	}{c.Siglists, c.Base, texts(c.Notes), len(c.Outcomes) - failed, failed, each(c.Outcomes, c.jsonCase), each(c.Failures, failure), len(c.Lines), each(c.Uncovered, place)}
}

func (c *Cases) jsonCase(o cases.Outcome) jsonCase {
	return jsonCase{
		Name: o.Name, Passed: o.Passed(), Bug: o.Bug, Lines: each(o.Lines, cases.LineText), Expected: o.Signature, Given: o.Given,
		// Causes are there only for cases that pass with the base: else the change is not why they fail.
		Gone: each(o.Gone, cases.LineText), Causes: each(c.Causes[o.Name], newJSONCauseOfOne),
	}
}

// junitSuite has those elements and attributes of JUnit's reports that there is something to say in.
// Services that run tests show such files, each in its own way: what they all know is kept to.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
	Out      string      `xml:"system-out,omitempty"`
}

type junitCase struct {
	Class   string    `xml:"classname,attr"`
	Name    string    `xml:"name,attr"`
	Failure *junitBad `xml:"failure"`
	Error   *junitBad `xml:"error"`
}

type junitBad struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

// casesJUnit writes what became of cases as a suite of tests in JUnit's XML. What did not run is a test with an error.
// Names, signatures and messages are made visible, as for a terminal.
func casesJUnit(w io.Writer, c *Cases, _ Options) error {
	// What did not run is an error, and no failure: nothing is known of the siglists.
	suite := junitSuite{Name: "sigdiff", Tests: len(c.Outcomes) + len(c.Failures), Failures: len(c.Failed()), Errors: len(c.Failures)}
	out := append(texts(c.Notes), c.uncovered())
	suite.Out = strings.Join(each(append(out, each(c.gone(), Phrase.String)...), Visible), "\n")
	for _, o := range c.Outcomes {
		one := junitCase{Class: "siglists", Name: Visible(o.Name)}
		if !o.Passed() {
			one.Failure = c.junitFailure(o)
		}
		suite.Cases = append(suite.Cases, one)
	}
	for _, f := range c.Failures {
		suite.Cases = append(suite.Cases, junitCase{Class: "siglists", Name: Visible(f.Name), Error: &junitBad{Message: Visible(f.Err.Error())}})
	}
	// encoding/xml writes no header by itself, without which some readers guess the encoding.
	content, err := xml.MarshalIndent(suite, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, content)
	}
	return err
}

func (c *Cases) junitFailure(o cases.Outcome) *junitBad {
	given := signatureText(o.Given)
	// As diff shows a change: what was, and what is.
	text := "\n- " + signatureText(o.Signature) + "\n+ " + given + "\n" + about(o).String() + "\n"
	for _, p := range c.why(o) {
		text += p.String() + "\n"
	}
	return &junitBad{Message: "another signature: " + Visible(given), Text: VisibleLines(text)}
}

// VisibleLines is Visible of each line.
func VisibleLines(text string) string {
	return strings.Join(each(strings.Split(text, "\n"), Visible), "\n")
}
