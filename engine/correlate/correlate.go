// Package correlate compares the signatures of two sets of crashes: those that only one has, those that one has more of,
// and which of the other's signatures have most frames in common with those of one alone.
package correlate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
)

// topFrames is how many frames of a stack count, from its top.
const topFrames = 10

// Group are the crashes of one set that have a signature.
type Group struct {
	Signature string
	Crashes   int
	Examples  []string // ids, the first few in order

	frames map[string]int // crashes that have a frame near the top of their stack
}

// examples is how many ids a group keeps.
const examples = 3

// Sample is a set of crashes, by signature.
type Sample struct {
	Crashes int `json:"crashes"` // that have a signature
	table.Left
	Groups map[string]*Group `json:"-"`
	// WithoutStack counts the crashes that have nothing to make a signature from.
	WithoutStack int `json:"-"`

	names map[crashdata.Symbol]string // of functions: the same few thousand come in every crash
}

// Read groups crashes by the signatures that a side gives them.
func Read(ctx context.Context, source crashdata.Source, side signatures.Side) (*Sample, error) {
	signer := side.NewSigner()
	newSample := func() Sample { return Sample{Groups: map[string]*Group{}, names: map[crashdata.Symbol]string{}} }
	samples, left, err := table.Fold(ctx, source, 1, newSample, func(s *Sample, id string, c *crashdata.Crash) error {
		result, err := signatures.ToGroup(signer, c)
		if err == nil {
			s.add(id, result, c)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading crashes: %w", err)
	}
	samples[0].Left = left
	return &samples[0], nil
}

func (s *Sample) add(id string, r signatures.Result, c *crashdata.Crash) {
	g := s.Groups[r.Signature]
	if g == nil {
		g = &Group{Signature: r.Signature, frames: map[string]int{}}
		s.Groups[r.Signature] = g
	}
	s.Crashes++
	g.Crashes++
	if !c.HasStack() {
		s.WithoutStack++
	}
	// The smallest ids, which are the same in whatever order crashes come.
	at, _ := slices.BinarySearch(g.Examples, id)
	g.Examples = slices.Insert(g.Examples, at, id)
	g.Examples = g.Examples[:min(examples, len(g.Examples))]
	// Of a signature that was made elsewhere only its text tells that it is that of thread 0.
	frames := crashdata.LastStack(c.Threads(r.Hang || strings.Contains(r.Signature, "shutdownhang | ")))
	once := map[string]bool{} // a recursion fills the top of a stack with one frame, which says no more for that
	for _, f := range frames[:min(topFrames, len(frames))] {
		name := s.frameName(f)
		if name != "" && !once[name] {
			once[name] = true
			g.frames[name]++
		}
	}
}

// frameName is a frame as signatures name its function, which says the same whatever arguments it has.
func (s *Sample) frameName(f crashdata.StackFrame) string {
	if f.Kind == crashdata.FrameText {
		return f.Text
	}
	function := crashdata.Symbol{Kind: f.Kind, Text: f.Text}
	name, known := s.names[function]
	if !known {
		var err error
		if name, err = signatures.WithoutLine(f.Kind, f.Text); err != nil {
			name = f.Text // odd, and yet the same function in both sets
		}
		s.names[function] = name
	}
	return name
}

// Shift is a signature that both sets have.
type Shift struct {
	Signature string `json:"signature"`
	A         int    `json:"a"` // crashes, as B
	B         int    `json:"b"`
	Interval         // of the share in A less that in B
}

// Lone is a signature that one set alone has.
type Lone struct {
	*Group
	Interval Interval // of its share less nothing
	Nearest  string   // the signature of the other set that has most frames in common; empty for none
	Likeness float64  // of the two, from 0 to 1
}

// Result is what two sets have and have not in common.
type Result struct {
	OnlyA, OnlyB []Lone  // the most crashes first
	MoreA, MoreB []Shift // whose shares differ by more than chance, the largest difference first
	Alike        int     // signatures of both whose shares don't
	Confidence   float64 // of all intervals together
}

// confidence is that of all intervals together: in 19 of 20 comparisons none of them misses the truth.
const confidence = 0.95

// Compare compares two sets.
func Compare(a, b *Sample) *Result {
	r := &Result{Confidence: confidence}
	names := map[string]bool{}
	for _, s := range []*Sample{a, b} {
		for name := range s.Groups {
			names[name] = true
		}
	}
	// With thousands of signatures some differ by chance alone, were each interval to hold by itself.
	z := quantile(confidence, len(names))
	rarity := newRarity(a, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		ga, gb := a.Groups[name], b.Groups[name]
		switch {
		case gb == nil:
			r.OnlyA = append(r.OnlyA, rarity.lone(ga, a, b, z))
		case ga == nil:
			r.OnlyB = append(r.OnlyB, rarity.lone(gb, b, a, z))
		default:
			r.shift(Shift{name, ga.Crashes, gb.Crashes, difference(ga.Crashes, a.Crashes, gb.Crashes, b.Crashes, z)})
		}
	}
	byCrashes := func(x, y Lone) int { return cmp.Compare(y.Crashes, x.Crashes) }
	slices.SortStableFunc(r.OnlyA, byCrashes)
	slices.SortStableFunc(r.OnlyB, byCrashes)
	slices.SortStableFunc(r.MoreA, func(x, y Shift) int { return cmp.Compare(y.Interval.Value, x.Interval.Value) })
	slices.SortStableFunc(r.MoreB, func(x, y Shift) int { return cmp.Compare(x.Interval.Value, y.Interval.Value) })
	return r
}

// shift puts a signature where its interval says: to one side if that doesn't reach 0.
func (r *Result) shift(s Shift) {
	switch {
	case s.Interval.Low > 0:
		r.MoreA = append(r.MoreA, s)
	case s.Interval.High < 0:
		r.MoreB = append(r.MoreB, s)
	default:
		r.Alike++
	}
}
