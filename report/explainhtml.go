package report

import "io"

// explainPage is what the page of an explanation shows.
type explainPage struct {
	frame
	*Explanation
	Outcome string
	Sides   []namedSide // the columns of each walk
	Why     []phrase
	Walks   []walk
}

// StepsOf are the steps of a frame, one for each side.
func (p *explainPage) StepsOf(f walkFrame) []*step { return stepsOf(f, len(p.Sides) == 1) }

// explainHTML writes a page that stands alone, like the report. It needs no JavaScript.
func explainHTML(w io.Writer, e *Explanation, o Options) error {
	return writeHTML(w, "explain.html.tmpl", o, func(f frame) any {
		f.PageTitle = "sigdiff explain: " + Visible(e.ID) + ", " + e.outcome()
		p := &explainPage{frame: f, Explanation: e, Outcome: e.outcome(), Sides: e.sides(), Why: e.causes(), Walks: e.walks()}
		if len(e.RuleChanges) > 0 {
			p.Why = append(p.Why, with(say("rules: "), listed(e.RuleChanges), ""))
		}
		return p
	}, "style.css")
}
