package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
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
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// lintOptions are the flags of lint.
type lintOptions struct {
	output          outputOptions
	specs           specOptions
	edit            editOptions
	against, corpus string   // against is a SPEC; empty: nothing, or the own base
	disable         []string // names of checks
	ownBase         bool     // a pull request is held against its own base
}

// lintCommand is 'sigdiff lint'. It finds what there is to find in a set of siglists and, where there is one to hold
// it against, leaves out what that has, too. Siglists that don't load are findings here, and not an error as
// elsewhere.
func (a *app) lintCommand() *cobra.Command {
	var o lintOptions
	cmd := page("lint", cobra.MaximumNArgs(1), func(cmd *cobra.Command, args []string) error {
		// --against '' is a choice, and means nothing.
		o.ownBase = !cmd.Flags().Changed("against")
		word, err := o.edit.specOf("lint", o.specs, args)
		if err != nil {
			return err
		}
		return a.runLint(cmd.Context(), o, word)
	})
	// From the table of checks, so that help can't lack one.
	cmd.Long = strings.Replace(cmd.Long, "{checks}", checksHelp(), 1)
	f := cmd.Flags()
	o.specs.addFlags(cmd)
	o.edit.addFlags(cmd)
	f.StringVar(&o.against, "against", "", "SPEC of the siglists before a change: leave out the warnings that it has, too (default: of a pull request its merge base, of a change set what it is laid over)")
	f.StringVar(&o.corpus, "corpus", "", "also hold the lines against the frames of this corpus")
	o.output.addFlags(cmd, report.LintFormats().Names())
	// It follows github, the last of the names.
	f.Lookup("format").Usage += " (annotations of GitHub Actions)"
	f.StringSliceVar(&o.disable, "disable", nil, "checks to leave out, separated by commas")
	return cmd
}

func checksHelp() string {
	var b strings.Builder
	for _, corpus := range []bool{false, true} {
		b.WriteString(map[bool]string{false: "The checks:\n", true: "With --corpus:\n"}[corpus])
		for _, c := range lint.Checks() {
			if c.Corpus == corpus {
				fmt.Fprintf(&b, "  %-20s %s\n", c.Name, c.Summary)
			}
		}
	}
	return b.String()
}

func (o lintOptions) options() (lint.Options, error) {
	disabled, err := lint.ParseChecks(o.disable)
	if err != nil {
		return lint.Options{}, exit.Usagef("--disable: %w; 'sigdiff lint --help' lists the checks", err)
	}
	return lint.Options{Disable: disabled, Fragments: signatures.Fragments()}, nil
}

// runLint keeps unread until the end: findings are shown whatever crashes could not be read.
func (a *app) runLint(ctx context.Context, o lintOptions, word string) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	reader := a.specs(o.specs)
	unedited, loaded, err := a.edited(ctx, reader, word, o.edit)
	subject, err := newLintSubject(loaded, err)
	if err != nil {
		return err
	}
	var unread error
	// Lines that don't load match no frames.
	if o.corpus != "" && subject.Set != nil {
		if options.Corpus, unread, err = a.corpusFrames(ctx, o.corpus, subject.Set); err != nil {
			return err
		}
	}
	// What differs between two sets is judged after each was looked at as a whole: a check may look at all lines of a list.
	findings, err := subject.findings(ctx, options)
	if err != nil {
		return err
	}
	before, against, err := a.lintBefore(ctx, reader, o, subject, unedited)
	if err != nil {
		return fmt.Errorf("against: %w", err)
	}
	if against != "" {
		known, err := before.findings(ctx, options)
		if err != nil {
			return fmt.Errorf("against: %w", err)
		}
		findings = lint.New(known, findings, before.Set)
	}
	// word is what an edit is laid over. Siglists that don't load have no other name.
	document := report.NewLint(cmp.Or(loaded.Info.Spec, word), against, o.specs.folder(word, loaded.Info), findings)
	// The findings stand before their number.
	if err := cmp.Or(render(a, o.output, report.LintFormats(), document, report.Options{}), a.out.Flush()); err != nil {
		return fmt.Errorf("writing the findings: %w", err)
	}
	return a.lintResult(document, unread)
}

// lintBefore reads the siglists that others are held against; against names them, and is empty for none. unedited are
// those that a change set is laid over.
// What comes first: the base of a change set, unless --against says another; --against; the own base of a pull
// request.
func (a *app) lintBefore(ctx context.Context, reader *spec.Reader, o lintOptions, subject lintSubject, unedited spec.Loaded) (before lintSubject, against string, err error) {
	if o.ownBase && o.edit.given() && unedited.Set != nil {
		before, err = newLintSubject(unedited, nil)
		return before, unedited.Info.Spec, err
	}
	if !o.ownBase || subject.Pull == nil {
		if o.against != "" {
			before, err = newLintSubject(reader.Load(ctx, o.against))
		}
		return before, o.against, err
	}
	base, err := reader.LoadBase(ctx, subject.Loaded)
	if before, err = newLintSubject(base, err); err != nil {
		return before, "", fmt.Errorf("%w (lint takes it as --against)", err)
	}
	a.note("held against %s = %.12s (%.10s, %s)", base.Info.Spec, base.Info.Revision, base.Info.Date, base.Info.Subject)
	for _, note := range reader.Notes {
		a.note("%v", note.Text)
	}
	return before, base.Info.Revision, nil
}

// lintResult is how lint ends: an error among the findings outweighs what could not be read, which is said all the same.
func (a *app) lintResult(found *report.Lint, unread error) error {
	// Warnings alone are no reason to fail: they may be as they should be.
	if lint.Count(found.Findings, lint.Error) > 0 {
		return exit.With(exit.Changed, errors.Join(errors.New(found.Summary()), unread))
	}
	a.say(found.Summary())
	if unread != nil {
		return unread
	}
	undecided := func(f lint.Finding) bool { return f.Check == lint.Undecided }
	if slices.ContainsFunc(found.Findings, undecided) {
		return exit.Incompletef("not everything was decided; the warnings that end in [undecided] say of which lines")
	}
	return nil
}

// lintSubject is siglists to be looked at, or why they don't load.
type lintSubject struct {
	spec.Loaded
	refused *siglists.LoadError
}

// newLintSubject fails only where there is nothing to look at.
// loaded and err are what loading gave. Files with errors are something to look at; a folder without lists is not.
func newLintSubject(loaded spec.Loaded, err error) (lintSubject, error) {
	s := lintSubject{Loaded: loaded}
	// s.refused is only set where err is a LoadError; other errors, such as of git, are returned.
	if errors.As(err, &s.refused) && !nothingThere(s.refused) {
		return s, nil
	}
	return s, err
}

// nothingThere tells whether none of the four files could be read.
func nothingThere(err *siglists.LoadError) bool {
	whole := map[string]bool{}
	for _, p := range err.Problems {
		// A problem without a line is one of the whole file.
		if p.Line == 0 {
			whole[p.File] = true
		}
	}
	return len(whole) == len(siglists.Names())
}

func (s lintSubject) findings(ctx context.Context, o lint.Options) ([]lint.Finding, error) {
	// Lines that load are not checked beside some that don't: what they match isn't known.
	if s.refused != nil {
		return lint.Errors(s.refused), nil
	}
	return lint.Run(ctx, s.Set, o)
}

// corpusFrames are the distinct normalised frames of a corpus. unread is the error for crashes that could
// not be read, but may be fetched, which hides no finding of the others.
func (a *app) corpusFrames(ctx context.Context, name string, set *siglists.Set) (frames []lint.Frame, unread, err error) {
	err = a.withCrashes(selection{corpus: name}, nil, func(c *cache.Cache, corpus cache.Corpus) error {
		found, left, err := corpora.Frames(ctx, corpora.NewSource(c, corpus.IDs), signatures.NewGenerator(set, signatures.DefaultRules()), runtime.GOMAXPROCS(0))
		if err != nil {
			return fmt.Errorf("reading the frames of %s: %w", name, err)
		}
		frames = found
		// In this order: what can be fetched is worth more than to know that the corpus never was whole.
		l, err := leftOf(ctx, c, left.Missing, len(left.Failures))
		switch {
		case err != nil:
			return err
		case l.open():
			unread = l.err("without frames of " + name)
		case len(frames) == 0:
			unread = exit.Incompletef("%s has no frames to hold the lines against", name)
		default:
			unread = a.unfinished(l, "", false, report.Unknown(lacksNotes(corpus.Provenance)))
		}
		return nil
	})
	return frames, unread, err
}
