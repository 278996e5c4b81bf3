package facts

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// in is a pair in another facet.
func in(p compare.PairCount, product, channel, platform string) compare.PairCount {
	p.Facets = map[compare.Facet]int{{Product: product, Channel: channel, Platform: platform}: p.Crashes}
	return p
}

func TestTopCrashers(t *testing.T) {
	facet := func(product, channel, platform string) compare.Facet {
		return compare.Facet{Product: product, Channel: channel, Platform: platform}
	}
	for _, test := range []struct {
		name  string
		pairs []compare.PairCount
		want  []Ranking
	}{
		{"enough crashes only together", []compare.PairCount{
			in(pair("a", "m", 14), "Fenix", "beta", "Android"), in(pair("m", "m", 1), "Fenix", "beta", "Android"),
		}, []Ranking{{Criterion{facet("Fenix", "beta", ""), 10}, []Move{{"m", Standing{2, 1}, Standing{1, 15}}}}}},
		{"another channel", []compare.PairCount{in(pair("a", "m", 20), "Fenix", "esr", "Android")}, nil},
		{"another product", []compare.PairCount{in(pair("a", "m", 20), "Thunderbird", "release", "Linux")}, nil},
		{"Windows NT is Windows", []compare.PairCount{in(pair("a", "b", 15), "Firefox", "beta", "Windows NT")}, []Ranking{
			{Criterion{facet("Firefox", "beta", ""), 20}, []Move{{"b", Standing{}, Standing{1, 15}}, {"a", Standing{1, 15}, Standing{}}}},
			{Criterion{facet("Firefox", "beta", "Windows"), 5}, []Move{{"b", Standing{}, Standing{1, 15}}, {"a", Standing{1, 15}, Standing{}}}},
		}},
		{"left out, and not ranked", []compare.PairCount{
			in(pair("EMPTY: no frames", "EMPTY: no frames", 99), "Firefox", "nightly", "Linux"), in(pair("a", "OOM | small", 20), "Firefox", "nightly", "Linux"),
		}, []Ranking{{Criterion{facet("Firefox", "nightly", ""), 10}, []Move{{"a", Standing{1, 20}, Standing{}}}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, factsOf(test.pairs...).TopCrashers); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLimits checks the last place that counts: the signatures of one rank all have it.
func TestLimits(t *testing.T) {
	var pairs []compare.PairCount
	for i := range 10 {
		pairs = append(pairs, in(pair(fmt.Sprint(i), fmt.Sprint(i), 100), "Fenix", "nightly", "Android"))
	}
	pairs = append(pairs, in(pair("a", "b", 99), "Fenix", "nightly", "Android"))
	if got := factsOf(pairs...).TopCrashers; got != nil {
		t.Errorf("rank 11 of 10: %+v", got)
	}
	pairs = append(pairs, in(pair("c", "b", 1), "Fenix", "nightly", "Android"))
	got := factsOf(pairs...).TopCrashers
	if len(got) != 1 || len(got[0].Moves) != 1 || got[0].Moves[0] != (Move{"b", Standing{}, Standing{1, 100}}) || !got[0].Enters(got[0].Moves[0]) {
		t.Errorf("as many crashes as ten others: %+v", got)
	}
}

// TestLargest checks ranks against counting those with more crashes, facet by facet.
func TestLargest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := drawPairs(t)
		crashes := map[compare.Facet]map[string]count{}
		for _, p := range pairs {
			for facet, n := range p.Facets {
				if crashes[facet] == nil {
					crashes[facet] = map[string]count{}
				}
				for side, signature := range []string{p.Base, p.Candidate} {
					c := crashes[facet][signature]
					c[side] += n
					crashes[facet][signature] = c
				}
			}
		}
		moves := 0
		for _, r := range New(pairs, groupsOf(pairs)).Largest {
			for _, m := range r.Moves {
				moves++
				want := Move{m.Signature, plainStanding(crashes[r.Facet], m.Signature, before), plainStanding(crashes[r.Facet], m.Signature, after)}
				if m != want {
					t.Fatalf("%+v, not %+v", m, want)
				}
			}
		}
		for _, signatures := range crashes {
			for _, c := range signatures {
				if c[before] != c[after] {
					moves--
				}
			}
		}
		if moves != 0 { // no facet has more signatures than are followed
			t.Fatalf("%d moves too many", moves)
		}
	})
}

func plainStanding(signatures map[string]count, signature string, side int) Standing {
	s := Standing{Crashes: signatures[signature][side]}
	if s.Crashes > 0 {
		s.Rank = 1
	}
	for _, c := range signatures {
		if s.Crashes > 0 && c[side] > s.Crashes {
			s.Rank++
		}
	}
	return s
}
