package cases

import (
	"context"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// Outcome is what became of a case.
type Outcome struct {
	*Case
	Given string // the signature that it got
	Err   error  // why it got none
	// Gone are lines that the case stands for, and that the siglists don't have.
	Gone []siglists.Line
}

// Passed tells whether the case got its signature.
func (o Outcome) Passed() bool { return o.Err == nil && o.Given == o.Signature }

// Run makes the signatures of cases. One that can't be made is its outcome, and the others go on.
func Run(ctx context.Context, all []*Case, g *signatures.Generator) ([]Outcome, error) {
	worker := g.Worker()
	outcomes := make([]Outcome, len(all))
	for i, c := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o := Outcome{Case: c}
		for _, l := range c.Lines {
			// That is no failure of the case: its signature may be right without the line.
			if !g.Set.List(l.List).Has(l.Text) {
				o.Gone = append(o.Gone, l)
			}
		}
		result, err := worker.Generate(c.crash)
		o.Given, o.Err = result.Signature, err
		outcomes[i] = o
	}
	return outcomes, nil
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
