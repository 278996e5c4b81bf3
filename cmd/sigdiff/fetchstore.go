package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/fetch"
)

// fetchStore is the cache as fetch writes to it.
type fetchStore struct {
	writer *cache.Writer

	processed, withoutStack atomic.Int64 // crashes that were put, and those of them without a stack
}

// newFetchStore starts a writer that outlives ctx: after an interruption, what is under way is still stored.
func newFetchStore(ctx context.Context, c *cache.Cache) *fetchStore {
	return &fetchStore{writer: c.Writer(context.WithoutCancel(ctx))}
}

// have tells what the cache has of each crash; there may be none.
// When a document was found missing is told, too, so that fetch asks for it again after a day.
func (r *fetchRun) have(ctx context.Context, ids []string) ([]fetch.Known, error) {
	known := make([]fetch.Known, len(ids))
	if r.cache == nil {
		return known, nil
	}
	// For all at once: a corpus has thousands.
	presence, err := r.cache.Has(ctx, ids, cache.Processed, cache.Raw)
	if err != nil {
		return nil, err
	}
	for i, p := range presence {
		k := &known[i]
		// A record alone doesn't count: fetch is asked for documents, and a record may be of an older version.
		k.Processed, k.Raw = p.Stored.Has(cache.Processed), p.Stored.Has(cache.Raw)
		if k.ProcessedMissing, err = missingSince(r.cache, ids[i], p, cache.Processed); err != nil {
			return nil, err
		}
		if k.RawMissing, err = missingSince(r.cache, ids[i], p, cache.Raw); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func missingSince(c *cache.Cache, id string, p cache.Presence, k cache.Kind) (time.Time, error) {
	if !p.Missing.Has(k) {
		return time.Time{}, nil
	}
	return c.MissingSince(id, k)
}

// keep stores what came of a crash, with its crash record, and remembers what the service doesn't have of it.
func (s *fetchStore) keep(ctx context.Context, c fetch.Crash) error {
	if c.Raw != nil || c.Processed != nil {
		// Counted here, since fetch knows nothing of what is in a processed crash.
		crash, err := corpora.PutCrash(ctx, s.writer, c.ID, c.Raw, c.Processed)
		if err != nil {
			return err
		}
		if crash != nil {
			s.processed.Add(1)
			if !crash.HasStack() {
				s.withoutStack.Add(1)
			}
		}
	}
	// Not both: the raw crash of one that is missing is not asked for.
	switch now := time.Now(); {
	case c.ProcessedMissing:
		return s.writer.MarkMissing(ctx, c.ID, cache.Processed, now)
	case c.RawMissing:
		return s.writer.MarkMissing(ctx, c.ID, cache.Raw, now)
	}
	return nil
}
