package cases

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// Outcome is what became of a case.
type Outcome struct {
	*Case
	Given string // the signature that it got
	// Gone are lines that the case stands for, and that the siglists don't have.
	Gone []siglists.Line
}

// Passed tells whether the case got its signature.
func (o Outcome) Passed() bool { return o.Given == o.Signature }

// Run makes the signatures of cases. One that can't be made, most often since a pattern met its limit, is a failure: what Socorro
// would give the case is not known. The others go on.
func Run(ctx context.Context, all []*Case, g *signatures.Generator) (outcomes []Outcome, failures []Failure, err error) {
	worker := g.Worker()
	for _, c := range all {
		o := Outcome{Case: c}
		for _, l := range c.Lines {
			// That is no failure of the case: its signature may be right without the line.
			if !g.Set.List(l.List).Has(l.Text) {
				o.Gone = append(o.Gone, l)
			}
		}
		result, err := worker.Generate(c.Crash)
		switch {
		case ctx.Err() != nil: // which may be why there is none
			return nil, nil, ctx.Err()
		case err != nil:
			failures = append(failures, Failure{c.Name, fmt.Errorf("no signature: %w", err)})
			continue
		}
		o.Given = result.Signature
		outcomes = append(outcomes, o)
	}
	return outcomes, failures, nil
}

// Uncovered are the lines that no case stands for, of these.
func Uncovered(all []*Case, lines []siglists.Line) []siglists.Line {
	covered := map[siglists.Line]bool{}
	for _, c := range all {
		for _, l := range c.Lines {
			covered[l] = true
		}
	}
	var left []siglists.Line
	for _, l := range lines {
		// Cases name lines without their numbers.
		if !covered[siglists.Line{List: l.List, Text: l.Text}] {
			left = append(left, l)
		}
	}
	return left
}

// Lines are the lines of a set or, with a base, those that the base doesn't have.
func Lines(set, base *siglists.Set) []siglists.Line {
	var lines []siglists.Line
	for _, name := range siglists.Names() {
		for _, l := range set.List(name).Lines {
			if base == nil || !base.List(name).Has(l.Text) {
				lines = append(lines, l)
			}
		}
	}
	return lines
}
