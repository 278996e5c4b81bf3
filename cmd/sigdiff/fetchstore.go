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
// It implements fetch.Store.
type fetchStore struct {
	cache  *cache.Cache  // nil for one that isn't there yet
	writer *cache.Writer // nil when only Have is asked for

	processed, withoutStack atomic.Int64 // crashes that were put, and those of them without a stack
}

// newFetchStore starts a writer that outlives ctx: after an interruption, what is under way is still stored.
func newFetchStore(ctx context.Context, c *cache.Cache) *fetchStore {
	return &fetchStore{cache: c, writer: c.Writer(context.WithoutCancel(ctx))}
}

// Have tells what the cache has of each crash.
// When a document was found missing is told, too, so that fetch asks for it again after a day.
func (s *fetchStore) Have(ctx context.Context, ids []string) ([]fetch.Known, error) {
	known := make([]fetch.Known, len(ids))
	if s.cache == nil {
		return known, nil
	}
	// For all at once: a corpus has thousands.
	presence, err := s.cache.Has(ctx, ids, cache.Processed, cache.Raw)
	if err != nil {
		return nil, err
	}
	for i, p := range presence {
		k := &known[i]
		// A record alone doesn't count: fetch is asked for documents, and a record may be of an older version.
		k.Processed, k.Raw = p.Stored.Has(cache.Processed), p.Stored.Has(cache.Raw)
		if k.ProcessedMissing, err = s.missingSince(ids[i], p, cache.Processed); err != nil {
			return nil, err
		}
		if k.RawMissing, err = s.missingSince(ids[i], p, cache.Raw); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func (s *fetchStore) missingSince(id string, p cache.Presence, k cache.Kind) (time.Time, error) {
	if !p.Missing.Has(k) {
		return time.Time{}, nil
	}
	return s.cache.MissingSince(id, k)
}

// Put stores the documents of a crash and its crash record.
func (s *fetchStore) Put(ctx context.Context, id string, raw, processed []byte) error {
	// Counted here, since fetch knows nothing of what is in a processed crash.
	crash, err := corpora.PutCrash(ctx, s.writer, id, raw, processed)
	if crash != nil {
		s.processed.Add(1)
		if !crash.HasStack() {
			s.withoutStack.Add(1)
		}
	}
	return err
}

// MarkMissing remembers that the service doesn't have a document.
func (s *fetchStore) MarkMissing(ctx context.Context, id string, raw bool, at time.Time) error {
	kind := cache.Processed
	if raw {
		kind = cache.Raw
	}
	return s.writer.MarkMissing(ctx, id, kind, at)
}

// Flush commits what was put.
func (s *fetchStore) Flush(ctx context.Context) error { return s.writer.Flush(ctx) }
