package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// fetchSubject is which crashes are to be fetched: those of a search, those with ids given, or those of a
// corpus that is kept already.
// One of query, ids and kept is set; lines only with query.
type fetchSubject struct {
	query *fetch.Query
	ids   []string
	lines []linesearch.Search // that the search is made of
	kept  string              // the corpus that ids are to be read from
}

// searches tells whether the flags are a search.
func (o *fetchOptions) searches() bool {
	return o.url != "" || o.filters.Given()
}

// fetchSubject tells by flags and arguments which crashes are meant. The first case that fits counts, and refuses
// what it can't be combined with.
func (a *app) fetchSubject(ctx context.Context, o fetchOptions, args []string, now time.Time) (fetchSubject, error) {
	switch {
	case o.lines.given():
		return a.forSubject(ctx, &o, args, now)
	case len(args) > 0 && o.idsFile != "", o.searches() && (len(args) > 0 || o.idsFile != ""):
		return fetchSubject{}, exit.Usagef("name the crashes in one way: ids as arguments, --ids, or a search")
	case o.searches():
		query, err := o.query(now)
		return fetchSubject{query: query}, err
	case o.num != 0:
		return fetchSubject{}, exit.Usagef("--num says how many crashes of a search; there is no search here")
	case len(args) > 0 || o.idsFile != "":
		ids, err := a.givenIDs(args, o.idsFile)
		if o.idsFile == "" && errors.Is(err, crashid.ErrNone) {
			err = exit.Usagef("%w; --signature-contains TEXT and other filters make a search", err)
		}
		return fetchSubject{ids: ids}, err
	}
	return a.unnamed(o)
}

// unnamed is what fetch is about when neither ids nor a search are given: ids on standard input, or what a
// corpus lacks.
func (a *app) unnamed(o fetchOptions) (fetchSubject, error) {
	// An empty standard input, as a nightly job has, is no list of ids: --corpus alone then fetches what it lacks.
	if !terminal.Is(a.stdin) {
		if ids, err := a.readIDs("-"); !errors.Is(err, errNoIDs) {
			return fetchSubject{ids: ids}, err
		}
	}
	if o.corpus == "" {
		return fetchSubject{}, exit.Usagef("fetch needs crashes: ids as arguments, in a file (--ids) or on standard input, or a search (--url, or filters such as --signature-contains, --product and --date)")
	}
	if o.add || o.replace {
		return fetchSubject{}, exit.Usagef("--add and --replace need crashes: ids or a search; 'sigdiff fetch --corpus NAME' alone fetches what the corpus lacks")
	}
	return fetchSubject{kept: o.corpus}, nil
}

// query is the search that the flags are.
func (o *fetchOptions) query(now time.Time) (*fetch.Query, error) {
	var q fetch.Query
	var err error
	if o.url != "" {
		if o.filters.Given() {
			return nil, exit.Usagef("--url is a whole search: it goes with --num, and not with filters such as --product, --date or --signature-contains")
		}
		// A copied address has a number of results of its own, which doesn't count: --num does.
		q, err = fetch.ParseURL(o.url, now)
		q.Num = o.num
	} else {
		o.filters.Num = o.num
		if q, err = o.filters.Query(now); err != nil {
			err = fmt.Errorf("--date: %w", err)
		}
	}
	if err != nil {
		return nil, exit.Usagef("%w", err)
	}
	return &q, nil
}

// searchFlags are the flags that say which crashes a search finds, at the service and in the cache.
type searchFlags struct{ fetch.Filters }

func (s *searchFlags) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&s.Products, "product", nil, "crashes of this product")
	f.StringSliceVar(&s.Versions, "version", nil, "crashes of this version, such as 145.0.1")
	f.StringSliceVar(&s.Channels, "channel", nil, "crashes of this release channel")
	f.StringSliceVar(&s.Platforms, "platform", nil, "crashes on this operating system: Windows, Linux, Mac OS X, Android")
	f.StringSliceVar(&s.Dates, "date", nil, "crashes processed then")
	// Not slices as the others: a signature may hold commas.
	f.StringArrayVar(&s.Signatures, "signature", nil, "crashes whose recorded signature is this")
	f.StringArrayVar(&s.SignatureContains, "signature-contains", nil, "crashes whose recorded signature contains this text")
}

// addSearchFlags adds --process-type, too, which corpora.Filter does not have.
func (s *searchFlags) addSearchFlags(cmd *cobra.Command) {
	s.addFlags(cmd)
	cmd.Flags().StringSliceVar(&s.ProcessTypes, "process-type", nil, "crashes of this kind of process: parent, content, gpu and so on")
}
