package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/serve"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/workbench"
	"github.com/sigdiff/sigdiff/workbench/web"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	workbenchOptions // specs and rules are those of the server, too
	siglists         []string
	watch            time.Duration // how often; 0: never
	listen           string        // host:port
	hosts            []string      // names by which requests may ask for the server
	tokenFile        string        // empty: $SIGDIFF_SERVE_TOKEN, or no token
	insecure         bool          // no token is needed
	browse           bool
}

// serveToken is the environment variable that holds the token of clients.
const serveToken = "SIGDIFF_SERVE_TOKEN"

// serveCommand is 'sigdiff serve'. Flags, the token, the siglists and the workbench with its crashes come before the
// port is opened. Then it answers until it is interrupted.
func (a *app) serveCommand() *cobra.Command {
	var o serveOptions
	cmd := page("serve", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		o.repeated = repeated(cmd.Flags(), "repo", "siglists-path", "cache", "rules")
		return a.runServe(cmd.Context(), o)
	})
	f := cmd.Flags()
	o.specs.addFlags(cmd)
	f.StringArrayVar(&o.siglists, "siglists", nil, "SPEC of the siglists; repeat it for more that requests may name: the first are those of requests that name none (default: --base, or main)")
	f.StringVar(&o.corpus, "corpus", "", "serve the workbench over the crashes of this corpus")
	f.StringVar(&o.base, "base", "", "SPEC of the siglists that are edited in the workbench (default: the first --siglists)")
	f.BoolVar(&o.browse, "open", false, "open the workbench in the browser")
	hostFlag(f, &o.host)
	for _, name := range []string{"base", "open", "host"} {
		only(f, name, nil, "corpus")
	}
	rulesFlag(f, &o.rules)
	f.DurationVar(&o.watch, "watch", 0, "look for other siglists as often; --watch alone is --watch=1m")
	f.Lookup("watch").NoOptDefVal = "1m"
	f.StringVar(&o.listen, "listen", "127.0.0.1:8073", "the address to listen at; port 0 is any that is free")
	f.StringArrayVar(&o.hosts, "allow-host", nil, "a name by which clients reach the server; repeat it for more (default only localhost, and addresses)")
	f.StringVar(&o.tokenFile, "token-file", "", "read the token that clients need from this file")
	f.BoolVar(&o.insecure, "insecure", false, "need no token, though others than this machine reach the server")
	workersFlag(f, &o.workers)
	return cmd
}

func (a *app) runServe(ctx context.Context, o serveOptions) error {
	if o.watch < 0 {
		return exit.Usagef("--watch %v: it can't be negative", o.watch)
	}
	// What the workbench edits is what requests get that name nothing.
	if o.siglists == nil {
		o.siglists = []string{cmp.Or(o.base, "main")}
	}
	// Another variable than that of fetch: this token is what clients send here, that one what is sent to Crash Stats.
	token, err := a.readToken(o.tokenFile, fetch.NewToken(os.Getenv(serveToken)))
	if err == nil {
		err = o.check(!token.IsZero())
	}
	if err != nil {
		return err
	}
	specs := a.specs(o.specs)
	specs.Budget = nil // each request has its own, and the server no end
	// The first time all must load. Later a SPEC that doesn't keeps its lists of before.
	lists, err := serve.NewLists(ctx, loader(specs, o.rules), a.say, o.siglists...)
	if err != nil {
		return err
	}
	specs.Say = nil // what there is to say of a SPEC was said
	config := serve.Config{Lists: lists, Limits: serve.DefaultLimits(), Hosts: o.hosts}
	config.Limits.Workers = o.workers
	if o.corpus != "" {
		o.base = cmp.Or(o.base, o.siglists[0])
		w, open, err := a.makeWorkbench(ctx, o.workbenchOptions, nil)
		if err != nil {
			return err
		}
		if open != nil { // it is served all the same, and the page says so
			a.say(open.Error())
		}
		if config.Pages, err = web.Pages(w, a.pulls(o.specs)); err != nil {
			return err
		}
	}
	// Whether others reach the server is only known once the address is resolved: a name may be this machine or not.
	listener, public, err := o.open(ctx, token)
	if err != nil {
		return err
	}
	config.Public = public
	if !token.IsZero() {
		config.Token = token.Is
	}
	// With the address as it is by now: port 0 is any.
	a.say(fmt.Sprintf("serving %s at http://%s", lists, listener.Addr()))
	if o.browse {
		go func() { // it may stay until the browser is closed
			if err := show("http://" + listener.Addr().String() + "/"); err != nil {
				a.note("%v", err)
			}
		}()
	}
	return o.serve(ctx, serve.New(config), listener)
}

// open opens the port, and refuses to where others than this machine would reach the workbench, or anything without a token.
// What is no TCP address counts as public, and needs a token.
func (o *serveOptions) open(ctx context.Context, token fetch.Token) (l net.Listener, public bool, err error) {
	l, err = new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return nil, false, exit.Usagef("--listen: %w; it takes HOST:PORT, and port 0 is any that is free", err)
	}
	address, ok := l.Addr().(*net.TCPAddr)
	public = !ok || !address.IP.IsLoopback()
	switch {
	// The page edits without a password, and shows crashes that only this user may have.
	case public && o.corpus != "":
		_ = l.Close()
		return nil, false, exit.Usagef("--listen %s: the workbench is for this machine alone; listen on 127.0.0.1, or leave out --corpus", o.listen)
	case public && token.IsZero() && !o.insecure:
		_ = l.Close()
		return nil, false, exit.Usagef("others than this machine would reach %s: set $%s or --token-file to a token that clients must send, or let everybody in with --insecure", l.Addr(), serveToken)
	}
	return l, public, nil
}

// serve answers requests, and watches the siglists meanwhile.
// Deferred calls run in reverse: the context ends, the watching is waited for, and then it returns.
func (o *serveOptions) serve(ctx context.Context, server *serve.Server, l net.Listener) error {
	ctx, end := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer end()
	if o.watch > 0 {
		ticker := time.NewTicker(o.watch)
		defer ticker.Stop()
		watching.Go(func() { server.Lists.Watch(ctx, ticker.C) })
	}
	return server.Serve(ctx, l)
}

// loader loads the siglists of SPECs for a server.
// It loads again what a SPEC names now: a branch that has moved gives other lists. Each time with a reader of its own, which
// keeps what it has read: a server may see versions without end.
func loader(o *spec.Reader, rules string) func(context.Context, string) (serve.Loaded, error) {
	return func(ctx context.Context, name string) (serve.Loaded, error) {
		specs := *o
		side, err := specs.ListsSide(ctx, name, rules)
		if err != nil {
			return serve.Loaded{}, err
		}
		return serve.Loaded{Set: side.Set, Rules: side.Generator().Rules, Revision: side.Info.Revision, Warnings: report.Unknown(side.Notes())}, nil
	}
}

// check refuses flags that contradict each other. The workbench is for this machine alone: a browser sends no token.
func (o *serveOptions) check(token bool) error {
	for _, name := range o.hosts {
		// No request is for such a name, and every client would be refused.
		if strings.ContainsAny(name, "/:*") {
			return exit.Usagef("--allow-host %q: it is a name alone, such as signatures.example.org, without a port", name)
		}
	}
	switch {
	case o.corpus == "" && token && o.insecure:
		return exit.Usagef("--insecure lets everybody in, and clients need the token of $%s or --token-file: leave out one of them", serveToken)
	case o.corpus == "":
		return nil
	case o.watch > 0:
		return exit.Usagef("--watch: the workbench keeps the siglists that it began with; leave out --watch, or --corpus")
	case token || o.insecure:
		return exit.Usagef("the workbench is for this machine alone, without a token: leave out --corpus, or --insecure, $%s and --token-file", serveToken)
	}
	return nil
}

// workbenchOptions say what a workbench shows.
type workbenchOptions struct {
	specs        specOptions
	corpus, base string // a name, a SPEC
	rules, host  string // one ruleset; where links lead
	workers      int
	repeated     []string // flags that a command line needs to find the same siglists
}

// makeWorkbench makes the workbench of a corpus. made, if there is any, may read the crashes once more. Then the cache is
// closed. open is the error over what the page can't speak of; nil for nothing.
// All crashes are read into memory here: while it runs it reads no cache, and others can write to that.
func (a *app) makeWorkbench(ctx context.Context, o workbenchOptions, made func(*workbench.Workbench, crashdata.Source) error) (w *workbench.Workbench, open, err error) {
	specs := a.specs(o.specs)
	specs.Budget = nil // each edit has its own
	// Not ListsSide: the page needs the lists, too, to lay edits over them.
	loaded, err := specs.Load(ctx, o.base)
	if err != nil {
		return nil, nil, err
	}
	side, err := loaded.Side(o.rules)
	if err != nil {
		return nil, nil, err
	}
	config := workbench.Config{
		Lists: loaded.Lists, Rules: o.rules, Host: o.host, Folder: o.specs.folder(o.base, loaded.Info),
		Command: o.command(),
	}
	err = a.withCrashes(selection{corpus: o.corpus}, nil, func(c *cache.Cache, which cache.Corpus) error {
		// The digest is only known once the source was read, which NewBase does.
		source := corpora.NewSource(c, which.IDs)
		if config.Base, err = workbench.NewBase(ctx, source, side.Generator(), o.workers); err != nil {
			return fmt.Errorf("reading the crashes: %w", err)
		}
		config.Corpus = report.Corpus{Name: which.Name, Crashes: config.Base.Crashes(), Digest: source.Digest()}
		config.Notes, config.Searched = append(crashNotes(c, which), specs.Notes...), searchedLines(which.Provenance)
		if w = workbench.New(config); made != nil {
			if err := made(w, source); err != nil {
				return err
			}
		}
		// An edit that changes nothing concerns no crash, and tells which can't be compared.
		edited, err := config.Base.Edit(ctx, loaded.Set)
		if err != nil {
			return err
		}
		tally, err := edited.Compare(ctx)
		if err != nil {
			return fmt.Errorf("reading the crashes: %w", err)
		}
		totals := tally.Totals()
		open = a.undone(ctx, c, notCompared, tally.Missing(), totals.Failed, totals.Compared == 0, report.Unknown(append(side.Notes(), config.Notes...))...)
		return nil
	})
	return w, open, err
}

// command is the command line that compares changed lines as the workbench does. The page adds the lines of the edit to it.
func (o *workbenchOptions) command() workbench.Command {
	return workbench.Command{Base: o.base, Flags: append([]string{"--corpus", o.corpus}, o.repeated...)}
}

// pulls gives the changed lines of pull requests.
// Each call has a reader of its own, without a budget: the browser may ask several at once. The pull request is
// fetched then.
func (a *app) pulls(o specOptions) func(context.Context, int) ([]siglists.Change, error) {
	return func(ctx context.Context, number int) ([]siglists.Change, error) {
		reader := &spec.Reader{Options: o.Options}
		loaded, err := reader.Load(ctx, fmt.Sprintf("pr/%d", number))
		if err != nil {
			return nil, err
		}
		base, err := reader.LoadBase(ctx, loaded)
		if err != nil {
			return nil, err
		}
		return siglists.Diff(base.Set, loaded.Set), nil
	}
}
