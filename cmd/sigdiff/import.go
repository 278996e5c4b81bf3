package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// importCommand is 'sigdiff import'. It lists the files, reads them all into the cache, and keeps the ids as a
// corpus. Unlike fetch it knows the corpus only in the end: which crashes files have shows when they are read.
func (a *app) importCommand() *cobra.Command {
	var corpus string
	var k keeping
	cmd := page("import", cobra.MinimumNArgs(1), func(cmd *cobra.Command, paths []string) error {
		return a.runImport(cmd.Context(), paths, corpus, k)
	})
	cmd.Flags().StringVar(&corpus, "corpus", "", "keep the list of imported crashes as a corpus of this name")
	k.addFlags(cmd)
	return cmd
}

// runImport goes on where documents can't be read: they are said and counted, and the exit code is 3.
func (a *app) runImport(ctx context.Context, paths []string, corpus string, k keeping) error {
	if err := k.check(corpus); err != nil {
		return err
	}
	// Before standard input is copied, and folders are walked: both may take long.
	if err := checkImported(paths); err != nil {
		return err
	}
	onDisk, copied, err := a.onDisk(paths)
	if err != nil {
		return err
	}
	// Where nothing was copied the name is empty, and nothing is removed.
	defer os.Remove(copied)
	// A path that isn't there is wrong usage, and nothing is read.
	files, skipped, err := documents.List(ctx, onDisk)
	// Whoever gives an id in place of a file wants the crash.
	if id, _ := crashid.Find(paths[0]); errors.Is(err, fs.ErrNotExist) && id != "" {
		return exit.Usagef("%w; 'sigdiff fetch %s' gets the crash", err, id)
	}
	if err != nil {
		return exit.Usagef("%w", err)
	}
	provenance := importProvenance{Command: "import", Paths: paths}
	return a.withCache(making, func(c *cache.Cache) error {
		// The same paths may have other crashes by now. keep, in the end, compares these.
		err := k.allows(c, corpus, func(old cache.Corpus) bool {
			var from importProvenance
			return json.Unmarshal(old.Provenance, &from) == nil && slices.Equal(from.Paths, paths)
		})
		if err != nil {
			return err
		}

		start := time.Now()
		done, err := a.importFiles(ctx, c, files, copied)
		if err != nil {
			return err
		}
		a.reportImport(done, skipped, time.Since(start))
		if done.Failed > 0 {
			provenance.Incomplete = []string{plural.Of(done.Failed, "document was", "documents were") + " not imported"}
		}
		if corpus != "" {
			if err := a.putCorpus(c, corpus, done.IDs, provenance, k); err != nil {
				return err
			}
		}
		if err := cmp.Or(a.out.Flush(), importResult(done)); err != nil {
			return err
		}
		a.hint(corpus)
		return nil
	})
}

// importFiles imports files, of which copied is what came on standard input.
func (a *app) importFiles(ctx context.Context, c *cache.Cache, files []documents.File, copied string) (corpora.Imported, error) {
	// By bytes, since how many crashes a file holds shows when it is read.
	var size int64
	for _, f := range files {
		size += f.Size
	}
	bar := a.progress(size, "importing", true)
	done, err := corpora.Import(ctx, c, files, corpora.ImportOptions{
		Workers: runtime.GOMAXPROCS(0), Public: fetch.Strip, Read: bar.add,
	})
	bar.end()
	// Nobody knows the name of the copy.
	for i, failure := range done.Failures {
		if failure.File == copied {
			done.Failures[i].File = "standard input"
		}
	}
	stored := plural.Of(len(done.IDs), "processed crash was", "processed crashes were") + " stored"
	switch {
	case err != nil && ctx.Err() != nil:
		return done, exit.With(exit.Interrupted, fmt.Errorf("interrupted: %s; the same command again goes on", stored))
	case err != nil:
		return done, fmt.Errorf("importing (%s): %w", stored, err)
	}
	return done, nil
}

// checkImported names the command for files that hold no crash data.
func checkImported(paths []string) error {
	for _, path := range paths {
		switch strings.ToLower(filepath.Ext(path)) {
		case ".csv", ".tsv":
			return exit.Usagef("%s is a table, and no crash data: 'sigdiff fetch --ids %s' fetches the crashes whose ids it has", path, path)
		// The kinds of files that people most often take for crashes.
		case "." + corpusFormat:
			return exit.Usagef("%s is an exported corpus: 'sigdiff corpus import %s' takes it", path, path)
		}
	}
	return nil
}

// onDisk puts what comes on standard input, a single -, into a file, which the caller removes. There is none where copied
// is empty.
func (a *app) onDisk(paths []string) (onDisk []string, copied string, err error) {
	if !slices.Contains(paths, "-") {
		return paths, "", nil
	}
	// By its ending documents.List knows what the file holds.
	f, err := os.CreateTemp("", "sigdiff-stdin-*.ndjson")
	if err == nil {
		_, err = io.Copy(f, a.standardInput())
		if err = cmp.Or(err, f.Close()); err != nil {
			_ = os.Remove(f.Name())
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("keeping standard input: %w", err)
	}
	onDisk = slices.Clone(paths)
	for i, path := range onDisk {
		if path == "-" {
			onDisk[i] = f.Name()
		}
	}
	return onDisk, f.Name(), nil
}

// importProvenance is where an imported corpus comes from.
type importProvenance struct {
	Command string   `json:"command"`
	Paths   []string `json:"paths"`
	// Incomplete says what of the files could not be imported, as that of a fetch says what could not be listed.
	Incomplete []string `json:"incomplete,omitempty"`
}

// maxNamed is how many of a list of failures are named on stderr: JSON, where a command has it, names all.
const maxNamed = 20

// nameSome names the first of n failures, and says how many more there are; all says what names all.
func (a *app) nameSome(n int, all string, failure func(i int) string) {
	for i := range min(n, maxNamed) {
		a.say(failure(i))
	}
	if more := n - maxNamed; more > 0 {
		a.note("and %s more%s", plural.Number(more), all)
	}
}

func (a *app) reportImport(done corpora.Imported, skipped int, took time.Duration) {
	// What makes crashes doubtful that were imported stands before what was not, of which not all is named.
	place := func(f corpora.DocumentFailure) int {
		if errors.Is(f.Err, documents.ErrDamaged) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(done.Failures, func(x, y corpora.DocumentFailure) int { return place(x) - place(y) })
	a.nameSome(done.Failed, "", func(i int) string { return fmt.Sprintf("not imported: %s", done.Failures[i]) })
	// As when a folder of files and the archive made of it are both given. It is no failure.
	if done.Repeated > 0 {
		a.note("crashes given more than once: %s; the last document of each counts", plural.Number(done.Repeated))
	}
	if done.WithoutStack > 0 {
		a.note("%s", report.NoStack(done.WithoutStack, len(done.IDs)))
	}
	fmt.Fprintf(a.stdout, "imported %s", plural.Of(len(done.IDs), "processed crash", "processed crashes"))
	if done.Raw > 0 {
		fmt.Fprintf(a.stdout, " and %s", plural.Of(done.Raw, "raw crash", "raw crashes"))
	}
	fmt.Fprintf(a.stdout, ", %s in %.1f s", plural.Megabytes(done.Bytes), took.Seconds())
	if skipped > 0 {
		fmt.Fprintf(a.stdout, "; passed over %s", plural.Of(skipped, "other file", "other files"))
	}
	if done.Failed > 0 {
		fmt.Fprintf(a.stdout, "; %s failed", plural.Number(done.Failed))
	}
	fmt.Fprintln(a.stdout)
}

// importResult is how the program ends.
// What failed was named before, so that the error has no text of its own.
func importResult(done corpora.Imported) error {
	switch {
	case done.Failed > 0:
		return exit.With(exit.Incomplete, nil)
	case len(done.IDs)+done.Raw == 0:
		return exit.Incompletef("nothing there looks like a crash; 'sigdiff import --help' says what is read")
	}
	return nil
}
