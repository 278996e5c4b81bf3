package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/terminal"
	"github.com/sigdiff/sigdiff/report"
)

// explainOptions are the flags of explain.
type explainOptions struct {
	sidesOptions
	host, corpus string
	output       outputOptions
}

// explainCommand is 'sigdiff explain'. It shows one crash with two sides, or, where a SPEC without a base of its own
// is named alone, with that.
func (a *app) explainCommand() *cobra.Command {
	var o explainOptions
	cmd := page("explain", cobra.RangeArgs(1, 3), func(cmd *cobra.Command, args []string) error {
		if err := o.takeSides(a, args[1:]); err != nil {
			return err
		}
		return a.runExplain(cmd.Context(), o, args[0])
	})
	f := cmd.Flags()
	o.sidesOptions.addFlags(cmd, "")
	o.addProgramFlags(cmd)
	o.output.addFlags(cmd, report.ExplainFormats().Names())
	f.StringVar(&o.corpus, "corpus", "", "the corpus that the crash is in, whose accepted results 'accepted' means")
	f.StringVar(&o.host, "host", fetch.DefaultHost, "where links to crash reports lead")
	settable(f, "host")
	only(f, "host", []string{"markdown", "html"})
	return cmd
}

// takeSides takes the SPECs that are arguments. One alone is shown by itself.
// With --base, --candidate or a change set, no argument is needed. Without anything the checkout at hand is shown.
func (o *explainOptions) takeSides(a *app, words []string) error {
	none := o.base == "" && o.candidate == "" && !o.edit.given()
	if len(words) == 1 && none {
		o.candidate = words[0]
		return nil
	}
	if len(words) == 0 && !none {
		return nil
	}
	_, err := o.take(a, "explain ID", words, "")
	return err
}

func (a *app) runExplain(ctx context.Context, o explainOptions, word string) error {
	if err := o.sidesOptions.check(); err != nil {
		return err
	}
	return a.withCache(reading, func(c *cache.Cache) error {
		id, err := a.cachedID(c, word)
		if err != nil {
			return err
		}
		if o.corpus != "" {
			if corpus, err := c.Corpus(o.corpus); err != nil {
				return err
			} else if _, found := slices.BinarySearch(corpus.IDs, id); !found {
				return exit.Usagef("%s is not in corpus %q; without --corpus it is looked up in the whole cache", id, o.corpus)
			}
		}
		crash, err := corpora.Crash(c, id)
		if errors.Is(err, crashdata.ErrMissing) {
			return notCached(id)
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", id, err)
		}
		explanation, err := a.explain(ctx, o, c, crash)
		if err != nil {
			return err
		}
		// Else an empty signature would look like the work of the lists.
		if !crash.HasStack() {
			explanation.Notes = append(explanation.Notes, noStack(1, 1)...)
		}
		// warn comes after render, which finds out whether the reader sees the notes in the report itself.
		err = render(a, o.output, report.ExplainFormats(), explanation, report.Options{Host: o.host})
		return cmp.Or(err, a.warn(explanation.Notes))
	})
}

// explain makes the sides that were asked for, and what they make of a crash.
// A pull request or a checkout has a base even where none is named: HasBase.
func (a *app) explain(ctx context.Context, o explainOptions, c *cache.Cache, crash *crashdata.Crash) (*report.Explanation, error) {
	specs := a.sidesOver(c, o.corpus, o.specs, o.programs)
	explanation := &report.Explanation{ID: crash.ID(), Recorded: crash.Meta.Signature}
	if o.isPair() {
		base, candidate, err := a.pair(ctx, specs, o.sidesOptions)
		if err != nil {
			return nil, err
		}
		// Where Socorro's code changed, too, the lists alone don't explain what differs.
		change, err := specs.CodeChange(ctx, base, candidate)
		if err != nil {
			return nil, err
		}
		explanation.Notes = report.NotesOf(base.Info, candidate.Info, change, specs.Notes...)
		return explanation, explainPair(ctx, explanation, crash, base, candidate)
	}
	// One side alone stands where its flag says, and takes the rules of that side.
	into, rules := &explanation.Candidate, o.candidateRules()
	if o.candidate == "" {
		into, rules = &explanation.Base, o.baseRules()
	}
	side, err := specs.Side(ctx, o.base+o.candidate, rules) // one of them is empty
	if err != nil {
		return nil, err
	}
	explanation.Notes = side.Notes()
	result, err := side.NewSigner().Explain(crash)
	if err != nil {
		return nil, fmt.Errorf("making the signature of %s: %w", crash.ID(), err)
	}
	*into = &report.Explained{Side: side.Info, Result: result}
	return explanation, nil
}

func explainPair(ctx context.Context, e *report.Explanation, crash *crashdata.Crash, base, candidate spec.Side) error {
	result, err := compare.NewExplainer(base.Side, candidate.Side).Explain(ctx, crash)
	switch {
	case errors.Is(err, compare.ErrUnweighed):
		e.Notes = append(e.Notes, report.Note{Text: report.Sentence("%s", err), Unknown: true})
	case err != nil:
		return fmt.Errorf("making the signatures of %s: %w", crash.ID(), err)
	}
	e.Base = &report.Explained{Side: base.Info, Result: result.Base}
	e.Candidate = &report.Explained{Side: candidate.Info, Result: result.Candidate}
	_, e.Causes = result.Why(compare.NewDiffer(base.Side, candidate.Side))
	e.RuleChanges = result.RuleChanges()
	return nil
}

// samples explains the first example of each group, for reports that show frames. An example that can't
// be read or explained any more is left out: the report names its crash all the same.
// Only a context that has ended is an error.
func samples(ctx context.Context, c *cache.Cache, r *report.Report, base, candidate signatures.Side) (map[string]compare.Comparison, error) {
	// One of each for all examples: what a signer remembers of frames holds for the next crash, too.
	b, k := base.NewSigner(), candidate.NewSigner()
	found := map[string]compare.Comparison{}
	for _, g := range r.Groups {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(g.Examples) == 0 {
			continue
		}
		crash, err := corpora.Crash(c, g.Examples[0])
		if err != nil {
			continue
		}
		if result, err := compare.Explain(crash, b, k); err == nil {
			found[g.Examples[0]] = result
		}
	}
	return found, nil
}

// screen is how a report in a format is shown on standard output: as wide as the terminal, and tables and
// text in colours, unless NO_COLOR is set (https://no-color.org). What is no terminal gets any width and no
// colours.
func (a *app) screen(format string) report.Options {
	// a.terminal, not a.stdout: between the two are a buffer and the filter.
	o := report.Options{Width: terminal.Width(a.terminal)}
	if terminal.Is(a.terminal) && format == "text" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		o.Color = true
		// The filter spells escape sequences out, else: those of other formats are data.
		a.filter.AllowColours()
	}
	return o
}
