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
	decoders := engine.NewDecoders(workers)
	return s.cache.EachBlob(ctx, cache.Record, s.ids, workers, func(worker int, b cache.Blob) error {
		decode := func(record []byte) (*engine.Crash, error) { return decoders[worker].DecodePieces(record, b.Pieces) }
		h := hold(s.cache, b.ID, b.Data, b.Err, decode)
		s.sum.Add(recordHash(b.ID, h.record))
		return visit(worker, b.ID, h.crash, h.err)
	})
}

// Crash reads one crash. One that isn't there is engine.ErrMissing.
func Crash(c *cache.Cache, id string) (*engine.Crash, error) {
	record, err := c.Get(id, cache.Record)
	h := hold(c, id, record, err, engine.DecodeRecord)
	return h.crash, h.err
}

// held is a crash as a cache has it.
type held struct {
	crash  *engine.Crash
	record []byte // that comparisons go by: the stored one, or the one made again; nil with err
	err    error
}

// hold reads a crash from what the cache has as its record, or from its processed crash when that is
// no record that this version can read.
func hold(c *cache.Cache, id string, record []byte, err error, decode func([]byte) (*engine.Crash, error)) held {
	if err == nil {
		var crash *engine.Crash
		if crash, err = decode(record); err == nil {
			return named(id, crash, record)
		}
	}
	if !errors.Is(err, engine.ErrRecordVersion) && !errors.Is(err, cache.ErrNotFound) {
		return held{err: err}
	}
	doc, err := c.Get(id, cache.Processed)
	switch {
	case errors.Is(err, cache.ErrNotFound):
		return held{err: engine.ErrMissing}
	case err != nil:
		return held{err: err}
	}
	crash, err := engine.ParseProcessed(doc)
	if err != nil {
		return held{err: fmt.Errorf("making the crash record of %s again: %w", id, err)}
	}
	return named(id, crash, nil)
}

// named sees to it that a crash is the one asked for, and that its record says so. A nil record is made.
func named(id string, crash *engine.Crash, record []byte) held {
	switch crash.ID() {
	case id:
	case "": // of a processed crash without uuid
		crash, record = crash.WithID(id), nil
	default:
		return held{err: fmt.Errorf("%w: it says %s, not %s", ErrWrongCrash, crash.ID(), id)}
	}
	if record == nil {
		record = crash.AppendRecord(nil)
	}
	return held{crash: crash, record: record}
}

// recordHash is a crash's part of the digest. One without record counts with its id alone.
func recordHash(id string, record []byte) uint64 {
	var h xxhash.Digest
	h.Reset()
	_, _ = h.WriteString(id)
	_, _ = h.Write(record)
	return h.Sum64()
}

// Digest identifies the crashes that the last Each gave, whatever their order: two people with equal
// digests speak of the same crashes. It is no protection against somebody who wants it to be equal.
func (s *Source) Digest() string { return DigestOf(s.Sum()) }

// Sum is the digest as a number. Those of parts add up to that of the whole, modulo 2^64.
func (s *Source) Sum() uint64 { return s.sum.Load() }

// DigestOf is the digest of a sum.
func DigestOf(sum uint64) string { return fmt.Sprintf("%016x", sum) }
