package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/lines"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/timeline"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// linesOptions are the flags of lines.
type linesOptions struct {
	output outputOptions
	selection
	specs    specOptions
	edit     editOptions
	rules    string
	annotate bool // print the files themselves; no other format then
	workers  int
}

// linesCommand is 'sigdiff lines'. It loads one set of siglists, asks engine/lines what each line of it does to the
// chosen crashes, and for a revision adds the commit that each line came with.
func (a *app) linesCommand() *cobra.Command {
	var o linesOptions
	cmd := page("lines", cobra.MaximumNArgs(1), func(cmd *cobra.Command, args []string) error {
		// The ending of the file's name says a format as --format does.
		ending := endingFormat(o.output.path)
		if o.annotate && (cmd.Flags().Changed("format") || ending != "" && ending != "text") {
			return exit.Usagef("--annotate prints the lists, and has no other format")
		}
		word, err := o.edit.specOf("lines", o.specs, args)
		if err != nil {
			return err
		}
		return a.runLines(cmd.Context(), o, word)
	})
	f := cmd.Flags()
	o.selection.addFlags(cmd)
	o.specs.addFlags(cmd)
	o.edit.addFlags(cmd)
	rulesFlag(f, &o.rules)
	o.output.addFlags(cmd, report.LinesFormats().Names())
	f.BoolVar(&o.annotate, "annotate", false, "print the files of the lists, with the figures in front of their lines")
	workersFlag(f, &o.workers)
	return cmd
}

func (a *app) runLines(ctx context.Context, o linesOptions, word string) error {
	// Before the crashes are read: a misspelt SPEC costs no time.
	side, origins, unknown, err := a.listsWithOrigins(ctx, o, word)
	if err != nil {
		return err
	}
	return a.withCrashes(o.selection, nil, func(c *cache.Cache, which cache.Corpus) error {
		source := corpora.NewSource(c, which.IDs)
		measured, err := lines.Measure(ctx, source, side.Generator(), o.workers)
		if err != nil {
			return fmt.Errorf("measuring the lines: %w", err)
		}
		l := &report.Lines{
			Siglists: side.Info, Set: side.Set, Measured: measured, Origins: origins,
			Notes:  slices.Concat(noStack(measured.WithoutStack, measured.All.Crashes), crashNotes(c, which), side.Notes(), unknown),
			Corpus: report.Corpus{Name: which.Name, Crashes: measured.Crashes, Digest: source.Digest()},
		}
		err = a.output(o.output, "", func(w io.Writer, screen report.Options) error {
			if o.annotate {
				return report.AnnotatedLines(w, l, screen)
			}
			return report.LinesFormats().Render(w, o.output.format, l, screen)
		})
		if err != nil {
			return fmt.Errorf("writing the lines: %w", err)
		}
		return a.undone(ctx, c, "not looked at", l.Missing, len(l.Failures), l.All.Crashes == 0, report.Unknown(l.Notes)...)
	})
}

// listsWithOrigins loads siglists and, for a revision, the commits that their lines came with.
// Of an edit, the origins are those of the revision that it is laid over. A line that the edit adds has none. unknown says
// why others have none.
func (a *app) listsWithOrigins(ctx context.Context, o linesOptions, word string) (side spec.Side, origins map[siglists.Line]report.Commit, unknown []report.Note, err error) {
	reader := a.specs(o.specs)
	unedited, loaded, err := a.edited(ctx, reader, word, o.edit)
	if err != nil {
		return spec.Side{}, nil, nil, err
	}
	side, err = loaded.Side(o.rules)
	// A folder has no commits, and nobody committed a merge that is made here.
	if err != nil || unedited.Info.Revision == "" {
		if pull := unedited.Pull; pull != nil {
			unknown = []report.Note{{Text: report.Sentence("the merge of pr/%d is no commit, so that with which commits its lines came is not looked up; 'sigdiff lines pr/%d' tells it of those of the pull request", pull.Number, pull.Number)}}
		}
		return side, nil, unknown, err
	}
	// All commits from the first on: a line may be as old as the lists.
	t, err := timeline.Load(ctx, reader, timeline.Range{To: "git:" + unedited.Info.Revision})
	if err != nil {
		return side, nil, nil, fmt.Errorf("reading the history of the lines: %w", err)
	}
	if t.Shallow != "" {
		unknown = []report.Note{{Text: report.Sentence("with which commits the oldest lines came is not known: %s", t.Shallow), Unknown: true}}
	}
	return side, t.Origins(), unknown, nil
}
