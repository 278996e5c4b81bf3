package madeup

import (
	"iter"
	"time"

	"github.com/go-json-experiment/json"
)

// The numbered streams of a seed.
const (
	streamFamilies = iota + 1
	streamCrash
	streamID
	streamBulk
	streamSiglists
)

// Shape says what crashes are generated. What decides the signature is the same
// whatever the threads are.
type Shape struct {
	// ShutdownHangs is their share of the crashes, below 1; 0 means a tenth. The
	// larger the share, the more families of them there are.
	ShutdownHangs float64
	// Large documents have 20 to 80 threads, as real ones do, and about 120 KB;
	// others have those that signature generation reads: about 13 KB, half of them 9 KB or less.
	Large bool
}

// Generator makes made-up processed crashes with statistics like those of real
// ones: a few thousand families of very unequal size over a vocabulary of
// functions, about 10% shutdown hangs, 5% out of memory, 5% IPC errors, 3%
// aborts, 3% Java. It is immutable, so goroutines may share it.
type Generator struct {
	seed     uint64
	shape    Shape
	kinds    ranks
	families [kindCount][]family
	ranks    [kindCount]ranks
	others   [4][]thread // threads that have nothing to do with a crash, by platform
}

// NewGenerator prepares the families of a seed, which takes about 0.1 s. The same seed
// and shape make the same crashes.
func NewGenerator(seed uint64, shape Shape) *Generator {
	g := &Generator{seed: seed, shape: shape}
	maker := newFamilyMaker(seed)
	systems := weigh(platforms[:], func(p platform) float64 { return p.weight })
	var shares []float64
	// In the order of the kinds, which decides what each family draws.
	for k := range kindCount {
		share := shape.share(k)
		shares = append(shares, share.crashes)
		for range share.families {
			g.families[k] = append(g.families[k], maker.family(k, systems))
		}
		// A few large families and a long tail of small ones, as signatures have.
		g.ranks[k] = zipf(share.families, 3, 1.05)
	}
	g.kinds = cumulate(shares)
	for os := range platforms {
		g.others[os] = maker.otherThreads(os)
	}
	return g
}

// share is how many crashes and families are of a kind, in this shape.
func (s Shape) share(k kind) kindShares {
	share, usual := kindShare[k], kindShare[kindShutdownHang].crashes
	switch {
	case s.ShutdownHangs == 0:
	case k == kindShutdownHang:
		share.families = max(1, int(float64(share.families)*s.ShutdownHangs/usual))
		share.crashes = s.ShutdownHangs
		// The others make room in proportion, so that the shares still add up to all.
	default:
		share.crashes *= (1 - s.ShutdownHangs) / (1 - usual)
	}
	return share
}

// Generate yields n generated crashes: crash id and processed crash, as one JSON
// object without newlines. The same seed, n and shape give the same bytes on
// every machine; a larger n only adds crashes.
func Generate(seed uint64, n int, shape Shape) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		g := NewGenerator(seed, shape)
		for i := range n {
			if !yield(g.Facts(i).ID, g.Document(i)) {
				return
			}
		}
	}
}

// Document makes the processed crash number i. Crashes do not depend on each
// other, so shards may be generated side by side.
func (g *Generator) Document(i int) []byte {
	c := g.plan(i)
	return must(json.Marshal(c.document(), spaced))
}

// crash is everything that is decided about one document before it is written.
type crash struct {
	*Generator
	index     int
	family    *family
	build     *build
	platform  *platform
	processed time.Time // in October 2026; the id ends in that day
	layout    uint64    // decides where modules lie and other addresses
}

// plan draws what a crash is, from a stream of its own, so that crash i is the same however many are made.
func (g *Generator) plan(i int) crash {
	r := newRNG(g.seed, streamCrash, uint64(i))
	c := crash{Generator: g, index: i}
	k := g.kinds.draw(r)
	c.family = &g.families[k][g.ranks[k].draw(r)]
	os := c.family.os
	c.platform = &platforms[os]
	at := c.family.home
	// A cause is mostly of the build that it came with; some crashes are of others.
	if r.chance(0.2) {
		at = drawBuild(r, buildsOf(os))
	}
	c.build = &buildsOf(os)[at]
	day, second := r.between(1, 28), r.intn(24*60*60)
	c.layout = r.next()
	c.processed = time.Date(2026, time.October, day, 0, 0, second, int(c.layout%1_000_000)*1000, time.UTC)
	return c
}
