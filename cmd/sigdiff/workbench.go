package main

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/workbench"
)

// checkWorkbench checks the flags of the workbench, which is for this machine alone: a browser sends no token.
func (o *serveOptions) checkWorkbench(token bool) error {
	switch {
	case o.corpus == "" && (o.browse || o.base != ""):
		return exit.Usagef("--open and --base are of the workbench, which needs --corpus")
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
// closed.
// All crashes are read into memory here: while it runs it reads no cache, and others can write to that.
func (a *app) makeWorkbench(ctx context.Context, o workbenchOptions, made func(*workbench.Workbench, crashdata.Source) error) (w *workbench.Workbench, err error) {
	specs := a.specs(o.specs)
	specs.Budget = nil // each edit has its own
	loaded, err := specs.Load(ctx, o.base)
	if err != nil {
		return nil, err
	}
	side, err := loaded.Side(o.rules)
	if err != nil {
		return nil, err
	}
	config := workbench.Config{
		Lists: loaded.Lists, Rules: o.rules, Host: o.host, Folder: o.specs.folder(o.base, loaded.Info),
		Command: o.command(),
	}
	err = a.withCrashes(selection{corpus: o.corpus}, nil, func(c *cache.Cache, which chosen) error {
		// The digest is only known once the source was read, which NewBase does.
		source := corpora.NewSource(c, which.ids)
		if config.Base, err = workbench.NewBase(ctx, source, side.Generator(), o.workers); err != nil {
			return fmt.Errorf("reading the crashes: %w", err)
		}
		config.Corpus = report.Corpus{Name: which.name, Crashes: config.Base.Crashes(), Digest: source.Digest()}
		config.Notes, config.Searched = append(crashNotes(c, which), specs.Notes...), searchedLines(which.provenance)
		if w = workbench.New(config); made != nil {
			err = made(w, source)
		}
		return err
	})
	return w, err
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
