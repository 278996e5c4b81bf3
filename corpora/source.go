package corpora

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine"
)

// Source gives the crashes of a cache to a comparison. It implements engine.Source.
type Source struct {
	cache *cache.Cache
	ids   []string
	sum   atomic.Uint64
}

// NewSource gives the crashes with these ids, or every crash in the cache when ids is nil.
func NewSource(c *cache.Cache, ids []string) *Source { return &Source{cache: c, ids: ids} }

// Each reads the crash records. A record that this version can't read is made again from the processed
// crash. A crash without record and processed crash is engine.ErrMissing.
func (s *Source) Each(ctx context.Context, workers int, visit func(int, string, *engine.Crash, error) error) error {
	s.sum.Store(0)
	return s.cache.EachBlob(ctx, cache.Record, s.ids, workers, func(worker int, b cache.Blob) error {
		crash, err := s.crash(b)
		s.sum.Add(recordHash(b))
		return visit(worker, b.ID, crash, err)
	})
}

func (s *Source) crash(b cache.Blob) (*engine.Crash, error) {
	return fromRecord(s.cache, b.ID, b.Data, b.Err)
}

// Crash reads one crash. One that isn't there is engine.ErrMissing.
func Crash(c *cache.Cache, id string) (*engine.Crash, error) {
	record, err := c.Get(id, cache.Record)
	return fromRecord(c, id, record, err)
}

// fromRecord reads a crash from its record, or from its processed crash when there is no record that
// this version can read.
func fromRecord(c *cache.Cache, id string, record []byte, err error) (*engine.Crash, error) {
	if err == nil {
		var crash *engine.Crash
		if crash, err = engine.DecodeRecord(record); err == nil {
			return crash, nil
		}
	}
	if !errors.Is(err, engine.ErrRecordVersion) && !errors.Is(err, cache.ErrNotFound) {
		return nil, err
	}
	doc, err := c.Get(id, cache.Processed)
	switch {
	case errors.Is(err, cache.ErrNotFound):
		return nil, engine.ErrMissing
	case err != nil:
		return nil, err
	}
	crash, err := engine.ParseProcessed(doc)
	if err != nil {
		return nil, fmt.Errorf("making the crash record of %s again: %w", id, err)
	}
	return crash, nil
}

// recordHash is a record's part of the digest. A crash that can't be read counts with its id alone.
func recordHash(b cache.Blob) uint64 {
	h := xxhash.New()
	_, _ = h.WriteString(b.ID)
	if b.Err == nil {
		_, _ = h.Write(b.Data)
	}
	return h.Sum64()
}

// Digest identifies the crashes that the last Each gave, whatever their order: two people with equal
// digests speak of the same crashes. It is no protection against somebody who wants it to be equal.
func (s *Source) Digest() string { return fmt.Sprintf("%016x", s.sum.Load()) }
