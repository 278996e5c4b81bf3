// Package history follows the signatures of crashes from one version of the siglists to the next.
package history

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Options say what Follow finds out beyond counts.
type Options struct {
	// Workers is how many goroutines share the crashes, at least 1.
	Workers int
	// Groups is how many of the largest groups of changed crashes are kept of each version.
	Groups int
	// EachCrash keeps every change of the signature of every crash.
	EachCrash bool
}

// History is what became of the signatures of crashes from one version of the siglists to the next.
type History struct {
	Versions []Version // one for each version that was given
	Crashes  int       // that there are, missing and failed ones included
	// WithoutStack is how many of the crashes that could be read have nothing to make a signature from.
	WithoutStack int
	// Left are sorted by id. Those failed that could not be read, or that had no signature at some version: a pattern met its
	// limit. Each is named once.
	table.Left
	// SignatureChanges are sorted by crash id, then by version. They are kept on request.
	SignatureChanges []SignatureChange
}

// Version is what one version of the siglists makes of the crashes.
type Version struct {
	// Base is the index of the version that this one is compared with, the last before it that loads;
	// -1 for the first.
	Base int
	// Changes are the lines that differ from Base; none for the first version and for one that doesn't load.
	Changes []siglists.Change
	// Changed is how many crashes have another signature than they last had.
	Changed int
	// Signatures is how many distinct signatures the crashes have. A version that doesn't load has the
	// counts of the one before.
	Signatures int
	// Unsigned is how many crashes that could be read have no signature.
	Unsigned int
	// Groups are the largest groups of changed crashes, by crashes, base and candidate.
	Groups []PairCount
}

// PairCount is how many crashes went from one signature to another.
type PairCount struct {
	compare.Pair
	Crashes int `json:"crashes"`
}

// SignatureChange is the signature that a crash has from a version on.
type SignatureChange struct {
	ID        string
	Version   int
	Signature string
}

// Follow makes the signatures of crashes under one version of the siglists after the other; nil stands for a version
// that doesn't load. Of two neighbouring versions, only the crashes with a frame that a changed line may concern are
// looked at again, so that the versions should be made by siglists.Versions. The result depends neither on the number
// of workers nor on the order of the crashes.
func Follow(ctx context.Context, src crashdata.Source, versions []*siglists.Set, rules signatures.Ruleset, o Options) (*History, error) {
	t, err := table.Load(ctx, src, o.Workers)
	if err != nil {
		return nil, err
	}
	h := &History{Versions: make([]Version, len(versions)), Crashes: t.Crashes()}
	followers := make([]*follower, len(t.Shards()))
	for i, shard := range t.Shards() {
		followers[i] = newFollower(shard, len(versions), o)
	}
	var layer *table.Layer
	base := -1
	for i, set := range versions {
		h.Versions[i].Base = base
		if set != nil {
			if layer, h.Versions[i].Changes, err = next(ctx, t, followers, layer, set, rules, i); err != nil {
				return nil, err
			}
			base = i
		}
	}
	h.merge(t, followers, o)
	return h, nil
}

// next goes on to the next version, which is the first where there is no layer yet.
func next(ctx context.Context, t *table.Table, followers []*follower, layer *table.Layer, set *siglists.Set, rules signatures.Ruleset, version int) (*table.Layer, []siglists.Change, error) {
	first := layer == nil
	if first {
		var err error
		if layer, err = table.NewLayer(set).Over(ctx, t.Symbols()); err != nil {
			return nil, nil, err
		}
	}
	edit, err := layer.Edit(ctx, set)
	if err != nil {
		return nil, nil, err
	}
	if dirty := edit.Dirty(); first || dirty != nil {
		err = t.Each(ctx, func(ctx context.Context, i int, _ *table.Shard) error {
			return followers[i].sign(ctx, version, edit.View(rules, rules), first, dirty)
		})
	}
	return edit.Apply(), edit.Changes, err
}

// merge puts together what the followers found.
func (h *History) merge(t *table.Table, followers []*follower, o Options) {
	counts := map[made]int{} // of crashes, by their signature, none included
	for _, f := range followers {
		counts[made{}] += f.all
	}
	for i := range h.Versions {
		v, pairs := &h.Versions[i], map[compare.Pair]int{}
		for _, f := range followers {
			for step, n := range f.steps[i] {
				counts[step.from] -= n
				counts[step.to] += n
				if step.last != (made{}) && step.to != (made{}) && step.last != step.to {
					pairs[compare.Pair{Base: step.last.Value(), Candidate: step.to.Value()}] += n
					v.Changed += n
				}
			}
		}
		v.Unsigned = counts[made{}]
		for signature, n := range counts {
			if n > 0 && signature != (made{}) {
				v.Signatures++
			}
		}
		v.Groups = largestPairs(pairs, o.Groups)
	}
	h.Missing = t.Left.Missing
	for _, failure := range t.Left.Failures {
		h.Failures = append(h.Failures, compare.Failure{ID: failure.ID, Err: "reading the crash: " + failure.Err})
	}
	for _, f := range followers {
		h.WithoutStack += f.withoutStack
		for _, id := range slices.Sorted(maps.Keys(f.failures)) {
			h.Failures = append(h.Failures, compare.Failure{ID: id, Err: f.failures[id].Error()})
		}
		h.SignatureChanges = append(h.SignatureChanges, f.changes...)
	}
	h.Sort()
	slices.SortFunc(h.SignatureChanges, func(a, b SignatureChange) int { return cmp.Or(cmp.Compare(a.ID, b.ID), a.Version-b.Version) })
}

func largestPairs(pairs map[compare.Pair]int, limit int) []PairCount {
	var all []PairCount
	for pair, n := range pairs {
		all = append(all, PairCount{pair, n})
	}
	slices.SortFunc(all, func(a, b PairCount) int { return cmp.Or(b.Crashes-a.Crashes, a.Compare(b.Pair)) })
	return slices.Clone(all[:min(limit, len(all))])
}
