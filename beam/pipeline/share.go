package pipeline

import (
	"encoding/binary"
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

// append appends the share in binary form: its sum in little endian, its names, each with its length in
// front as their number is, and its tally. Equal shares have equal bytes.
func (s *share) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.sum)
	b = binary.AppendUvarint(b, uint64(len(s.names)))
	for _, name := range s.names {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
	}
	if s.tally != nil {
		b = s.tally.AppendPart(b)
	}
	return b
}

func encodeShare(s *share) []byte { return s.append(nil) }

// decodeShare reads what append wrote.
func decodeShare(b []byte) (*share, error) {
	if len(b) < 8 {
		return nil, errShare
	}
	s := &share{sum: binary.LittleEndian.Uint64(b)}
	b = b[8:]
	names, b, ok := cutCount(b)
	if !ok {
		return nil, errShare
	}
	for range names {
		var n uint64
		if n, b, ok = cutCount(b); !ok {
			return nil, errShare
		}
		s.names = append(s.names, string(b[:n]))
		b = b[n:]
	}
	if len(b) == 0 {
		return s, nil
	}
	var err error
	if s.tally, err = compare.DecodePart(b, nil); err != nil {
		return nil, fmt.Errorf("%w: %w", errShare, err)
	}
	return s, nil
}

// cutCount cuts off a count of things that take a byte or more of what follows.
func cutCount(b []byte) (n uint64, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return 0, nil, false
	}
	return n, b[size:], true
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

// AddInput adds a share in binary form.
func (*joinFn) AddInput(s *share, part []byte) (*share, error) {
	other, err := decodeShare(part)
	if err != nil {
		return nil, err
	}
	return s, s.join(other)
}

// MergeAccumulators adds a share.
func (*joinFn) MergeAccumulators(s, other *share) (*share, error) { return s, s.join(other) }

// ExtractOutput is the share in binary form.
func (*joinFn) ExtractOutput(s *share) []byte { return s.append(nil) }
