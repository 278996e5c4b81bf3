package facts

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// at is a pair in another facet.
func at(p compare.PairCount, f compare.Facet) compare.PairCount {
	p.Facets = compare.Facets{f.Share(): p.Crashes}
	return p
}

// in is a pair in the facet of a product, channel and platform.
func in(p compare.PairCount, product, channel, platform string) compare.PairCount {
	return at(p, compare.Facet{Product: product, Channel: channel, Platform: platform})
}

func TestTopCrashers(t *testing.T) {
	arm := compare.Facet{Product: "Fenix", Channel: "beta", Platform: "Android", CPU: "arm"}
	utility := compare.Facet{Product: "Firefox", Channel: "release", Platform: "Windows NT", Process: "utility"}
	startup := utility
	startup.Startup = "T"
	var twenty []compare.PairCount // more than any other has
	for i := range 20 {
		twenty = append(twenty, at(pair(fmt.Sprint(i), fmt.Sprint(i), 100), compare.Facet{Product: "Firefox", Channel: "release"}))
	}
	release := Criterion{Product: "Firefox", Channel: "release", Top: 20, TopStartup: 30}
	for _, test := range []struct {
		name  string
		pairs []compare.PairCount
		want  []Ranking
	}{
		{"enough crashes only together", []compare.PairCount{
			at(pair("a", "m", 14), arm), at(pair("m", "m", 1), arm),
		}, []Ranking{{Criterion{Product: "Fenix", Channel: "beta", CPUs: []string{"arm64", "arm"}, Top: 10}, []Move{{"m", Standing{Rank: 2, Crashes: 1}, Standing{Rank: 1, Crashes: 15}}}}}},
		{"another channel", []compare.PairCount{in(pair("a", "m", 20), "Fenix", "esr", "Android")}, nil},
		{"another product", []compare.PairCount{in(pair("a", "m", 20), "Thunderbird", "release", "Linux")}, nil},
		{"Windows NT is Windows", []compare.PairCount{in(pair("a", "b", 15), "Firefox", "beta", "Windows NT")}, []Ranking{
			{Criterion{Product: "Firefox", Channel: "beta", Top: 20, TopStartup: 30}, []Move{{"b", Standing{}, Standing{Rank: 1, Crashes: 15}}, {"a", Standing{Rank: 1, Crashes: 15}, Standing{}}}},
			{Criterion{Product: "Firefox", Channel: "beta", Platform: "Windows", Top: 5}, []Move{{"b", Standing{}, Standing{Rank: 1, Crashes: 15}}, {"a", Standing{Rank: 1, Crashes: 15}, Standing{}}}},
		}},
		{"another processor", []compare.PairCount{in(pair("a", "m", 20), "Fenix", "beta", "Android")}, nil},
		{"of a process", append(twenty[:20:20], at(pair("a", "b", 15), utility)), []Ranking{
			{
				Criterion{Product: "Firefox", Channel: "release", Processes: []string{"socket", "utility"}, Top: 5},
				[]Move{{"b", Standing{}, Standing{Rank: 1, Crashes: 15}}, {"a", Standing{Rank: 1, Crashes: 15}, Standing{}}},
			},
			{
				Criterion{Product: "Firefox", Channel: "release", Platform: "Windows", Top: 5},
				[]Move{{"b", Standing{}, Standing{Rank: 1, Crashes: 15}}, {"a", Standing{Rank: 1, Crashes: 15}, Standing{}}},
			},
		}},
		{"one startup crash", append(twenty[:20:20], in(pair("a", "m", 15), "Firefox", "release", "Other"), at(pair("b", "m", 1), startup)), []Ranking{
			{release, []Move{{"m", Standing{}, Standing{Rank: 21, Crashes: 16, Startup: true}}}},
		}},
		{"left out, and not ranked", []compare.PairCount{
			in(pair("EMPTY: no frames", "EMPTY: no frames", 99), "Firefox", "nightly", "Linux"), in(pair("a", "OOM | small", 20), "Firefox", "nightly", "Linux"),
		}, []Ranking{{Criterion{Product: "Firefox", Channel: "nightly", Top: 10}, []Move{{"a", Standing{Rank: 1, Crashes: 20}, Standing{}}}}}},
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
		pairs = append(pairs, in(pair(fmt.Sprint(i), fmt.Sprint(i), 100), "Firefox", "nightly", "Android"))
	}
	pairs = append(pairs, in(pair("a", "b", 99), "Firefox", "nightly", "Android"))
	if got := factsOf(pairs...).TopCrashers; got != nil {
		t.Errorf("rank 11 of 10: %+v", got)
	}
	pairs = append(pairs, in(pair("c", "b", 1), "Firefox", "nightly", "Android"))
	got := factsOf(pairs...).TopCrashers
	if len(got) != 1 || len(got[0].Moves) != 1 || got[0].Moves[0] != (Move{"b", Standing{}, Standing{Rank: 1, Crashes: 100}}) || !got[0].Enters(got[0].Moves[0]) {
		t.Errorf("as many crashes as ten others: %+v", got)
	}
}

// TestLargest checks ranks against counting those with more crashes, platform by platform.
func TestLargest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := drawPairs(t)
		crashes, startup := map[compare.Facet]map[string]count{}, map[startupIn]bool{}
		for _, p := range pairs {
			for facet, n := range p.Facets {
				of := facet.Value()
				facet := compare.Facet{Product: of.Product, Channel: of.Channel, Platform: of.Platform}
				if crashes[facet] == nil {
					crashes[facet] = map[string]count{}
				}
				for side, signature := range []string{p.Base, p.Candidate} {
					c := crashes[facet][signature]
					c[side] += n
					crashes[facet][signature] = c
					if of.Startup != "" {
						startup[startupIn{facet, signature, side}] = true
					}
				}
			}
		}
		moves := 0
		for _, r := range New(pairs, groupsOf(pairs)).Largest {
			if len(r.Moves) == 0 {
				t.Fatalf("nothing moves: %+v", r)
			}
			for _, m := range r.Moves {
				moves++
				facet := compare.Facet{Product: r.Product, Channel: r.Channel, Platform: r.Platform}
				want := Move{m.Signature, plainStanding(crashes[facet], m.Signature, before), plainStanding(crashes[facet], m.Signature, after)}
				want.Before.Startup = startup[startupIn{facet, m.Signature, before}]
				want.After.Startup = startup[startupIn{facet, m.Signature, after}]
				if m != want {
					t.Fatalf("%+v, not %+v", m, want)
				}
			}
		}
		for facet, signatures := range crashes {
			for signature, c := range signatures {
				if c[before] != c[after] || startup[startupIn{facet, signature, before}] != startup[startupIn{facet, signature, after}] {
					moves--
				}
			}
		}
		if moves != 0 { // no facet has more signatures than are followed
			t.Fatalf("%d moves too many", moves)
		}
	})
}

// startupIn is a signature of a platform on a side.
type startupIn struct {
	facet     compare.Facet
	signature string
	side      int
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

// TestThresholds: each number that facts go by, one below it, at it, and one above it.
func TestThresholds(t *testing.T) {
	release := compare.Facet{Product: "Firefox", Channel: "release"}
	type threshold struct {
		name  string
		at    int
		count func(n int) int
		want  [3]int
	}
	// One comes where the other was, behind as many as its rank says.
	ranked := func(f, others compare.Facet, rank, crashes int) (pairs []compare.PairCount) {
		for i := range rank - 1 {
			pairs = append(pairs, at(pair(fmt.Sprint(i), fmt.Sprint(i), crashes+1), others))
		}
		return append(pairs, at(pair("was", "is", crashes), f))
	}
	tests := []threshold{
		{"groups of a pattern", leastPattern, func(n int) int {
			var pairs []compare.PairCount
			for i := range n {
				pairs = append(pairs, pair(fmt.Sprint("moz | ", i), fmt.Sprint(i), 1))
			}
			return len(factsOf(pairs...).Patterns)
		}, [3]int{0, 1, 1}},
		{"crashes of a top crasher", minCrashes, func(n int) int { return moves(factsOf(ranked(release, release, 1, n)...).TopCrashers) }, [3]int{0, 2, 2}},
		{"rank of one that is followed", followed, func(n int) int { return moves(factsOf(ranked(release, release, n, 3)...).Largest) }, [3]int{2, 2, 0}},
	}
	for _, c := range botCriteria() {
		f := compare.Facet{Product: c.Product, Channel: c.Channel, Platform: c.Platform}
		if c.Processes != nil {
			f.Process = c.Processes[0]
		}
		if c.CPUs != nil {
			f.CPU = c.CPUs[0]
		}
		startup := f
		startup.Startup = "T"
		of := func(f, others compare.Facet) func(int) int {
			return func(n int) int {
				count := 0
				for _, r := range factsOf(ranked(f, others, n, minCrashes)...).TopCrashers {
					if cmp.Equal(r.Criterion, c) {
						count += len(r.Moves)
					}
				}
				return count
			}
		}
		tests = append(tests,
			threshold{fmt.Sprintf("rank of a top crasher, %+v", c), c.Top, of(f, f), [3]int{2, 2, 0}},
			threshold{fmt.Sprintf("rank of a startup crasher, %+v", c), max(c.Top, c.TopStartup), of(startup, f), [3]int{2, 2, 0}},
		)
	}
	for _, test := range tests {
		var got [3]int
		for i := range got {
			got[i] = test.count(test.at - 1 + i)
		}
		if got != test.want {
			t.Errorf("%s: one below %d, at it, one above it: %v, want %v", test.name, test.at, got, test.want)
		}
	}
}

// moves is how many signatures come and go.
func moves(rankings []Ranking) (n int) {
	for _, r := range rankings {
		n += len(r.Moves)
	}
	return n
}
