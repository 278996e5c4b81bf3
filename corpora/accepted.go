package corpora

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// ErrNotAccepted is what a comparison with accepted results says of a crash that has none: it was missing
// or failed when they were accepted, or is new in the corpus. It counts as failed, and not as
// changed: there is nothing to compare it with until results are accepted again.
var ErrNotAccepted = errors.New("no accepted result ('sigdiff accept' again takes it in)")

// errAccepted is returned for bytes that are no accepted results.
var errAccepted = errors.New("not accepted results")

// acceptedVersion is the version of the format of accepted results:
//
//	byte           version, 2
//	uvarint, JSON  AcceptedInfo
//	uvarint        number of siglists, 0 or 4; of each, in the order of siglists.Names, uvarint and source
//	uvarint        number of signatures; of each, ascending, uvarint and text
//	uvarint        number of crashes; their ids, 16 bytes each, ascending; then of each, in that order,
//	               uvarint, the index of its signature
//	byte           crashdata.RecordVersion; then of each crash, in that order, 8 bytes, in little endian: a hash of
//	               what its signature was made of
//
// Version 1 ends before the hashes. That is about 26 bytes a crash: 17,000 of them take 460 KB.
const acceptedVersion = 2

// AcceptedInfo says where accepted results come from.
type AcceptedInfo struct {
	Time time.Time `json:"time"` // when they were accepted, UTC
	// Side is what made them, as the program that accepted them describes it.
	Side json.RawMessage `json:"side,omitempty"`
	// Rules is the ruleset, as the user gave it.
	Rules string `json:"rules,omitempty"`
	// Digest is that of the corpus.
	Digest string `json:"digest"`
	// Parts are what was accepted by itself since, in that order. Earlier versions pass over them.
	Parts []AcceptedPart `json:"parts,omitempty"`
}

// Accepted is the signatures that somebody accepted for the crashes of a corpus. It is a side of a
// comparison.
type Accepted struct {
	Info AcceptedInfo

	lists      *siglists.Set // nil when they were not made from siglists
	signatures []string
	ids        []crashid.Key // ascending
	signature  []uint32      // of each of ids, an index
	inputs     []uint64      // of each of ids, see inputsOf; nil where they can't be compared with today's

	parted map[crashid.Key]string // the signatures of parts, see Apply
}

// Crashes is the number of crashes that have an accepted result.
func (a *Accepted) Crashes() int { return len(a.ids) }

// Signatures is the number of distinct signatures.
func (a *Accepted) Signatures() int { return len(a.signatures) }

// Signature is the accepted signature of a crash.
func (a *Accepted) Signature(id string) (string, bool) {
	i, ok := a.find(id)
	if !ok {
		return "", false
	}
	return a.at(i), true
}

// find is where a crash is in ids.
func (a *Accepted) find(id string) (int, bool) {
	key, ok := crashid.Pack(id)
	if !ok {
		return 0, false
	}
	return slices.BinarySearchFunc(a.ids, key, crashid.Key.Compare)
}

// Siglists are the lists that made the results; nil when they were not made from siglists.
func (a *Accepted) Siglists() *siglists.Set { return a.lists }

// Generator generates with the siglists that made the results; nil without siglists, or when the
// ruleset is none that this version knows. What it makes explains the results, it does not replace them:
// a later engine may make others.
func (a *Accepted) Generator() *signatures.Generator {
	if a.lists == nil {
		return nil
	}
	rules, err := signatures.ParseRuleset(cmp.Or(a.Info.Rules, "default"))
	if err != nil {
		return nil
	}
	return signatures.NewGenerator(a.lists, rules)
}

// NewSigner makes the signer of one goroutine.
func (a *Accepted) NewSigner() signatures.Signer {
	s := &acceptedSigner{results: a}
	if g := a.Generator(); g != nil {
		s.explain = g.NewSigner()
	}
	return s
}

// acceptedSigner gives crashes the signatures that were accepted.
type acceptedSigner struct {
	results *Accepted
	explain signatures.Signer // nil without siglists
	scratch []byte
}

// Generate gives the accepted signature, or ErrNotAccepted.
func (s *acceptedSigner) Generate(c *crashdata.Crash) (signatures.Result, error) {
	i, ok := s.results.find(c.ID())
	if !ok {
		return signatures.Result{}, ErrNotAccepted
	}
	return signatures.Result{
		Signature: s.results.at(i),
		OtherData: s.results.inputs != nil && s.results.inputs[i] != inputsOf(c, &s.scratch),
	}, nil
}

// Explain gives the accepted signature, with the passes of the siglists that were accepted, if these lead to it.
func (s *acceptedSigner) Explain(c *crashdata.Crash) (signatures.Result, error) {
	result, err := s.Generate(c)
	if err != nil || result.OtherData || s.explain == nil {
		return result, err
	}
	made, err := s.explain.Explain(c)
	if err != nil || made.Signature != result.Signature {
		return result, nil // the result stands, however little can be said of it
	}
	return made, nil
}

// Encode gives the results as the cache keeps them.
func (a *Accepted) Encode() ([]byte, error) {
	info, err := json.Marshal(a.Info)
	if err != nil {
		return nil, fmt.Errorf("keeping what made the accepted results: %w", err)
	}
	version := byte(acceptedVersion)
	if a.inputs == nil {
		version = 1
	}
	b := appendSized([]byte{version}, info)
	if a.lists == nil {
		b = binary.AppendUvarint(b, 0)
	} else {
		names := siglists.Names()
		b = binary.AppendUvarint(b, uint64(len(names)))
		for _, name := range names {
			b = appendSized(b, a.lists.List(name).Source)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(a.signatures)))
	for _, s := range a.signatures {
		b = appendSized(b, []byte(s))
	}
	b = binary.AppendUvarint(b, uint64(len(a.ids)))
	for _, id := range a.ids {
		b = append(b, id[:]...)
	}
	for _, s := range a.signature {
		b = binary.AppendUvarint(b, uint64(s))
	}
	if a.inputs == nil {
		return b, nil
	}
	b = append(b, crashdata.RecordVersion)
	for _, sum := range a.inputs {
		b = binary.LittleEndian.AppendUint64(b, sum)
	}
	return b, nil
}

func appendSized(b, content []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(content))), content...)
}

// DecodeAccepted reads what Encode gives. It keeps no reference to data. Once the budget ends, the siglists are left out;
// it is theirs from then on.
func DecodeAccepted(b *pyre.Budget, data []byte) (*Accepted, error) {
	if len(data) == 0 {
		return nil, errAccepted
	}
	if data[0] == 0 || data[0] > acceptedVersion {
		return nil, fmt.Errorf("accepted results of version %d, this program knows %d: accept them again", data[0], acceptedVersion)
	}
	r := acceptedReader{b: data[1:]}
	a := &Accepted{}
	if err := json.Unmarshal(r.sized(), &a.Info); err != nil && !r.failed {
		return nil, fmt.Errorf("%w: %w", errAccepted, err)
	}
	r.lists(b, a)
	r.results(a)
	if data[0] > 1 {
		r.inputs(a)
	}
	if r.failed || len(r.b) > 0 {
		return nil, errAccepted
	}
	return a, nil
}

// checkAccepted tells what is wrong with accepted results.
func checkAccepted(ctx context.Context, data []byte) error {
	_, err := DecodeAccepted(pyre.NewBudget(ctx, math.MaxInt, nil), data)
	return err
}

// acceptedReader reads accepted results; after anything that doesn't fit, failed is set.
type acceptedReader struct {
	b      []byte
	failed bool
}

func (r *acceptedReader) fail() {
	r.failed, r.b = true, nil
}

func (r *acceptedReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count reads how many items follow, each at least size bytes long.
func (r *acceptedReader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.b)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *acceptedReader) sized() []byte {
	n := r.count(1)
	content := r.b[:n]
	r.b = r.b[n:]
	return content
}

// lists reads the siglists. Without ones that load, the results can't be explained, but they stand.
func (r *acceptedReader) lists(b *pyre.Budget, a *Accepted) {
	n := r.count(1)
	if n == 0 || r.failed {
		return
	}
	names := siglists.Names()
	if n != len(names) {
		r.fail()
		return
	}
	lists := map[siglists.Name]*siglists.List{}
	for _, name := range names {
		list, problems := siglists.Parse(name, slices.Clone(r.sized()))
		if len(problems) == 0 {
			lists[name] = list
		}
	}
	if set, err := siglists.NewWithin(b, lists); err == nil && !r.failed {
		a.lists = set
	}
}

func (r *acceptedReader) results(a *Accepted) {
	for range r.count(1) { // room is made as they come: they are distinct, and many take many bytes
		signature := string(r.sized())
		if n := len(a.signatures); n > 0 && signature <= a.signatures[n-1] {
			r.fail()
		}
		if r.failed {
			return
		}
		a.signatures = append(a.signatures, signature)
	}
	const least = len(crashid.Key{}) + 1 // an id and an index
	a.ids = make([]crashid.Key, r.count(least))
	for i := range a.ids {
		r.b = r.b[copy(a.ids[i][:], r.b):]
		if i > 0 && a.ids[i].Compare(a.ids[i-1]) <= 0 {
			r.fail()
			return
		}
	}
	a.signature = make([]uint32, len(a.ids))
	for i := range a.signature {
		n := r.uvarint()
		if n >= uint64(len(a.signatures)) {
			r.fail()
			return
		}
		a.signature[i] = uint32(n)
	}
}

// inputs reads the hashes. Those of another version of records are of no use.
func (r *acceptedReader) inputs(a *Accepted) {
	const size = 8
	if r.failed || len(r.b) != 1+size*len(a.ids) {
		r.fail()
		return
	}
	if r.b[0] == crashdata.RecordVersion {
		a.inputs = make([]uint64, 0, len(a.ids))
		for sum := range slices.Chunk(r.b[1:], size) {
			a.inputs = append(a.inputs, binary.LittleEndian.Uint64(sum))
		}
	}
	r.b = nil
}
