// Package pipelines puts any number of ways to make signatures side by side: how each groups crashes, and how alike two
// groupings are.
package pipelines

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
)

// Largest is how many of the largest signatures a pipeline is told by: the top crashers of a release.
const Largest = 20

// Measured is how pipelines group crashes.
type Measured struct {
	Crashes  int // that there are, missing and failed ones included
	Compared int // those with a signature of every pipeline, which all figures are about
	// WithoutStack is how many of these have nothing to make a signature from.
	WithoutStack int
	table.Left              // those failed that a pipeline has no signature of, the first that hasn't
	Pipelines    []Pipeline // in the order that they were given in
	Pairs        []Pair     // the first with each after it, then the second, and so on; none where no crash was compared
}

// Pipeline is how one pipeline groups crashes.
type Pipeline struct {
	Signatures int
	Singletons int // signatures of one crash
	Largest    int // crashes of the [Largest] largest signatures
}

// Measure groups the crashes of a source by the signatures of each side. The result depends neither on the number of
// workers nor on the order of the crashes.
func Measure(ctx context.Context, src crashdata.Source, sides []signatures.Side, workers int) (*Measured, error) {
	found, left, err := table.Fold(ctx, src, workers, func() counts { return newCounts(sides) }, (*counts).add)
	if err != nil {
		return nil, err
	}
	for i := range found[1:] {
		found[0].merge(&found[i+1])
	}
	return found[0].measured(left), nil
}

// counts are what one worker found.
type counts struct {
	signers      []signatures.Signer
	groups       []map[string]int    // crashes by the signature of each side
	cells        []map[[2]string]int // crashes by the two signatures of each pair of sides, in the order of Measured.Pairs
	withoutStack int
}

func newCounts(sides []signatures.Side) counts {
	var p counts
	for i, side := range sides {
		p.signers, p.groups = append(p.signers, side.NewSigner()), append(p.groups, map[string]int{})
		for range i {
			p.cells = append(p.cells, map[[2]string]int{})
		}
	}
	return p
}

// add counts a crash, unless a side has no signature for it.
func (p *counts) add(_ string, c *crashdata.Crash) error {
	made := make([]string, len(p.signers))
	for i, signer := range p.signers {
		result, err := signatures.ToGroup(signer, c)
		if err != nil {
			return fmt.Errorf("pipeline %d: %w", i+1, err)
		}
		made[i] = result.Signature
	}
	for i, signature := range made {
		p.groups[i][signature]++
	}
	p.eachPair(func(pair, a, b int) { p.cells[pair][[2]string{made[a], made[b]}]++ })
	if !c.HasStack() {
		p.withoutStack++
	}
	return nil
}

// eachPair visits the pairs of sides.
func (p *counts) eachPair(visit func(pair, a, b int)) {
	pair := 0
	for a := range p.signers {
		for b := a + 1; b < len(p.signers); b++ {
			visit(pair, a, b)
			pair++
		}
	}
}

// merge adds what another worker found.
func (p *counts) merge(other *counts) {
	p.withoutStack += other.withoutStack
	for i, groups := range other.groups {
		addTo(p.groups[i], groups)
	}
	for i, cells := range other.cells {
		addTo(p.cells[i], cells)
	}
}

func addTo[K comparable](counts, others map[K]int) {
	for key, n := range others {
		counts[key] += n
	}
}

func (p *counts) measured(left table.Left) *Measured {
	m := &Measured{WithoutStack: p.withoutStack, Left: left}
	for i, groups := range p.groups {
		m.Pipelines = append(m.Pipelines, pipelineOf(groups))
		if i == 0 { // as every side has each crash
			for _, n := range groups {
				m.Compared += n
			}
		}
	}
	m.Crashes = m.Compared + len(m.Missing) + len(m.Failures)
	// Groupings of nothing are equal, which would look like an answer.
	if m.Compared == 0 {
		return m
	}
	p.eachPair(func(pair, a, b int) {
		alike := Compare(p.cells[pair])
		alike.A, alike.B = a, b
		m.Pairs = append(m.Pairs, alike)
	})
	return m
}

func pipelineOf(groups map[string]int) Pipeline {
	sizes := slices.SortedFunc(maps.Values(groups), func(a, b int) int { return cmp.Compare(b, a) })
	of := Pipeline{Signatures: len(sizes)}
	for i, n := range sizes {
		if n == 1 {
			of.Singletons++
		}
		if i < Largest {
			of.Largest += n
		}
	}
	return of
}
