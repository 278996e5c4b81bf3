package facts

import (
	"math"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// The sides of a count.
const (
	before = iota
	after
)

// count is crashes before and after.
type count [2]int

// census counts the crashes of signatures, which it numbers.
type census struct {
	signatures []signature
	numbers    map[string]int
	facets     []facetCensus

	sums []signatureCount // of the last call of sum
	at   []int            // where sum has each signature, from 1 on; all 0 outside of it
}

// signature is one with what it is told by.
type signature struct {
	text    string
	crashes count
	bare    bool // it ends in a module or an address
	leftOut bool // it is no top crasher, whatever its rank
}

// facetCensus is the counts of one facet. A signature may have several.
type facetCensus struct {
	compare.Facet
	counts []signatureCount
	moved  bool // some of its crashes change their signature
}

// signatureCount is the crashes of a signature, by its number in the census.
type signatureCount struct {
	signature int
	count
	startup [2]bool // there are crashes while the program started
}

// newCensus counts each crash twice: for its signature before, and for that after.
func newCensus(pairs []compare.PairCount) *census {
	c := &census{numbers: make(map[string]int, len(pairs))}
	facets := map[compare.SharedFacet]int{}
	for _, p := range pairs {
		base, candidate := c.number(p.Base), c.number(p.Candidate)
		c.signatures[base].crashes[before] += p.Crashes
		c.signatures[candidate].crashes[after] += p.Crashes
		for facet, n := range p.Facets {
			i, known := facets[facet]
			if !known {
				i = len(c.facets)
				facets[facet] = i
				c.facets = append(c.facets, facetCensus{Facet: facet.Value()})
			}
			c.facets[i].add(base, candidate, n)
		}
	}
	c.at = make([]int, len(c.signatures))
	// Facets of a product, a channel and a platform stand next to each other then: largest takes them together.
	slices.SortFunc(c.facets, func(a, b facetCensus) int { return compareFacets(a.Facet, b.Facet) })
	return c
}

// number is the number of a signature.
func (c *census) number(text string) int {
	i, known := c.numbers[text]
	if !known {
		i = len(c.signatures)
		c.numbers[text] = i
		// What is told by the text alone is found once: signatures stand in many pairs.
		c.signatures = append(c.signatures, signature{text: text, bare: isBare(text), leftOut: isLeftOut(text)})
	}
	return i
}

// compareFacets orders facets by what they say, in the order of platform first.
func compareFacets(a, b compare.Facet) int {
	texts := func(f compare.Facet) []string {
		return []string{f.Product, f.Channel, f.Platform, f.Process, f.CPU, f.Startup}
	}
	return slices.Compare(texts(a), texts(b))
}

// platform is what the facet says but for process and processor.
func (f *facetCensus) platform() compare.Facet {
	return compare.Facet{Product: f.Product, Channel: f.Channel, Platform: f.Platform}
}

func (f *facetCensus) add(base, candidate, n int) {
	// Most crashes keep their signature, which is one entry then in place of two.
	if base == candidate {
		f.counts = append(f.counts, signatureCount{signature: base, count: count{n, n}})
		return
	}
	f.moved = true
	f.counts = append(f.counts, signatureCount{signature: base, count: count{before: n}}, signatureCount{signature: candidate, count: count{after: n}})
}

// Score says how signatures part the crashes of a side.
type Score struct {
	Signatures int     `json:"signatures"`
	Effective  float64 `json:"effective_signatures"`            // 2 to the power of the entropy: how many signatures of equal size part crashes as well
	Single     int     `json:"signatures_of_one_crash"`         // signatures of one crash
	Bare       int     `json:"bare"`                            // crashes whose signature ends in a module or an address
	Truncated  int     `json:"truncated"`                       // crashes whose signature was too long
	Shared     int     `json:"signatures_on_several_platforms"` // signatures with crashes on several platforms
}

// scoreboard is the scores before and after. Only their difference means something: how signatures part crashes depends on the
// crashes more than on the lists.
func (c *census) scoreboard() [2]Score {
	var scores [2]Score
	var total count
	for _, s := range c.signatures {
		total[before] += s.crashes[before]
		total[after] += s.crashes[after]
	}
	for side := range scores {
		scores[side] = c.score(side, float64(total[side]))
		scores[side].Shared = c.shared(side)
	}
	return scores
}

// score sums up a side. Signatures of no crash there are those that come or go.
func (c *census) score(side int, total float64) Score {
	var s Score
	// That of the shares of crashes, in bits: many even groups part crashes better than one large and many small.
	entropy := 0.0
	for _, of := range c.signatures {
		crashes := of.crashes[side]
		if crashes == 0 {
			continue
		}
		s.Signatures++
		share := float64(crashes) / total
		entropy -= share * math.Log2(share)
		if crashes == 1 {
			s.Single++
		}
		if of.bare {
			s.Bare += crashes
		}
		if signatures.IsTruncated(of.text) {
			s.Truncated += crashes
		}
	}
	// No crash at all has an entropy of 0, which would be one effective signature.
	if s.Signatures > 0 {
		s.Effective = math.Exp2(entropy)
	}
	return s
}

// isBare tells whether a signature ends in a module alone, or an address.
func isBare(signature string) bool {
	// A module further in front is a prefix; only the last frame says what the signature is about.
	last := signatures.LastPart(signature)
	return signatures.IsModule(last) || endsInAddress(last) || !strings.ContainsAny(last, ":()<> ") && file().MatchString(last)
}

// file is a module with its ending, and the version that Linux puts behind that: libgtk-3.so.0, libobjc.A.dylib. Functions, which
// have other letters, are told from it before.
var file = lazyregexp.New(`(?is)^.+\.(dll|so|dylib|exe|drv|odex|oat|art|apk|dex)(\.[0-9]+)*$`)

// endsInAddress tells whether a frame has no name, such as @0x1f or foo.dll@0x1f.
func endsInAddress(frame string) bool {
	const start = "@0x"
	at := strings.LastIndex(frame, start)
	return at >= 0 && at+len(start) < len(frame) && strings.Trim(frame[at+len(start):], "0123456789abcdef") == ""
}

// shared counts the signatures that have crashes on several platforms.
func (c *census) shared(side int) int {
	const none, several = 0, -1
	// A number for each signature in place of a set of platforms: most have one, and two are enough to know.
	on := make([]int, len(c.signatures)) // a number for a platform
	platforms := map[string]int{}
	shared := 0
	for _, f := range c.facets {
		// Crashes of unknown platforms may be of any, and would make every signature a shared one.
		if f.Platform == "" {
			continue // unknown
		}
		if platforms[f.Platform] == 0 {
			platforms[f.Platform] = 1 + len(platforms)
		}
		platform := platforms[f.Platform]
		for _, n := range f.counts {
			switch at := on[n.signature]; {
			case n.count[side] == 0 || at == several || at == platform:
			case at == none:
				on[n.signature] = platform
			default:
				on[n.signature] = several
				shared++
			}
		}
	}
	return shared
}
