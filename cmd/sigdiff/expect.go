package main

import (
	"fmt"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// readExpectations reads the file of --expect (- for stdin), if there is one.
func (a *app) readExpectations(path string) ([]corpora.Expected, error) {
	if path == "" {
		return nil, nil
	}
	in, err := a.input(path)
	if err != nil {
		return nil, exit.Usagef("reading expectations: %w", err)
	}
	defer in.Close()
	expected, err := corpora.ParseExpectations(in)
	if err != nil {
		return nil, exit.Usagef("expectations in %s: %w", path, err)
	}
	return expected, nil
}

// expect holds the expectations against what the sides make of their crashes.
func expect(c *cache.Cache, expected []corpora.Expected, base, candidate signatures.Side, r *report.Report) *report.Expectations {
	explainer := compare.NewExplainer(base, candidate)
	results := make([]report.Expected, len(expected))
	for i, e := range expected {
		// An expected crash need not be among those compared: it is looked up by its id.
		results[i] = report.Expected{ID: e.ID, Signature: e.Signature}
		// Only siglists with rules can tell that no crash gets a signature; a program may make any.
		if g, ok := candidate.(*signatures.Generator); ok {
			results[i].Misspelt = g.Misspelt(e.Signature)
		}
		crash, err := corpora.Crash(c, e.ID)
		if err == nil {
			results[i].Comparison, err = explainer.Explain(crash)
		}
		results[i].Err = err
	}
	return report.NewExpectations(results, r.Groups, compare.NewDiffer(base, candidate))
}

// expectResult is the outcome of the expectations: those missed exit with 1, those that can't be
// compared with 3.
// Missed ones go before: what is known to be wrong is worse than what isn't known. Nothing expected is nil.
func expectResult(x *report.Expectations) error {
	switch {
	case x == nil:
		return nil
	case len(x.Missed) > 0:
		return exit.With(exit.Changed, fmt.Errorf("%s", plural.Of(len(x.Missed), "expectation missed", "expectations missed")))
	case len(x.Absent) > 0:
		return exit.Incompletef("%s can't be compared: %s: %s; 'sigdiff fetch' gets them",
			plural.Of(len(x.Absent), "expected crash", "expected crashes"), x.Absent[0].ID, x.Absent[0].Err)
	}
	return nil
}

// warnMisspelt warns of signatures to search for that no crash gets. They are searched for all the same: older
// rules wrote signatures otherwise.
func (a *app) warnMisspelt(names []string) {
	for _, s := range names {
		if m := signatures.DefaultRules().Misspelt(s); m != nil {
			a.note("warning: --signature %s: %s; it is searched for all the same, since older rules may have written it", s, m)
		}
	}
}
