package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// corpusCreateOptions are the flags of corpus create.
type corpusCreateOptions struct {
	idsFile string
	from    string // --corpus, which is not the corpus that is made
	filters searchFlags
	keeping
}

// corpusCreateCommand is 'sigdiff corpus create'. Ids that are given make a corpus whether they are cached or not,
// so that a list from elsewhere can be fetched later. A search finds cached crashes alone.
func (a *app) corpusCreateCommand() *cobra.Command {
	var o corpusCreateOptions
	cmd := &cobra.Command{
		Use:   "create NAME [ID...]",
		Short: "Make a corpus of crash ids, or of a search of cached crashes",
		Long: `Make a corpus. Its crashes are those with the ids given (as arguments, in a
file, or on standard input, one a line), which need not be cached yet; or those
that a search of the cache finds. Of several values of one flag any will do, and
all flags that are given must fit.

` + datesHelp,
		Example: `  sigdiff corpus create hangs --signature-contains shutdownhang --date 2026-11-01..2026-11-07
  sigdiff corpus create bug-1998112 bp-6a677f32-6b3a-4038-a4ae-12e582151130
  sigdiff corpus create mine --ids ids.txt`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runCorpusCreate(cmd.Context(), o, args[0], args[1:])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.idsFile, "ids", "", "the crashes whose ids are in this file, one a line (- for stdin)")
	f.StringVar(&o.from, "corpus", "", "search the crashes of this corpus (default: everything cached)")
	o.filters.addFlags(cmd)
	o.keeping.addFlags(cmd)
	return cmd
}

// searches tells whether the flags are a search.
func (o *corpusCreateOptions) searches() bool { return o.from != "" || o.filters.Given() }

// filter is what the flags choose of cached crashes.
// There is no type of process among them: corpora.Filter has none.
func (o *corpusCreateOptions) filter() (corpora.Filter, error) {
	f := o.filters
	from, to, err := fetch.ParseDates(f.Dates, time.Now())
	if err != nil {
		return corpora.Filter{}, exit.Usagef("--date: %w", err)
	}
	return corpora.Filter{
		Products: f.Products, Versions: f.Versions, Channels: f.Channels, Platforms: f.Platforms,
		Signatures: f.Signatures, SignatureContains: f.SignatureContains, From: from, To: to,
	}, nil
}

// runCorpusCreate looks at what costs least first: flags, stdin, the cache, and last all crashes, for a search.
func (a *app) runCorpusCreate(ctx context.Context, o corpusCreateOptions, name string, words []string) (err error) {
	if err := o.keeping.check(name); err != nil {
		return err
	}
	given := len(words) > 0 || o.idsFile != ""
	switch {
	case o.searches() && given, len(words) > 0 && o.idsFile != "":
		return exit.Usagef("name the crashes in one way: ids as arguments, --ids, or a search")
	// Nothing given and no terminal means that the ids come on standard input.
	case !o.searches() && !given && terminal.Is(a.stdin):
		return exit.Usagef("corpus create needs crashes: ids as arguments or on stdin, --ids, or a search")
	}
	filter, err := o.filter()
	if err != nil {
		return err
	}
	a.warnMisspelt(filter.Signatures)
	var ids []string // given ones are read before the cache is opened, since stdin may take its time
	if !o.searches() {
		if ids, err = a.givenIDs(words, o.idsFile); err != nil {
			return err
		}
	}
	return a.withCache(writing, func(c *cache.Cache) error {
		// A name that is taken is said before a search, which may take long. keep looks again, at the crashes.
		if err := o.allows(c, name, nil); err != nil {
			return err
		}
		provenance := map[string]any{"command": "corpus create"}
		if o.searches() {
			provenance["search"] = filter
			if o.from != "" {
				provenance["from"] = o.from
			}
			if ids, err = a.search(ctx, c, o.from, filter); err != nil {
				return err
			}
		} else {
			provenance["ids"] = len(ids)
		}
		return a.putCorpus(c, name, ids, provenance, o.keeping)
	})
}

// search finds the crashes of the cache, or of a corpus, that a filter chooses.
func (a *app) search(ctx context.Context, c *cache.Cache, from string, filter corpora.Filter) ([]string, error) {
	var within []string
	if from != "" {
		corpus, err := c.Corpus(from)
		if err != nil {
			return nil, err
		}
		within = corpus.IDs
	}
	found, err := corpora.Select(ctx, corpora.NewSource(c, within), filter, runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, fmt.Errorf("searching the cache: %w", err)
	}
	// A crash that can't be read might fit. A corpus without it would look like the answer to the search.
	if err := a.unread(found.Failed, "passed over, so that the search would not be complete"); err != nil {
		return nil, err
	}
	if len(found.IDs) == 0 {
		return nil, exit.Incompletef("none of the %s searched fits", plural.Crashes(found.Searched))
	}
	return found.IDs, nil
}

// putCorpus keeps a list of crashes under a name, and says so.
func (a *app) putCorpus(c *cache.Cache, name string, ids []string, provenance any, k keeping) error {
	ids, err := k.keep(c, name, ids, provenance)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "corpus %s: %s\n", visible(name), plural.Crashes(len(ids)))
	return err
}
