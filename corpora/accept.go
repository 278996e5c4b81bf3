package corpora

import (
	"context"
	"slices"
	"unique"

	"github.com/cespare/xxhash/v2"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Acceptance is what one run of Accept came to.
type Acceptance struct {
	Results *Accepted
	// Left are the crashes that have no accepted result, by id: those that the cache hasn't got, and those that got no signature.
	table.Left
	// WithoutStack counts the crashes that have a result and nothing to make it from.
	WithoutStack int
}

// Accept makes the results of a side over a source, to be kept as accepted. lists are the siglists of
// the side, or nil if it has none. The results don't depend on workers or on the order of the crashes.
func Accept(ctx context.Context, src *Source, side signatures.Side, lists *siglists.Set, workers int) (Acceptance, error) {
	newPart := func() acceptedPart { return acceptedPart{signer: side.NewSigner()} }
	parts, left, err := table.Fold(ctx, src, workers, newPart, (*acceptedPart).add)
	if err != nil {
		return Acceptance{}, err
	}
	results := &Accepted{Info: AcceptedInfo{Digest: src.Digest()}, lists: lists, hashed: true}
	done := Acceptance{Results: results, Left: left}
	for _, p := range parts {
		results.results = append(results.results, p.results...)
		done.WithoutStack += p.withoutStack
	}
	// Sorted, they are found by halves, and the same results are the same bytes whichever worker made them.
	slices.SortFunc(results.results, func(a, b acceptedResult) int { return a.key.Compare(b.key) })
	return done, nil
}

// acceptedPart is the results of one worker.
type acceptedPart struct {
	signer  signatures.Signer
	results []acceptedResult
	scratch []byte

	withoutStack int
}

type acceptedResult struct {
	key       crashid.Key
	signature string
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
	// Packed, since a corpus has many: as strings, ids would take more room than all that is accepted of them.
	key, _ := crashid.Pack(id)
	if !c.HasStack() {
		p.withoutStack++
	}
	// Thousands of crashes have one signature. It is in memory once, whichever worker made it.
	p.results = append(p.results, acceptedResult{key, unique.Make(result.Signature).Value(), inputsOf(c, &p.scratch)})
	return nil
}
