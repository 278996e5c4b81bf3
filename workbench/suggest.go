package workbench

import (
	"context"
	"errors"

	"github.com/sigdiff/sigdiff/engine/suggest"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// suggested is the lines that would split a signature.
type suggested struct {
	Title string          `json:"title"`
	Left  string          `json:"left,omitempty"` // of the crashes, which were not looked at
	Steps []suggestedStep `json:"steps"`          // none where there is nothing to suggest
}

// suggestedStep is a frame that is taken out of the way.
type suggestedStep struct {
	List  string   `json:"list"`
	Lines []string `json:"lines"`
	Said  string   `json:"said"`
}

var errNoWalk = errors.New("no line says where the signatures of these rules end, so that none can be suggested")

// suggest answers with the lines that would split a signature, which crashes have with the edit.
func (w *Workbench) suggest(ctx context.Context, r Request, to Answer) {
	var a struct {
		asked
		Signature string `json:"signature"`
	}
	if !readAsked(r, to, &a) {
		return
	}
	var found *suggest.Suggestion
	err := w.within(ctx, func(b *pyre.Budget) error {
		work, err := w.startRows(ctx, b, readRows(a.Rows, w.Lists.Set))
		switch {
		case err != nil:
			return err
		// Rulesets that make signatures from the first frames alone have no list that decides where they end.
		case !work.side.Rules.Walks():
			return errNoWalk
		}
		found, err = suggest.Split(ctx, w.Base.Table(), work.side, a.Signature)
		return err
	})
	if err != nil {
		Fail(to, statusBad, err)
		return
	}
	answerJSON(to, statusOK, newSuggested(found))
}

func newSuggested(found *suggest.Suggestion) suggested {
	// In the words of sigdiff suggest.
	said := report.Suggestion{Suggestion: found}
	s := suggested{Title: report.Visible(said.Title()), Left: said.Unable(), Steps: []suggestedStep{}}
	if found.Refused != "" {
		return s
	}
	for _, step := range found.Steps {
		s.Steps = append(s.Steps, suggestedStep{step.List.Word(), step.Lines, report.Visible(report.StepText(step))})
	}
	return s
}
