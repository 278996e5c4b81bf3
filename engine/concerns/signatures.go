package concerns

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// kindOf is the kind of the reasons that crashes with a pair of signatures have, if they have one. Reasons that are
// unknown say nothing.
func kindOf(p compare.PairCount) (kind crashdata.ReasonKind, ok bool) {
	if p.Crashes < kindFrom {
		return 0, false
	}
	for kind, n := range p.Reasons {
		if kind := crashdata.ReasonKind(kind); kind != crashdata.OtherReason && float64(n) >= kindShare*float64(p.Crashes) {
			return kind, true
		}
	}
	return 0, false
}

// A change sprays when it makes sprayFrom or more new signatures, sprayEach or more for each different last frame.
const (
	sprayFrom = 4
	sprayEach = 2
)

// spray finds new signatures that differ only in what stands before their last frame.
func (f *finder) spray() {
	byLast, crashesOf, crashes, fresh := map[string]int{}, map[string]int{}, 0, 0
	var all []string
	var sprayed []compare.PairCount
	for signature, pairs := range f.into { // counts alone, and what is sorted below
		if f.had[signature] > 0 {
			continue
		}
		fresh++
		crashes += total(pairs)
		byLast[lastFrame(signature)]++
		crashesOf[lastFrame(signature)] += total(pairs)
		all, sprayed = append(all, signature), append(sprayed, pairs...)
	}
	if fresh < sprayFrom || fresh < sprayEach*len(byLast) {
		return
	}
	slices.Sort(all)
	f.add(Concern{Kind: Spray, By: f.by(sprayed), Crashes: crashes, Of: fresh, Frames: compare.FrameCounts(crashesOf), Counts: countsOf(byLast), Signatures: all})
}

func lastFrame(signature string) string {
	if at := strings.LastIndex(signature, " | "); at >= 0 {
		return signature[at+len(" | "):]
	}
	return signature
}

// marks finds what rules put into signatures that crashes lose or gain.
func (f *finder) marks() {
	sums, pairs := map[string]int{}, map[string][]compare.PairCount{}
	for _, p := range f.pairs {
		for mark, n := range p.Rules {
			sums[mark] += n
			pairs[mark] = append(pairs[mark], p)
		}
	}
	for _, mark := range slices.Sorted(maps.Keys(sums)) {
		if mark != "-truncated" { // which is no loss
			f.add(Concern{Kind: Marks, By: f.by(pairs[mark]), Why: mark, Crashes: sums[mark]})
		}
	}
}

// by is the line that is a cause for most of the changed crashes with some pairs of signatures, if one is for more than half
// of them. Of several it is an added one, and the first.
func (f *finder) by(pairs []compare.PairCount) *compare.Cause {
	crashes, sums := 0, map[compare.Cause]int{}
	for _, p := range pairs {
		g := f.byPair[p.Pair]
		if g == nil {
			continue // these didn't change
		}
		crashes += g.Crashes
		for _, cause := range g.Causes {
			if cause.Kind != compare.CauseShadowed {
				sums[cause.Cause] += cause.Crashes
			}
		}
	}
	if len(sums) == 0 {
		return nil
	}
	by := slices.MinFunc(slices.Collect(maps.Keys(sums)), func(a, b compare.Cause) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a.Kind, b.Kind), a.Compare(b)) // "added" comes first
	})
	if 2*sums[by] <= crashes {
		return nil
	}
	return &by
}
