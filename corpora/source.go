package corpora

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/table"
)

// Source gives the crashes of a cache to a comparison. It implements crashdata.Source.
type Source struct {
	cache *cache.Cache
	ids   []string
	sum   atomic.Uint64
}

// NewSource gives the crashes with these ids, or every crash in the cache when ids is nil.
func NewSource(c *cache.Cache, ids []string) *Source { return &Source{cache: c, ids: ids} }

// Each reads the crash records. A record that is lost, or that this version can't read, is made again from the
// processed crash. A crash without record and processed crash is crashdata.ErrMissing.
func (s *Source) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	return table.EachCrash(ctx, s, workers, visit)
}

// EachBlock implements table.Blocks.
func (s *Source) EachBlock(ctx context.Context, workers int, open table.OpenBlock, visit func(int, string, *crashdata.Record, error) error) error {
	// The digest is that of one run.
	s.sum.Store(0)
	workers = max(1, workers)
	recorded := make([]known, workers)
	others, err := s.cache.EachBlock(ctx, s.ids, workers, func(common []byte) (func(int, *cache.Part) error, error) {
		part, err := open(common)
		return func(worker int, p *cache.Part) error {
			sum := uint64(0)
			for i := range p.IDs {
				if !p.Wanted(i) {
					continue
				}
				sum += p.Sums[i]
				if s.ids == nil { // else nobody asks
					recorded[worker].add(p.Key(i))
				}
			}
			s.sum.Add(sum)
			err := part(worker, p.Content, p.IDs, p.Wanted)
			if errors.Is(err, table.ErrBlock) {
				err = fmt.Errorf("cache %s: %w: %w", s.cache.Path(), cache.ErrDamaged, err)
			}
			return err
		}, err
	})
	if err != nil {
		return err
	}
	if err := s.records(ctx, workers, others, visit); err != nil || s.ids != nil {
		return err
	}
	var all known
	// Each worker has counted for itself: a lock for every crash would take longer than reading it.
	for _, one := range recorded {
		all.crashes += one.crashes
		all.sum += one.sum
	}
	for _, id := range others {
		key, _ := crashid.Pack(id)
		all.add(key)
	}
	bare, err := recordless(ctx, s.cache, all)
	if err != nil {
		return err
	}
	return s.records(ctx, workers, bare, visit)
}

// records gives crashes by their records.
func (s *Source) records(ctx context.Context, workers int, ids []string, visit func(int, string, *crashdata.Record, error) error) error {
	if len(ids) == 0 {
		return nil
	}
	decoders := crashdata.NewSymbols().Decoders(workers)
	return s.cache.EachBlob(ctx, cache.Record, ids, workers, func(worker int, b cache.Blob) error {
		r, sum, err := s.record(decoders[worker], b)
		s.sum.Add(sum)
		return visit(worker, b.ID, r, err)
	})
}

// known is which crashes there are, as cache.Total knows them.
type known struct {
	crashes int64
	sum     uint64
}

func (k *known) add(id crashid.Key) {
	k.crashes++
	k.sum += cache.IDSum(id)
}

// IDs are those of all crashes in the cache that have a record, or a processed crash that one can be made of, sorted.
func IDs(ctx context.Context, c *cache.Cache) ([]string, error) {
	ids, err := c.IDs(ctx, cache.Record)
	if err != nil {
		return nil, err
	}
	var recorded known
	for _, id := range ids {
		key, _ := crashid.Pack(id)
		recorded.add(key)
	}
	bare, err := recordless(ctx, c, recorded)
	ids = append(ids, bare...)
	slices.Sort(ids)
	return ids, err
}

// recordless are the crashes that have a processed crash, and no record.
func recordless(ctx context.Context, c *cache.Cache, recorded known) (bare []string, err error) {
	stats, err := c.Stats()
	if err != nil {
		return nil, err
	}
	total := stats.Blobs[cache.Processed]
	// Equal sums mean the same crashes, and those that have a record need not be looked for again.
	if recorded == (known{total.Count, total.IDs}) {
		return nil, nil // as after a fetch: the ids of the documents lie all over the file
	}
	processed, err := c.IDs(ctx, cache.Processed)
	if err != nil {
		return nil, err
	}
	has, err := c.Has(ctx, processed, cache.Record)
	if err != nil {
		return nil, err
	}
	for i, id := range processed {
		if !has[i].Stored.Has(cache.Record) {
			bare = append(bare, id)
		}
	}
	return bare, nil
}

// record is a crash's record, and its part of the digest.
func (s *Source) record(d *crashdata.Decoder, b cache.Blob) (*crashdata.Record, uint64, error) {
	// The usual case, without making a crash of the record: most of what a comparison asks of it is in its
	// table.
	if r, err := d.Open(b.Data); err == nil && r.Is(b.ID) {
		return r, cache.Sum(b.ID, b.Data), nil
	}
	crash, record, err := hold(s.cache, b.ID, b.Data, b.Err)
	if err != nil {
		return nil, cache.Sum(b.ID, nil), err
	}
	return crashdata.NewRecord(crash), cache.Sum(b.ID, record), nil
}

// Crash reads one crash. One that isn't there is crashdata.ErrMissing.
func Crash(c *cache.Cache, id string) (*crashdata.Crash, error) {
	record, err := c.Get(id, cache.Record)
	crash, _, err := hold(c, id, record, err)
	return crash, err
}

// hold reads a crash from what the cache has as its record, or from its processed crash when that is
// no record that this version can read. What it gives beside the crash is the record that comparisons go by.
func hold(c *cache.Cache, id string, record []byte, err error) (*crashdata.Crash, []byte, error) {
	if err == nil {
		var crash *crashdata.Crash
		if crash, err = crashdata.DecodeRecord(record); err == nil {
			return identified(id, crash, record)
		}
	}
	// A damaged record is not made again in silence: the document beside it may be damaged, too, and repair
	// tells.
	if !errors.Is(err, crashdata.ErrRecordVersion) && !errors.Is(err, cache.ErrNotFound) {
		return nil, nil, err
	}
	doc, err := c.Get(id, cache.Processed)
	switch {
	case errors.Is(err, cache.ErrNotFound):
		return nil, nil, crashdata.ErrMissing
	case err != nil:
		return nil, nil, err
	}
	crash, err := crashdata.ParseProcessed(doc)
	if err != nil {
		return nil, nil, fmt.Errorf("making the crash record of %s again: %w", id, err)
	}
	return identified(id, crash, nil)
}

// identified is a crash that says its id, and its record, which is made where it is nil. A crash that says another's id is
// ErrWrongCrash.
func identified(id string, crash *crashdata.Crash, record []byte) (*crashdata.Crash, []byte, error) {
	switch crash.ID() {
	case id:
	case "": // of a processed crash without uuid
		// With the id in it, the digest is that of this crash and no other.
		crash, record = crash.WithID(id), nil
	default:
		return nil, nil, fmt.Errorf("%w: it says %s, not %s", ErrWrongCrash, crash.ID(), id)
	}
	if record == nil {
		record = crash.AppendRecord(nil)
	}
	return crash, record, nil
}

// Digest identifies the crashes that the last Each gave, whatever their order: two people with equal
// digests speak of the same crashes. It is no protection against somebody who wants it to be equal.
func (s *Source) Digest() string { return DigestOf(s.Sum()) }

// Sum is the digest as a number. Those of parts add up to that of the whole, modulo 2^64.
func (s *Source) Sum() uint64 { return s.sum.Load() }

// DigestOf is the digest of a sum.
func DigestOf(sum uint64) string { return fmt.Sprintf("%016x", sum) }

// errNoDocument is returned for a crash whose processed crash is wanted, and of which there is a record at most.
var errNoDocument = fmt.Errorf("its processed crash is %w", crashdata.ErrMissing)

// Processed is the processed crash of a cached crash. A record alone won't do.
func Processed(c *cache.Cache, id string) ([]byte, error) {
	doc, err := c.Get(id, cache.Processed)
	if errors.Is(err, cache.ErrNotFound) {
		return nil, errNoDocument
	}
	return doc, err
}

// CrashData is the crash data of a processed crash in one line, with the crash id, if there is one, as its member uuid,
// which no rule reads.
func CrashData(id string, processed []byte) ([]byte, error) {
	data, err := crashdata.CrashData(processed)
	if err != nil || id == "" {
		return data, err
	}
	// Put in front of the members that there are, without reading these once more: nothing else of the data may
	// change.
	return slices.Concat([]byte(`{"uuid":`), strconv.AppendQuote(nil, id), []byte(","), bytes.TrimPrefix(data, []byte("{"))), nil
}
