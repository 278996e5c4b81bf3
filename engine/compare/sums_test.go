package compare

import (
	"math/rand/v2"
	"testing"
)

// TestSumsArePlain: the totals and the signatures whose counts differ are those of all pairs counted one by one.
func TestSumsArePlain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		tally := newTally(Options{}, Differ{})
		for range r.IntN(10) {
			pair := Pair{string(rune('a' + r.IntN(5))), string(rune('a' + r.IntN(5)))}
			tally.pairs[pair] = &pairTally{Crashes: 1 + r.IntN(3)}
		}
		counts, base, candidate := map[string]SignatureCount{}, map[string]bool{}, map[string]bool{}
		for _, p := range tally.Pairs() {
			base[p.Base], candidate[p.Candidate] = true, true
			b := counts[p.Base]
			b.Base += p.Crashes
			counts[p.Base] = b
			c := counts[p.Candidate]
			c.Candidate += p.Crashes
			counts[p.Candidate] = c
		}
		totals := tally.Totals()
		if totals.SignaturesBase != len(base) || totals.SignaturesCandidate != len(candidate) {
			t.Errorf("%v: %d signatures before and %d after, want %d and %d", tally.Pairs(), totals.SignaturesBase, totals.SignaturesCandidate, len(base), len(candidate))
		}
		differ := map[string]SignatureCount{}
		for _, n := range tally.Signatures() {
			differ[n.Signature] = SignatureCount{Base: n.Base, Candidate: n.Candidate}
		}
		for signature, want := range counts {
			if got, ok := differ[signature]; ok != (want.Base != want.Candidate) || ok && got != want {
				t.Errorf("%v: of %s there are %+v, want %+v", tally.Pairs(), signature, got, want)
			}
		}
	}
}
