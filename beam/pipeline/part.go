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
	register.Combiner2[*part, []byte](&joinFn{})
	beam.RegisterCoder(reflect.TypeFor[*part](), encodePart, decodePart)
}

// part is the comparison of some of the crashes. The zero part is that of none.
type part struct {
	names []string // of the exported corpora among the files read, sorted, each once; "" stands for NDJSON
	sum   uint64   // what the crashes add to the corpus' digest
	tally *compare.Tally
}

// errPart is the error over bytes that are no part.
var errPart = errors.New("not a part of a comparison")

// partForm is a part as it travels, in JSON. Equal parts have equal bytes.
type partForm struct {
	Names []string
	Sum   uint64
	Tally []byte // as a part of a comparison; empty for none
}

func encodePart(s *part) []byte {
	form := partForm{Names: s.names, Sum: s.sum}
	if s.tally != nil {
		form.Tally = s.tally.AppendPart(nil)
	}
	b, _ := json.Marshal(form) // which can't fail
	return b
}

// decodePart reads what encodePart wrote.
func decodePart(b []byte) (*part, error) {
	var form partForm
	err := json.Unmarshal(b, &form)
	s := &part{names: form.Names, sum: form.Sum}
	if err == nil && len(form.Tally) > 0 {
		s.tally, err = compare.DecodePart(form.Tally, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPart, err)
	}
	return s, nil
}

// join adds another part, which must not be used after.
func (s *part) join(other *part) error {
	s.names = append(s.names, other.names...)
	// At every step, so that a million files of one corpus are one name on the way.
	s.tidyNames()
	s.sum += other.sum
	switch {
	// The part of no crashes has none, and adds nothing.
	case other.tally == nil:
	case s.tally == nil:
		s.tally = other.tally
	default:
		return s.tally.Join(other.tally)
	}
	return nil
}

// joinFn combines parts. Tallies are sums, counts of distinct things and choices of the smallest, so that
// neither the order nor the grouping matters.
type joinFn struct{}

// CreateAccumulator is the part of no crashes.
func (*joinFn) CreateAccumulator() *part { return &part{} }

// AddInput adds a part that has travelled.
func (*joinFn) AddInput(s *part, travelled []byte) (*part, error) {
	other, err := decodePart(travelled)
	if err != nil {
		return nil, err
	}
	return s, s.join(other)
}

// MergeAccumulators adds a part.
func (*joinFn) MergeAccumulators(s, other *part) (*part, error) { return s, s.join(other) }

// ExtractOutput is the part as it travels.
func (*joinFn) ExtractOutput(s *part) []byte { return encodePart(s) }
