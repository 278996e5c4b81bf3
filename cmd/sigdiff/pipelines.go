package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/pipelines"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
)

// pipelinesOptions are the flags of pipelines.
type pipelinesOptions struct {
	output outputOptions
	selection
	specs    specOptions
	programs programOptions
	workers  int // at least 1
}

// pipelinesCommand is 'sigdiff pipelines'. Each SPEC with its ruleset is one pipeline. All make the signatures of
// the same crashes, and only crashes that have one of each pipeline are in the figures.
func (a *app) pipelinesCommand() *cobra.Command {
	var o pipelinesOptions
	cmd := page("pipelines", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error { return a.runPipelines(cmd.Context(), o, args) })
	o.selection.addFlags(cmd)
	o.specs.addFlags(cmd)
	o.programs.addFlags(cmd)
	o.output.addFlags(cmd, report.PipelinesFormats().Names())
	workersFlag(cmd.Flags(), &o.workers)
	return cmd
}

func (a *app) runPipelines(ctx context.Context, o pipelinesOptions, words []string) error {
	return a.withCrashes(o.selection, nil, func(c *cache.Cache, which cache.Corpus) error {
		specs := a.sidesOver(c, o.corpus, o.specs, o.programs)
		p := &report.Pipelines{Notes: crashNotes(c, which)}
		if err := o.programs.check(words...); err != nil {
			return err
		}
		sides, err := pipelineSides(ctx, specs, p, words)
		if err != nil {
			return err
		}
		source := corpora.NewSource(c, which.IDs)
		if p.Measured, err = pipelines.Measure(ctx, source, sides, o.workers); err != nil {
			return fmt.Errorf("grouping the crashes: %w", err)
		}
		// First, since it makes all figures below it worthless.
		p.Notes = append(noStack(p.WithoutStack, p.Compared), p.Notes...)
		p.Corpus = report.Corpus{Name: which.Name, Crashes: p.Crashes, Digest: source.Digest()}
		if err := render(a, o.output, report.PipelinesFormats(), p, report.Options{}); err != nil {
			return err
		}
		a.nameSome(len(p.Failures), "; --format json names all", func(i int) string { return visible(p.Failures[i].ID) + ": " + p.Failures[i].Err })
		// Shares of nothing would be 0, as if no pipeline put two crashes together.
		return a.undone(ctx, c, "not in the figures", p.Missing, len(p.Failures), p.Compared == 0, report.Unknown(p.Notes)...)
	})
}

// pipelineSides makes the sides, and says in the report what they are.
// Notes that several SPECs share, such as one revision with two rulesets, are said once.
func pipelineSides(ctx context.Context, specs *spec.Reader, p *report.Pipelines, words []string) ([]signatures.Side, error) {
	var sides []signatures.Side
	said := map[string]bool{}
	for _, word := range words {
		side, err := pipelineSide(ctx, specs, word)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
		sides, p.Sides = append(sides, side.Side), append(p.Sides, side.Info)
		for _, note := range side.Notes() {
			if text := note.Text.String(); !said[text] { // of a SPEC with several rulesets
				said[text] = true
				p.Notes = append(p.Notes, note)
			}
		}
	}
	return sides, nil
}

// pipelineSide makes the side of a SPEC with a ruleset behind it. An @ may belong to the name of a directory or a
// branch, too: where the ruleset was not one, the error says what could stand there.
func pipelineSide(ctx context.Context, specs *spec.Reader, word string) (spec.Side, error) {
	name, rules := spec.CutRules(word)
	side, err := specs.Side(ctx, name, rules)
	if kind, _ := spec.Parse(name); err != nil && rules == signatures.DefaultRuleset && kind != spec.Exec && strings.Contains(name, "@") {
		err = fmt.Errorf("%w; behind an @ may stand a ruleset: %s", err, signatures.RulesetsHelp)
	}
	return side, err
}
