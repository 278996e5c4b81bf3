// Package lint finds what is wrong or suspicious in siglists: what Python refuses, and what it takes
// although it can't be meant.
//
// It would rather miss a fault than report one that isn't there. What it says of the overlap of two
// lines is decided exactly, for lines that are regular in the mathematical sense; what it says of frames
// follows from how engine normalises functions.
package lint

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // the siglists don't load, or hold a merge conflict
	Warning Severity = "warning" // they load, and hardly do what was meant
)

// Place is a line of a list.
type Place struct {
	File string `json:"file"` // the list's file name
	Line int    `json:"line"` // from 1; 0: the whole file
	Text string `json:"text"` // the line, stripped
}

// Finding is one thing to look at.
type Finding struct {
	Place
	Check    Check    `json:"check"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	// Other is the line that the finding has to do with beside its own; nil for most.
	Other *Place `json:"other,omitempty"`
}

// Options say how to look.
type Options struct {
	// Corpus holds the distinct frames of real crashes; without any, the checks that need them are left
	// out.
	Corpus []Frame
	// Fragments are the texts by which rules know their crashes.
	Fragments []string
	// Lines, unless it is nil, are the lines of the set to look at: what is said of others, and of lists as a whole, is
	// left out.
	Lines []siglists.Line
	// Disable are checks to leave out. Errors can't be disabled.
	Disable []Check
}

// maxSteps bounds the work on all lines of a set, as a pyre.Budget counts it: about a second. The real lists
// take 2 % of it.
const maxSteps = 20_000_000

// Run looks at a set that loads. Findings are sorted by list, line and check. It ends with the context, which is
// the one error there is; what is too much work is a finding, Undecided.
func Run(ctx context.Context, set *siglists.Set, o Options) ([]Finding, error) {
	l := &linter{ctx: ctx, options: o, lists: map[siglists.Name]*list{}, budget: pyre.NewBudget(ctx, maxSteps, nil)}
	if o.Lines != nil {
		l.only = map[siglists.Line]bool{}
	}
	for _, line := range o.Lines {
		l.only[line] = true
	}
	// All are read first: what is said of the prefix list depends on the irrelevant one.
	for _, name := range siglists.Names() {
		l.lists[name] = l.readList(set.List(name))
	}
	for _, name := range siglists.Names() {
		l.list(l.lists[name])
	}
	l.corpus(set)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("looking at siglists: %w", context.Cause(ctx))
	}
	return sorted(l.findings), nil
}

// Errors are the findings of siglists that don't load.
func Errors(err *siglists.LoadError) []Finding {
	findings := make([]Finding, len(err.Problems))
	for i, p := range err.Problems {
		findings[i] = Finding{
			Place: Place{File: p.File, Line: p.Line, Text: p.Text},
			Check: Refused, Severity: Error, Message: p.Reason,
		}
		if siglists.IsConflictMarker(p.Text) {
			findings[i].Check, findings[i].Message = Conflict, conflictMessage
		}
	}
	return sorted(findings)
}

// conflictMessage says what to do about a marker.
const conflictMessage = siglists.ReasonConflict + ": both sides of the conflict stand around it; settle it, and remove the markers"

// Count tells how many findings have a severity.
func Count(findings []Finding, s Severity) int {
	n := 0
	for _, f := range findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

func sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		// The sort is stable: findings of one check on one line stay in the order in which they were made.
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Check, b.Check))
	})
	return findings
}

// linter collects findings.
type linter struct {
	options  Options
	only     map[siglists.Line]bool // nil: all
	lists    map[siglists.Name]*list
	findings []Finding
	ctx      context.Context
	budget   *pyre.Budget
}

func (l *linter) list(list *list) {
	if l.only == nil {
		l.file(list)
	}
	l.hidden(list)
	l.duplicates(list)
	if list.name == siglists.Sentinels {
		for _, line := range list.lines {
			if check, why := l.sentinel(line); why != "" {
				l.warn(check, line, nil, why)
			}
		}
		return
	}
	for _, line := range list.lines {
		if l.ctx.Err() != nil {
			return
		}
		if !l.about(line) {
			continue
		}
		if !l.syntax(line) {
			l.never(line) // of a line that isn't written as it is meant, nothing more can be said
		}
		if list.name == siglists.Irrelevant {
			// Rules look at the frames that are left, after the walk.
			if fragment := Hides(l.budget, line.Line, l.options.Fragments); fragment != "" {
				l.warn(HidesRule, line, nil, fmt.Sprintf("takes %s, by which a rule knows its crashes: it doesn't see what is irrelevant", Quote(fragment)))
			}
		}
	}
	l.overlaps(list)
	l.order(list)
}

// about tells whether a line is one to look at.
func (l *linter) about(at *line) bool { return l.only == nil || l.only[at.Line] }

// warn notes a finding on a line. other may be nil.
func (l *linter) warn(c Check, at, other *line, message string) {
	if !l.about(at) {
		return
	}
	f := Finding{Place: at.place(), Check: c, Severity: Warning, Message: message}
	if other != nil {
		place := other.place()
		f.Other = &place
	}
	l.add(f)
}

func (l *linter) add(f Finding) {
	if !slices.Contains(l.options.Disable, f.Check) {
		l.findings = append(l.findings, f)
	}
}
