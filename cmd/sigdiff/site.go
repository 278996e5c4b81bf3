package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/site"
	"github.com/sigdiff/sigdiff/workbench"
)

// siteCommand is 'sigdiff site'. The workbench is made as for serve, and its pages, its crashes and the engine as
// WebAssembly are written into a folder. They are read by a browser, without sigdiff.
func (a *app) siteCommand() *cobra.Command {
	var o workbenchOptions
	var dir string
	cmd := page("site", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		o.repeated = repeated(cmd.Flags(), "repo", "siglists-path", "rules") // whoever reads the page has another cache
		return a.runSite(cmd.Context(), o, dir)
	})
	f := cmd.Flags()
	o.specs.addFlags(cmd)
	f.StringVar(&o.corpus, "corpus", "", "the crashes that the page shows")
	f.StringVar(&o.base, "base", "main", "SPEC of the siglists that are edited")
	f.StringVarP(&dir, "output", "o", "", "the directory to write")
	hostFlag(f, &o.host)
	rulesFlag(f, &o.rules)
	workersFlag(f, &o.workers)
	return cmd
}

// hostFlag is the host of a workbench's links.
func hostFlag(f *pflag.FlagSet, host *string) {
	f.StringVar(host, "host", fetch.DefaultHost, "where the workbench's links to crash reports lead")
}

// runSite finds what it can before the crashes are read: that this program holds the engine, and that the folder is
// free.
func (a *app) runSite(ctx context.Context, o workbenchOptions, dir string) error {
	if err := site.HasEngine(); err != nil {
		return err
	}
	// - is standard output everywhere else.
	if info, err := os.Stat(dir); dir == "-" || err == nil && !info.IsDir() {
		return exit.Usagef("-o %s: a site is a folder, and that is a file", dir)
	}
	// A folder with other files is most likely a slip: index.html of something else would be lost.
	switch free, err := site.Is(os.DirFS(dir)); {
	case err != nil:
		return exit.Usagef("-o: %w", err)
	case !free:
		return exit.Usagef("-o %s: it holds something else than a site, which is left alone; name another folder", dir)
	}
	var files map[string][]byte
	// The files are made while the cache is open, since they hold the crashes, and written after it is closed.
	_, open, err := a.makeWorkbench(ctx, o, func(w *workbench.Workbench, src crashdata.Source) (err error) {
		files, err = site.Files(ctx, w, src)
		return err
	})
	if err != nil {
		return err
	}
	if err := writeSite(dir, files); err != nil {
		return err
	}
	a.note("%s/index.html needs a web server, such as 'python3 -m http.server' in %s", strings.TrimSuffix(dir, "/"), dir)
	return open
}

// writeSite writes files, the page last: what it needs is there then.
func writeSite(dir string, files map[string][]byte) error {
	// A site that is being written over shows the old page until then.
	page := "index.html"
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return name == page })
	for _, name := range append(names, page) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, files[name], 0o644) // for a web server to read
		}
		if err != nil {
			return fmt.Errorf("writing the site: %w", err)
		}
	}
	return nil
}
