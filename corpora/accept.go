package corpora

import (
	"context"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Acceptance is what one run of Accept came to.
type Acceptance struct {
	Results *Accepted
	// Missing are the crashes that the cache hasn't got, Failed those that got no signature, both by
	// id. Neither has an accepted result.
	Missing []string
	Failed  []compare.Failure
	// WithoutStack counts the crashes that have a result and nothing to make it from.
	WithoutStack int
}

// Accept makes the results of a side over a source, to be kept as accepted. lists are the siglists of
// the side, or nil if it has none. The results don't depend on workers or on the order of the crashes.
func Accept(ctx context.Context, src *Source, side signatures.Side, lists *siglists.Set, workers int) (Acceptance, error) {
	newPart := func() acceptedPart { return acceptedPart{signer: side.NewSigner(), index: map[string]uint32{}} }
	parts, left, err := table.Fold(ctx, src, workers, newPart, (*acceptedPart).add)
	if err != nil {
		return Acceptance{}, err
	}
	done := Acceptance{Results: joinParts(parts), Missing: left.Missing, Failed: left.Failures}
	done.Results.lists = lists
	done.Results.Info.Digest = src.Digest()
	for _, p := range parts {
		done.WithoutStack += p.withoutStack
	}
	slices.SortFunc(done.Failed, func(a, b compare.Failure) int { return crashid.Compare(a.ID, b.ID) })
	return done, nil
}

// acceptedPart is the results of one worker.
type acceptedPart struct {
	signer  signatures.Signer
	index   map[string]uint32 // of each signature, in the order in which they came
	results []acceptedResult
	scratch []byte

	withoutStack int
}

type acceptedResult struct {
	key       crashid.Key
	signature uint32 // an index
	inputs    uint64 // see inputsOf
}

// inputsOf is the hash of what a crash's signature is made of, in room that may grow.
func inputsOf(c *crashdata.Crash, room *[]byte) uint64 {
	*room = c.AppendInputs((*room)[:0])
	return xxhash.Sum64(*room)
}

func (p *acceptedPart) add(id string, c *crashdata.Crash) error {
	result, err := p.signer.Generate(c)
	if err != nil {
		return err
	}
	key, ok := crashid.Pack(id)
	if !ok {
		return cache.ErrBadID
	}
	at, seen := p.index[result.Signature]
	if !seen {
		at = uint32(len(p.index))
		p.index[result.Signature] = at
	}
	if !c.HasStack() {
		p.withoutStack++
	}
	p.results = append(p.results, acceptedResult{key, at, inputsOf(c, &p.scratch)})
	return nil
}

// joinParts brings the results of all workers into one order.
func joinParts(parts []acceptedPart) *Accepted {
	a := &Accepted{hashed: true}
	for _, p := range parts {
		for signature := range p.index {
			a.signatures = append(a.signatures, signature)
		}
	}
	slices.Sort(a.signatures)
	a.signatures = slices.Compact(a.signatures)
	for _, p := range parts {
		place := make([]uint32, len(p.index))
		for signature, at := range p.index {
			i, _ := slices.BinarySearch(a.signatures, signature)
			place[at] = uint32(i)
		}
		for _, r := range p.results {
			a.results = append(a.results, acceptedResult{r.key, place[r.signature], r.inputs})
		}
	}
	slices.SortFunc(a.results, func(x, y acceptedResult) int { return x.key.Compare(y.key) })
	return a
}
