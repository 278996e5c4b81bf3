package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/report"
)

// fetchRun is one run of fetch.
// wet, dry and printIDs are what it can come to; complete is the part of it that other commands need.
type fetchRun struct {
	app      *app
	opts     fetchOptions
	subject  fetchSubject
	client   *fetch.Client // nil until connect
	progress *progress
	now      time.Time // what a search's window is frozen against

	cache      *cache.Cache // nil for --ids-only, a dry run of a search, and one without a cache
	store      *fetchStore  // nil until pull
	ids        []string     // as listed, the latest first of a search; a corpus sorts them
	made       cache.Corpus // that they are kept as; zero where they are not
	provenance fetch.Provenance
	searched   []report.SearchedLine // of --for
	near       []string              // what was searched for where no crash had one of those lines
}

// connect makes the client of the service: of that which the address of a search names, if it does. It sends nothing yet.
func (r *fetchRun) connect() (err error) {
	if q := r.subject.query; q != nil {
		r.opts.service.follow(r.app, q.Origin, "--url")
	}
	r.client, err = r.opts.service.client(r.progress)
	return err
}

// connectFor is connect for the service that the crashes of a corpus come from.
func (r *fetchRun) connectFor(c cache.Corpus) error {
	if err := r.opts.service.followCorpus(r.app, c.Name, c.Provenance); err != nil {
		return err
	}
	return r.connect()
}

// close gives up the client, if there is one.
func (r *fetchRun) close() {
	if r.client != nil {
		r.client.Close()
	}
}

// wet fetches. The cache is opened before the service is asked for anything, so that one that can't be
// written to costs nobody's time.
func (r *fetchRun) wet(ctx context.Context) error {
	return r.app.withCache(storing(!r.subject.kept), func(c *cache.Cache) error {
		r.cache = c
		if err := r.freeze(r.opts.query); err != nil {
			return err
		}
		return r.whole(ctx)
	})
}

// freeze makes now the present of the search: the cache may have been waited for since its flags were read.
func (r *fetchRun) freeze(query func(now time.Time) (*fetch.Query, error)) error {
	r.now = r.app.now()
	if r.subject.query == nil {
		return nil
	}
	q, err := query(r.now)
	if err != nil {
		return err
	}
	r.subject.query.Window = q.Window
	return nil
}

// whole lists, keeps and pulls, with the cache open.
func (r *fetchRun) whole(ctx context.Context) error {
	if err := r.mayKeep(); err != nil {
		return err
	}
	if err := r.list(ctx); err != nil {
		return err
	}
	// The corpus is kept before the first crash is fetched: see keepCorpus.
	if err := r.keepCorpus(); err != nil {
		return err
	}
	work, err := r.survey(ctx)
	if err != nil {
		return err
	}
	sum, pullErr := r.pull(ctx, work)
	return r.finish(ctx, work, sum, pullErr)
}

// complete fetches those of the ids whose processed crash the cache lacks, without the raw crashes, for commands that
// have results of their own. Those that don't come are named, and are no error: the command says what it could not do
// without them.
func (r *fetchRun) complete(ctx context.Context) error {
	// Signatures are made without the raw crash.
	r.opts.noRaw = true
	work, err := r.survey(ctx)
	// Nothing is said where there is nothing to fetch: the command has its own to say.
	if err != nil || work.ToPull == 0 {
		return err
	}
	sum, pullErr := r.pull(ctx, work)
	r.nameFailures(sum)
	if pullErr == nil {
		return nil
	}
	return r.result(ctx, sum, pullErr)
}

// survey looks what the cache has of the crashes.
func (r *fetchRun) survey(ctx context.Context) (*fetch.Work, error) {
	return fetch.Survey(ctx, r.ids, r.have, r.opts.pullOptions())
}

// pull gets what the cache lacks. The summary is good whatever the error.
// What arrived is in the file before anything is said of it.
func (r *fetchRun) pull(ctx context.Context, work *fetch.Work) (fetch.Summary, error) {
	plan := r.client.Plan(work)
	r.app.note("%s", plan)
	if !r.opts.noRaw && plan.Seconds > worthHalving {
		r.app.note("--no-raw would halve the requests; signatures are made without the raw crashes")
	}
	opts := r.opts.pullOptions()
	opts.Progress = r.progress.pulled
	r.store = newFetchStore(ctx, r.cache)
	sum, pullErr := r.client.Pull(ctx, work, r.store.keep, opts)
	r.progress.end()
	closeErr := r.store.writer.Close()
	if _, ok := errors.AsType[*fetch.StoreError](pullErr); closeErr != nil && !ok {
		pullErr = errors.Join(pullErr, &fetch.StoreError{Err: closeErr})
	}
	return sum, pullErr
}

// printIDs lists a search and prints what it finds.
// The exit code is that of a listing: 3 where it isn't complete, or empty.
func (r *fetchRun) printIDs(ctx context.Context) error {
	if err := r.list(ctx); err != nil {
		return err
	}
	if err := atomicfile.Lines(r.ids)(r.app.stdout); err != nil {
		return err
	}
	return r.result(ctx, fetch.Summary{Listed: len(r.ids)}, nil)
}

// list finds out the ids and where they come from.
func (r *fetchRun) list(ctx context.Context) error {
	if r.subject.lines != nil {
		return r.searchLines(ctx)
	}
	if q := r.subject.query; q != nil {
		listing, err := r.listing(ctx, *q, fetch.ListOptions{})
		if err != nil {
			return err
		}
		// What makes the listing incomplete goes into the provenance, so that the corpus knows it later: see result.
		r.ids, r.provenance = listing.IDs, r.client.Provenance(*q, listing, r.now)
		return nil
	}
	r.ids = r.subject.ids
	if r.subject.kept {
		corpus, err := r.cache.Corpus(r.opts.corpus)
		if err != nil {
			return err
		}
		r.ids = corpus.IDs
		if err := r.connectFor(corpus); err != nil {
			return err
		}
	}
	r.provenance = fetch.Provenance{Host: r.client.Origin(), Time: r.now.UTC(), IDs: len(r.ids)}
	return nil
}

// listing asks the service what a search finds, and says what there is to say of it.
func (r *fetchRun) listing(ctx context.Context, q fetch.Query, o fetch.ListOptions) (*fetch.Listing, error) {
	if err := r.warn(ctx, q); err != nil {
		return nil, err
	}
	r.app.note("searching %s, date %s", r.client.Origin(), q.Window)
	o.Progress = r.progress.listed
	listing, err := r.client.List(ctx, q, o)
	r.progress.end()
	if err != nil {
		return nil, err
	}
	for _, n := range listing.Notes {
		r.progress.note(n)
	}
	return listing, nil
}

// warn points out what the service would take silently and its user can hardly have meant.
func (r *fetchRun) warn(ctx context.Context, q fetch.Query) error {
	warnings := q.Warnings(r.now)
	unknown, err := r.client.CheckParams(ctx, q)
	for _, w := range append(warnings, unknown...) {
		r.progress.note("warning: " + w)
	}
	return err
}

// corpusProvenance is where a fetched corpus comes from.
// Its JSON is in caches and exports: names of fields stay.
type corpusProvenance struct {
	Command string `json:"command"` // fetch, review or screen
	fetch.Provenance
	Lines []report.SearchedLine `json:"lines,omitempty"`
	// Near is set where no crash had one of the lines, and crashes with these texts, or just the latest, stand in.
	Near []string `json:"near,omitempty"`
	// Of is the provenance of the corpus that the crashes were drawn from.
	Of json.RawMessage `json:"of,omitempty"`
}

// mayKeep tells, before the service is asked for anything, whether the corpus may be made. The same ids again go on with
// it, and so does the same search, as long as it lists the same crashes: what keepCorpus sees to.
func (r *fetchRun) mayKeep() error {
	if r.subject.kept {
		return nil
	}
	err := r.opts.allows(r.cache, r.opts.corpus, func(old cache.Corpus) bool {
		q := r.subject.query
		if q == nil {
			return slices.Equal(old.IDs, sortedIDs(r.subject.ids))
		}
		var from corpusProvenance
		// As it would be kept, so that what is compared is written in the same way.
		same := r.client.Provenance(*q, &fetch.Listing{}, r.now)
		return json.Unmarshal(old.Provenance, &from) == nil && from.Host == same.Host && from.Num == same.Num && dateless(from.Query) == dateless(same.Query)
	})
	return r.orGoOn(err)
}

// dateless is a query without its window, which moves with the present.
func dateless(query string) string {
	// What can't be parsed is no query of ours, and like no other.
	v, _ := url.ParseQuery(query)
	v.Del("date")
	return v.Encode()
}

// orGoOn says beside the error over a corpus that is there how what it lacks is fetched.
func (r *fetchRun) orGoOn(err error) error {
	// Other errors are of the cache, and going on would meet them again.
	if exit.Has(err) {
		return exit.Usagef("%w; 'sigdiff fetch --corpus %s' alone goes on with its crashes", err, r.opts.corpus)
	}
	return err
}

// keepCorpus stores the list before anything is pulled: it is known in full, an interrupted run can go on
// with the same crashes, and a comparison says which of them are missing. A list of nothing is none.
func (r *fetchRun) keepCorpus() error {
	if r.opts.corpus == "" || r.subject.kept || len(r.ids) == 0 {
		return nil
	}
	made, err := r.opts.keep(r.cache, r.opts.corpus, r.ids, corpusProvenance{Command: cmp.Or(r.opts.command, "fetch"), Provenance: r.provenance, Lines: r.searched, Near: r.near})
	if err != nil {
		return r.orGoOn(err)
	}
	r.made, r.ids = made, made.IDs
	return nil
}

func sortedIDs(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }

// worthHalving is how long a run must be, in seconds, to mention what would halve it.
const worthHalving = 60

// dry says what a run would cost: of a search it asks for the count alone, and the cache is only looked at.
func (r *fetchRun) dry(ctx context.Context) error {
	var plan fetch.Plan
	if q := r.subject.query; q != nil && r.subject.lines == nil {
		if err := r.warn(ctx, *q); err != nil {
			return err
		}
		n, err := r.client.Count(ctx, *q)
		if err != nil {
			return err
		}
		plan = r.client.Plan(q.Work(n, r.opts.pullOptions()))
	} else {
		work, err := r.look(ctx)
		if err != nil {
			return err
		}
		plan = r.client.Plan(work)
	}
	if r.opts.format == "json" {
		return report.WriteJSON(r.app.stdout, fetchPlan{plan, r.subject.lines})
	}
	r.printLines()
	_, err := fmt.Fprintln(r.app.stdout, plan)
	return err
}

// fetchPlan is what --dry-run says.
type fetchPlan struct {
	fetch.Plan
	Lines []linesearch.Search `json:"lines,omitempty"`
}

// look surveys ids without writing to the cache, which need not exist.
// Only a corpus must be in a cache that is there: everything else can be counted without one.
func (r *fetchRun) look(ctx context.Context) (work *fetch.Work, err error) {
	survey := func(c *cache.Cache) error {
		r.cache = c
		if err := r.list(ctx); err != nil {
			return err
		}
		work, err = r.survey(ctx)
		return err
	}
	err = r.app.withCache(reading, survey)
	if errors.Is(err, cache.ErrNoCache) && !r.subject.kept {
		err = survey(nil)
	}
	return work, err
}

// fetchSummary is what fetch says in the end.
type fetchSummary struct {
	fetch.Summary
	Corpus     string              `json:"corpus,omitempty"`
	Provenance fetch.Provenance    `json:"provenance"`
	Lines      []linesearch.Search `json:"lines,omitempty"`
}

// finish reports what came of a pull, however it ended.
// It prints the summary also after an error: what arrived is in the cache, and the reader wants to know how much.
func (r *fetchRun) finish(ctx context.Context, work *fetch.Work, sum fetch.Summary, pullErr error) error {
	retry := sum.NotFetched()
	if _, ok := errors.AsType[*fetch.StoreError](pullErr); ok {
		retry = r.recount(work, &sum)
	}
	if err := r.print(sum); err != nil {
		return err
	}
	retryErr := writeIDs(r.opts.retryFile, retry)
	// What was printed is handed out before the error and the hint, which go to stderr.
	if err := cmp.Or(r.app.out.Flush(), errors.Join(r.result(ctx, sum, pullErr), retryErr)); err != nil {
		return err
	}
	r.app.hint(r.opts.corpus)
	return nil
}

// recount looks at what the cache really has after storing failed, and tells what it lacks: some of what arrived was lost.
func (r *fetchRun) recount(work *fetch.Work, sum *fetch.Summary) (lacking []string) {
	// The run's context may have ended, and looking at the cache must not fail for that.
	now, err := r.survey(context.Background())
	if err != nil {
		return work.IDs() // the cache is beyond reading; the error that ended the run says more
	}
	// With --refresh, both are 0: crashes were cached before, so that what the cache has tells nothing of what was stored now.
	kept := now.Cached - work.Cached
	sum.Left += sum.Fetched - kept
	sum.Fetched = kept
	return now.IDs()
}

func (r *fetchRun) nameFailures(sum fetch.Summary) {
	r.app.nameSome(len(sum.Failures), "; --retry-file or --format json names all", func(i int) string {
		return fmt.Sprintf("not fetched: %s: %s", sum.Failures[i].ID, visible(sum.Failures[i].Reason))
	})
}

// print writes the summary, and names what failed.
func (r *fetchRun) print(sum fetch.Summary) error {
	r.nameFailures(sum)
	if n := int(r.store.withoutStack.Load()); n > 0 {
		r.app.note("%s", report.NoStack(n, int(r.store.processed.Load())))
	}
	if r.opts.format == "json" {
		return report.WriteJSON(r.app.stdout, fetchSummary{sum, r.opts.corpus, r.provenance, r.subject.lines})
	}
	r.printLines()
	fmt.Fprintln(r.app.stdout, &sum)
	if r.opts.corpus != "" && len(r.ids) > 0 {
		fmt.Fprintf(r.app.stdout, "corpus %s: %s\n", visible(r.opts.corpus), plural.Crashes(len(r.ids)))
	}
	return nil
}

// result is how the program ends.
// The order is that of what the user must know first: that the run ended early, that the list has gaps, that there
// was nothing, that single crashes failed. A few crashes that the service lacks are no error.
func (r *fetchRun) result(ctx context.Context, sum fetch.Summary, err error) error {
	interrupted := ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
	// That the disk is full outweighs an interruption: not all that arrived is in the cache.
	if lost, ok := errors.AsType[*fetch.StoreError](err); ok && interrupted {
		err, interrupted = lost, false
	}
	switch {
	case interrupted:
		return exit.With(exit.Interrupted, fmt.Errorf("interrupted with %s left. %s", plural.Crashes(sum.Left), r.goOn()))
	case err != nil:
		return exit.With(exit.Failed, fmt.Errorf("%w; %s left. %s", err, plural.Crashes(sum.Left+sum.Failed), r.goOn()))
	case len(r.provenance.Incomplete) > 0:
		return exit.Incompletef("the list of crashes is not complete: %s", r.provenance.Incomplete[0])
	case sum.Listed == 0:
		return exit.Incompletef("no crash was found: there is nothing to fetch")
	// Some may be missing as time goes by. All of them is most likely another service's list, or an old one.
	case sum.Missing == sum.Listed:
		return exit.Incompletef("the service has none of what was asked for (%s); it keeps crashes for 26 weeks", plural.Crashes(sum.Listed))
	case sum.Failed > 0:
		return exit.Incompletef("%s not fetched; the same command again tries once more", plural.Crashes(sum.Failed))
	}
	return nil
}

// goOn says how a run that ended early is continued.
func (r *fetchRun) goOn() string {
	switch {
	case r.opts.corpus != "" && r.subject.query != nil:
		return fmt.Sprintf("What arrived is in the cache: '%s' goes on with the same crashes, and so does this command, with a search made anew", visible(r.withoutSearch()))
	// With it, the same command would begin from the start.
	case r.opts.refresh:
		return "What arrived is in the cache; the same command without --refresh fetches what it lacks"
	}
	return "What arrived is in the cache: run the same command again to go on"
}

// withoutSearch is the command that goes on with the corpus: of the flags that were given, those that are not about
// which crashes there are. --host stays, too: the corpus need not come from there, and the token is sent there for its
// sake alone.
func (r *fetchRun) withoutSearch() string {
	words := []string{"sigdiff", "fetch", "--corpus", r.opts.corpus}
	if r.opts.noRaw { // which --for may have said, and no flag
		words = append(words, "--no-raw")
	}
	// Visit goes by the flags that were given. What a setting said it says again.
	r.app.flags.Visit(func(f *pflag.Flag) {
		if slices.Contains([]string{"cache", "host", "rate", "token-file", "workers"}, f.Name) {
			words = append(words, "--"+f.Name, f.Value.String())
		}
	})
	return shell.Line(words)
}

// unreachable says what to look at when a service gave no answer at all.
func unreachable(err error) string {
	// Status 0 is no answer over HTTP.
	if failed, ok := errors.AsType[*fetch.ServiceError](err); ok && failed.Status == 0 {
		return ". Is there a network, and is --host right?"
	}
	return ""
}
