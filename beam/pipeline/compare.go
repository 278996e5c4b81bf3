package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

func init() {
	register.DoFn3x2[context.Context, int, func(*Entry) bool, []byte, error](&compareFn{})
	register.Iter1[Entry]()
}

// compareFn compares the crashes of one shard.
type compareFn struct {
	Base, Candidate Side
	Examples        int

	base, candidate signatures.Side
}

// Setup compiles the siglists, once for many shards.
func (f *compareFn) Setup() error {
	base, candidate, err := loadPair(f.Base, f.Candidate)
	f.base, f.candidate = base.Side, candidate.Side
	return err
}

// ProcessElement makes the part of a shard.
func (f *compareFn) ProcessElement(ctx context.Context, _ int, next func(*Entry) bool) ([]byte, error) {
	var s part
	var all []*Entry
	for e := new(Entry); next(e); e = new(Entry) {
		if e.Kind == entryFile {
			s.names = append(s.names, e.ID)
		} else {
			all = append(all, e)
		}
	}
	// All copies of a crash are in this shard, so that nobody else has to be asked which one counts.
	kept, err := settleAll(all)
	if err != nil {
		return nil, err
	}
	s.tidyNames()
	for _, e := range kept {
		// A line that can't be read has no crash id, and is no part of the corpus.
		if e.Kind != entryFailure {
			s.sum += cache.Sum(e.ID, e.Record)
		}
	}
	s.tally, err = compare.Compare(ctx, settled(kept), f.base, f.candidate, compare.Options{
		Workers: 1, Examples: f.Examples, Verdicts: true,
	})
	if err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	return encodePart(&s), nil
}

// settled is the crashes of a shard, each once. It is a crashdata.Source.
type settled []*Entry

// Each gives the crashes to the first of the workers: a shard has one.
func (all settled) Each(ctx context.Context, _ int, visit func(int, string, *crashdata.Record, error) error) error {
	decoder := crashdata.NewDecoder()
	for _, e := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		var record *crashdata.Record
		var err error
		switch e.Kind {
		case entryFailure:
			err = errors.New(e.Text)
		case entryMissing:
			err = crashdata.ErrMissing
		default:
			record, err = decoder.Open(e.Record)
		}
		if err := visit(0, e.ID, record, err); err != nil {
			return err
		}
	}
	return nil
}

// tidyNames sorts the names of files' corpora, each once.
func (s *part) tidyNames() {
	slices.Sort(s.names)
	s.names = slices.Compact(s.names)
}
