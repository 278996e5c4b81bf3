package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/sigdiff/sigdiff/engine/compare"
)

func init() {
	register.Combiner2[*share, []byte](&joinFn{})
	beam.RegisterCoder(reflect.TypeFor[*share](), encodeShare, decodeShare)
}

// share is the comparison of some of the crashes. The zero share is that of none.
type share struct {
	names []string // of the exported corpora among the files read, sorted, each once; "" stands for NDJSON
	sum   uint64   // of the crashes' parts of the corpus' digest
	tally *compare.Tally
}

// errShare is the error over bytes that are no share.
var errShare = errors.New("not a share of a comparison")

// shareForm is a share as it travels, in JSON. Equal shares have equal bytes.
type shareForm struct {
	Names []string
	Sum   uint64
	Tally []byte // as a part of a comparison; empty for none
}

func encodeShare(s *share) []byte {
	form := shareForm{Names: s.names, Sum: s.sum}
	if s.tally != nil {
		form.Tally = s.tally.AppendPart(nil)
	}
	b, _ := json.Marshal(form) // which can't fail
	return b
}

// decodeShare reads what encodeShare wrote.
func decodeShare(b []byte) (*share, error) {
	var form shareForm
	err := json.Unmarshal(b, &form)
	s := &share{names: form.Names, sum: form.Sum}
	if err == nil && len(form.Tally) > 0 {
		s.tally, err = compare.DecodePart(form.Tally, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errShare, err)
	}
	return s, nil
}

// join adds another share, which must not be used after.
func (s *share) join(other *share) error {
	s.names = append(s.names, other.names...)
	s.tidyNames()
	s.sum += other.sum
	switch {
	case other.tally == nil:
	case s.tally == nil:
		s.tally = other.tally
	default:
		return s.tally.Join(other.tally)
	}
	return nil
}

// joinFn combines shares. Tallies are sums, counts of distinct things and choices of the smallest, so that
// neither the order nor the grouping matters.
type joinFn struct{}

// CreateAccumulator is the share of no crashes.
func (*joinFn) CreateAccumulator() *share { return &share{} }

// AddInput adds a share that has travelled.
func (*joinFn) AddInput(s *share, part []byte) (*share, error) {
	other, err := decodeShare(part)
	if err != nil {
		return nil, err
	}
	return s, s.join(other)
}

// MergeAccumulators adds a share.
func (*joinFn) MergeAccumulators(s, other *share) (*share, error) { return s, s.join(other) }

// ExtractOutput is the share as it travels.
func (*joinFn) ExtractOutput(s *share) []byte { return encodeShare(s) }
