package linesearch

import (
	"cmp"
	"maps"
	"slices"
)

// A Found crash is one to choose from.
type Found struct {
	ID   string
	Keys []string // what crashes are spread over: first the first of them, then the second of those, and so on
	// Sure tells that it shows the line for certain. Such crashes are chosen first.
	Sure bool
}

// Spread chooses num crashes: of each first key as many as there are, or as the others have, and of those of one first key
// likewise by the second. Of equal ones it takes the first. The same crashes give the same choice.
func Spread(found []Found, num int) []string {
	var sure, others []Found
	for _, f := range found {
		if f.Sure {
			sure = append(sure, f)
		} else {
			others = append(others, f)
		}
	}
	order := append(dealt(sure, 0), dealt(others, 0)...)
	var ids []string
	for _, f := range order[:min(num, len(order))] {
		ids = append(ids, f.ID)
	}
	return ids
}

// dealt puts crashes into the order in which they are chosen, by their keys from one on.
func dealt(found []Found, key int) []Found {
	if len(found) < 2 || key == len(found[0].Keys) {
		return found
	}
	piles := map[string][]Found{}
	for _, f := range found {
		piles[f.Keys[key]] = append(piles[f.Keys[key]], f)
	}
	names := slices.SortedFunc(maps.Keys(piles), func(a, b string) int { return cmp.Or(len(piles[b])-len(piles[a]), cmp.Compare(a, b)) })
	for name, pile := range piles {
		piles[name] = dealt(pile, key+1)
	}
	order := make([]Found, 0, len(found))
	for round := 0; len(order) < len(found); round++ {
		for _, name := range names {
			if round < len(piles[name]) {
				order = append(order, piles[name][round])
			}
		}
	}
	return order
}
