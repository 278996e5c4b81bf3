package pipelines

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestByHand holds the figures against values worked out by hand.
//
// A group of n crashes makes C(n) = n(n-1)/2 pairs. With S pairs together in both groupings, SA in A, SB in B and T in
// all, the adjusted Rand index is (S - SA*SB/T) / ((SA + SB)/2 - SA*SB/T).
func TestByHand(t *testing.T) {
	type cells = map[[2]string]int
	for _, test := range []struct {
		name  string
		cells cells // A's signature, B's signature: crashes
		want  Pair
	}{
		{
			// A: {1 2 3} {4}, B: {1 2} {3} {4}. S = C(2) = 1, SA = C(3) = 3, SB = 1, T = C(4) = 6.
			// Rand: expected 3*1/6 = 1/2, maximum (3+1)/2 = 2: (1 - 1/2) / (2 - 1/2) = 1/3.
			// Precision: nothing that B puts together is apart in A, 1. Recall: crashes 1 and 2 keep 2 of 3, crash 3
			// keeps 1 of 3, crash 4 all: (2/3 + 2/3 + 1/3 + 1)/4 = 2/3.
			"a signature is split",
			cells{{"0", "0"}: 2, {"0", "1"}: 1, {"1", "2"}: 1},
			Pair{
				Together: 1, TogetherA: 3, TogetherB: 1, Rand: 1. / 3, PairPrecision: 1, PairRecall: 1. / 3,
				Precision: 1, Recall: 2. / 3, Under: Grouping{1, 3},
			},
		},
		{
			// The example of Manning, Raghavan and Schütze, figure 16.4: clusters (B) of 5x 1o, 1x 4o 1d and 2x 3d.
			// S = C(5)+C(4)+C(2)+C(3) = 10+6+1+3 = 20, SB = C(6)+C(6)+C(5) = 40, SA = C(8)+C(5)+C(4) = 28+10+6 = 44,
			// T = C(17) = 136. Pairs: 20/40 and 20/44, as the book has them.
			// Rand: expected 40*44/136 = 220/17, maximum 42: (20 - 220/17) / (42 - 220/17) = (340-220)/(714-220) = 120/494.
			// Precision: (26/6 + 18/6 + 13/5)/17 = (130 + 90 + 78)/510. Recall: (30/8 + 17/5 + 10/4)/17 = (150+136+100)/680.
			"the example of a textbook",
			cells{{"0", "0"}: 5, {"1", "0"}: 1, {"0", "1"}: 1, {"1", "1"}: 4, {"2", "1"}: 1, {"0", "2"}: 2, {"2", "2"}: 3},
			Pair{
				Together: 20, TogetherA: 44, TogetherB: 40, Rand: 120. / 494, PairPrecision: 0.5, PairRecall: 20. / 44,
				Precision: 298. / 510, Recall: 386. / 680, Over: Grouping{3, 17}, Under: Grouping{3, 17},
			},
		},
		{
			// 2 and 2 crashes, crossed: S = 0, SA = SB = 2, T = 6. Rand: (0 - 4/6) / (2 - 4/6) = -1/2. Each crash keeps
			// itself, 1 of 2.
			"worse than chance",
			cells{{"0", "0"}: 1, {"0", "1"}: 1, {"1", "0"}: 1, {"1", "1"}: 1},
			Pair{TogetherA: 2, TogetherB: 2, Rand: -0.5, Precision: 0.5, Recall: 0.5, Over: Grouping{2, 4}, Under: Grouping{2, 4}},
		},
		{
			// 3 crashes, each by itself in A, in one in B. S = SA = 0, SB = T = 3: (0 - 0) / (3/2 - 0) = 0.
			"all merged",
			cells{{"0", "0"}: 1, {"1", "0"}: 1, {"2", "0"}: 1},
			Pair{TogetherB: 3, PairRecall: 1, Precision: 1. / 3, Recall: 1, Over: Grouping{1, 3}},
		},
		// Equal groupings have 1, also where the formula is 0/0: one signature for all, one for each, one crash, none.
		{"one signature", cells{{"7", "9"}: 3}, equal(3)},
		{"a signature for each", cells{{"0", "2"}: 1, {"1", "1"}: 1, {"2", "0"}: 1}, equal(0)},
		{"one crash", cells{{"0", "0"}: 1}, equal(0)},
		{"no crash", cells{}, equal(0)},
	} {
		t.Run(test.name, func(t *testing.T) { same(t, Compare(test.cells), test.want) })
	}
}

func equal(together int) Pair {
	return Pair{Together: together, TogetherA: together, TogetherB: together, Rand: 1, PairPrecision: 1, PairRecall: 1, Precision: 1, Recall: 1}
}

// same compares but for rounding.
func same(t interface{ Errorf(string, ...any) }, got, want Pair) {
	for _, f := range []struct {
		name      string
		got, want float64
	}{
		{"rand", got.Rand, want.Rand},
		{"pair precision", got.PairPrecision, want.PairPrecision},
		{"pair recall", got.PairRecall, want.PairRecall},
		{"precision", got.Precision, want.Precision},
		{"recall", got.Recall, want.Recall},
	} {
		if !(math.Abs(f.got-f.want) < 1e-9) {
			t.Errorf("%s: %v, want %v", f.name, f.got, f.want)
		}
	}
	rounded := func(p Pair) Pair {
		p.Rand, p.PairPrecision, p.PairRecall, p.Precision, p.Recall = 0, 0, 0, 0, 0
		return p
	}
	if rounded(got) != rounded(want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// plainPair compares two groupings crash by crash, as the definitions say. The adjusted Rand index is made of the four
// kinds of pairs: Steinley, "Properties of the Hubert-Arabie adjusted Rand index", Psychological Methods 9 (2004).
func plainPair[S comparable](a, b []S) Pair {
	var p Pair
	var both, onlyA, onlyB, neither float64
	for i := range a {
		for j := range i {
			switch inA, inB := a[i] == a[j], b[i] == b[j]; {
			case inA && inB:
				both++
			case inA:
				onlyA++
			case inB:
				onlyB++
			default:
				neither++
			}
		}
	}
	p.Together, p.TogetherA, p.TogetherB = int(both), int(both+onlyA), int(both+onlyB)
	p.PairPrecision, p.PairRecall = orOne(both, both+onlyB), orOne(both, both+onlyA)
	all := both + onlyA + onlyB + neither
	chance := (both+onlyA)*(both+onlyB) + (onlyB+neither)*(onlyA+neither)
	p.Rand = orOne(all*(both+neither)-chance, all*all-chance)
	p.Precision, p.Over = plainKept(b, a)
	p.Recall, p.Under = plainKept(a, b)
	return p
}

func orOne(part, whole float64) float64 {
	if whole == 0 {
		return 1
	}
	return part / whole
}

// plainKept goes through the crashes of each crash's group.
func plainKept[S comparable](groups, other []S) (kept float64, mixed Grouping) {
	seen := map[S]bool{}
	for i := range groups {
		size, stay := 0., 0.
		for j := range groups {
			if groups[j] == groups[i] {
				size++
				if other[j] == other[i] {
					stay++
				}
			}
		}
		kept += stay / size
		if stay < size {
			mixed.Crashes++
			if !seen[groups[i]] {
				seen[groups[i]] = true
				mixed.Signatures++
			}
		}
	}
	return orOne(kept, float64(len(groups))), mixed
}

// TestCompareIsPlain holds the sums over cells against looking at every two crashes, and against the two laws that a
// reader may count on: equal groupings have 1 everywhere, and the other way round precision and recall change places.
func TestCompareIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "crashes")
		draw := func(label string) []string {
			most := rapid.IntRange(1, 9).Draw(t, "most "+label)
			return rapid.SliceOfN(rapid.SampledFrom(strings.Split("abcdefghi", "")[:most]), n, n).Draw(t, label)
		}
		a, b := draw("a"), draw("b")
		cells, turned, self := map[[2]string]int{}, map[[2]string]int{}, map[[2]string]int{}
		for i := range a {
			cells[[2]string{a[i], b[i]}]++
			turned[[2]string{b[i], a[i]}]++
			self[[2]string{a[i], a[i]}]++
		}
		got, back := Compare(cells), Compare(turned)
		same(t, got, plainPair(a, b))
		same(t, back, Pair{
			Together: got.Together, TogetherA: got.TogetherB, TogetherB: got.TogetherA, Rand: got.Rand, PairPrecision: got.PairRecall,
			PairRecall: got.PairPrecision, Precision: got.Recall, Recall: got.Precision, Over: got.Under, Under: got.Over,
		})
		same(t, Compare(self), equal(got.TogetherA))
	})
}
