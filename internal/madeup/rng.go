package madeup

import (
	"math"
	"math/bits"
	"slices"
)

// rng is SplitMix64 (Steele, Lea and Flood, 2014). It is written out here, and
// not taken from math/rand, because the documents of a seed must be the same
// bytes in every release of Go.
type rng uint64

// 2^64 by the golden ratio, as SplitMix64 steps by.
const golden = 0x9e3779b97f4a7c15

// newRNG returns the generator of one numbered stream of a seed. Streams of the
// same seed are independent of each other.
func newRNG(seed, stream, index uint64) *rng {
	r := rng(mix(seed+golden) ^ mix(stream*golden+index))
	return &r
}

// mix spreads each bit over all of them: neighbouring seeds and indexes make unlike streams.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (r *rng) next() uint64 {
	*r += golden
	return mix(uint64(*r))
}

// intn returns a number in [0, n), for n > 0.
func (r *rng) intn(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// between returns a number in [lo, hi].
func (r *rng) between(lo, hi int) int { return lo + r.intn(hi-lo+1) }

// float returns a number in [0, 1).
func (r *rng) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// chance is true with a probability.
func (r *rng) chance(p float64) bool { return r.float() < p }

// round rounds x up or down at random, so that the mean of many is x. The
// conversion keeps processors from fusing the sum with what x came from, which
// would round differently.
func (r *rng) round(x float64) int { return int(math.Floor(float64(x) + r.float())) }

// pick draws one of several, each as often; one that should come more often stands there twice.
func pick[T any](r *rng, from []T) T { return from[r.intn(len(from))] }

// ranks draws indices whose frequencies are in proportion to weights. It holds
// their running sums, as integers: these come out the same on every processor.
type ranks []uint64

// zipf returns ranks over [0, n) with weight (rank + shift)^-exponent.
func zipf(n int, shift, exponent float64) ranks {
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = math.Pow(float64(i)+shift, -exponent)
	}
	return cumulate(weights)
}

// weigh returns ranks over things by their weights.
func weigh[T any](things []T, weight func(T) float64) ranks {
	weights := make([]float64, len(things))
	for i, t := range things {
		weights[i] = weight(t)
	}
	return cumulate(weights)
}

// cumulate counts weights in millionths.
func cumulate(weights []float64) ranks {
	sum := uint64(0)
	sums := make(ranks, len(weights))
	for i, w := range weights {
		sum += uint64(math.Round(w * 1e6))
		sums[i] = sum
	}
	return sums
}

// draw draws an index as often as its weight says.
func (z ranks) draw(r *rng) int {
	at := uint64(r.intn(int(z[len(z)-1])))
	i, found := slices.BinarySearch(z, at)
	if found {
		i++ // the sum is the first number that belongs to the next index
	}
	return i
}
