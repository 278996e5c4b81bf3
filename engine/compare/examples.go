package compare

import (
	"cmp"
	"slices"
)

// example is a crash of a group; crashes with equal stacks have equal hashes.
type example struct {
	Stack uint64
	ID    string
}

// examples are the few crashes that stand for a group: of each of the stacks with the smallest hashes
// the crash with the smallest id. So they are chosen at random among different stacks, yet are the same
// in whatever order the crashes come.
type examples []example

// add takes e in if it belongs to the n examples.
func (es *examples) add(e example, n int) {
	// The list is kept in the order of its hashes, which parts are checked for: see partPair.wrong.
	at, found := slices.BinarySearchFunc(*es, e, func(a, b example) int { return cmp.Compare(a.Stack, b.Stack) })
	switch {
	case found && e.ID < (*es)[at].ID:
		(*es)[at].ID = e.ID
	case !found:
		*es = slices.Insert(*es, at, e)
		*es = (*es)[:min(n, len(*es))]
	}
}

// ids are sorted, since the order of the hashes tells a reader nothing.
func (es examples) ids() []string {
	ids := make([]string, len(es))
	for i, e := range es {
		ids[i] = e.ID
	}
	slices.Sort(ids)
	return ids
}

// hashText is the FNV-1a hash of s: the same in every run, so that the examples are.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
