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
	"sync"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// screenCommand is the command in the provenance of a corpus that is a search which was screened.
const screenCommand = "screen"

// isScreened tells, by where it comes from, a corpus of which most crashes were never fetched.
func isScreened(provenance json.RawMessage) bool {
	return slices.ContainsFunc(origins(provenance), func(p corpusProvenance) bool { return p.Command == screenCommand })
}

// list finds out the crashes: those of a corpus, of a search that is kept, or of one that the service is asked for.
// A kept search is only taken for the same one where its window doesn't move, and it was listed in full. A corpus of
// the name that the user gave is replaced only with --replace; that of an unnamed search always is: its name is of
// screen's own making.
func (r *screenRun) list(ctx context.Context) error {
	name := r.opts.search.corpus
	if r.query == nil {
		corpus, err := r.cache.Corpus(name)
		r.ids = corpus.IDs
		return err
	}
	named := name != ""
	if !named {
		name = r.ownName()
	}
	old, err := r.cache.Corpus(name)
	switch {
	case err != nil && !errors.Is(err, cache.ErrNoCorpus):
		return err
	case err == nil && r.fixed && !r.opts.search.refresh && r.keeps(old):
		r.ids, r.opts.search.corpus = old.IDs, name
		r.app.note("the search is kept as corpus %s, and not made again; --refresh does", visible(name))
		return nil
	case err == nil && named && !r.keeps(old) && !r.opts.search.replace:
		return exit.Usagef("there is a corpus %q already, of %s and not of this search: --replace replaces it with its accepted results", name, plural.Crashes(len(old.IDs)))
	}
	return r.search(ctx, name)
}

// ownName is the name of a search that nobody named. One whose window moves with the present has one name for all times.
// The hash is over what was asked for, and of whom. A moving window has other dates each time, which are left out,
// so that not every run leaves a corpus behind.
func (r *screenRun) ownName() string {
	query := r.query.Encode()
	if !r.fixed {
		query = dateless(query)
	}
	sum := sha256.Sum256(fmt.Append(nil, r.client.Origin(), " ", query, " ", r.query.Num))
	return fmt.Sprintf("screen-%x", sum[:4])
}

// keeps tells that a corpus is the search at hand, listed in full.
func (r *screenRun) keeps(old cache.Corpus) bool {
	var from corpusProvenance
	return json.Unmarshal(old.Provenance, &from) == nil && from.Command == screenCommand && from.Host == r.client.Origin() &&
		from.Query == r.query.Encode() && from.Num == r.query.Num && len(from.Incomplete) == 0
}

// search lists the search, and keeps it and its rows.
func (r *screenRun) search(ctx context.Context, name string) error {
	run := &fetchRun{app: r.app, client: r.client, progress: r.progress, now: r.app.now()}
	rows := map[string][]byte{}
	listing, err := run.listing(ctx, *r.query, fetch.ListOptions{Columns: crashdata.SearchColumns(), Hit: func(h fetch.Hit) (err error) {
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
	for _, text := range listing.Incomplete {
		r.notes = append(r.notes, report.Note{Text: report.Sentence("the list of crashes is not complete: %s", text), Unknown: true})
	}
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
	kept := map[string]json.RawMessage{"uuid": all["uuid"], "date": all["date"]}
	for _, name := range crashdata.SearchColumns() {
		if value, ok := all[name]; ok {
			kept[name] = value
		}
	}
	return json.Marshal(kept)
}

// keepRows stores the rows of crashes that are not cached.
// Crashes that are cached in full are compared in full, and need no row.
func (r *screenRun) keepRows(ctx context.Context, rows map[string][]byte) error {
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
	from, err := json.Marshal(corpusProvenance{Command: screenCommand, Provenance: r.client.Provenance(*r.query, listing, r.app.now())})
	if err != nil {
		return fmt.Errorf("keeping where corpus %q comes from: %w", name, err)
	}
	r.ids, r.opts.search.corpus = sortedIDs(listing.IDs), name
	r.app.note("the search is kept as corpus %s: 'sigdiff screen --corpus %s' screens it again", visible(name), visible(name))
	made := cache.Corpus{Name: name, IDs: r.ids, Provenance: from}
	// PutCorpus also takes the place of an older list, but leaves what was accepted.
	if r.opts.search.replace {
		return r.cache.ReplaceCorpus(made)
	}
	return r.cache.PutCorpus(made)
}

// screenedCrash is what screening says of a crash.
type screenedCrash struct {
	screen.Screened
	reason string // why, in words; empty where there is nothing to say
}

// notListed is why there is nothing to screen of a crash.
const notListed = "no search that is kept says anything of it"

// screen screens the crashes that are not cached.
func (r *screenRun) screen(ctx context.Context) error {
	has, err := r.cache.Has(ctx, r.ids, cache.Record, cache.Processed)
	if err != nil {
		return err
	}
	// Never nil: EachBlob would take that for every row of the cache.
	pending := []string{}
	for i, id := range r.ids {
		if !has[i].Stored.Has(cache.Record) && !has[i].Stored.Has(cache.Processed) {
			pending = append(pending, id)
		}
	}
	workers := runtime.GOMAXPROCS(0)
	// A screener is for one goroutine at a time.
	screeners := make([]*screen.Screener, workers)
	for i := range screeners {
		screeners[i], err = screen.New(r.sides.base.Generator(), r.sides.candidate.Generator())
		if err != nil {
			return fmt.Errorf("screening: %w", err)
		}
	}
	var mu sync.Mutex
	return r.cache.EachBlob(ctx, cache.Screen, pending, workers, func(worker int, b cache.Blob) error {
		s := screenRow(screeners[worker], b)
		mu.Lock()
		defer mu.Unlock()
		r.verdicts[b.ID] = s
		return nil
	})
}

// screenRow screens one crash. What can't be read or judged is left open.
// Every doubt ends in CantTell: then the crash is fetched, and a wrong "unchanged" can't come of it.
func screenRow(s *screen.Screener, b cache.Blob) screenedCrash {
	open := func(reason string) screenedCrash {
		return screenedCrash{screen.Screened{Verdict: screen.CantTell}, reason}
	}
	switch {
	case errors.Is(b.Err, cache.ErrNotFound):
		return open(notListed)
	case b.Err != nil:
		return open("its screen record can't be read")
	}
	row, err := screen.ParseRow(b.Data)
	if err != nil || row.ID() != b.ID {
		return open(string(screen.OddRow))
	}
	screened, err := s.Screen(row)
	if err != nil {
		return open("a pattern of the siglists met its limit")
	}
	return screenedCrash{screened, string(screened.Reason)}
}

// doubtful are the crashes that may change, and those that screening can't tell.
// Crashes without a verdict were cached from the start.
func (r *screenRun) doubtful() []string {
	ids := []string{}
	for _, id := range r.ids {
		if s, ok := r.verdicts[id]; ok && s.Verdict != screen.Unchanged {
			ids = append(ids, id)
		}
	}
	return ids
}

// source gives every crash: those that are unchanged by screening alone as what stands for them, the others as they are.
// What stands for a crash makes the same signature as the crash itself, on both sides: see screen.Screened.
func (r *screenRun) source() *screenedSource {
	s := &screenedSource{}
	full := []string{}
	for _, id := range r.ids {
		if v, ok := r.verdicts[id]; ok && v.Verdict == screen.Unchanged {
			s.screened = append(s.screened, v.Crash)
		} else {
			full = append(full, id)
		}
	}
	s.full = corpora.NewSource(r.cache, full)
	return s
}

// screenedSource implements crashdata.Source.
type screenedSource struct {
	full     *corpora.Source
	screened crashdata.Crashes
}

// Each gives the cached crashes first, and then the screened ones: nothing relies on their order.
func (s *screenedSource) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	if err := s.full.Each(ctx, workers, visit); err != nil {
		return err
	}
	return s.screened.Each(ctx, workers, visit)
}

// Digest identifies the crashes, and what is known of them.
func (s *screenedSource) Digest() string {
	sum := s.full.Sum()
	for _, c := range s.screened {
		sum += cache.Sum(c.ID(), c.AppendRecord(nil))
	}
	return corpora.DigestOf(sum)
}

// grounds counts on which ground the crashes of a report stand.
// It also checks the claim: a crash that counts as unchanged and changes in the comparison is an error of the
// program, and no report is written.
func (r *screenRun) grounds(rep *report.Report) (*report.Screening, error) {
	changed, left := map[string]bool{}, map[string]bool{}
	for _, g := range rep.Groups {
		for _, c := range g.Changed {
			changed[c.ID] = true
		}
	}
	for _, id := range rep.Missing {
		left[id] = true
	}
	for _, f := range rep.Failures {
		left[f.ID] = true
	}
	s := &report.Screening{Crashes: len(r.ids), Requests: r.client.Requests()}
	grounds := map[[2]string]*report.Ground{}
	for _, id := range r.ids {
		key := [2]string{report.CachedGround, ""}
		v, screened := r.verdicts[id]
		if screened {
			key = [2]string{string(v.Verdict), v.reason}
		}
		g := grounds[key]
		if g == nil {
			g = &report.Ground{Verdict: key[0], Reason: key[1]}
			grounds[key] = g
		}
		g.Crashes++
		g.IDs = append(g.IDs, id)
		switch {
		case screened && v.Verdict == screen.Unchanged:
			s.Screened++
			if changed[id] {
				return nil, fmt.Errorf("%s counts as unchanged, and yet it changes: this is a mistake of sigdiff", id)
			}
		case left[id]:
			s.Left++
		default:
			s.Compared++
			g.Compared++
			if changed[id] {
				g.Changed++
			}
		}
	}
	order := []string{report.CachedGround, string(screen.Unchanged), string(screen.MayChange), string(screen.CantTell)}
	for _, g := range grounds {
		s.Grounds = append(s.Grounds, *g)
	}
	slices.SortFunc(s.Grounds, func(a, b report.Ground) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Verdict), slices.Index(order, b.Verdict)), cmp.Compare(b.Crashes, a.Crashes), cmp.Compare(a.Reason, b.Reason))
	})
	return s, nil
}
