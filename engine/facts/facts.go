// Package facts sums up what a comparison of two sides shows: what kinds of changes, which frames go and come, which
// edits many signatures undergo, and what becomes of signatures as a whole. It goes by the tally alone, so that it
// says the same of parts that were merged. It judges nothing.
package facts

import (
	"cmp"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// Facts are what a comparison shows.
type Facts struct {
	Kinds         []Kind // those that occur, in the order of compare.GroupKinds
	Ledger        Ledger
	Patterns      []Pattern      // most crashes first
	NewSignatures []NewSignature // those that several become, most crashes first
	Scoreboard    [2]Score       // before and after
	Largest       []Ranking      // of each product, channel and platform in which the largest signatures change
	TopCrashers   []Ranking      // of each criterion by which signatures enter or leave
}

// New sums up the pairs and the groups of a tally.
func New(pairs []compare.PairCount, groups []compare.Group) Facts {
	changes := make([]change, len(groups))
	for i, g := range groups {
		changes[i] = change{g, editsOf(g.Base, g.Candidate)}
	}
	c := newCensus(pairs)
	return Facts{
		Kinds: kindsOf(groups), Ledger: newLedger(changes), Patterns: patternsOf(changes), NewSignatures: newSignatures(groups),
		Scoreboard: c.scoreboard(), Largest: c.largest(), TopCrashers: c.topCrashers(botCriteria()),
	}
}

// Kind is the changed crashes of groups of one kind.
type Kind struct {
	Kind       compare.GroupKind `json:"kind"`
	Crashes    int               `json:"crashes"`
	Groups     int               `json:"groups"`
	Signatures int               `json:"signatures"` // that the groups become
}

// kindsOf sums groups up by their kind. A signature that groups of two kinds become counts for both.
func kindsOf(groups []compare.Group) []Kind {
	var kinds []Kind
	for _, kind := range compare.GroupKinds() {
		k := Kind{Kind: kind}
		become := map[string]struct{}{}
		for _, g := range groups {
			if g.Kind == kind {
				k.Crashes += g.Crashes
				k.Groups++
				become[g.Candidate] = struct{}{}
			}
		}
		if k.Signatures = len(become); k.Groups > 0 {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// NewSignature is a signature that several others become. One that becomes another is a group, and shown as that.
type NewSignature struct {
	Signature string `json:"signature"`
	From      int    `json:"from"`    // how many signatures become it, in whole or in part
	Crashes   int    `json:"crashes"` // those that come to it
	Had       int    `json:"had"`     // crashes that had it before
}

// newSignatures sums groups up by what they become. What they came from, and who was there before, each group knows.
func newSignatures(groups []compare.Group) []NewSignature {
	at := map[string]int{}
	var list []NewSignature
	for _, g := range groups {
		i, known := at[g.Candidate]
		switch {
		case g.From == 1:
			continue
		case !known:
			i = len(list)
			at[g.Candidate] = i
			list = append(list, NewSignature{Signature: g.Candidate, From: g.From, Had: g.Had})
		}
		list[i].Crashes += g.Crashes
	}
	slices.SortFunc(list, func(a, b NewSignature) int {
		return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), cmp.Compare(a.Signature, b.Signature))
	})
	return list
}
