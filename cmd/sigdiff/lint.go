package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// exitFaulty is the code of siglists with errors.
const exitFaulty = 1

// lintOptions are the flags of lint.
type lintOptions struct {
	specs                   specOptions
	against, corpus, format string
	broad                   string
	disable                 []string
}

func (a *app) lintCommand() *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:   "lint SPEC",
		Short: "Find what is wrong or suspicious in siglists",
		Long: `Find what is wrong in siglists (errors: what Python refuses, and what a merge
conflict leaves), and what is suspicious (warnings). With --against only the
warnings that a change brings, with --corpus also what only crashes can tell.

` + specHelp + `

` + checksHelp() + `
lint exits with 1 when it shows an error; warnings alone exit with 0. It exits with
2 when there is nothing to look at: no such directory or revision, or one with none
of the four lists.`,
		Example: `  sigdiff lint socorro/signature/siglists
  sigdiff lint pr/7078 --against main
  sigdiff lint new/ --corpus nightly --broad 1% --disable order,trailing-any`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runLint(cmd.Context(), o, args[0]) },
	}
	f := cmd.Flags()
	o.specs.addFlags(cmd)
	f.StringVar(&o.against, "against", "", "SPEC of the siglists before a change: leave out the warnings that it has, too")
	f.StringVar(&o.corpus, "corpus", "", "also hold the lines against the frames of this corpus")
	f.StringVar(&o.broad, "broad", "2%", "with --corpus: the share of distinct frames above which a line is too broad")
	f.StringVar(&o.format, "format", "text", "text, json, or github (annotations of GitHub Actions)")
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
		return lint.Options{}, usageError("--disable: %w; 'sigdiff lint --help' lists the checks", err)
	}
	if !slices.Contains(lint.Formats(), o.format) {
		return lint.Options{}, usageError("no format %q; there are %s", o.format, strings.Join(lint.Formats(), ", "))
	}
	broad, err := parseShare(o.broad)
	if err != nil {
		return lint.Options{}, usageError("--broad: %w", err)
	}
	return lint.Options{Disable: disabled, Broad: broad}, nil
}

// parseShare reads a share such as 2% or 0.02.
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share > 0 && share <= 1) {
		return 0, fmt.Errorf("%q is no share above nothing and up to the whole, such as 2%% or 0.02", text)
	}
	return share, nil
}

func (a *app) runLint(ctx context.Context, o lintOptions, spec string) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	reader := a.specs(o.specs)
	subject, err := readLintSubject(ctx, reader, spec)
	if err != nil {
		return err
	}
	var unread error
	if o.corpus != "" && subject.set != nil {
		if options.Corpus, unread, err = a.corpusFrames(ctx, o.corpus, subject.set); err != nil {
			return err
		}
	}
	findings := subject.findings(options)
	if o.against != "" {
		before, err := readLintSubject(ctx, reader, o.against)
		if err != nil {
			return fmt.Errorf("against: %w", err)
		}
		findings = lint.New(before.findings(options), findings, before.set)
	}
	document := lint.Document{Spec: spec, Against: o.against, Dir: o.folder(spec), Findings: findings}
	if err := lint.Render(a.stdout, o.format, document); err != nil {
		return fmt.Errorf("writing the findings: %w", err)
	}
	return a.lintResult(findings, unread)
}

func (a *app) lintResult(findings []lint.Finding, unread error) error {
	faults, warnings := lint.Count(findings, lint.Error), lint.Count(findings, lint.Warning)
	summary := fmt.Sprintf("%s, %s", counted(faults, "error"), counted(warnings, "warning"))
	if faults > 0 {
		return &exitError{exitFaulty, errors.New(summary)}
	}
	a.say(summary)
	return unread
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// lintSubject is siglists to be looked at, or why they don't load.
type lintSubject struct {
	set     *siglists.Set
	refused *siglists.LoadError
}

// readLintSubject fails only where there is nothing to look at.
func readLintSubject(ctx context.Context, reader *specReader, spec string) (lintSubject, error) {
	set, _, err := reader.loadSet(ctx, spec)
	var refused *siglists.LoadError
	if errors.As(err, &refused) && !nothingThere(refused) {
		return lintSubject{refused: refused}, nil
	}
	return lintSubject{set: set}, err
}

// nothingThere tells whether none of the four files could be read.
func nothingThere(err *siglists.LoadError) bool {
	whole := map[string]bool{}
	for _, p := range err.Problems {
		if p.Line == 0 {
			whole[p.File] = true
		}
	}
	return len(whole) == len(siglists.Names())
}

func (s lintSubject) findings(o lint.Options) []lint.Finding {
	if s.refused != nil {
		return lint.Errors(s.refused)
	}
	return lint.Run(s.set, o)
}

// folder is what the names of the lists' files are put behind, so that editors and annotations find them:
// the directory, or their place in the repository.
func (o lintOptions) folder(spec string) string {
	kind, word := parseSpec(spec)
	if kind == specDir || kind == specWord && holdsLists(word) {
		return filepath.ToSlash(word)
	}
	return orElse(o.specs.path, gitlists.DefaultPath)
}
