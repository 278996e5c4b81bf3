// Package pipelines puts any number of ways to make signatures side by side: how each groups crashes, and how alike two
// groupings are.
package pipelines

import (
	"cmp"
	"context"
	"encoding/binary"
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
	Missing      []string
	Failures     []table.Failure // of the first pipeline that made none
	Pipelines    []Pipeline      // in the order that they were given in
	Pairs        []Pair          // the first with each after it, then the second, and so on
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
	numbers      []map[string]uint32 // of the signatures of each side
	crashes      map[string]int      // by the numbers of their signatures, as row packs them
	withoutStack int                 // of these
	row          []byte              // of the crash at hand
}

func newCounts(sides []signatures.Side) counts {
	p := counts{crashes: map[string]int{}}
	for _, side := range sides {
		p.signers = append(p.signers, side.NewSigner())
		p.numbers = append(p.numbers, map[string]uint32{})
	}
	return p
}

func (p *counts) add(_ string, c *crashdata.Crash) error {
	if err := p.sign(c); err != nil {
		return err
	}
	p.crashes[string(p.row)]++
	if !c.HasStack() {
		p.withoutStack++
	}
	return nil
}

// sign makes the row of a crash: the numbers of its signatures.
func (p *counts) sign(c *crashdata.Crash) error {
	p.row = p.row[:0]
	for i, signer := range p.signers {
		result, err := signer.Generate(c)
		if err != nil {
			return fmt.Errorf("pipeline %d: %w", i+1, err)
		}
		p.row = binary.LittleEndian.AppendUint32(p.row, number(p.numbers[i], result.Signature))
	}
	return nil
}

// number is the number of a signature.
func number(numbers map[string]uint32, signature string) uint32 {
	n, known := numbers[signature]
	if !known {
		n = uint32(len(numbers))
		numbers[signature] = n
	}
	return n
}

// at is the number in a row of the signature of a side.
func at(row string, side int) uint32 { return binary.LittleEndian.Uint32([]byte(row[4*side:])) }

// merge adds what another worker found, whose signatures have other numbers.
func (p *counts) merge(other *counts) {
	p.withoutStack += other.withoutStack
	here := make([][]uint32, len(p.numbers)) // the number here of each number there
	for side, numbers := range other.numbers {
		here[side] = make([]uint32, len(numbers))
		for signature, n := range numbers {
			here[side][n] = number(p.numbers[side], signature)
		}
	}
	for row, n := range other.crashes {
		p.row = p.row[:0]
		for side := range here {
			p.row = binary.LittleEndian.AppendUint32(p.row, here[side][at(row, side)])
		}
		p.crashes[string(p.row)] += n
	}
}

func (p *counts) measured(left table.Left) *Measured {
	m := &Measured{WithoutStack: p.withoutStack, Missing: left.Missing, Failures: left.Failures}
	for _, n := range p.crashes {
		m.Compared += n
	}
	m.Crashes = m.Compared + len(m.Missing) + len(m.Failures)
	for side := range p.signers {
		m.Pipelines = append(m.Pipelines, p.pipeline(side))
	}
	for a := range p.signers {
		for b := a + 1; b < len(p.signers); b++ {
			m.Pairs = append(m.Pairs, p.pair(a, b))
		}
	}
	return m
}

func (p *counts) pipeline(side int) Pipeline {
	groups := map[uint32]int{}
	for row, n := range p.crashes {
		groups[at(row, side)] += n
	}
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

func (p *counts) pair(a, b int) Pair {
	cells := map[[2]uint32]int{}
	for row, n := range p.crashes {
		cells[[2]uint32{at(row, a), at(row, b)}] += n
	}
	pair := Compare(cells)
	pair.A, pair.B = a, b
	return pair
}
