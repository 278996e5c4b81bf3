package workbench

import (
	"context"
	"fmt"
	"slices"

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

// edit is siglists with changed lines, and what a report says of them.
type edit struct {
	changes         []siglists.Change
	before, after   *siglists.Set
	side            *signatures.Generator
	base, candidate report.Side
	notes           []report.Note
}

// edit lays changed lines over the base's siglists. What is matched with them is within the budget.
func (w *Workbench) edit(b *pyre.Budget, changes []siglists.Change) (edit, error) {
	set := w.Lists.Set.Within(b)
	before := edited.Lists{Set: set, Info: w.Lists.Info}
	_, base, err := before.Side(w.Rules)
	if err != nil {
		return edit{}, fmt.Errorf("base: %w", err)
	}
	after, err := before.With(changes)
	if err != nil {
		return edit{}, fmt.Errorf("candidate: %w", err)
	}
	side, candidate, err := after.Side(w.Rules)
	if err != nil {
		return edit{}, fmt.Errorf("candidate: %w", err)
	}
	return edit{
		changes: changes, before: set, after: after.Set, side: side, base: base, candidate: candidate,
		notes: append(slices.Clone(w.Notes), edited.ListNotes(set, after.Set)...),
	}, nil
}

// finish puts into a report what is found beside the crashes.
func (w *work) finish(ctx context.Context, r *report.Report) (err error) {
	var added []string
	for _, c := range w.edit.changes {
		if c.Added {
			added = append(added, c.Line.List.Word()+":"+c.Line.Text)
		}
	}
	if len(added) > 0 {
		r.Fetch = edited.FetchFor(added)
	}
	r.SetSearched(w.Searched)
	r.Lint, err = lint.Added(ctx, w.edit.before, w.edit.after, signatures.Fragments())
	return err
}
