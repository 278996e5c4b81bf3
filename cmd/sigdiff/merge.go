package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// mergeCommand is 'sigdiff merge'. Parts hold tallies, which add up to that of one run. The report is made of the
// sum by the code that diff uses.
func (a *app) mergeCommand() *cobra.Command {
	var o diffOptions
	cmd := page("merge", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error { return a.runMerge(cmd.Context(), o, args) })
	o.specs.addFlags(cmd)
	o.addReportFlags(cmd, report.ComparisonFormats().Names())
	only(cmd.Flags(), "host", []string{"markdown", "html"}, "bugs")
	only(cmd.Flags(), "token-file", nil, "bugs")
	return cmd
}

func (a *app) runMerge(ctx context.Context, o diffOptions, paths []string) error {
	// Not o.check: there are no sides, workers or crashes here.
	if err := o.checkReport(); err != nil {
		return err
	}
	p, err := a.readParts(ctx, paths)
	if err != nil {
		return err
	}
	r, err := p.Report(ctx, corpora.DigestOf(p.Sum))
	if err != nil {
		return fmt.Errorf("merging: %w", err)
	}
	if err := a.weigh(r, o.weights, p.Tally); err != nil {
		return err
	}
	if err := a.lookAgain(ctx, o, p, r); err != nil {
		return err
	}
	// Each part counted on its own machine what could still be fetched, since no cache is needed here.
	return a.finish(ctx, o, r, left{r.Totals.Missing, p.Fetchable, r.Totals.Failed})
}

// readParts reads the parts one after the other, so that only one is held besides what they add up to.
func (a *app) readParts(ctx context.Context, paths []string) (*report.Part, error) {
	var m report.Merger
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := a.readPart(&m, path); err != nil {
			return nil, exit.Usagef("%w", err)
		}
	}
	whole, err := m.Whole()
	if err != nil {
		return nil, exit.Usagef("%w", err)
	}
	return whole, nil
}

func (a *app) readPart(m *report.Merger, path string) error {
	f, err := a.input(path)
	if err != nil {
		return fmt.Errorf("reading a part: %w", err)
	}
	defer f.Close()
	return m.Read(path, f)
}

// lookAgain adds to the report what parts don't hold: the outcome of --expect, and the samples of the
// HTML report, if they can be had.
// Without walks the page is still whole; without what was expected of the change, the report would not be.
func (a *app) lookAgain(ctx context.Context, o diffOptions, p *report.Part, r *report.Report) (err error) {
	html := slices.Contains(o.formats, "html")
	if !html && o.expect == "" {
		return nil
	}
	err = a.lookAgainIn(ctx, o, p, r)
	if err != nil && ctx.Err() == nil && o.expect == "" {
		a.note("the HTML report shows no walks: %v", err)
		return nil
	}
	return err
}

func (a *app) lookAgainIn(ctx context.Context, o diffOptions, p *report.Part, r *report.Report) error {
	expected, err := a.readExpectations(o.expect)
	if err != nil {
		return err
	}
	return a.withCache(reading, func(c *cache.Cache) error {
		base, candidate, err := a.partSides(ctx, o.specs, c, p)
		if err != nil {
			return err
		}
		return readAgain(ctx, o, c, expected, base, candidate, r)
	})
}

// partSides loads the sides that a part was made with. Siglists that have changed since are refused.
func (a *app) partSides(ctx context.Context, o specOptions, c *cache.Cache, p *report.Part) (base, candidate spec.Side, err error) {
	specs := a.specs(o)
	specs.Accepted = func() (spec.Side, error) { return a.acceptedSide(c, p.Corpus) }
	base, candidate, err = pairAgain(ctx, specs, p)
	if err != nil {
		return base, candidate, err
	}
	for _, side := range []struct{ then, now report.Side }{{p.Base, base.Info}, {p.Candidate, candidate.Info}} {
		// A folder may hold other files by now. Walks over these would not explain the report's signatures.
		if side.then.Digest != side.now.Digest {
			return base, candidate, exit.Usagef("the siglists of %s are not those that the parts were made with", side.then.Spec)
		}
	}
	return base, candidate, nil
}

// pairAgain makes the sides of a part, of an edit by its change set.
func pairAgain(ctx context.Context, specs *spec.Reader, p *report.Part) (base, candidate spec.Side, err error) {
	// Parts name rules only where they are not the default.
	baseRules := cmp.Or(p.Base.Rules, signatures.DefaultRuleset)
	candidateRules := cmp.Or(p.Candidate.Rules, signatures.DefaultRuleset)
	if p.Candidate.Kind != "edit" {
		return specs.Pair(ctx, specAgain(p.Base), specAgain(p.Candidate), baseRules, candidateRules)
	}
	changes, err := siglists.ReadChanges(strings.NewReader(strings.Join(p.Candidate.Changes, "\n")))
	if err != nil {
		return base, candidate, exit.Usagef("the change set of the parts: %w", err)
	}
	return specs.EditedPair(ctx, specAgain(p.Base), changes, baseRules, candidateRules)
}

// specAgain is the SPEC of a side that was loaded before: a revision by its hash, since names move on, and no remote is
// asked again.
func specAgain(s report.Side) string {
	if s.Revision != "" && s.Kind == "git" {
		return "git:" + s.Revision
	}
	return s.Spec
}
