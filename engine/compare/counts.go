package compare

import (
	"cmp"
	"slices"
)

// frameSet is a set of normalised frames.
type frameSet = map[string]struct{}

// put sets a key of a map that may be nil yet.
func put[K comparable, V any](m map[K]V, key K, v V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[key] = v
	return m
}

// set adds a key to a set.
func set[K comparable](keys map[K]struct{}, key K) map[K]struct{} { return put(keys, key, struct{}{}) }

// count adds a number to a count.
func count[K comparable](counts map[K]int, key K, n int) map[K]int {
	if counts == nil {
		counts = map[K]int{}
	}
	counts[key] += n
	return counts
}

// union adds a set to another.
func union[K comparable](to, from map[K]struct{}) map[K]struct{} {
	for key := range from {
		to = set(to, key)
	}
	return to
}

// sum adds counts to others.
func sum[K comparable](to, from map[K]int) map[K]int {
	for key, n := range from {
		to = count(to, key, n)
	}
	return to
}

// sums adds counts of counts to others.
func sums[J, K comparable](to, from map[J]map[K]int) map[J]map[K]int {
	for key, counts := range from {
		to = put(to, key, sum(to[key], counts))
	}
	return to
}

// FrameCount is a normalised frame, and crashes that it is counted for.
type FrameCount struct {
	Frame   string `json:"frame"`
	Crashes int    `json:"crashes"`
}

// FrameCounts are counts by crashes descending, then by frame.
func FrameCounts(counts map[string]int) []FrameCount {
	var list []FrameCount
	for frame, n := range counts {
		list = append(list, FrameCount{frame, n})
	}
	slices.SortFunc(list, func(a, b FrameCount) int {
		return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), cmp.Compare(a.Frame, b.Frame))
	})
	return list
}
