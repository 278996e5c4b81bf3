package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
)

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
	cmd := &cobra.Command{
		Use:   "sample NAME --corpus CORPUS --num N",
		Short: "Draw a smaller corpus from a large one",
		Long: `Draw crashes from a corpus, each with the same chance, and keep them as a
corpus. The same crashes, number and seed always give the same sample; a larger
number adds to it.`,
		Example: "  sigdiff corpus sample quick --corpus nightly --num 1000 --seed 1",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.runCorpusSample(args[0], o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.from, "corpus", "", "the corpus to draw from")
	f.IntVar(&o.num, "num", 0, "how many crashes to draw")
	f.Uint64Var(&o.seed, "seed", 1, "another seed draws other crashes")
	o.keeping.addFlags(cmd)
	return cmd
}

func (a *app) runCorpusSample(name string, o corpusSampleOptions) error {
	if o.from == "" || o.num < 1 {
		return exit.Usagef("corpus sample needs --corpus CORPUS and --num N of at least 1")
	}
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
		if o.num > len(whole.IDs) {
			a.note("corpus %s has %s; all are drawn", visible(o.from), plural.Crashes(len(whole.IDs)))
		}
		provenance := map[string]any{"command": "corpus sample", "from": o.from, "num": o.num, "seed": o.seed}
		// The sample says where its corpus comes from, which may be deleted by then.
		if len(whole.Provenance) > 0 {
			provenance["of"] = json.RawMessage(whole.Provenance)
		}
		return a.putCorpus(c, name, corpora.Sample(whole.IDs, o.num, o.seed), provenance, o.keeping)
	})
}

// corpusDeleteCommand is 'sigdiff corpus delete'. With --documents it works in the two steps of prune, and can be
// repeated after it was stopped in either.
func (a *app) corpusDeleteCommand() *cobra.Command {
	var o corpora.RemoveOptions
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Delete a corpus, and its crashes if asked to",
		Long: `Delete a corpus and its accepted results. Its crashes stay in the cache, unless
--documents is given: then the raw and processed crashes and the records of
those that no other corpus has are removed too, and the cache file is written
anew without them.`,
		Example: "  sigdiff corpus delete old --documents",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.KeepRecords && !o.Documents {
				return exit.Usagef("--keep-records says what stays when --documents removes crashes")
			}
			return a.runCorpusDelete(cmd.Context(), args[0], o)
		},
	}
	cmd.Flags().BoolVar(&o.Documents, "documents", false, "remove the crashes that no other corpus has")
	cmd.Flags().BoolVar(&o.KeepRecords, "keep-records", false, "with --documents: keep the records, which comparisons read")
	return cmd
}

// runCorpusDelete takes what was deleted out of the file also where the corpus is not there any more: a run that was
// stopped before compacting has deleted it, and the same command again is how one finishes that. Any other corpus
// that isn't there is an error.
func (a *app) runCorpusDelete(ctx context.Context, name string, o corpora.RemoveOptions) error {
	c, err := a.openCache(writing)
	if err != nil {
		return err
	}
	done, err := corpora.Remove(ctx, c, name, o)
	// Also after an error of Remove: the documents go first, and may be gone.
	deleted, pending, pendingErr := c.Pending()
	if closing := cmp.Or(pendingErr, c.Close()); closing != nil {
		return cmp.Or(err, closing)
	}
	switch {
	case err == nil:
		a.printRemoved(name, done, o)
	case !errors.Is(err, cache.ErrNoCorpus):
		return err
	case o.Documents && slices.Contains(deleted, name): // by this command, before it was stopped
		fmt.Fprintf(a.stdout, "corpus %s was deleted before\n", visible(name))
		err = nil
	}
	if !o.Documents || !pending {
		return err
	}
	return cmp.Or(a.finishDeletion(ctx, done.Values == 0), err)
}

func (a *app) printRemoved(name string, done corpora.Removed, o corpora.RemoveOptions) {
	fmt.Fprintf(a.stdout, "deleted corpus %s, %s\n", visible(name), plural.Crashes(done.Crashes))
	if o.Documents {
		fmt.Fprintf(a.stdout, "removed %s; those of %s stay, since other corpora have them\n", plural.Of(done.Values, "document or record", "documents and records"), plural.Crashes(done.Shared))
	}
}
