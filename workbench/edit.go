package workbench

import (
	"context"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Command is the command line that compares as a workbench does.
type Command struct {
	Base  string   // its SPEC
	Flags []string // behind the changed lines
}

// Line is the command line with changed lines.
func (c Command) Line(changes []siglists.Change) string {
	// Whoever pastes it into a terminal gets the report of the page.
	words := []string{"sigdiff", "diff", "--base", c.Base}
	for _, change := range changes {
		flag := "--remove"
		if change.Added {
			flag = "--add"
		}
		words = append(words, flag, change.Line.List.Word()+":"+change.Line.Text)
	}
	return shell.Line(append(words, c.Flags...))
}

// work is an edit that is worked on.
type work struct {
	*Workbench
	budget  *pyre.Budget
	changes []siglists.Change
	edited  *compare.Edited
	// What a report says of the edit.
	before, after   *siglists.Set
	side            *signatures.Generator
	base, candidate report.Side
	notes           []report.Note
}

// start lays changed lines over the base's siglists, and finds the crashes that they concern. What is matched with them is
// within the budget.
func (w *Workbench) start(ctx context.Context, b *pyre.Budget, changes []siglists.Change) (*work, error) {
	// Both sides match within the budget. That of the base is made anew, too: it is the budget of this edit that it
	// spends when lines are judged.
	before := edited.Lists{Set: w.Lists.Set.Within(b), Info: w.Lists.Info}
	_, base, err := before.Side(w.Rules)
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	after, err := before.With(changes)
	if err != nil {
		return nil, fmt.Errorf("candidate: %w", err)
	}
	side, candidate, err := after.Side(w.Rules)
	if err != nil {
		return nil, fmt.Errorf("candidate: %w", err)
	}
	notes := append(slices.Clone(w.Notes), edited.ListNotes(before.Set, after.Set)...)
	found, err := w.Base.Edit(ctx, side.Set)
	return &work{w, b, changes, found, before.Set, after.Set, side, base, candidate, notes}, err
}

// finish puts into a report what is found beside the crashes.
func (w *work) finish(ctx context.Context, r *report.Report) (err error) {
	// Crashes are fetched for lines that come: those that go are in the crashes that are there.
	var added []string
	for _, c := range w.changes {
		if c.Added {
			added = append(added, c.Line.List.Word()+":"+c.Line.Text)
		}
	}
	if len(added) > 0 {
		r.Fetch = edited.FetchFor(added)
	}
	// What diff says, too, so that the page and the command say the same: TestWorkbenchIsDiff compares them byte for byte.
	r.SetSearched(w.Searched)
	r.Lint, err = lint.Added(ctx, w.before, w.after, signatures.Fragments())
	return err
}
