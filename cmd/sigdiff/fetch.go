package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// fetchOptions are the flags of fetch.
type fetchOptions struct {
	service serviceOptions
	idsFile string // a path, - for stdin; empty: none
	url     string // a whole search; empty: the filters are one, if there are any
	filters searchFlags
	num     int    // of a search; 0: all
	corpus  string // empty: the list is not kept
	keeping
	lines     forOptions
	noRaw     bool
	refresh   bool
	dryRun    bool
	idsOnly   bool
	retryFile string // written also when nothing is left: an old list must not stay
	format    string
	command   string // that fetches, if it is another one
}

// fetchCommand is 'sigdiff fetch'. Flags become a subject (fetchlines.go for --for), which one
// fetchRun (fetchrun.go) lists, keeps as a corpus, and pulls. --dry-run and --ids-only end after the listing.
func (a *app) fetchCommand() *cobra.Command {
	var o fetchOptions
	cmd := page("fetch", nil, func(cmd *cobra.Command, args []string) error {
		if o.lines.given() {
			o.forDefaults(cmd)
		}
		return a.runFetch(cmd.Context(), o, args)
	})
	f := cmd.Flags()
	f.StringVar(&o.idsFile, "ids", "", "the crashes whose ids are in this file, one a line (- for stdin)")
	f.StringVar(&o.url, "url", "", "the crashes of this Super Search, its address as copied from the browser")
	o.filters.addSearchFlags(cmd)
	f.Var((*countOrAll)(&o.num), "num", "how many crashes of a search, the latest first, or all")
	f.StringVar(&o.corpus, "corpus", "", "keep the list of crashes as a corpus of this name, with where it comes from")
	o.keeping.addFlags(cmd)
	o.lines.addFlags(cmd)
	o.service.addFetchFlags(cmd, "the address of the service (default that of --url, or "+fetch.DefaultHost+")")
	rangeFlag(f, &o.service.workers, "workers", 1, fetch.MaxWorkers, 0, "how many requests may be under way at once (default 16, or 4 without a limit on the rate)")
	f.BoolVar(&o.noRaw, "no-raw", false, "fetch the processed crashes alone")
	f.BoolVar(&o.refresh, "refresh", false, "fetch what is cached, or known to be missing, again")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what it would cost, and fetch nothing")
	f.BoolVar(&o.idsOnly, "ids-only", false, "print the ids of the crashes that a search finds, and fetch nothing")
	f.StringVar(&o.retryFile, "retry-file", "", "write the ids of the crashes that were not fetched to this file")
	formatFlag(cmd, &o.format, "text", "text", "json")
	return cmd
}

// serviceOptions say which service is asked, and how.
type serviceOptions struct {
	host      string // an origin; empty: the default one
	tokenFile string // empty: the environment has the token, if there is one
	rate      ratePerMinute
	workers   int  // requests at once; 0: fetch's own choice
	anonymous bool // no token is sent
}

func (o *serviceOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.tokenFile, "token-file", "", "read the API token from this file")
}

// addFetchFlags adds the flags of commands that ask for crash after crash; host explains --host.
func (o *serviceOptions) addFetchFlags(cmd *cobra.Command, host string) {
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.host, "host", "", host)
	settable(cmd.Flags(), "host")
	cmd.Flags().Var(&o.rate, "rate", "requests a minute; 0: no limit (default 90 without a token, 900 with one)")
}

// client makes a client of the service, which says what there is to say beside the progress. It sends nothing yet.
func (o *serviceOptions) client(p *progress) (*fetch.Client, error) {
	token, err := o.token(p.app)
	if err != nil {
		return nil, err
	}
	c, err := fetch.New(fetch.Config{Host: o.host, Version: programVersion(), Token: token, Rate: float64(o.rate), Workers: o.workers, Notice: p.note})
	switch {
	case errors.Is(err, fetch.ErrTokenFile): // ReadTokenFile has seen to a file's
		return nil, exit.Usagef("$SOCORRO_API_TOKEN or $CRASHSTATS_API_TOKEN: %w", err)
	case err != nil:
		return nil, exit.Usagef("%w", err)
	}
	return c, nil
}

// follow asks the service of a pasted address, or of a corpus, unless --host names one; by says what names it. The
// token is meant for the default host, or the one of --host, and an address names whatever its author likes, as does a
// corpus of others: another host is sent none.
func (o *serviceOptions) follow(a *app, origin, by string) {
	// A host that a setting names is in o.host by now; applies lets none in beside --url.
	if o.host != "" || origin == "" {
		return
	}
	o.host = origin
	if origin == fetch.DefaultHost {
		return
	}
	o.anonymous = true
	if o.tokenFile != "" || !fetch.TokenFromEnv(os.Getenv).IsZero() {
		a.note("the API token is not sent to %s, which %s alone names; --host %s sends it there", visible(origin), by, visible(origin))
	}
}

// followCorpus asks the service that a corpus comes from: another one would say of its crashes that there are none.
// That goes before a setting, which is made for no corpus, but not before --host.
func (o *serviceOptions) followCorpus(a *app, name string, provenance json.RawMessage) error {
	var hosts []string
	// Also those that were added, and those that it was drawn from: each crash may come from any of them.
	for _, p := range origins(provenance) {
		if p.Host != "" && !slices.Contains(hosts, p.Host) {
			hosts = append(hosts, p.Host)
		}
	}
	switch {
	// Where a setting names the same service, it also decides about the token.
	case a.flags.Changed("host") || len(hosts) == 0 || sameService(o.host, hosts[0]) && len(hosts) == 1:
		return nil
	case len(hosts) > 1:
		return exit.Usagef("the crashes of corpus %q come from several services: --host says which of them is asked: %s", name, strings.Join(hosts, ", "))
	}
	o.host = ""
	a.unfill("host")
	o.follow(a, hosts[0], "corpus "+visible(name))
	return nil
}

// sameService tells of two addresses that they are those of one service.
func sameService(a, b string) bool {
	at, err := fetch.ParseHost(a)
	other, otherErr := fetch.ParseHost(b)
	// As addresses, not as texts: a slash at the end, or a port that goes without saying, makes no other service.
	return err == nil && otherErr == nil && *at == *other
}

// token is what is sent. It is none to a host that only a file of others names; follow sees to those that only an
// address names.
func (o *serviceOptions) token(a *app) (fetch.Token, error) {
	if o.anonymous {
		return fetch.Token{}, nil
	}
	if a.strange(o.host) {
		a.note("the API token is not sent to %s, which %s alone names; --host sends it there", visible(o.host), visible(a.settings["host"].From))
		return fetch.Token{}, nil
	}
	return a.readToken(o.tokenFile, fetch.TokenFromEnv(os.Getenv))
}

// readToken reads the token in the file of --token-file; without one it is otherwise.
// It warns of a file that others may read, and takes the token all the same.
func (a *app) readToken(file string, otherwise fetch.Token) (fetch.Token, error) {
	if file == "" {
		return otherwise, nil
	}
	// From a file and not from the command line, which other users of the machine can see.
	token, open, err := fetch.ReadTokenFile(file)
	if err != nil {
		return token, exit.Usagef("--token-file: %w", err)
	}
	if open {
		a.note("warning: others may read the token in %s; 'chmod 600' makes it private", file)
	}
	return token, nil
}

func (o *fetchOptions) check(flags *pflag.FlagSet) error {
	if err := o.keeping.check(o.corpus); err != nil {
		return err
	}
	// --ids-only opens no cache: it can keep nothing, and has no failures to write down.
	// By what was given: a setting and --for give values to some, too.
	given := flags.Changed
	if o.idsOnly && (slices.ContainsFunc([]string{"corpus", "dry-run", "no-raw", "refresh", "retry-file"}, given) || given("format") && o.format == "json") {
		return exit.Usagef("--ids-only prints ids and does nothing else: it goes with neither --corpus, --dry-run, --no-raw, --refresh, --retry-file nor --format json; 'sigdiff corpus ids NAME' prints those of a corpus")
	}
	return nil
}

// runFetch reads all that the user gave before it asks the service for anything. One moment is now for the whole
// run: a window such as 'thisweek' must not move between its pages.
func (a *app) runFetch(ctx context.Context, o fetchOptions, args []string) error {
	if err := o.check(a.flags); err != nil {
		return err
	}
	now := a.now()
	subject, err := a.fetchSubject(ctx, o, args, now)
	if err != nil {
		return err
	}
	a.warnMisspelt(o.filters.Signatures)
	run := &fetchRun{app: a, opts: o, subject: subject, progress: a.fetching(), now: now}
	// Which service a corpus comes from is in the cache: see list.
	if !subject.kept {
		if err := run.connect(); err != nil {
			return err
		}
	}
	defer run.close()
	switch {
	case o.dryRun:
		err = run.dry(ctx)
	case o.idsOnly:
		err = run.printIDs(ctx)
	default:
		err = run.wet(ctx)
	}
	// Errors of a pull have their code from fetchRun.result. What is left was interrupted while listing.
	if err != nil && ctx.Err() != nil && !exit.Has(err) {
		return exit.With(exit.Interrupted, errors.New("interrupted before anything was fetched"))
	}
	return err
}

// pullOptions are what fetch hands on to every step of a pull.
func (o *fetchOptions) pullOptions() fetch.PullOptions {
	return fetch.PullOptions{NoRaw: o.noRaw, Refresh: o.refresh, Check: corpora.Check}
}

// fetchSubject is which crashes are to be fetched: those of a search, those with ids given, or those of a
// corpus that is kept already.
// One of query, ids and kept is set; lines only with query.
type fetchSubject struct {
	query *fetch.Query
	ids   []string
	lines []linesearch.Search // that the search is made of
	kept  bool                // the ids are those of --corpus
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
	return fetchSubject{kept: true}, nil
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
	if o.lines.given() && o.filters.Dates == nil {
		// A line is looked for in all that the service keeps, unless --date says otherwise: only then can it be
		// absent.
		q.Window = fetch.Kept(now)
	}
	return &q, nil
}

// searchFlags are the flags that say which crashes a search finds, at the service and in the cache.
type searchFlags struct{ fetch.Filters }

func (s *searchFlags) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&s.Products, "product", nil, "crashes of this product")
	f.StringSliceVar(&s.Versions, "version", nil, "crashes of this version, such as 145.0.1; 146.0b is all betas")
	f.StringSliceVar(&s.Channels, "channel", nil, "crashes of this release channel")
	f.StringSliceVar(&s.Platforms, "platform", nil, "crashes on this operating system: Windows, Linux, Mac OS X, Android")
	f.StringSliceVar(&s.Dates, "date", nil, "crashes sent then")
	// Not slices as the others: a signature may hold commas.
	f.StringArrayVar(&s.Signatures, "signature", nil, "crashes whose recorded signature is this")
	f.StringArrayVar(&s.SignatureContains, "signature-contains", nil, "crashes whose recorded signature contains this text")
}

// addSearchFlags adds --process-type, too, which corpora.Filter does not have.
func (s *searchFlags) addSearchFlags(cmd *cobra.Command) {
	s.addFlags(cmd)
	cmd.Flags().StringSliceVar(&s.ProcessTypes, "process-type", nil, "crashes of this kind of process: parent, content, gpu and so on")
}
