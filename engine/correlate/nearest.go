package correlate

import (
	"maps"
	"math"
	"slices"
)

// rarity is how much a frame says: the fewer signatures have it, the more.
type rarity struct {
	signatures int
	of         map[string]int // signatures of either set that have a frame
}

// newRarity counts signatures, not crashes: one frequent crash must not make its frames common.
func newRarity(samples ...*Sample) *rarity {
	r := &rarity{of: map[string]int{}}
	for _, s := range samples {
		r.signatures += len(s.Groups)
		for _, g := range s.Groups {
			for frame := range g.frames {
				r.of[frame]++
			}
		}
	}
	return r
}

// weight is the inverse document frequency of text search, with signatures for documents.
func (r *rarity) weight(frame string) float64 {
	return math.Log(1 + float64(r.signatures)/float64(max(1, r.of[frame])))
}

// likeness is what two groups that share a frame have in common of all their frames, up to 1: of each frame the share of crashes
// that have it, weighed by its rarity; the smaller shares of all frames by the larger.
func (r *rarity) likeness(a, b *Group) float64 {
	var both, either float64
	share := func(g *Group, frame string) float64 { return float64(g.frames[frame]) / float64(g.Crashes) }
	for _, frame := range slices.Sorted(maps.Keys(a.frames)) { // in order, so that sums are the same
		x, y, w := share(a, frame), share(b, frame), r.weight(frame)
		both += w * min(x, y)
		either += w * max(x, y)
	}
	for _, frame := range slices.Sorted(maps.Keys(b.frames)) {
		if a.frames[frame] == 0 {
			either += r.weight(frame) * share(b, frame)
		}
	}
	return both / either
}

// alikeFrom is how much two signatures have in common at least to be named as near.
const alikeFrom = 0.1

// lone is a signature of one set alone, with that of the other set that is most like it.
func (r *rarity) lone(g *Group, own, other *Sample, z float64) Lone {
	l := Lone{Group: g, Interval: difference(g.Crashes, own.Crashes, 0, other.Crashes, z)}
	for _, name := range slices.Sorted(maps.Keys(other.Groups)) {
		if near := other.Groups[name]; shares(g, near) {
			if likeness := r.likeness(g, near); likeness >= alikeFrom && likeness > l.Likeness {
				l.Nearest, l.Likeness = name, likeness
			}
		}
	}
	return l
}

// shares tells whether two groups have a frame in common.
func shares(a, b *Group) bool {
	for frame := range a.frames {
		if b.frames[frame] > 0 {
			return true
		}
	}
	return false
}
