package main

import (
	"bytes"
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
	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/siglists"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	crashes int    // more than the 311; 0: no stand-in is started
	keep    string // a folder; empty: a temporary one
	screen  bool
}

// demoCommand is 'sigdiff demo'. It fills a cache of its own, and then runs commands of sigdiff's in this process,
// each shown before as one would type it. So it shows what users get, and can't differ from it.
func (a *app) demoCommand() *cobra.Command {
	var o demoOptions
	cmd := page("demo", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context(), o) })
	f := cmd.Flags()
	rangeFlag(f, &o.crashes, "crashes", 0, 1_000_000, 0, "make up this many crashes more, and fetch all from a stand-in for Crash Stats")
	f.StringVar(&o.keep, "keep", "", "keep cache, siglists and reports in this folder, and say how to go on")
	f.BoolVar(&o.screen, "screen", false, "screen the crashes for one changed line, then fetch all from the stand-in, and count the requests of both")
	return cmd
}

func (a *app) runDemo(ctx context.Context, o demoOptions) error {
	dir, done, err := o.folder()
	if err != nil {
		return err
	}
	defer done()
	if err := unpackDemo(dir); err != nil {
		return err
	}
	// Dates such as 'thisweek' must find the made-up crashes; no settings of the user's may change the example; and
	// what is shown is one text, of several commands.
	a.demo, a.noPager = true, true
	d := &demo{app: a, dir: dir, cache: filepath.Join(dir, "crashes.db")}
	switch {
	case o.screen:
		err = d.screen(ctx, o.crashes)
	case o.crashes == 0:
		err = d.fill(ctx)
	default:
		err = d.fetch(ctx, o.crashes)
	}
	diff := append([]string{"diff", "--corpus", "demo"}, d.sides()...)
	// What screening shows is a comparison of its own. diff goes without --exit-code, so that changes are no error here.
	if err == nil && !o.screen {
		err = d.run(ctx, diff...)
	}
	if err != nil || o.keep == "" {
		return err
	}
	if err := d.run(ctx, append(diff, "--format", "html,markdown,json", "-o", d.report())...); err != nil {
		return err
	}
	d.goOn()
	return nil
}

// folder is where the demo keeps its files, and what is done with it at the end.
// A kept folder must be new or empty: nothing that was there is written over, nor mixed with the demo's.
func (o *demoOptions) folder() (dir string, done func(), err error) {
	if o.keep == "" {
		dir, err := os.MkdirTemp("", "sigdiff-demo-")
		if err != nil {
			return "", nil, fmt.Errorf("making a folder for the demo: %w", err)
		}
		return dir, func() { _ = os.RemoveAll(dir) }, nil
	}
	// Mkdir, not MkdirAll: a path with a typing error is not made.
	if err := os.Mkdir(o.keep, 0o755); errors.Is(err, fs.ErrExist) {
		entries, err := os.ReadDir(o.keep)
		if err != nil || len(entries) > 0 {
			return "", nil, exit.Usagef("--keep %s: it must be a new folder, or an empty one", o.keep)
		}
	} else if err != nil {
		return "", nil, exit.Usagef("--keep: %w", err)
	}
	return o.keep, func() {}, nil
}

// unpackDemo writes the two siglist sets.
func unpackDemo(dir string) error {
	_, base, candidate := madeup.Demo()
	for name, files := range map[string]fs.FS{"base": base, "candidate": candidate} {
		if err := os.CopyFS(filepath.Join(dir, "siglists", name), files); err != nil {
			return fmt.Errorf("writing the demo's siglists: %w", err)
		}
	}
	return nil
}

// demo is one run of the demo.
type demo struct {
	app   *app
	dir   string
	cache string // a file
}

func (d *demo) base() string      { return filepath.Join(d.dir, "siglists", "base") }
func (d *demo) candidate() string { return filepath.Join(d.dir, "siglists", "candidate") }
func (d *demo) sides() []string   { return []string{"--base", d.base(), "--candidate", d.candidate()} }

func (d *demo) report() string { return filepath.Join(d.dir, "report.html") }

// run runs a command of sigdiff's on the demo's cache, and shows it first.
func (d *demo) run(ctx context.Context, args ...string) error {
	// Without --cache, which the reader of the demo has no use for: goOn names it, where the files are kept.
	d.app.show(append([]string{"sigdiff"}, args...))
	// A new tree of commands each time: cobra's flags keep the values of the command before. What runs is shared
	// with the app, such as its budget and its clock.
	if err := d.app.execute(ctx, append(slices.Clone(args), "--cache", d.cache)); err != nil {
		return err
	}
	_, err := io.WriteString(d.app.stdout, "\n")
	return err
}

// show prints a command as one would type it, where the results go.
func (a *app) show(words []string) {
	fmt.Fprintf(a.stdout, "$ %s\n", visible(shell.Line(words)))
	_ = a.out.Flush() // the command may take its time
}

// fill puts the crashes that tell stories into the cache.
func (d *demo) fill(ctx context.Context) error {
	d.app.cachePath = d.cache
	return d.app.withCache(making, func(c *cache.Cache) error {
		crashes, _, _ := madeup.Demo()
		var ids []string
		w := c.Writer(ctx)
		for id, doc := range crashes {
			ids = append(ids, id)
			if err := corpora.Put(ctx, w, id, nil, doc); err != nil {
				// A writer must be closed in any case; cmp.Or works out both.
				return cmp.Or(err, w.Close())
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
		return c.PutCorpus(cache.Corpus{Name: "demo", IDs: ids, Provenance: []byte(`{"command":"demo"}`)})
	})
}

// fetch starts the stand-in and fetches everything that it has.
func (d *demo) fetch(ctx context.Context, n int) error {
	srv, err := d.standIn(ctx, n, nil)
	if err != nil {
		return err
	}
	defer srv.Close()
	return d.run(ctx, "fetch", "--url", srv.URL()+demoSearch, "--rate", "0", "--corpus", "demo")
}

// standIn starts a stand-in for Crash Stats. Super Search there answers as if the service had the siglists, if there are any.
func (d *demo) standIn(ctx context.Context, n int, set *siglists.Set) (*crashstatstest.Server, error) {
	crashes, err := demoCrashes(n)
	if err != nil {
		return nil, err
	}
	d.app.note("starting a stand-in for Crash Stats that has %s of October 2026", plural.Of(len(crashes), "made-up crash", "made-up crashes"))
	if set != nil {
		if err := indexed(ctx, crashes, set); err != nil {
			return nil, err
		}
	}
	// No limits on the rate: the demo is not about waiting. The service's clock is that of the app.
	return crashstatstest.New(crashes, crashstatstest.Options{Limit: -1, TokenLimit: -1, Now: demoNow}), nil
}

// demoSearch finds every crash of the demo.
const demoSearch = "/search/?date=>=2026-10-01&date=<2026-11-01"

// goOn says what can be done with what was kept.
func (d *demo) goOn() {
	fmt.Fprintf(d.app.stdout, "Open %s in a browser. To go on:\n", visible(d.report()))
	for _, words := range [][]string{
		append([]string{"explain", demoExample}, d.sides()...),
		{"lint", d.candidate(), "--against", d.base(), "--corpus", "demo"},
		{"lines", d.candidate(), "--corpus", "demo"},
		{"suggest", "--signature", demoTooBig, "--siglists", d.base(), "--corpus", "demo"},
	} {
		d.app.show(append([]string{demoProgram(), "--cache", d.cache}, words...))
	}
}

// demoProgram is how the program was called, if that was by its path: make demo's is not where the shell looks.
func demoProgram() string {
	if called := os.Args[0]; strings.ContainsRune(called, filepath.Separator) && !filepath.IsAbs(called) {
		return called
	}
	return "sigdiff"
}

const (
	demoSeed = 2026 // of all that is generated: the demo is the same everywhere
	// demoHangs is the share of shutdown hangs: 17,000 of 20,000.
	demoHangs = 0.85
	// demoExample is a crash of the demo whose signature changes.
	demoExample = "04e5bd89-8311-e4d3-dc8c-951ce1261010"
	// demoTooBig is a signature of the demo's that holds several causes.
	demoTooBig = "JS::CallbackTracer::onObjectEdge"
)

// demoNow is the clock of the demo and of the stand-in, whose crashes are of the month before.
func demoNow() time.Time { return time.Date(2026, time.November, 2, 12, 0, 0, 0, time.UTC) }

// demoCrashes are n generated crashes and those that tell stories. Documents are made when they are asked for.
func demoCrashes(n int) ([]crashstatstest.Crash, error) {
	stories, _, _ := madeup.Demo()
	var crashes []crashstatstest.Crash
	for id, doc := range stories {
		crash, err := crashstatstest.NewCrash(doc, smallRawCrash(id))
		if err != nil {
			return nil, err
		}
		crashes = append(crashes, crash)
	}
	// As many threads as real shutdown hangs have: the documents are as large then.
	g := madeup.NewGenerator(demoSeed, madeup.Shape{ShutdownHangs: demoHangs, Large: true})
	// The documents of 20,000 crashes would fill the memory. Each is made anew when it is fetched.
	for i := range n {
		crashes = append(crashes, generatedCrash(g, i))
	}
	return crashes, nil
}

// smallRawCrash is as small as one can be: signatures are made without it.
func smallRawCrash(id string) []byte { return []byte(`{"uuid":"` + id + `","Vendor":"Mozilla"}`) }

func generatedCrash(g *madeup.Generator, i int) crashstatstest.Crash {
	f := g.Facts(i)
	return crashstatstest.Crash{
		ID: f.ID, Date: f.Processed,
		Columns: map[string]any{
			"signature": f.Signature, "product": f.Product, "version": f.Version, "release_channel": f.Channel, "build_id": f.Build,
			"platform": f.Platform, "process_type": f.Process, "reason": f.Reason,
		},
		Document: func(raw bool) []byte {
			if raw {
				return smallRawCrash(f.ID)
			}
			return g.Document(i)
		},
	}
}

// demoLine is the line that the demo screens for.
const demoLine = "irrelevant:mozalloc_handle_oom"

// screen screens a search for a change by one line, fetches all of it, and holds the one against the other: what comes out,
// and how many requests it took.
func (d *demo) screen(ctx context.Context, n int) error {
	// The service has the lists of before: screening searches what it made with them.
	set, err := siglists.LoadDir(d.base())
	if err != nil {
		return err
	}
	srv, err := d.standIn(ctx, n, set)
	if err != nil {
		return err
	}
	defer srv.Close()
	search := []string{"--url", srv.URL() + demoSearch, "--rate", "0"}
	change := []string{"--base", d.base(), "--add", demoLine}
	// Each way has a cache of its own. Else the second would find cached what the first fetched.
	full := d.cache
	d.cache = filepath.Join(d.dir, "screened.db")
	one := append([]string{"screen"}, append(change, search...)...)
	if err := d.run(ctx, one...); err != nil {
		return err
	}
	// They are counted before the groups are asked for, and the search is kept, so that these ask for none.
	screened := len(srv.Requests())
	if err := d.groups(ctx, "screened", one...); err != nil { // which asks for nothing
		return err
	}
	srv.ForgetRequests()
	d.cache = full
	if err := d.run(ctx, append([]string{"fetch", "--no-raw", "--corpus", "demo"}, search...)...); err != nil {
		return err
	}
	if err := d.groups(ctx, "full", append([]string{"diff", "--corpus", "demo"}, change...)...); err != nil {
		return err
	}
	if err := d.same(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.app.stdout, "Screening took %s, fetching everything %s. Both give the same groups.\n", plural.Of(screened, "request", "requests"), plural.Number(len(srv.Requests())))
	return err
}

func (d *demo) groupsFile(name string) string { return filepath.Join(d.dir, name+".csv") }

// groups writes the groups of a comparison to a file.
func (d *demo) groups(ctx context.Context, name string, args ...string) error {
	return d.run(ctx, append(args, "--format", "csv", "--by", "group", "-o", d.groupsFile(name))...)
}

// same compares the groups.
// It compares bytes: a group, a count or an example that differs is a mistake.
func (d *demo) same() error {
	screened, err := os.ReadFile(d.groupsFile("screened"))
	if err != nil {
		return err
	}
	full, err := os.ReadFile(d.groupsFile("full"))
	if err == nil && !bytes.Equal(screened, full) {
		return errors.New("screening gives other groups than fetching everything: this is a mistake of sigdiff")
	}
	return err
}

// indexed gives the crashes of a stand-in what Super Search knows of them when the service has some siglists: signatures,
// and what they are made from. Documents are made for that, one at a time.
// Each goroutine has every workers-th crash, and changes nothing but that.
func indexed(ctx context.Context, crashes []crashstatstest.Crash, set *siglists.Set) error {
	group, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() error {
			// A worker remembers frames, and is for one goroutine.
			worker := signatures.NewGenerator(set, signatures.DefaultRules()).Worker()
			for i := w; i < len(crashes) && ctx.Err() == nil; i += workers {
				if err := indexOne(&crashes[i], worker); err != nil {
					return fmt.Errorf("indexing crash %s: %w", crashes[i].ID, err)
				}
			}
			return context.Cause(ctx)
		})
	}
	return group.Wait()
}

func indexOne(c *crashstatstest.Crash, worker *signatures.Worker) error {
	doc := c.Document(false)
	crash, err := crashdata.ParseProcessed(doc)
	if err != nil {
		return err
	}
	result, err := worker.Explain(crash)
	if err != nil {
		return err
	}
	// As in the document, so that odd values stay odd: screening must cope with them.
	members := crashdata.Object(doc)
	for _, column := range crashdata.SearchColumns() {
		member, ok := members[column]
		if !ok {
			continue
		}
		var value any
		if err := json.Unmarshal(member, &value); err != nil {
			return err
		}
		c.Columns[column] = value
	}
	// These take the place of what the document has: signatures of the stand-in are those of set.
	c.Columns["signature"] = result.Signature
	if result.HasProto {
		c.Columns["proto_signature"] = result.ProtoSignature
	}
	c.Columns["reason"] = crash.Reason.String()
	if crash.Stack.LastError != "" {
		c.Columns["last_error_value"] = crash.Stack.LastError
	}
	return nil
}
