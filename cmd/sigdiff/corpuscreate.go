package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/shell"
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
	cmd := page("corpus-create", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error {
		return a.runCorpusCreate(cmd.Context(), o, args[0], args[1:])
	})
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
	// The same words as in a search of the service, so that a search can be tried on what is cached.
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
	_, noID := crashid.Parse(name)
	switch {
	// Without a name, the corpus would be called like its first crash, and lack that.
	case noID == nil || name == "-":
		return exit.Usagef("%s names crashes, and corpus create takes the name of the corpus first", name)
	// A search within given ids would be a third thing, which nobody has asked for.
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
	return a.withCache(storing(!o.searches()), func(c *cache.Cache) error {
		// A name that is taken is said before a search, which may take long. keep looks again, at the crashes.
		if err := o.allows(c, name, nil); err != nil {
			return err
		}
		provenance := map[string]any{"command": "corpus create"}
		if !o.searches() {
			provenance["ids"] = len(ids)
			return a.putCorpus(c, name, ids, provenance, o.keeping)
		}
		provenance["search"] = filter
		var within cache.Corpus
		if o.from != "" {
			provenance["from"] = o.from
			if within, err = c.Corpus(o.from); err != nil {
				return err
			}
			drawnFrom(provenance, within)
		}
		ids, missing, err := a.search(ctx, c, within.IDs, filter)
		if err != nil {
			return err
		}
		if missing > 0 {
			provenance["incomplete"] = []string{notSearched(missing)}
		}
		if err := a.putCorpus(c, name, ids, provenance, o.keeping); err != nil || missing == 0 {
			return err
		}
		return exit.Incompletef("%s, and may belong to corpus %s, too%s", notSearched(missing), name, howToGet(missing, 0))
	})
}

// drawnFrom says in a provenance where the corpus comes from that crashes were drawn from: it may be deleted by then.
func drawnFrom(provenance map[string]any, whole cache.Corpus) {
	if len(whole.Provenance) > 0 {
		provenance["of"] = json.RawMessage(whole.Provenance)
	}
}

// search finds the crashes within some ids (nil: everything cached) that a filter chooses. missing counts those that it could not
// look at, and that may be fetched.
func (a *app) search(ctx context.Context, c *cache.Cache, within []string, filter corpora.Filter) (ids []string, missing int, err error) {
	found, err := corpora.Select(ctx, corpora.NewSource(c, within), filter, runtime.GOMAXPROCS(0))
	if err == nil {
		missing, err = corpora.Fetchable(ctx, c, found.Missing)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("searching the cache: %w", err)
	}
	// A crash that can't be read might fit. A corpus without it would look like the answer to the search.
	if err := a.unread(found.Failures, "passed over, so that the search would not be complete"); err != nil {
		return nil, 0, err
	}
	switch {
	case len(found.IDs) == 0 && missing > 0:
		return nil, 0, exit.Incompletef("none of the %s searched fits; %s%s", plural.Crashes(found.Searched), notSearched(missing), howToGet(missing, 0))
	case len(found.IDs) == 0:
		return nil, 0, exit.Incompletef("none of the %s searched fits", plural.Crashes(found.Searched))
	}
	return found.IDs, missing, nil
}

// notSearched says what a search could not look at.
func notSearched(missing int) string {
	return plural.Of(missing, "crash that was to be searched was", "crashes that were to be searched were") + " not in the cache"
}

// putCorpus keeps a list of crashes under a name, and says so.
func (a *app) putCorpus(c *cache.Cache, name string, ids []string, provenance any, k keeping) error {
	made, err := k.keep(c, name, ids, provenance)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "corpus %s: %s\n", visible(name), plural.Crashes(len(made.IDs)))
	return err
}

// corpusSampleOptions are the flags of corpus sample.
type corpusSampleOptions struct {
	from string
	num  int    // crashes; at least 1
	seed uint64 // any; the same draws the same
	keeping
}

// corpusSampleCommand is 'sigdiff corpus sample'. What is drawn depends on the ids, the number and the seed alone:
// see corpora.Sample.
func (a *app) corpusSampleCommand() *cobra.Command {
	var o corpusSampleOptions
	cmd := page("corpus-sample", cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error { return a.runCorpusSample(args[0], o) })
	f := cmd.Flags()
	f.StringVar(&o.from, "corpus", "", "the corpus to draw from")
	numberFlag(f, &o.num, "num", 1, 0, "how many crashes to draw")
	f.Uint64Var(&o.seed, "seed", 1, "another seed draws other crashes")
	o.keeping.addFlags(cmd)
	return cmd
}

func (a *app) runCorpusSample(name string, o corpusSampleOptions) error {
	// Else --replace would throw away the corpus that it was drawn from.
	if o.from == name {
		return exit.Usagef("a sample of corpus %q needs another name", name)
	}
	if err := o.keeping.check(name); err != nil {
		return err
	}
	return a.withCache(writing, func(c *cache.Cache) error {
		whole, err := c.Corpus(o.from)
		if err != nil {
			return err
		}
		// No error: a script that asks for 1,000 of each corpus need not know how large each is.
		if o.num > len(whole.IDs) {
			a.note("corpus %s has %s; all are drawn", visible(o.from), plural.Crashes(len(whole.IDs)))
		}
		// With number and seed the sample can be drawn again, from the same corpus.
		provenance := map[string]any{"command": "corpus sample", "from": o.from, "num": o.num, "seed": o.seed}
		drawnFrom(provenance, whole)
		return a.putCorpus(c, name, corpora.Sample(whole.IDs, o.num, o.seed), provenance, o.keeping)
	})
}

// hint says on a terminal what comes next, once there are crashes.
func (a *app) hint(corpus string) {
	// Scripts know what they do next.
	if !terminal.Is(a.stderr) {
		return
	}
	in := ""
	if corpus != "" {
		in = " --corpus " + shell.Line([]string{corpus})
	}
	a.note("next: 'sigdiff diff OLD NEW%s' compares two siglist sets over them, 'sigdiff diff pr/N%s' reviews a pull request", in, in)
}

// keeping is what may become of a corpus that has the name of one to be made: nothing, unless one of them is given.
// A corpus is a fixed list that accepted results and reports refer to. So none is changed in passing.
type keeping struct{ add, replace bool }

func (k *keeping) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&k.add, "add", false, "add the crashes to a corpus of that name; what was accepted for it stays")
	cmd.Flags().BoolVar(&k.replace, "replace", false, "replace a corpus of that name that has other crashes, and its accepted results")
}

// check refuses flags that contradict each other, or have no corpus to speak of, and a name that the cache would refuse
// only in the end.
func (k keeping) check(corpus string) error {
	if corpus != "" {
		if err := cache.CheckName(corpus); err != nil {
			return exit.Usagef("%w", err)
		}
	}
	switch {
	case k.add && k.replace:
		return exit.Usagef("--add and --replace exclude each other")
	case corpus == "" && (k.add || k.replace):
		return exit.Usagef("--add and --replace say what becomes of a corpus; name it with --corpus")
	}
	return nil
}

// allows refuses, before anything is done, to make a corpus of a name that is taken. same tells of the corpus that is
// there that it is the one to be made; it may be nil.
// No name, and --replace, are always fine. Its error is nil where keep may go on; keep looks again, at the crashes.
func (k keeping) allows(c *cache.Cache, name string, same func(cache.Corpus) bool) error {
	if name == "" || k.replace {
		return nil
	}
	old, err := c.Corpus(name)
	switch {
	case errors.Is(err, cache.ErrNoCorpus):
		return nil
	// --add and the same corpus leave err nil; a corpus that can't be read is an error.
	case err != nil || k.add || same != nil && same(old):
		return err
	}
	return taken(old)
}

func taken(old cache.Corpus) error {
	return exit.Usagef("there is a corpus %q already, of %s: --add adds to it, --replace replaces it with its accepted results", old.Name, plural.Crashes(len(old.IDs)))
}

// keep stores a corpus, and returns it. One that has the same crashes already stays as it is, but for what it lacks, and
// with --replace for where it comes from.
// The error of an empty list is exit.Incomplete: the search before found nothing.
func (k keeping) keep(c *cache.Cache, name string, ids []string, provenance any) (made cache.Corpus, err error) {
	if len(ids) == 0 {
		return made, exit.Incompletef("a corpus needs at least one crash: corpus %q is not made", name)
	}
	from, err := json.Marshal(provenance)
	if err != nil {
		return made, fmt.Errorf("keeping where corpus %q comes from: %w", name, err)
	}
	made = cache.Corpus{Name: name, IDs: sortedIDs(ids), Provenance: from}
	old, err := c.Corpus(name)
	switch {
	case errors.Is(err, cache.ErrNoCorpus):
		return made, c.PutCorpus(made)
	// --replace also puts a new corpus in the place of one that can't be read.
	case err != nil && !k.replace:
		return made, err
	case k.add:
		// It keeps both provenances: what the old list lacked is still lacking.
		made = corpora.Joined(old, made)
		return made, c.PutCorpus(made)
	// Its accepted results stay, too. So the same command can be given again and again.
	case slices.Equal(old.IDs, made.IDs):
		if !k.replace && slices.Equal(corpora.Lacks(old.Provenance), corpora.Lacks(from)) {
			return old, nil
		}
		old.Provenance = from
		return old, c.PutCorpus(old)
	case !k.replace:
		return made, taken(old)
	}
	return made, c.ReplaceCorpus(made, nil)
}
