package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// corpusCommand is 'sigdiff corpus'. It does nothing by itself. Here are the commands that show corpora and delete them;
// corpuscreate.go has those that make one, and corpusfiles.go those about files. All that make one go through
// keeping.keep, which never replaces a corpus unasked.
func (a *app) corpusCommand() *cobra.Command {
	cmd := page("corpus", nil, onlyHelp)
	cmd.AddCommand(
		a.corpusListCommand(), a.corpusShowCommand(), a.corpusIDsCommand(), a.corpusCreateCommand(), a.corpusSampleCommand(),
		a.corpusExportCommand(), a.corpusImportCommand(), a.corpusDeleteCommand(),
	)
	return cmd
}

func (a *app) corpusListCommand() *cobra.Command {
	var format string
	cmd := page("corpus-list", cobra.NoArgs, func(*cobra.Command, []string) error { return a.runCorpusList(format) })
	formatFlag(cmd, &format, "text", "text", "json")
	return cmd
}

// corpusRow is a corpus as list tells of it.
type corpusRow struct {
	Name       string          `json:"name"`
	Crashes    int             `json:"crashes"`
	Created    time.Time       `json:"created"`
	Accepted   *time.Time      `json:"accepted"` // null when nothing is
	Provenance json.RawMessage `json:"provenance,omitempty"`
}

// runCorpusList also lists when some corpora can't be read: they are no reason to hide the others, and their error
// comes at the end.
func (a *app) runCorpusList(format string) error {
	return a.withCache(reading, func(c *cache.Cache) error {
		all, unreadable := c.Corpora()
		// Not nil: JSON has an empty list then.
		rows := make([]corpusRow, 0, len(all))
		for _, info := range all {
			// How many crashes there are is part of the corpus. Its ids are not read for a list.
			row := corpusRow{Name: info.Name, Crashes: info.Crashes, Created: info.Created, Provenance: info.Provenance}
			accepted, err := a.readAccepted(c, info.Name)
			if accepted != nil {
				row.Accepted = &accepted.Info.Time
			}
			unreadable = errors.Join(unreadable, err)
			rows = append(rows, row)
		}
		if format == "json" {
			return errors.Join(report.WriteJSON(a.stdout, map[string]any{"corpora": rows}), unreadable)
		}
		return errors.Join(a.listCorpora(rows), unreadable)
	})
}

func (a *app) listCorpora(rows []corpusRow) error {
	// That is a note and no error: an empty cache is in order. JSON gives an empty list.
	if len(rows) == 0 {
		a.note("there are no corpora yet; 'sigdiff corpus create' or --corpus with fetch or import makes one")
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tCRASHES\tCREATED\tACCEPTED")
	for _, r := range rows {
		accepted := "-"
		if r.Accepted != nil {
			accepted = r.Accepted.Format(time.DateOnly)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", visible(r.Name), plural.Number(r.Crashes), r.Created.UTC().Format(time.DateOnly), accepted)
	}
	return w.Flush()
}

// visible is text from elsewhere as a terminal can show it: what could steer it is spelled out.
func visible(s string) string { return report.Visible(s) }

func (a *app) corpusShowCommand() *cobra.Command {
	var format string
	var top int
	cmd := page("corpus-show", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		return a.runCorpusShow(cmd.Context(), args[0], format, top)
	})
	formatFlag(cmd, &format, "text", "text", "json")
	numberFlag(cmd.Flags(), &top, "limit", 0, 10, "how many signatures and versions the text names (0: all)")
	only(cmd.Flags(), "limit", []string{"text"})
	return cmd
}

func (a *app) corpusIDsCommand() *cobra.Command {
	return page("corpus-ids", cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error {
		return a.withCrashes(selection{corpus: args[0]}, nil, func(c *cache.Cache, corpus cache.Corpus) error {
			return atomicfile.Lines(corpus.IDs)(a.stdout)
		})
	})
}

// runCorpusShow reads every crash of the corpus, since all but the list itself is in them: that takes as long as a
// comparison. What is shown is printed before the error over crashes that can't be read.
func (a *app) runCorpusShow(ctx context.Context, name string, format string, top int) error {
	return a.withCrashes(selection{corpus: name}, nil, func(c *cache.Cache, corpus cache.Corpus) error {
		shown, err := corpora.Summarize(ctx, c, corpus, runtime.GOMAXPROCS(0))
		if err != nil {
			return fmt.Errorf("reading corpus %q: %w", name, err)
		}
		accepted, err := a.readAccepted(c, name)
		if err != nil {
			return err
		}
		if accepted != nil {
			shown.Accepted = accepted.Summary()
		}
		err = a.output(outputOptions{format: format}, "", func(w io.Writer, screen report.Options) error {
			if format == "json" {
				return report.WriteJSON(w, shown)
			}
			return writeCorpus(w, shown, screen, top)
		})
		return errors.Join(err, a.unread(shown.Failures, "not counted"))
	})
}

func writeCorpus(w io.Writer, s *corpora.Summary, screen report.Options, top int) error {
	text := report.NewText(w, screen)
	text.Field("corpus", "%s", s.Name)
	text.Field("crashes", "%s", countText(s))
	for _, note := range lacksNotes(s.Provenance) {
		text.Field("", "%s", note.Text)
	}
	// By it two people tell whether they have the same crashes, known in the same way.
	text.Field("digest", "%s", s.Digest)
	text.Field("created", "%s", s.Created.Format(time.DateTime))
	if s.First != nil {
		text.Field("sent", "%s to %s", s.First.Format(time.DateTime), s.Last.Format(time.DateTime))
	}
	if acc := s.Accepted; acc != nil {
		then := ""
		if acc.Digest != s.Digest { // the crashes are not those that results were accepted for
			then = ", when the digest was " + acc.Digest
		}
		text.Field("accepted", "%s, %s of %s%s", acc.Time.Format(time.DateTime), plural.Of(acc.Signatures, "signature", "signatures"), plural.Crashes(acc.Crashes), then)
		for _, p := range acc.Parts {
			text.Field("", "%s", partNote(p, time.Now()))
		}
	}
	text.Field("products", "%s", countsText(s.Products, top))
	text.Field("versions", "%s", countsText(s.Versions, top))
	text.Field("channels", "%s", countsText(s.Channels, top))
	text.Field("platforms", "%s", countsText(s.Platforms, top))
	text.Field("signatures", "%s", plural.Number(len(s.Signatures)))
	// The most frequent: Summarize sorts them.
	shown, more := report.Limited(s.Signatures, top)
	for _, c := range shown {
		text.Count(c.Crashes, c.Name)
	}
	if more > 0 {
		text.Field("", "and %s more; --limit 0 shows all", plural.Number(more))
	}
	return cmp.Or(text.Err(), writeProvenance(w, s.Provenance))
}

func countText(s *corpora.Summary) string {
	text := fmt.Sprintf("%s, %s cached, %s missing", plural.Number(s.Crashes), plural.Number(s.Cached), plural.Number(s.Missing))
	if s.None > 0 {
		text += fmt.Sprintf(" (%s at the service too)", plural.Number(s.None))
	}
	if s.Failed > 0 {
		text += fmt.Sprintf(", %s can't be read", plural.Number(s.Failed))
	}
	return text
}

// writeProvenance shows where the list of a corpus comes from, as it was kept.
// It may come from another version of sigdiff, or another program, so that nothing is expected of it; what isn't
// JSON is quoted.
func writeProvenance(w io.Writer, from json.RawMessage) error {
	if len(from) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("provenance\n  ")
	if err := json.Indent(&b, from, "  ", "  "); err != nil {
		fmt.Fprintf(&b, "%q", from)
	}
	b.WriteByte('\n')
	_, err := b.WriteTo(w)
	return err
}

func countsText(counts []corpora.Count, top int) string {
	shown, more := report.Limited(counts, top)
	var parts []string
	for _, c := range shown {
		parts = append(parts, cmp.Or(c.Name, "(none)")+" "+plural.Number(c.Crashes)) // a crash need not say its version
	}
	if more > 0 {
		parts = append(parts, fmt.Sprintf("and %s more", plural.Number(more)))
	}
	return strings.Join(parts, ", ")
}

// corpusDeleteCommand is 'sigdiff corpus delete'. With --documents it works in the two steps of prune, and can be
// repeated after it was stopped in either.
func (a *app) corpusDeleteCommand() *cobra.Command {
	var documents bool
	cmd := page("corpus-delete", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		return a.runCorpusDelete(cmd.Context(), args[0], documents)
	})
	cmd.Flags().BoolVar(&documents, "documents", false, "remove the crashes that no other corpus has")
	return cmd
}

// runCorpusDelete takes what was deleted out of the file also where the corpus is not there any more: a run that was
// stopped before compacting has deleted it, and the same command again is how one finishes that. Any other corpus
// that isn't there is an error.
func (a *app) runCorpusDelete(ctx context.Context, name string, documents bool) error {
	var done corpora.Removed
	var deleted []string
	var pending bool
	err := a.withCache(writing, func(c *cache.Cache) (err error) {
		done, err = corpora.Remove(ctx, c, name, documents)
		// Also after an error of Remove: the documents go first, and may be gone.
		var pendingErr error
		deleted, pending, pendingErr = c.Pending()
		return cmp.Or(err, pendingErr)
	})
	switch {
	case err == nil:
		a.printRemoved(name, done, documents)
	case !errors.Is(err, cache.ErrNoCorpus):
		return err
	case documents && slices.Contains(deleted, name): // by this command, before it was stopped
		fmt.Fprintf(a.stdout, "corpus %s was deleted before\n", visible(name))
		err = nil
	}
	if !documents || !pending {
		return err
	}
	// err is still set where a corpus that is not there was never deleted by this command: what else was pending is finished all
	// the same.
	return cmp.Or(a.finishDeletion(ctx, done.Values == 0), err)
}

func (a *app) printRemoved(name string, done corpora.Removed, documents bool) {
	fmt.Fprintf(a.stdout, "deleted corpus %s, %s\n", visible(name), plural.Crashes(done.Crashes))
	if documents {
		fmt.Fprintf(a.stdout, "removed %s; those of %s stay, since other corpora have them\n", plural.Of(done.Values, "document or record", "documents and records"), plural.Crashes(done.Shared))
	}
}
