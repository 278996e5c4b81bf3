package corpora

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/cache"
)

// Removed says what went.
type Removed struct {
	Crashes int // in the corpus
	Shared  int // of them in another corpus too, so that their documents stayed
	Values  int // documents, records and marks that were removed
}

// Remove removes a corpus with its accepted results and, if documents are to go, what the cache has of its crashes: raw and
// processed crashes and records. Crashes that another corpus has too stay. The documents go first, so that an interrupted removal can be repeated. What is removed is still in the free pages of
// the cache file until cache.Compact. Errors are the cache's, such as cache.ErrNoCorpus; one over another
// corpus that can't be read means that nothing was removed, since it might have the same crashes.
func Remove(ctx context.Context, c *cache.Cache, name string, documents bool) (Removed, error) {
	corpus, err := c.Corpus(name)
	if err != nil {
		return Removed{}, err
	}
	done := Removed{Crashes: len(corpus.IDs)}
	if documents {
		// Another corpus would lose its crashes without a word.
		alone, err := onlyIn(c, corpus)
		if err != nil {
			return Removed{}, err
		}
		done.Shared = len(corpus.IDs) - len(alone)
		// Before the corpus: it is what tells which documents are still to go.
		if done.Values, err = c.Delete(ctx, alone, cache.Kinds()...); err != nil {
			return done, fmt.Errorf("removing the documents of corpus %q (it is still there): %w", name, err)
		}
	}
	return done, c.DeleteCorpus(name)
}

// onlyIn is the ids of a corpus that no other corpus has.
func onlyIn(c *cache.Cache, corpus cache.Corpus) ([]string, error) {
	all, err := c.Corpora()
	if err != nil {
		return nil, err
	}
	left := make(map[string]bool, len(corpus.IDs))
	for _, id := range corpus.IDs {
		left[id] = true
	}
	for _, info := range all {
		if info.Name == corpus.Name {
			continue
		}
		other, err := c.Corpus(info.Name)
		if err != nil {
			return nil, err
		}
		for _, id := range other.IDs {
			delete(left, id)
		}
	}
	alone := make([]string, 0, len(left))
	for _, id := range corpus.IDs {
		if left[id] {
			alone = append(alone, id)
		}
	}
	return alone, nil
}
