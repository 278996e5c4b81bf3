package facts

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// Pattern is groups whose signatures undergo the same edits.
type Pattern struct {
	Edits   []Edit         `json:"edits"` // in the order of the signature
	Crashes int            `json:"crashes"`
	Pairs   []compare.Pair `json:"groups"` // of the groups, in their order
}

// leastPattern is how many groups make a pattern.
const leastPattern = 2

// patternsOf puts groups together by their edits, quoted, so that no frame can look like the border between two.
func patternsOf(changes []change) []Pattern {
	at := map[string]int{}
	var all []Pattern
	for _, c := range changes {
		if len(c.edits) == 0 {
			continue // beyond where the signatures were cut off
		}
		key := fmt.Sprintf("%q", c.edits)
		i, known := at[key]
		if !known {
			i = len(all)
			at[key] = i
			all = append(all, Pattern{Edits: c.edits})
		}
		all[i].Crashes += c.Crashes
		all[i].Pairs = append(all[i].Pairs, c.Pair)
	}
	patterns := slices.DeleteFunc(all, func(p Pattern) bool { return len(p.Pairs) < leastPattern })
	// Patterns of as many crashes stay in the order of their first groups, which is one order.
	slices.SortStableFunc(patterns, func(a, b Pattern) int { return cmp.Compare(b.Crashes, a.Crashes) })
	return patterns
}
