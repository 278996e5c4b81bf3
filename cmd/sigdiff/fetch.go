package main

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
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
}

// fetchCommand is 'sigdiff fetch'. Flags become a subject (fetchsubject.go, fetchlines.go for --for), which one
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
	numberFlag(f, &o.service.workers, "workers", 0, 0, "how many requests may be under way at once, at most 64 (default 16, or 4 without a limit on the rate)")
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
	flags     *pflag.FlagSet // of the command
	host      string         // an origin; empty: the default one
	tokenFile string         // empty: the environment has the token, if there is one
	rate      float64        // requests a minute, when paced
	workers   int            // requests at once; 0: fetch's own choice
	anonymous bool           // no token is sent
}

func (o *serviceOptions) addFlags(cmd *cobra.Command) {
	o.flags = cmd.Flags()
	cmd.Flags().StringVar(&o.tokenFile, "token-file", "", "read the API token from this file")
}

// named tells whether --host was given; a setting gives none.
func (o *serviceOptions) named() bool { return o.flags.Changed("host") }

// paced tells whether a rate was given.
func (o *serviceOptions) paced() bool { return o.flags.Changed("rate") }

// addFetchFlags adds the flags of commands that ask for crash after crash; host explains --host.
func (o *serviceOptions) addFetchFlags(cmd *cobra.Command, host string) {
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.host, "host", "", host)
	settable(cmd.Flags(), "host")
	cmd.Flags().Float64Var(&o.rate, "rate", 0, "requests a minute; 0: no limit (default 90 without a token, 900 with one)")
}

func (o *serviceOptions) check() error {
	if o.paced() && (o.rate < 0 || math.IsNaN(o.rate) || math.IsInf(o.rate, 0)) {
		return exit.Usagef("--rate %v: it is requests a minute, or 0 for no limit", o.rate)
	}
	return nil
}

// client makes a client of the service, which says what there is to say beside the progress. It sends nothing yet.
func (o *serviceOptions) client(p *progress) (*fetch.Client, error) {
	token, err := o.token(p.app)
	if err != nil {
		return nil, err
	}
	// The flag says 0 for no limit, fetch.Config for its usual rate.
	rate := o.rate
	if o.paced() && rate == 0 {
		rate = fetch.Unlimited
	}
	c, err := fetch.New(fetch.Config{Host: o.host, Version: programVersion(), Token: token, Rate: rate, Workers: o.workers, Notice: p.note})
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
	for _, p := range origins(provenance) {
		if p.Host != "" && !slices.Contains(hosts, p.Host) {
			hosts = append(hosts, p.Host)
		}
	}
	switch {
	// Where a setting names the same service, it also decides about the token.
	case o.named() || len(hosts) == 0 || o.host != "" && sameService(o.host, hosts[0]) && len(hosts) == 1:
		return nil
	case len(hosts) > 1:
		return exit.Usagef("the crashes of corpus %q come from several services: --host says which of them is asked: %s", name, strings.Join(hosts, ", "))
	}
	o.host = ""
	o.follow(a, hosts[0], "corpus "+visible(name))
	return nil
}

// sameService tells of two addresses that they are those of one service.
func sameService(a, b string) bool {
	at, err := fetch.ParseHost(a)
	other, otherErr := fetch.ParseHost(b)
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
	token, open, err := fetch.ReadTokenFile(file)
	if err != nil {
		return token, exit.Usagef("--token-file: %w", err)
	}
	if open {
		a.note("warning: others may read the token in %s; 'chmod 600' makes it private", file)
	}
	return token, nil
}

func (o *fetchOptions) check() error {
	if err := errors.Join(o.service.check(), o.keeping.check(o.corpus)); err != nil {
		return err
	}
	if o.lines.base != "" && len(o.lines.what) == 0 {
		return exit.Usagef("--base says what --for SPEC is compared with; there is no --for")
	}
	// --ids-only opens no cache: it can keep nothing, and has no failures to write down.
	if o.idsOnly && (o.dryRun || o.format == "json" || o.retryFile != "" || o.corpus != "" || o.noRaw || o.refresh) {
		return exit.Usagef("--ids-only prints ids and does nothing else: it goes with neither --corpus, --dry-run, --no-raw, --refresh, --retry-file nor --format json; 'sigdiff corpus ids NAME' prints those of a corpus")
	}
	return nil
}

// runFetch reads all that the user gave before it asks the service for anything. One moment is now for the whole
// run: a window such as 'thisweek' must not move between its pages.
func (a *app) runFetch(ctx context.Context, o fetchOptions, args []string) error {
	if err := o.check(); err != nil {
		return err
	}
	start, now := time.Now(), a.now()
	subject, err := a.fetchSubject(ctx, o, args, now)
	if err != nil {
		return err
	}
	a.warnMisspelt(o.filters.Signatures)
	if subject.query != nil {
		o.service.follow(a, subject.query.Origin, "--url")
	}
	run := &fetchRun{app: a, opts: o, subject: subject, progress: a.fetching(), start: start, now: now}
	// Which service a corpus comes from is in the cache: see list.
	if subject.kept == "" {
		if err := run.connect(); err != nil {
			return err
		}
	}
	defer func() {
		if run.client != nil {
			run.client.Close()
		}
	}()
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
