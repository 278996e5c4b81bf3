package report

import (
	"io"
	"strings"
)

// explainPage is what the page of an explanation shows.
type explainPage struct {
	frame
	*Explanation
	Outcome string
	Sides   []explainSide
	Why     []phrase
	Walks   []explainWalk
}

// explainSide is a side under its name.
type explainSide struct {
	sideOutline
	Name, Signature, Fired string
	RuleNotes              []string
}

// explainWalk is a walk as a table.
type explainWalk struct {
	Title string
	Sides []string // the columns
	Rows  []explainFrame
}

type explainFrame struct {
	Index   int
	Text    string
	Other   string // the candidate's text; empty where it is the same
	Differs bool
	Steps   []explainStep
}

// explainStep is what a side did with a frame, and by which lines.
type explainStep struct {
	Side, Text string
	Lines      []string
	Passed     bool // nothing was done: it is shown faintly
}

// explainHTML writes a page that stands alone, like the report. It needs no JavaScript.
func explainHTML(w io.Writer, e *Explanation, o Options) error {
	return writeHTML(w, "explain.html.tmpl", o, func(f frame) any {
		f.PageTitle = "sigdiff explain: " + Visible(e.ID) + ", " + e.outcome()
		p := &explainPage{frame: f, Explanation: e, Outcome: e.outcome(), Why: e.causes()}
		if len(e.RuleChanges) > 0 {
			p.Why = append(p.Why, with(say("rules: "), listed(e.RuleChanges), ""))
		}
		var names []string
		for _, s := range e.sides() {
			names = append(names, s.name)
			p.Sides = append(p.Sides, explainSide{newSideOutline(s.Side), s.name, s.Result.Signature, fired(s.Result), s.Result.Notes})
		}
		for _, w := range e.walks() {
			p.Walks = append(p.Walks, newExplainWalk(w, names))
		}
		return p
	}, "style.css")
}

func newExplainWalk(w walk, sides []string) explainWalk {
	out := explainWalk{Title: walkTitle(w), Sides: sides}
	for _, f := range w.Frames {
		row := explainFrame{Index: f.Index, Text: f.text(), Differs: f.Differs}
		// The sides may normalise a frame differently, when their line-number lists differ.
		if f.Base != nil && f.Candidate != nil && f.Base.Text != f.Candidate.Text {
			row.Text, row.Other = f.Base.Text, f.Candidate.Text
		}
		// stepsOf gives one step for each of sides.
		for i, s := range stepsOf(f, len(sides) == 1) {
			step := explainStep{Side: sides[i], Text: stepText(s)}
			if s != nil {
				step.Lines = each(s.deciders(), lineText)
			}
			// stepText has the treatment as its last word, also behind a sentinel.
			step.Passed = s == nil || strings.HasSuffix(step.Text, "unreached")
			row.Steps = append(row.Steps, step)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
