package siglists

import (
	"cmp"
	"slices"
)

// Edits tells which changes are a line that another takes the place of: of each, the index of the other; -1 of none. Both
// stand between the same lines, and have at least half of the shorter one in common, from its start.
func Edits(base, candidate *Set, changes []Change) []int {
	before, after := places(base, changes, false), places(candidate, changes, true)
	other := make([]int, len(changes))
	at := make([]int, len(changes))
	for i, c := range changes {
		if other[i], at[i] = -1, before[c.Line]; c.Added {
			at[i] = after[c.Line]
		}
	}
	var pairs []pair
	for i, removed := range changes {
		for j, added := range changes {
			if len(pairs) == maxPairs || removed.Added || !added.Added || at[i] != at[j] || removed.Line.List != added.Line.List {
				continue
			}
			common := commonStart(removed.Line.Text, added.Line.Text)
			if 2*common >= min(len(removed.Line.Text), len(added.Line.Text)) {
				rest := len(removed.Line.Text) + len(added.Line.Text) - 2*common
				pairs = append(pairs, pair{i, j, common, rest})
			}
		}
	}
	// Several may stand in one place: the likest of all go together first, and the others are left for further lines.
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Or(b.common-a.common, a.rest-b.rest) })
	for _, p := range pairs {
		if other[p.removed] < 0 && other[p.added] < 0 {
			other[p.removed], other[p.added] = p.added, p.removed
		}
	}
	return other
}

// pair is a removed and an added line that may be one edit, by their indexes: how many bytes both start with, and how many
// both have beside these.
type pair struct{ removed, added, common, rest int }

// maxPairs bounds the pairs that are held against each other. Only lists of which all is written anew have more.
const maxPairs = 1 << 16

// places counts, for each line of a set that came or went, the lines of its list before it that did not.
func places(of *Set, changes []Change, added bool) map[Line]int {
	at, changed := make(map[Line]int, len(changes)), map[Name]bool{}
	for _, c := range changes {
		if c.Added == added {
			at[c.Line], changed[c.Line.List] = 0, true
		}
	}
	for name := range changed {
		kept := 0
		for _, l := range of.List(name).Lines {
			if _, ok := at[l]; ok {
				at[l] = kept
			} else {
				kept++
			}
		}
	}
	return at
}

// commonStart is how many bytes two texts have in common at their start.
func commonStart(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// commonEnd is how many bytes two texts have in common at their end.
func commonEnd(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}
