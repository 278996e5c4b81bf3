package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/screening"
	"github.com/sigdiff/sigdiff/report"
)

// screenOptions are the flags of screen: those that diff has for sides and reports, and those that fetch has for a search.
type screenOptions struct {
	diffOptions
	search  fetchOptions // num, corpus, replace, refresh and service of it
	noFetch bool         // nothing is fetched: what may change stays missing
}

// screenCommand is 'sigdiff screen'. Its way, in screenRun.run: load both sides, list the search with all columns
// that signatures are made from, let engine/screen judge each row, fetch only what it leaves open, and make diff's
// report of all crashes together.
func (a *app) screenCommand() *cobra.Command {
	var o screenOptions
	cmd := page("screen", nil, func(cmd *cobra.Command, args []string) error {
		o.search.service = o.service // diff's and fetch's are one here
		if _, err := o.take(a, "screen", args, a.settings["base"].Value); err != nil {
			return err
		}
		return a.runScreen(cmd.Context(), o)
	})
	f := cmd.Flags()
	o.sidesOptions.addFlags(cmd, " (default: of pr/N and a checkout the merge base, of a change set the main branch)")
	o.addReportFlags(cmd, report.ComparisonFormats().Names())
	f.Lookup("host").Usage = "the service that is asked, and where links lead (default that of --url, or " + fetch.DefaultHost + ")"
	f.StringVar(&o.search.url, "url", "", "the crashes of this Super Search, its address as copied from the browser")
	o.search.filters.addSearchFlags(cmd)
	f.Var((*countOrAll)(&o.search.num), "num", "how many crashes of a search, the latest first, or all")
	f.StringVar(&o.search.corpus, "corpus", "", "keep the search as a corpus of this name; without a search, the crashes of this corpus")
	f.BoolVar(&o.search.replace, "replace", false, "replace a corpus of that name, and its accepted results")
	f.Var(&o.service.rate, "rate", "requests a minute; 0: no limit (default 90 without a token, 900 with one)")
	f.BoolVar(&o.search.refresh, "refresh", false, "list the search again, though it is kept")
	f.BoolVar(&o.noFetch, "no-fetch", false, "fetch no crash: those that may change count as missing")
	o.workers = runtime.GOMAXPROCS(0)
	return cmd
}

func (o *screenOptions) check(flags *pflag.FlagSet) error {
	if err := o.diffOptions.check(flags); err != nil {
		return err
	}
	// Without either everything cached would be meant, of which nothing needs to be screened.
	if !o.search.searches() && o.search.corpus == "" {
		return exit.Usagef("screen needs crashes: a search (--url, or filters such as --product and --date), or a corpus of one (--corpus)")
	}
	// What is accepted or recorded of a crash can't be told from a row.
	for _, side := range []string{o.base, o.candidate} {
		if areSignatures(side) {
			return exit.Usagef("%s has no siglists to screen for: 'sigdiff fetch' the crashes, and 'sigdiff diff' them", side)
		}
	}
	if !o.search.searches() && (o.search.num != 0 || o.search.refresh || o.search.replace) {
		return exit.Usagef("--num, --refresh and --replace go with a search; there is none here")
	}
	return o.search.check(flags)
}

// screenRun is one run of screen: a run of fetch, of whose options it has the service alone, whose query is nil for a corpus.
type screenRun struct {
	fetchRun
	given screenOptions // --refresh and --corpus mean something else there
	sides compared

	corpus   cache.Corpus // that is screened
	screened *screening.Screening
}

// runScreen has the cache open for writing for all of it: rows, the search and the crashes are kept. What the user gave is read
// before: a mistake in it makes no cache, and shows before crashes are fetched for hours.
func (a *app) runScreen(ctx context.Context, o screenOptions) (err error) {
	if err := o.check(a.flags); err != nil {
		return err
	}
	r := &screenRun{fetchRun: fetchRun{app: a, opts: fetchOptions{service: o.search.service}, progress: a.fetching(), now: a.now()}, given: o}
	if o.search.searches() {
		if err := r.readQuery(); err != nil {
			return err
		}
	}
	if r.sides, err = a.readCompared(ctx, o.diffOptions, nil); err != nil {
		return err
	}
	return a.withCache(storing(r.subject.query != nil), func(c *cache.Cache) error {
		r.cache = c
		if err := r.freeze(r.given.search.query); err != nil {
			return err
		}
		return r.run(ctx)
	})
}

// readQuery reads the search, and asks the service that its address names.
func (r *screenRun) readQuery() error {
	query, err := r.given.search.query(r.now)
	if err != nil {
		return err
	}
	r.subject.query = query
	r.app.warnMisspelt(r.given.search.filters.Signatures)
	return r.connect()
}

// takeCorpus takes the crashes of a corpus, and asks the service that they come from.
func (r *screenRun) takeCorpus() (err error) {
	if r.corpus, err = r.cache.Corpus(r.given.search.corpus); err != nil {
		return err
	}
	return r.connectFor(r.corpus)
}

func (r *screenRun) run(ctx context.Context) (err error) {
	defer r.close()
	if r.subject.query == nil {
		err = r.takeCorpus()
	} else {
		err = r.list(ctx)
	}
	if err != nil {
		return err
	}
	if r.screened, err = screening.Run(ctx, r.cache, r.corpus.IDs, r.sides.base.Generator(), r.sides.candidate.Generator()); err != nil {
		return err
	}
	if !r.given.noFetch {
		// Those that don't come are missing in the report.
		r.ids = r.screened.Doubtful()
		if err := r.complete(ctx); err != nil {
			return err
		}
	}
	rep, err := r.report(ctx)
	if err != nil {
		return err
	}
	o := r.given.diffOptions
	// Links lead to the service that was asked, and --bugs asks it, with no token where it was sent none.
	o.service = r.opts.service
	return r.app.finish(ctx, o, rep)
}

// report is the report of all crashes.
func (r *screenRun) report(ctx context.Context) (_ *report.Report, err error) {
	r.sides.source, r.sides.which = r.screened.Source(r.cache), r.corpus
	o := r.given.diffOptions
	// Grounds needs every changed crash, whatever the formats.
	o.allChanged = true
	rep, err := r.app.compareOver(ctx, o, r.cache, r.sides)
	if err != nil {
		return nil, err
	}
	if rep.Screening, err = r.screened.Grounds(rep); err != nil {
		return nil, err
	}
	rep.Screening.Requests = r.client.Requests()
	return rep, nil
}

// screenCommand is the command in the provenance of a corpus that is a search which was screened.
const screenCommand = "screen"

// isScreened tells, by where it comes from, a corpus of which most crashes were never fetched.
func isScreened(provenance json.RawMessage) bool {
	return slices.ContainsFunc(origins(provenance), func(p corpusProvenance) bool { return p.Command == screenCommand })
}

// list finds out the crashes of a search: of one that is kept, or of one that the service is asked for.
// A kept search is only taken for the same one where its window was over when it was listed, and it was listed in full. A corpus of
// the name that the user gave is replaced only with --replace; that of an unnamed search always is: its name is of screen's own making.
func (r *screenRun) list(ctx context.Context) error {
	name := r.given.search.corpus
	named := name != ""
	if !named {
		name = r.ownName()
	}
	old, err := r.cache.Corpus(name)
	same, whole := r.keeps(old)
	switch {
	case err != nil && !errors.Is(err, cache.ErrNoCorpus):
		return err
	// The service would answer the same, unless crashes were processed again: then --refresh is needed.
	case !r.given.search.refresh && same && whole:
		r.corpus = old
		r.app.note("the search is kept as corpus %s, and not made again; --refresh does", visible(name))
		return nil
	case err == nil && named && !same && !r.given.search.replace:
		return exit.Usagef("there is a corpus %q already, of %s and not of this search: --replace replaces it with its accepted results", name, plural.Crashes(len(old.IDs)))
	}
	return r.search(ctx, name)
}

// ownName is the name of a search that nobody named. One that is made anew each time, since its window is not over, has one name for
// all times.
// The hash is over what was asked for, and of whom. A window that moves with the present has other dates each time, which are left
// out, so that not every run leaves a corpus behind.
func (r *screenRun) ownName() string {
	query := r.subject.query.Encode()
	if !settled(r.subject.query.Window, r.now) {
		query = dateless(query)
	}
	// Four bytes will do: who screens millions of searches names them.
	sum := sha256.Sum256(fmt.Append(nil, r.client.Origin(), " ", query, " ", r.subject.query.Num))
	return fmt.Sprintf("screen-%x", sum[:4])
}

// settling is how long after the end of a window crashes may come into it: they are found once they are processed.
const settling = time.Hour

// settled tells whether no crash came into a window any more at a moment.
func settled(w fetch.Window, at time.Time) bool { return w.Over(at.Add(-settling)) }

// keeps tells whether a corpus is the same search, and whether that was listed in full, and no crash has come into its window
// since.
func (r *screenRun) keeps(old cache.Corpus) (same, whole bool) {
	var from corpusProvenance
	_ = json.Unmarshal(old.Provenance, &from) // one that can't be read is no search
	same = from.Command == screenCommand && from.Host == r.client.Origin() && from.Query == r.subject.query.Encode() && from.Num == r.subject.query.Num
	return same, len(from.Incomplete) == 0 && from.Window != nil && settled(*from.Window, from.Time)
}

// search lists the search, and keeps it and its rows.
func (r *screenRun) search(ctx context.Context, name string) error {
	rows := map[string][]byte{}
	listing, err := r.listing(ctx, *r.subject.query, fetch.ListOptions{Columns: crashdata.SearchColumns(), Hit: func(h fetch.Hit) (err error) {
		rows[h.ID], err = searchRow(h.Columns)
		return err
	}})
	if err != nil {
		return err
	}
	// Nothing is kept of it: a corpus of no crash would mean nothing.
	if len(listing.IDs) == 0 {
		return exit.Incompletef("no crash was found: there is nothing to screen")
	}
	// Rows before the corpus: a corpus without them would have nothing to screen by.
	if err := r.keepRows(ctx, rows); err != nil {
		return err
	}
	return r.keep(name, listing)
}

// searchRow is what is kept of a row of a search: what was asked for, and nothing else.
func searchRow(columns json.RawMessage) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(columns, &all); err != nil {
		return nil, fmt.Errorf("reading a row of the search: %w", err)
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool {
		return name != "uuid" && name != "date" && !slices.Contains(crashdata.SearchColumns(), name)
	})
	return json.Marshal(all)
}

// keepRows stores the rows of crashes that are not cached.
// Crashes that are cached in full are compared in full, and need no row.
func (r *screenRun) keepRows(ctx context.Context, rows map[string][]byte) error {
	// In any order: each row is put by itself.
	ids := slices.Collect(maps.Keys(rows))
	has, err := r.cache.Has(ctx, ids, cache.Record)
	if err != nil {
		return err
	}
	// Close is needed in any case: it commits, and ends the writer.
	w := r.cache.Writer(ctx)
	for i, id := range ids {
		if has[i].Stored.Has(cache.Record) {
			continue
		}
		if err := w.Put(ctx, cache.Entry{ID: id, Screen: rows[id]}); err != nil {
			return cmp.Or(w.Close(), err)
		}
	}
	return w.Close()
}

// keep stores the search as a corpus.
func (r *screenRun) keep(name string, listing *fetch.Listing) error {
	from, err := json.Marshal(corpusProvenance{Command: screenCommand, Provenance: r.client.Provenance(*r.subject.query, listing, r.now)})
	if err != nil {
		return fmt.Errorf("keeping where corpus %q comes from: %w", name, err)
	}
	// Sorted, as a corpus keeps them: a kept search and one that was just listed give the same report. One that was not listed in
	// full is compared all the same, and the exit code says so.
	r.corpus = cache.Corpus{Name: name, IDs: sortedIDs(listing.IDs), Provenance: from}
	r.app.note("the search is kept as corpus %s: 'sigdiff screen --corpus %s' screens it again", visible(name), visible(name))
	// PutCorpus also takes the place of an older list, but leaves what was accepted.
	if r.given.search.replace {
		return r.cache.ReplaceCorpus(r.corpus, nil)
	}
	return r.cache.PutCorpus(r.corpus)
}
