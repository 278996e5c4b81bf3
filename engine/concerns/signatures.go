package concerns

import (
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// kindOf is the kind of the reasons that crashes with a pair of signatures have, if they have one. Reasons that are
// unknown say nothing.
func kindOf(p compare.PairCount) (kind crashdata.ReasonKind, ok bool) {
	if p.Crashes < kindFrom {
		return 0, false
	}
	// Only one kind can have so large a share.
	for kind, n := range p.Reasons {
		if kind := crashdata.ReasonKind(kind); kind != crashdata.OtherReason && float64(n) >= kindShare*float64(p.Crashes) {
			return kind, true
		}
	}
	return 0, false
}

// New signatures are a spray when there are sprayFrom or more, sprayEach or more for each different last frame, and more than
// their crashes had before: else what stands before the last frames differed already.
const (
	sprayFrom = 4
	sprayEach = 2
)

// spray finds new signatures that differ only in what stands before their last frame: among those of the change as a whole,
// or else, since other lines may make more, among those that one line of the prefix list makes more than any other line.
func (f *finder) spray() {
	var all []string
	of := map[compare.Cause][]string{}
	for signature, pairs := range f.into { // they are sorted where one is said
		if f.had[signature] > 0 {
			continue
		}
		all = append(all, signature)
		causes, _ := f.causes(pairs)
		for cause := range causes {
			if cause.Kind == compare.CauseAdded {
				of[cause] = append(of[cause], signature)
			}
		}
	}
	// The change as a whole comes first: where it is a spray, its lines are not asked for one each.
	most := f.sprayed(all)
	other := func(by compare.Cause) bool { return by.Line.List != siglists.Prefix }
	for _, cause := range slices.SortedFunc(maps.Keys(of), compare.Cause.Compare) {
		// Lines of which each is needed make them together. Where one of another list is among them, the prefix is not the mistake.
		if c := f.sprayed(of[cause]); c.Of > most.Of && slices.Contains(c.By, cause) && !slices.ContainsFunc(c.By, other) {
			most = c
		}
	}
	if most.Of > 0 {
		f.add(most)
	}
}

// sprayed is the concern about some new signatures; of none if they are no spray.
func (f *finder) sprayed(news []string) Concern {
	byLast, crashesOf, before := map[string]int{}, map[string]int{}, map[string]bool{}
	var pairs []compare.PairCount
	for _, signature := range news {
		byLast[signatures.LastPart(signature)]++
		crashesOf[signatures.LastPart(signature)] += total(f.into[signature])
		pairs = append(pairs, f.into[signature]...)
	}
	for _, p := range pairs {
		before[p.Base] = true
	}
	// Signatures that were apart before, and still are, are not made by this change.
	if len(news) < max(sprayFrom, sprayEach*len(byLast), len(before)+1) {
		return Concern{}
	}
	slices.Sort(news)
	return Concern{
		Kind: Spray, By: f.by(pairs), Crashes: total(pairs), Of: len(news), Signatures: news,
		Frames: compare.FrameCounts(crashesOf), Counts: countsOf(byLast),
	}
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
		// A shorter signature has all of its text now.
		if mark != "-truncated" { // which is no loss
			f.add(Concern{Kind: Marks, By: f.by(pairs[mark]), Why: mark, Crashes: sums[mark]})
		}
	}
}

// by are the lines that are causes for most of the changed crashes with some pairs of signatures, if any is for more than half
// of them: of lines that were added and others that were removed those that were added.
func (f *finder) by(pairs []compare.PairCount) []compare.Cause {
	causes, crashes := f.causes(pairs)
	most := 0
	for _, n := range causes {
		most = max(most, n)
	}
	// Lines that share the crashes of a concern among them are no answer to whose doing it is.
	if 2*most <= crashes {
		return nil
	}
	of := map[compare.CauseKind][]compare.Cause{}
	for cause, n := range causes {
		if n == most {
			of[cause.Kind] = append(of[cause.Kind], cause)
		}
	}
	by := of[compare.CauseAdded]
	if len(by) == 0 {
		by = of[compare.CauseRemoved]
	}
	slices.SortFunc(by, compare.Cause.Compare)
	return by
}

// causes are the changed lines that are causes for crashes with some pairs of signatures, with the crashes of each, and how
// many crashes changed.
func (f *finder) causes(pairs []compare.PairCount) (causes map[compare.Cause]int, crashes int) {
	causes = map[compare.Cause]int{}
	for _, p := range pairs {
		g := f.byPair[p.Pair]
		if g == nil {
			continue // these didn't change
		}
		crashes += g.Crashes
		for _, cause := range g.Causes {
			if cause.Kind != compare.CauseShadowed {
				causes[cause.Cause] += cause.Crashes
			}
		}
	}
	return causes, crashes
}
