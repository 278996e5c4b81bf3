package facts

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// Criterion is one by which Mozilla's bots find top crashers: docs/judgement.md. What is empty may be anything.
type Criterion struct {
	Product    string   `json:"product"`
	Channel    string   `json:"channel"`
	Platform   string   `json:"platform"`
	Processes  []string `json:"processes,omitempty"`  // types of processes
	CPUs       []string `json:"processors,omitempty"` // architectures of processors
	Top        int      `json:"top"`                  // how many signatures are top crashers
	TopStartup int      `json:"-"`                    // how many are where they have crashes while the program started, if more
}

// minCrashes is how many crashes a top crasher has at least.
const minCrashes = 15

// botCriteria are those of Mozilla's bots, as far as records have what they ask for.
func botCriteria() []Criterion {
	criteria := []Criterion{
		{Product: "Firefox", Channel: "release", Top: 20, TopStartup: 30},
		{Product: "Firefox", Channel: "beta", Top: 20, TopStartup: 30},
		{Product: "Firefox", Channel: "nightly", Top: 10},
	}
	// Of processes and platforms the bots look at beta and release alone.
	for _, c := range []Criterion{
		{Processes: []string{"content"}, Top: 10},
		{Processes: []string{"gpu"}, Top: 5},
		{Processes: []string{"rdd"}, Top: 5},
		{Processes: []string{"socket", "utility"}, Top: 5},
		{Platform: "Linux", Top: 5},
		{Platform: "Mac OS X", Top: 5},
		{Platform: "Windows", Top: 5},
	} {
		for _, c.Channel = range []string{"beta", "release"} {
			c.Product = "Firefox"
			criteria = append(criteria, c)
		}
	}
	for _, channel := range []string{"nightly", "beta", "release"} {
		criteria = append(criteria, Criterion{Product: "Fenix", Channel: channel, CPUs: []string{"arm64", "arm"}, Top: 10})
	}
	return criteria
}

// has tells whether crashes of a facet count for the criterion. Windows calls itself Windows NT.
func (c Criterion) has(f compare.Facet) bool {
	return f.Product == c.Product && f.Channel == c.Channel &&
		(c.Platform == "" || f.Platform == c.Platform || strings.HasPrefix(f.Platform, c.Platform+" ")) &&
		(c.Processes == nil || slices.Contains(c.Processes, f.Process)) &&
		(c.CPUs == nil || slices.Contains(c.CPUs, f.CPU))
}

// met tells whether a signature is a top crasher.
func (c Criterion) met(s Standing) bool {
	// Startup crashes may rank lower where the criterion says so.
	return s.Crashes >= minCrashes && (s.Rank <= c.Top || s.Startup && s.Rank <= c.TopStartup)
}

// isLeftOut tells whether a signature is no top crasher whatever its rank: it says nothing of a cause.
func isLeftOut(signature string) bool {
	for _, start := range []string{"EMPTY: ", "OOM ", "java.lang.OutOfMemoryError"} {
		if strings.HasPrefix(signature, start) {
			return true
		}
	}
	return signature == "IPCError-browser | ShutDownKill"
}

// Standing is where a signature is among others. Its rank is one more than how many of them have more crashes; 0
// where it has none.
type Standing struct {
	Rank    int  `json:"rank"`
	Crashes int  `json:"crashes"`
	Startup bool `json:"startup_crashes,omitempty"` // some of its crashes came while the program started
}

// Move is a signature whose crashes are more or fewer than before.
type Move struct {
	Signature string   `json:"signature"`
	Before    Standing `json:"before"`
	After     Standing `json:"after"`
}

// Ranking is what moves among the signatures of some crashes: the most crashes after first, then before, then by
// signature.
type Ranking struct {
	Criterion
	Moves []Move
}

// Enters tells whether a signature becomes a top crasher by the criterion, or else ceases to be one.
func (r Ranking) Enters(m Move) bool { return r.met(m.After) }

// followed is how many signatures of each product, channel and platform are followed.
const followed = 50

// largest are the moves to, from and among the largest signatures of each product, channel and platform.
func (c *census) largest() []Ranking {
	// A signature that was never among them may come and go as it likes.
	follow := func(s Standing) bool { return s.Rank > 0 && s.Rank <= followed }
	var rankings []Ranking
	for rest := c.facets; len(rest) > 0; {
		f := rest[0]
		n := slices.IndexFunc(rest, func(g facetCensus) bool { return g.platform() != f.platform() })
		if n < 0 {
			n = len(rest)
		}
		var of []facetCensus
		of, rest = rest[:n], rest[n:]
		moves := c.moves(c.sum(of), func(m Move) bool { return follow(m.Before) || follow(m.After) })
		if len(moves) > 0 {
			rankings = append(rankings, Ranking{Criterion{Product: f.Product, Channel: f.Channel, Platform: f.Platform, Top: followed}, moves})
		}
	}
	return rankings
}

// topCrashers are the signatures that become top crashers, or cease to be, by each criterion.
func (c *census) topCrashers(criteria []Criterion) []Ranking {
	var rankings []Ranking
	for _, criterion := range criteria {
		var of []facetCensus
		for _, f := range c.facets {
			if criterion.has(f.Facet) {
				of = append(of, f)
			}
		}
		// They take no rank away from others.
		counts := slices.DeleteFunc(c.sum(of), func(n signatureCount) bool { return c.signatures[n.signature].leftOut })
		moves := c.moves(counts, func(m Move) bool { return criterion.met(m.Before) != criterion.met(m.After) })
		if len(moves) > 0 {
			rankings = append(rankings, Ranking{criterion, moves})
		}
	}
	return rankings
}

// sum adds the counts of facets up, one for each signature, until it is called again. There are none where no crash moves:
// what ranks the others have is nothing to a change.
func (c *census) sum(facets []facetCensus) []signatureCount {
	if !slices.ContainsFunc(facets, func(f facetCensus) bool { return f.moved }) {
		return nil
	}
	// Memory of the last call serves again: there are dozens of criteria and facets, each over thousands of signatures.
	sums := c.sums[:0]
	for _, f := range facets {
		for _, n := range f.counts {
			at := c.at[n.signature]
			if at == 0 {
				sums = append(sums, signatureCount{signature: n.signature})
				at = len(sums)
				c.at[n.signature] = at
			}
			for side := range n.count {
				sums[at-1].count[side] += n.count[side]
				sums[at-1].startup[side] = sums[at-1].startup[side] || f.Startup == "T" && n.count[side] > 0
			}
		}
	}
	for _, n := range sums {
		c.at[n.signature] = 0
	}
	c.sums = sums
	return sums
}

// moves are the signatures whose counts change, ranked among all, as far as they are to be kept.
func (c *census) moves(counts []signatureCount, keep func(Move) bool) []Move {
	var moves []Move
	ranks := [...]ranks{newRanks(counts, before), newRanks(counts, after)}
	for _, n := range counts {
		// Its rank may change all the same, for others that move past it. That is not what became of this signature.
		if n.count[before] == n.count[after] && n.startup[before] == n.startup[after] {
			continue
		}
		m := Move{c.signatures[n.signature].text, ranks[before].standing(n, before), ranks[after].standing(n, after)}
		if keep(m) {
			moves = append(moves, m)
		}
	}
	slices.SortFunc(moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.After.Crashes, a.After.Crashes), cmp.Compare(b.Before.Crashes, a.Before.Crashes), cmp.Compare(a.Signature, b.Signature))
	})
	return moves
}

// ranks are the crashes of each signature that has more than one, in ascending order.
type ranks []int

// newRanks leaves out signatures of one crash: they are most of all, and no other ranks behind one for its crashes.
func newRanks(counts []signatureCount, side int) ranks {
	var r ranks
	for _, n := range counts {
		if n.count[side] > 1 {
			r = append(r, n.count[side])
		}
	}
	slices.Sort(r)
	return r
}

// standing is where a signature stands on a side.
func (r ranks) standing(n signatureCount, side int) Standing {
	crashes := n.count[side]
	if crashes == 0 {
		return Standing{}
	}
	more, _ := slices.BinarySearch(r, crashes+1)
	return Standing{Rank: 1 + len(r) - more, Crashes: crashes, Startup: n.startup[side]}
}
