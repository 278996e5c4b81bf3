package corpora

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

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

// errAccepted is returned for bytes that are no accepted results, and for those of another version.
var errAccepted = errors.New("not accepted results of this version ('sigdiff accept' makes them again)")

// acceptedVersion is the version of the form of accepted results.
const acceptedVersion = 4

// acceptedForm is accepted results as the cache keeps them, in JSON. 17,000 of them take about a megabyte, which the cache
// compresses to half of it.
type acceptedForm struct {
	Version int `json:"version"`
	AcceptedInfo
	Siglists   map[siglists.Name]string `json:"siglists,omitempty"` // their sources
	Signatures ascending                `json:"signatures"`
	IDs        []byte                   `json:"ids"`              // 16 bytes each, ascending
	Signature  []byte                   `json:"signature"`        // of each of the ids, 4 bytes, in little endian: an index
	Records    int                      `json:"records"`          // crashdata.RecordVersion
	Inputs     []byte                   `json:"inputs,omitempty"` // of each of the ids, 8 bytes, in little endian: see inputsOf
}

// AcceptedInfo says where accepted results come from.
type AcceptedInfo struct {
	Time time.Time `json:"time"` // when they were accepted, UTC
	// Side is what made them, as the program that accepted them describes it.
	Side json.RawMessage `json:"side,omitempty"`
	// Rules is the ruleset, as the user gave it.
	Rules string `json:"rules,omitempty"`
	// Digest is that of the corpus.
	Digest string `json:"digest"`
	// Parts are what was accepted by itself since, in that order.
	Parts AcceptedParts `json:"parts,omitempty"`
}

// Accepted is the signatures that somebody accepted for the crashes of a corpus. It is a side of a
// comparison.
type Accepted struct {
	Info AcceptedInfo
	// Kept identifies them, with their parts, as they were decoded; empty where they were not.
	Kept string

	lists   *siglists.Set    // nil when they were not made from siglists
	results []acceptedResult // ascending
	hashed  bool             // whether their inputs can be compared with today's

	parted map[crashid.Key]acceptedResult // those of parts, see Apply
}

// Crashes is the number of crashes that have an accepted result.
func (a *Accepted) Crashes() int { return len(a.results) }

// Signatures is the number of distinct signatures.
func (a *Accepted) Signatures() int { return len(a.signatures()) }

// signatures are the numbers of the distinct signatures, in their order.
func (a *Accepted) signatures() map[string]uint32 {
	numbers := map[string]uint32{}
	for _, r := range a.results {
		numbers[r.signature] = 0
	}
	for i, signature := range slices.Sorted(maps.Keys(numbers)) {
		numbers[signature] = uint32(i)
	}
	return numbers
}

// AcceptedSummary says what was accepted.
type AcceptedSummary struct {
	Time       time.Time       `json:"time"`
	Crashes    int             `json:"crashes"`
	Signatures int             `json:"signatures"`
	Digest     string          `json:"corpus_digest"` // of the corpus, at that time
	Side       json.RawMessage `json:"side,omitempty"`
	Parts      AcceptedParts   `json:"parts,omitempty"`
}

// Summary says what was accepted.
func (a *Accepted) Summary() *AcceptedSummary {
	return &AcceptedSummary{a.Info.Time, a.Crashes(), a.Signatures(), a.Info.Digest, a.Info.Side, a.Info.Parts}
}

// find is where a crash is in results.
func (a *Accepted) find(key crashid.Key) (int, bool) {
	return slices.BinarySearchFunc(a.results, key, func(r acceptedResult, key crashid.Key) int { return r.key.Compare(key) })
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
	rules, err := signatures.ParseRuleset(cmp.Or(a.Info.Rules, signatures.DefaultRuleset))
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
	key, _ := crashid.Pack(c.ID())
	i, found := s.results.find(key)
	if !found {
		return signatures.Result{}, ErrNotAccepted
	}
	// A crash that was processed again may have another stack by now. Its accepted signature still counts, and
	// the report says that it was made of other data.
	accepted := s.results.at(i)
	return signatures.Result{
		Signature: accepted.signature,
		OtherData: s.results.hashed && accepted.inputs != inputsOf(c, &s.scratch),
	}, nil
}

// Explain gives the accepted signature, with the passes of the siglists that were accepted, if these lead to it.
func (s *acceptedSigner) Explain(c *crashdata.Crash) (signatures.Result, error) {
	result, err := s.Generate(c)
	if err != nil || result.OtherData || s.explain == nil {
		return result, err
	}
	made, err := s.explain.Explain(c)
	// What this version makes explains an accepted signature only where it is the same.
	if err != nil || made.Signature != result.Signature {
		return result, nil // the result stands, however little can be said of it
	}
	return made, nil
}

// Encode gives the results as the cache keeps them.
func (a *Accepted) Encode() ([]byte, error) {
	// Each signature once, and its number for each crash: equal results have equal bytes, and they stay small.
	numbers := a.signatures()
	form := acceptedForm{Version: acceptedVersion, AcceptedInfo: a.Info, Signatures: append(ascending{}, slices.Sorted(maps.Keys(numbers))...), Records: crashdata.RecordVersion}
	if a.lists != nil {
		form.Siglists = map[siglists.Name]string{}
		for name, source := range a.lists.Sources() {
			form.Siglists[name] = string(source)
		}
	}
	for _, r := range a.results {
		form.IDs = append(form.IDs, r.key[:]...)
		form.Signature = binary.LittleEndian.AppendUint32(form.Signature, numbers[r.signature])
		if a.hashed {
			form.Inputs = binary.LittleEndian.AppendUint64(form.Inputs, r.inputs)
		}
	}
	data, err := json.Marshal(form)
	if err != nil {
		return nil, fmt.Errorf("keeping the accepted results: %w", err)
	}
	return data, nil
}

// DecodeAccepted reads what Encode gives. It keeps no reference to data. Once the budget ends, the siglists are left out;
// it is theirs from then on.
func DecodeAccepted(b *pyre.Budget, data []byte) (*Accepted, error) {
	var form acceptedForm
	if err := json.Unmarshal(data, &form); err != nil {
		return nil, fmt.Errorf("%w: %w", errAccepted, err)
	}
	// Before anything else is believed. Another version may mean something else by the same names.
	if form.Version != acceptedVersion {
		return nil, errAccepted
	}
	a := &Accepted{Info: form.AcceptedInfo, Kept: fmt.Sprintf("%016x", xxhash.Sum64(data)), lists: form.lists(b)}
	if err := form.results(a); err != nil {
		return nil, err
	}
	return a, nil
}

// ascending are texts, each greater than the one before it.
type ascending []string

// UnmarshalJSON reads a list.
func (a *ascending) UnmarshalJSON(data []byte) error {
	return eachItem(data, func(text string) bool {
		n := len(*a)
		*a = append(*a, text)
		return n == 0 || text > (*a)[n-1]
	})
}

// eachItem reads a list item by item, up to the first that is wrong: many wrong ones would take more room than
// they have bytes.
func eachItem[T any](data []byte, take func(T) (ok bool)) error {
	in := json.NewDecoder(bytes.NewReader(data))
	if start, err := in.Token(); err != nil || start != json.Delim('[') {
		return errAccepted
	}
	for in.More() {
		var item T
		if err := in.Decode(&item); err != nil {
			return err
		}
		if !take(item) {
			return errAccepted
		}
	}
	return nil
}

// results reads what each crash has. The hashes of another version of records are of no use.
func (f *acceptedForm) results(a *Accepted) error {
	const id, index, sum = len(crashid.Key{}), 4, 8 // bytes
	n := len(f.IDs) / id
	if len(f.IDs) != n*id || len(f.Signature) != n*index || len(f.Inputs) != 0 && len(f.Inputs) != n*sum {
		return errAccepted
	}
	a.hashed = len(f.Inputs) > 0 && f.Records == crashdata.RecordVersion
	for i := range n {
		signature := binary.LittleEndian.Uint32(f.Signature[i*index:])
		if uint64(signature) >= uint64(len(f.Signatures)) {
			return errAccepted
		}
		r := acceptedResult{key: crashid.Key(f.IDs[i*id:][:id]), signature: f.Signatures[signature]}
		if a.hashed {
			r.inputs = binary.LittleEndian.Uint64(f.Inputs[i*sum:])
		}
		if i > 0 && r.key.Compare(a.results[i-1].key) <= 0 {
			return errAccepted
		}
		a.results = append(a.results, r)
	}
	return nil
}

// lists are the siglists; nil without ones that load. The results can't be explained then, but they stand.
func (f *acceptedForm) lists(b *pyre.Budget) *siglists.Set {
	sources := siglists.Sources{}
	for name, source := range f.Siglists {
		sources[name] = []byte(source)
	}
	// They may come from a file that somebody sent, with patterns that take for ever: hence the budget.
	set, err := sources.Load(b) // one that is missing is an error
	if err != nil {
		return nil
	}
	return set
}

// checkAccepted tells what is wrong with accepted results.
func checkAccepted(ctx context.Context, data []byte) error {
	_, err := DecodeAccepted(pyre.NewBudget(ctx, math.MaxInt, nil), data)
	return err
}
