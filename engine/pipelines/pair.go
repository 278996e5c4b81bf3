package pipelines

import "slices"

// Pair is how alike two groupings of the same crashes are, A's and B's. A is the measure of B: the other way round,
// precision and recall, and over- and under-grouping, change places.
type Pair struct {
	A int `json:"a"` // indexes of the pipelines
	B int `json:"b"`

	// TogetherA and TogetherB are the pairs of crashes that have one signature of A, and of B; Together those that both
	// put together.
	TogetherA int `json:"together_a"`
	TogetherB int `json:"together_b"`
	Together  int `json:"together"`

	// Rand is the adjusted Rand index: 1 for equal groupings, about 0 for what chance makes of groups of these sizes.
	// Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985), formula 5.
	Rand float64 `json:"adjusted_rand"`

	// PairPrecision is the share of the pairs that B puts together that A does too; PairRecall that of A's that B does.
	// Large signatures weigh by their square. Manning, Raghavan and Schütze, "Introduction to Information Retrieval"
	// (2008), section 16.3.
	PairPrecision float64 `json:"pair_precision"`
	PairRecall    float64 `json:"pair_recall"`

	// Precision is the share of the crashes of a crash's signature of B that have its signature of A, over all crashes;
	// Recall the share of those of A that have its signature of B. Each crash weighs the same. Bagga and Baldwin,
	// "Algorithms for Scoring Coreference Chains" (1998): B-cubed.
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`

	// Over are the signatures of B that hold crashes of several of A's; Under those of A whose crashes have several of
	// B's.
	Over  Grouping `json:"over_grouped"`
	Under Grouping `json:"under_grouped"`
}

// Grouping is signatures that differ from those of the other grouping.
type Grouping struct {
	Signatures int `json:"signatures"`
	Crashes    int `json:"crashes"`
}

// side is what is summed up of the signatures of one of two groupings.
type side map[string]group

// group is the crashes with one signature.
type group struct {
	crashes int
	squares int // of the crashes in each cell, summed up
	cells   int // how many signatures of the other grouping it meets
}

func (s side) add(signature string, n int) {
	g := s[signature]
	s[signature] = group{g.crashes + n, g.squares + n*n, g.cells + 1}
}

// Compare compares two groupings by their cells: the crashes by their two signatures.
func Compare(cells map[[2]string]int) Pair {
	var p Pair
	a, b, all := side{}, side{}, 0
	for signatures, n := range cells {
		a.add(signatures[0], n)
		b.add(signatures[1], n)
		p.Together += pairs(n)
		all += n
	}
	p.TogetherA, p.TogetherB = a.together(), b.together()
	p.Rand = p.rand(pairs(all))
	p.PairPrecision, p.PairRecall = share(p.Together, p.TogetherB), share(p.Together, p.TogetherA)
	p.Precision, p.Recall = b.kept(all), a.kept(all)
	p.Over, p.Under = b.mixed(), a.mixed()
	return p
}

// pairs is how many pairs n crashes make.
func pairs(n int) int { return n * (n - 1) / 2 }

// share is a part of a whole; where there is nothing, nothing is wrong.
func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// rand is the adjusted Rand index over a number of pairs: (index - expected) / (maximum - expected).
func (p Pair) rand(all int) float64 {
	if p.TogetherA == p.Together && p.TogetherB == p.Together {
		return 1 // equal groupings, also where the formula is 0/0
	}
	expected := float64(p.TogetherA) * float64(p.TogetherB) / float64(all)
	maximum := float64(p.TogetherA+p.TogetherB) / 2
	return (float64(p.Together) - expected) / (maximum - expected)
}

// together is how many pairs of crashes have one signature.
func (s side) together() int {
	n := 0
	for _, g := range s {
		n += pairs(g.crashes)
	}
	return n
}

// kept is the share of the crashes with a crash's signature that share that of the other grouping too, over all crashes.
func (s side) kept(all int) float64 {
	var shares []float64
	for _, g := range s {
		shares = append(shares, float64(g.squares)/float64(g.crashes))
	}
	slices.Sort(shares) // one order, so that the sum has one value
	sum := 0.0
	for _, share := range shares {
		sum += share
	}
	if all == 0 {
		return 1
	}
	return sum / float64(all)
}

// mixed are the signatures that meet several of the other grouping.
func (s side) mixed() Grouping {
	var all Grouping
	for _, g := range s {
		if g.cells > 1 {
			all.Signatures++
			all.Crashes += g.crashes
		}
	}
	return all
}
