package concerns

import (
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
	for signature, pairs := range f.into { // counts alone, and what is sorted below
		if f.had[signature] > 0 {
			continue
		}
		fresh++
		crashes += total(pairs)
		byLast[lastFrame(signature)]++
		crashesOf[lastFrame(signature)] += total(pairs)
		all = append(all, signature)
	}
	if fresh < sprayFrom || fresh < sprayEach*len(byLast) {
		return
	}
	slices.Sort(all)
	f.add(Concern{Kind: Spray, Crashes: crashes, Of: fresh, Frames: compare.FrameCounts(crashesOf), Counts: countsOf(byLast), Signatures: all})
}

func lastFrame(signature string) string {
	if at := strings.LastIndex(signature, " | "); at >= 0 {
		return signature[at+len(" | "):]
	}
	return signature
}

// marks finds what rules put into signatures that crashes lose or gain.
func (f *finder) marks() {
	sums := map[string]int{}
	for _, p := range f.pairs {
		for mark, n := range p.Rules {
			sums[mark] += n
		}
	}
	for _, mark := range slices.Sorted(maps.Keys(sums)) {
		if mark != "-truncated" { // which is no loss
			f.add(Concern{Kind: Marks, Why: mark, Crashes: sums[mark]})
		}
	}
}
