package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/suggest"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/patches"
)

// suggestOptions are the flags of suggest.
type suggestOptions struct {
	output outputOptions
	selection
	specs               specOptions
	signature, siglists string   // a signature, empty with together; a SPEC
	together            bool     // the signatures are the arguments
	repeated            []string // the flags that say where siglists and crashes are, and by which rules
	rules               string   // rules must walk over frames: lines change nothing else
	limit, workers      int
}

// suggestCommand is 'sigdiff suggest'. It loads siglists, asks engine/suggest for lines, and prints them with the
// diff that shows what else they change. Nothing is written to the lists: --format patch is for git apply.
func (a *app) suggestCommand() *cobra.Command {
	var o suggestOptions
	cmd := page("suggest", nil, func(cmd *cobra.Command, args []string) error {
		if err := o.check(args); err != nil {
			return err
		}
		o.repeated = repeated(cmd.Flags(), "cache", "corpus", "ids", "repo", "siglists-path", "remote", "rules")
		return a.runSuggest(cmd.Context(), o, args)
	})
	f := cmd.Flags()
	f.StringVar(&o.signature, "signature", "", "the signature to split")
	f.BoolVar(&o.together, "together", false, "put the two signatures together that are given as arguments")
	o.selection.addFlags(cmd)
	f.StringVar(&o.siglists, "siglists", "HEAD", "SPEC of the siglists that lines are added to")
	o.specs.addFlags(cmd)
	rulesFlag(f, &o.rules)
	o.output.addFlags(cmd, report.SuggestFormats().Names())
	numberFlag(f, &o.limit, "limit", 0, 20, "show at most this many signatures, and groups of other crashes (0: all)")
	settable(f, "limit")
	only(f, "limit", []string{"text"})
	workersFlag(f, &o.workers)
	return cmd
}

func (o *suggestOptions) check(args []string) error {
	switch {
	case o.together == (o.signature != ""):
		return exit.Usagef("suggest needs --signature with one signature, or --together with two arguments")
	case o.together && len(args) != 2:
		return exit.Usagef("--together takes two signatures, as arguments; there are %d", len(args))
	case o.together && args[0] == args[1]:
		return exit.Usagef("--together takes two signatures, and %q is one", args[0])
	case !o.together && len(args) > 0:
		return exit.Usagef("--signature takes the signature; %q is too much (a signature with spaces needs quotes)", args[0])
	}
	return nil
}

func (a *app) runSuggest(ctx context.Context, o suggestOptions, args []string) error {
	side, err := a.specs(o.specs).ListsSide(ctx, o.siglists, o.rules)
	if err != nil {
		return err
	}
	generator := side.Generator()
	// Rulesets such as proto take all frames, whatever the lists say.
	if !generator.Rules.Walks() {
		return exit.Usagef("--rules %s: no line says where its signatures end, so that none can be suggested", o.rules)
	}
	return a.withCrashes(o.selection, nil, func(c *cache.Cache, which cache.Corpus) error {
		source := corpora.NewSource(c, which.IDs)
		found, err := o.find(ctx, source, generator, args)
		if err != nil {
			return err
		}
		s := &report.Suggestion{
			Siglists: side.Info, Notes: append(crashNotes(c, which), side.Notes()...), Suggestion: found,
			Corpus: report.Corpus{Name: which.Name, Crashes: found.Crashes, Digest: source.Digest()},
		}
		// Refused is a result: the report says why there is no line, and the code is 0.
		if s.Refused == "" {
			s.Commands = o.commands(found)
			s.Patch = patches.Of(side.Set, found.Set, o.specs.folder(o.siglists, side.Info))
		} else if o.output.format == "patch" {
			// An empty patch says nothing by itself.
			a.note("nothing to suggest: %s", s.Refused)
		}
		if err := render(a, o.output, report.SuggestFormats(), s, report.Options{Limit: o.limit}); err != nil {
			return err
		}
		return a.undone(ctx, c, "not looked at", found.Missing, len(found.Failures), false, report.Unknown(s.Notes)...)
	})
}

func (o *suggestOptions) find(ctx context.Context, source *corpora.Source, g *signatures.Generator, args []string) (found *suggest.Suggestion, err error) {
	// All are looked at, not only those with the signature: a line that splits it may change others, too.
	crashes, err := table.Load(ctx, source, o.workers)
	switch {
	case err != nil:
	case o.together:
		found, err = suggest.Together(ctx, crashes, g, args[0], args[1])
	default:
		found, err = suggest.Split(ctx, crashes, g, o.signature)
	}
	// No crash has the signature: it is most likely misspelt.
	if errors.Is(err, suggest.ErrNoCrash) {
		for _, s := range append(args, o.signature) {
			if m := g.Rules.Misspelt(s); m != nil {
				err = fmt.Errorf("%w; %s", err, m)
			}
		}
		return nil, exit.Usagef("%w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for lines: %w", err)
	}
	return found, nil
}

// commands show everything that the lines change.
// They repeat what of the flags says where the siglists and crashes are, so that they can be pasted.
func (o *suggestOptions) commands(s *suggest.Suggestion) []string {
	words := []string{"sigdiff", "diff", "--base", o.siglists}
	for _, step := range s.Steps {
		for _, line := range step.Lines {
			words = append(words, "--add", step.List.Word()+":"+line)
		}
	}
	return []string{shell.Line(append(words, o.repeated...))}
}
