package compare

import (
	"cmp"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// PairCount is the crashes with a pair of signatures.
type PairCount struct {
	Pair
	Crashes int
	Facets  Facets                     // crashes of each
	Reasons [crashdata.ReasonKinds]int // crashes by the kind of their reason
	Rules   map[string]int             // rule changes, with their crashes: see Comparison.RuleChanges
}

// Pairs are all pairs of signatures, the unchanged ones included, by signatures.
func (t *Tally) Pairs() []PairCount {
	var all []PairCount
	for _, pair := range slices.SortedFunc(maps.Keys(t.pairs), Pair.Compare) {
		p := t.pairs[pair]
		all = append(all, PairCount{pair, p.Crashes, p.Facets, p.Reasons, p.Rules})
	}
	return all
}

// SignatureCount is how many crashes have a signature on each side.
type SignatureCount struct {
	Signature string `json:"signature"`
	Base      int    `json:"base"`
	Candidate int    `json:"candidate"`
}

// Signatures are the signatures whose counts differ, the largest difference first.
func (t *Tally) Signatures() []SignatureCount {
	moved := map[string]SignatureCount{} // of crashes that change: most keep their signature
	for pair, p := range t.pairs {
		if pair.Base == pair.Candidate {
			continue
		}
		b := moved[pair.Base]
		b.Base += p.Crashes
		moved[pair.Base] = b
		c := moved[pair.Candidate]
		c.Candidate += p.Crashes
		moved[pair.Candidate] = c
	}
	var differ []SignatureCount
	for signature, n := range moved {
		if kept := t.kept(signature); n.Base != n.Candidate {
			differ = append(differ, SignatureCount{signature, kept + n.Base, kept + n.Candidate})
		}
	}
	slices.SortFunc(differ, func(a, b SignatureCount) int {
		return cmp.Or(cmp.Compare(abs(b.Base-b.Candidate), abs(a.Base-a.Candidate)), cmp.Compare(a.Signature, b.Signature))
	})
	return differ
}

func abs(n int) int { return max(n, -n) }
