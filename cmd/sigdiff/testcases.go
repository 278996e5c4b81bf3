package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// testOptions are the flags of test.
type testOptions struct {
	specs                         specOptions
	siglists, base, rules, format string // base is a SPEC; empty: none
	limit                         int
	add                           []string // ids of crashes that cases are made of
	line                          string   // LIST:TEXT; empty: all lines that decide
	bug                           int      // 0: none
}

// testCommand is 'sigdiff test'. It runs golden cases, which bring their crash data along, so that no cache is
// opened; or, with --add, makes such cases of cached crashes.
func (a *app) testCommand() *cobra.Command {
	var o testOptions
	cmd := page("test", cobra.MaximumNArgs(1), func(cmd *cobra.Command, args []string) error {
		switch {
		case len(o.add) > 0 && (o.base != "" || cmd.Flags().Changed("format") || cmd.Flags().Changed("limit")):
			return exit.Usagef("--add makes cases and runs none: it goes with neither --base, --format nor --limit")
		case len(o.add) > 0:
			return a.runTestAdd(cmd.Context(), o, args)
		case len(args) == 0:
			return exit.Usagef("test needs a folder of cases; see 'sigdiff test --help'")
		}
		return a.runTest(cmd.Context(), o, args[0])
	})
	f := cmd.Flags()
	o.specs.addFlags(cmd)
	f.StringVar(&o.siglists, "siglists", "", "SPEC of the siglists; see 'sigdiff diff --help'")
	f.StringVar(&o.base, "base", "", "SPEC of the siglists before a change, to explain what fails and to list added lines without a case")
	rulesFlag(f, &o.rules)
	formatFlag(cmd, &o.format, "text", report.CasesFormats().Names()...)
	numberFlag(f, &o.limit, "limit", 0, 20, "how many lines without a case the text names (0: all)")
	only(f, "limit", []string{"text"})
	f.StringSliceVar(&o.add, "add", nil, "make a case of the cached crash with this id")
	f.StringVar(&o.line, "line", "", "with --add: LIST:TEXT, the line that the case is for (default: all that decide it)")
	only(f, "line", nil, "add")
	numberFlag(f, &o.bug, "bug", 0, 0, "with --add: the number of the bug")
	only(f, "bug", nil, "add")
	return cmd
}

func (a *app) runTest(ctx context.Context, o testOptions, dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return exit.Usagef("reading cases: %s is a file; 'sigdiff test %s' runs the cases of its folder", dir, filepath.Dir(dir))
	}
	golden, err := casesIn("reading cases", dir)
	if err != nil {
		return err
	}
	side, before, err := a.testSides(ctx, o)
	if err != nil {
		return err
	}
	r, err := testCases(ctx, golden, side, before)
	if err != nil {
		return err
	}
	return cmp.Or(render(a, outputOptions{format: o.format}, report.CasesFormats(), r, report.Options{Limit: o.limit}), testResult(r, dir))
}

// goldenCases are golden cases, and the files that are none.
type goldenCases struct {
	cases []*cases.Case
	wrong []cases.Failure
}

// casesIn reads the cases in a folder; what begins the error where there is none.
func casesIn(what, dir string) (goldenCases, error) {
	all, wrong, err := cases.Load(os.DirFS(dir))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = exit.Usagef("%s: there is no folder %s", what, dir)
	case err != nil:
		err = exit.Usagef("%w", err)
	}
	return goldenCases{all, wrong}, err
}

// testSides are the siglists that are held against cases, and those before a change, nil where there is none.
func (a *app) testSides(ctx context.Context, o testOptions) (side spec.Side, before *spec.Side, err error) {
	specs := a.specs(o.specs)
	if side, err = specs.ListsSide(ctx, o.siglists, o.rules); err != nil || o.base == "" {
		return side, nil, err
	}
	base, err := specs.ListsSide(ctx, o.base, o.rules)
	if err != nil {
		return side, nil, fmt.Errorf("base: %w", err)
	}
	return side, &base, nil
}

// testCases holds siglists against cases.
func testCases(ctx context.Context, golden goldenCases, side spec.Side, before *spec.Side) (*report.Cases, error) {
	r := &report.Cases{Siglists: side.Info, Notes: side.Notes(), Failures: golden.wrong}
	g := side.Generator()
	outcomes, failures, err := cases.Run(ctx, golden.cases, g)
	if err != nil {
		return nil, err
	}
	r.Outcomes, r.Failures = outcomes, append(r.Failures, failures...)
	// With a base, only the lines that it lacks should have a case.
	if before == nil {
		// All lines: which of them no case stands for is what there is to find out.
		r.Lines = cases.Lines(g.Set, nil)
	} else {
		base := before.Generator()
		r.Base, r.Lines = &before.Info, cases.Lines(g.Set, base.Set)
		if r.Causes, err = caseCauses(ctx, r, base, g); err != nil {
			return nil, err
		}
	}
	r.Uncovered = cases.Uncovered(golden.cases, r.Lines)
	return r, nil
}

// caseCauses are the lines that made cases fail, of those that differ between two siglist sets.
// Where a pattern meets its limit, they may not be known.
func caseCauses(ctx context.Context, r *report.Cases, base, candidate *signatures.Generator) (map[string][]compare.Cause, error) {
	causes := map[string][]compare.Cause{}
	explainer, differ := compare.NewExplainer(base, candidate), compare.NewDiffer(base, candidate)
	for _, o := range r.Failed() {
		if c, err := explainer.Explain(ctx, o.Crash); err == nil || errors.Is(err, compare.ErrUnweighed) {
			_, causes[o.Name] = c.Why(differ)
		}
	}
	if ctx.Err() != nil { // which may be why some are lacking
		return nil, context.Cause(ctx)
	}
	return causes, nil
}

// testResult is how the program ends.
// A case that fails outweighs what is open, but that is said beside it. dir is what the reader knows the folder by.
func testResult(r *report.Cases, dir string) error {
	var open []error
	// What makes every case doubtful stands first.
	for _, text := range report.Unknown(r.Notes) {
		open = append(open, errors.New(text))
	}
	if len(r.Failures) > 0 {
		open = append(open, fmt.Errorf("%s; the first is %s: %w", plural.Of(len(r.Failures), "case did not run", "cases did not run"), r.Failures[0].Name, r.Failures[0].Err))
	}
	if len(r.Outcomes)+len(r.Failures) == 0 {
		open = append(open, fmt.Errorf("no case ran: %s has none, and a case is a file that ends in .json", dir))
	}
	if failed := len(r.Failed()); failed > 0 {
		return exit.With(exit.Changed, errors.Join(append(open, fmt.Errorf("%s of %s failed", plural.Number(failed), plural.Of(len(r.Outcomes), "case", "cases")))...))
	}
	if len(open) > 0 {
		return exit.With(exit.Incomplete, errors.Join(open...))
	}
	return nil
}

// runTestAdd makes cases of cached crashes.
func (a *app) runTestAdd(ctx context.Context, o testOptions, args []string) error {
	about := cases.Options{Bug: o.bug}
	if o.line != "" {
		change, err := siglists.ParseChange(o.line, true)
		if err != nil {
			return exit.Usagef("--line: %w", err)
		}
		about.Line = &change.Line
	}
	// Siglists that hold a conflict make a case all the same, and the code says so in the end.
	side, err := a.specs(o.specs).ListsSide(ctx, o.siglists, o.rules)
	if err != nil {
		return err
	}
	unknown := a.warn(side.Notes())
	return a.withCache(reading, func(c *cache.Cache) error {
		ids, err := a.cachedIDs(c, o.add)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := a.addCase(c, id, side.Generator(), about, args); err != nil {
				return fmt.Errorf("a case of %s: %w", id, err)
			}
		}
		return unknown
	})
}

// addCase makes a case of one crash. folder is empty for stdout. The whole processed crash must be cached: a record
// lacks what a case keeps.
func (a *app) addCase(c *cache.Cache, id string, g *signatures.Generator, about cases.Options, folder []string) error {
	processed, err := corpora.Processed(c, id)
	if err != nil {
		return exit.With(exit.Incomplete, err)
	}
	made, err := cases.Make(processed, g, about)
	if err != nil {
		return exit.With(exit.Incomplete, err)
	}
	if len(made.Lines) == 0 {
		a.note("%s: no line decides its signature alone; the case is for none", id)
	}
	text, err := made.Marshal()
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { _, err := w.Write(text); return err }
	if len(folder) == 0 {
		return write(a.stdout)
	}
	// The name comes of the content: the same case again takes its own place.
	path := filepath.Join(folder[0], made.FileName())
	// For everybody that umask lets in: cases are part of a repository. Where there is no folder, the writing fails, too.
	if err := cmp.Or(os.MkdirAll(folder[0], 0o777), atomicfile.Write(path, write)); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", path, visible(made.Signature))
	return nil
}
