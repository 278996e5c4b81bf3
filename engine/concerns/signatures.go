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
func kindOf(p compare.PairCount) (kind int, ok bool) {
	if p.Crashes < kindFrom {
		return 0, false
	}
	for kind, n := range p.Reasons {
		if crashdata.ReasonKind(kind) != crashdata.OtherReason && float64(n) >= kindShare*float64(p.Crashes) {
			return kind, true
		}
	}
	return 0, false
}

func reasonName(kind int) string { return crashdata.ReasonKind(kind).String() }

// A line sprays when it makes sprayFrom or more new signatures, more than sprayEach for each different last frame: two are
// there where a frame has two names.
const (
	sprayFrom = 4
	sprayEach = 2
)

// spray finds new signatures that differ only in what stands before their last frame, among those that one line makes of
// a part of a signature. One that only has another name is not new.
func (f *finder) spray() {
	fresh := map[compare.Cause]map[string]bool{}
	for _, g := range f.groups {
		if f.had[g.Candidate] > 0 || g.Kind != compare.Split && g.Kind != compare.Mixed {
			continue
		}
		causes := g.Causes
		if len(causes) == 0 { // of a side that has no lines
			causes = []compare.CountedCause{{}}
		}
		for _, c := range causes {
			fresh[c.Cause] = put(fresh[c.Cause], g.Candidate)
		}
	}
	var all []Concern
	for _, cause := range slices.SortedFunc(maps.Keys(fresh), compare.Cause.Compare) {
		if c, ok := f.sprayed(slices.Sorted(maps.Keys(fresh[cause]))); ok {
			if cause.Kind == compare.CauseAdded {
				c.Line = &cause.Line
			}
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Concern) int { return cmp.Compare(b.Of, a.Of) })
	said := map[string]bool{}
	for _, c := range all {
		if slices.ContainsFunc(c.Signatures, func(s string) bool { return !said[s] }) { // several lines make one spray
			f.add(c)
		}
		for _, s := range c.Signatures {
			said[s] = true
		}
	}
}

// sprayed is a concern about new signatures, if there is one.
func (f *finder) sprayed(signatures []string) (Concern, bool) {
	byLast, crashesOf, c := map[string]int{}, map[string]int{}, Concern{Kind: Spray, Of: len(signatures), Signatures: signatures}
	for _, signature := range signatures {
		last, n := lastFrame(signature), total(f.into[signature])
		byLast[last]++
		crashesOf[last] += n
		c.Crashes += n
	}
	if len(signatures) < sprayFrom || len(signatures) <= sprayEach*len(byLast) {
		return c, false
	}
	c.Frames = compare.FrameCounts(crashesOf)
	for frame, n := range byLast {
		c.Counts = append(c.Counts, Count{frame, n})
	}
	slices.SortFunc(c.Counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name))
	})
	return c, true
}

func put(set map[string]bool, text string) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	set[text] = true
	return set
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
