package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// corpusExportCommand is 'sigdiff corpus export'. It puts a file in place once that is whole.
func (a *app) corpusExportCommand() *cobra.Command {
	var output, format string
	var o corpora.ExportOptions
	cmd := page("corpus-export", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		if format == crashDataKind {
			return a.exportCrashData(cmd.Context(), args[0], output)
		}
		return a.runCorpusExport(cmd.Context(), args[0], output, o)
	})
	formatFlag(cmd, &format, corpusFormat, corpusFormat, crashDataKind)
	cmd.Flags().StringVarP(&output, "output", "o", "", "the file to write (- for stdout)")
	cmd.Flags().BoolVar(&o.Documents, "with-documents", false, "also the raw and processed crashes (20 to 100 times larger)")
	only(cmd.Flags(), "with-documents", []string{corpusFormat})
	return cmd
}

// corpusFormat is the format of the file that corpus import takes.
const corpusFormat = "sigcorpus"

// exportCrashData writes the crash data of a corpus.
// A crash whose processed crash isn't cached fails, too: crash data is made of nothing else. The lines are in the
// order of the corpus, which is that of the ids.
func (a *app) exportCrashData(ctx context.Context, name, path string) error {
	return a.withCrashes(selection{corpus: name}, nil, func(c *cache.Cache, corpus cache.Corpus) error {
		var failed []compare.Failure
		var missing []string // of them, those that are not cached
		said, err := a.export(path, len(corpus.IDs), func(w io.Writer, step func(int)) error {
			for _, id := range corpus.IDs {
				// Returning from here leaves no file behind.
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				// A record would do for a signature, but it is no crash data that other programs read.
				data, err := corpora.Processed(c, id)
				if err == nil {
					data, err = corpora.CrashData(id, data)
				}
				step(1)
				if errors.Is(err, crashdata.ErrMissing) {
					missing = append(missing, id)
				}
				if err != nil {
					failed = append(failed, compare.Failure{ID: id, Err: err.Error()})
				} else if _, err := fmt.Fprintf(w, "%s\n", data); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(said, "exported the crash data of %s to %s\n", plural.Crashes(len(corpus.IDs)-len(failed)), visible(path))
		if len(failed) == 0 {
			return nil
		}
		a.nameFailures(failed)
		undone, err := leftOf(ctx, c, missing, len(failed)-len(missing))
		return cmp.Or(err, undone.err("crashes were left out of the file"))
	})
}

func (a *app) runCorpusExport(ctx context.Context, name, path string, o corpora.ExportOptions) error {
	return a.withCrashes(selection{corpus: name}, nil, func(c *cache.Cache, corpus cache.Corpus) error {
		// Export counts a step for each value that it looks at.
		steps := len(corpus.IDs)
		if o.Documents {
			steps *= len(cache.Kinds())
		}
		var done corpora.Archived
		said, err := a.export(path, steps, func(w io.Writer, step func(int)) (err error) {
			o.Progress = step
			done, err = corpora.Export(ctx, c, name, w, o)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(said, "exported corpus %s to %s, %s\n", visible(name), visible(path), plural.Megabytes(done.Compressed))
		describe(said, done)
		return a.unread(done.Failed, "left out of the file")
	})
}

// export writes to a file (- for stdout), in so many steps, and tells where can be said what was written: not on stdout where
// that may be what is written to, as /dev/stdout is.
func (a *app) export(path string, steps int, write func(w io.Writer, step func(int)) error) (said io.Writer, err error) {
	bar := a.progress(int64(steps), "exporting", false)
	defer bar.end()
	if path == "-" {
		return a.stderr, write(a.stdout, bar.add)
	}
	said = a.stdout
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		said = a.stderr
	}
	return said, atomicfile.Write(path, func(w io.Writer) error { return write(w, bar.add) })
}

// describe says what an exported corpus holds.
// Export and import print the same, so that both ends can be compared by eye, the digest above all.
func describe(w io.Writer, done corpora.Archived) {
	fmt.Fprintf(w, "crashes    %s, %s cached, %s missing\n", plural.Number(done.Crashes), plural.Number(done.Records), plural.Number(done.Crashes-done.Records))
	fmt.Fprintf(w, "digest     %s\n", done.Digest)
	if done.Processed+done.Raw > 0 {
		fmt.Fprintf(w, "documents  %s, %s\n", plural.Of(done.Processed, "processed crash", "processed crashes"), plural.Of(done.Raw, "raw crash", "raw crashes"))
	}
	if done.Accepted {
		fmt.Fprintln(w, "accepted   yes")
	}
}

// corpusImportCommand is 'sigdiff corpus import'. The file may be anybody's: it is checked to its end before the
// first value is stored, which is why it is read twice.
func (a *app) corpusImportCommand() *cobra.Command {
	var o corpora.ReadOptions
	cmd := page("corpus-import", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error { return a.runCorpusImport(cmd.Context(), args[0], o) })
	cmd.Flags().StringVar(&o.Name, "name", "", "the name of the corpus here (default: its name where it was exported)")
	cmd.Flags().BoolVar(&o.Add, "add", false, "add the crashes to a corpus of that name; what was accepted for it stays")
	cmd.Flags().BoolVar(&o.Replace, "replace", false, "let the file win over what the cache has; where it has another record, the processed crash behind that goes")
	return cmd
}

func (a *app) runCorpusImport(ctx context.Context, path string, o corpora.ReadOptions) error {
	if o.Add && o.Replace {
		return exit.Usagef("--add and --replace exclude each other")
	}
	f, size, err := openRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return a.withCache(making, func(c *cache.Cache) error {
		bar := a.progress(2*size, "importing", true) // it is read twice
		// The file may have protected fields, whoever wrote it. They are cut off, as fetch and import do.
		o.Progress, o.Public = bar.add, fetch.Strip
		done, err := corpora.ReadExport(ctx, c, f, o)
		bar.end()
		switch {
		// What is wrong is the file that was named, or what the cache has of its name. Else reading or storing failed.
		case errors.Is(err, corpora.ErrNotExport), errors.Is(err, corpora.ErrOtherExport), errors.Is(err, corpora.ErrConflict):
			return exit.Usagef("importing %s: %w", path, err)
		case errors.Is(err, corpora.ErrEmptyExport):
			return exit.Incompletef("importing %s: %w", path, err)
		case err != nil:
			return fmt.Errorf("importing %s: %w", path, err)
		}
		fmt.Fprintf(a.stdout, "imported corpus %s from %s\n", visible(done.Name), visible(path))
		describe(a.stdout, done.Archived)
		if done.Replaced > 0 {
			fmt.Fprintf(a.stdout, "replaced   %s\n", plural.Of(done.Replaced, "record", "records"))
		}
		// The digest is over what is cached. Two people who want the same figures are told why theirs differ.
		if done.More > 0 {
			a.note("%s that the file lacks are cached here, so that the digest and reports differ", plural.Crashes(done.More))
		}
		return nil
	})
}

// openRegular opens a file that can be read twice.
// A pipe can't be, and its size isn't known.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	switch {
	case path == "-":
		return nil, 0, exit.Usagef("a corpus is read twice, which standard input can't be: write it to a file first")
	case err != nil:
		return nil, 0, exit.Usagef("reading a corpus: %w", err)
	case !info.Mode().IsRegular():
		return nil, 0, exit.Usagef("%s is no regular file, and a corpus is read twice", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, exit.Usagef("reading a corpus: %w", err)
	}
	return f, info.Size(), nil
}
