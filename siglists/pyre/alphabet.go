package pyre

import (
	"slices"
	"unicode/utf8"
)

// alphabet divides the characters into classes that no set of an automaton
// tells apart.
type alphabet struct {
	ascii  [128]uint16
	starts []rune   // of the runs of one class each
	class  []uint16 // of the runs
	// has tells for each set, by index, which classes it has.
	has [][]bool
	// facts are those of each class. No class is of words if nothing asks for the edges of words: the letters of all
	// scripts are a thousand runs.
	facts []charFacts
}

// maxAlphabetWork bounds sets times runs; maxClasses what fits the tables.
const (
	maxAlphabetWork = 20_000_000
	maxClasses      = 1 << 15
)

// newAlphabet gives nil if the sets are too many or too intricate.
func newAlphabet(sets []*charset, edges bool) *alphabet {
	var all []spans
	total := 0
	for _, set := range sets {
		all = append(all, set.expand())
		if total += len(all[len(all)-1]); total*len(sets) > maxAlphabetWork {
			return nil
		}
	}
	// Newlines and words are sets as well, for the positions that ask for them, and go into no instruction.
	all = append(all, spans{{'\n', '\n'}})
	if edges {
		all = append(all, chars().word, asciiWord)
	}
	a := &alphabet{starts: runStarts(all)}
	if len(a.starts) >= maxClasses || len(a.starts)*len(all) > maxAlphabetWork {
		return nil
	}
	a.facts = make([]charFacts, a.classify(all))
	for i, of := range a.has[len(sets):] {
		for class, has := range of {
			if has {
				a.facts[class] |= isNewline << i
			}
		}
	}
	a.has = a.has[:len(sets)]
	for r := range a.ascii {
		a.ascii[r] = a.search(rune(r))
	}
	return a
}

// search gives the class of a character by the run that it lies in.
func (a *alphabet) search(r rune) uint16 {
	i, found := slices.BinarySearch(a.starts, r)
	if !found {
		i--
	}
	return a.class[i]
}

// runStarts gives where membership in any of the sets may change.
func runStarts(sets []spans) []rune {
	starts := []rune{0}
	for _, set := range sets {
		for _, s := range set {
			starts = append(starts, s.lo)
			if s.hi < utf8.MaxRune {
				starts = append(starts, s.hi+1)
			}
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// classify makes one class of all runs that the same sets have, and gives the number of classes.
func (a *alphabet) classify(sets []spans) int {
	members := make([][]byte, len(a.starts)) // for each run, which sets have it
	for run := range members {
		members[run] = make([]byte, len(sets))
	}
	for i, set := range sets {
		for _, s := range set { // each is a number of whole runs
			run, _ := slices.BinarySearch(a.starts, s.lo)
			for ; run < len(a.starts) && a.starts[run] <= s.hi; run++ {
				members[run][i] = 1
			}
		}
	}
	a.class, a.has = make([]uint16, len(a.starts)), make([][]bool, len(sets))
	classes := map[string]uint16{}
	for run, of := range members {
		class, known := classes[string(of)]
		if !known {
			class = uint16(len(classes))
			classes[string(of)] = class
			for i := range sets {
				a.has[i] = append(a.has[i], of[i] == 1)
			}
		}
		a.class[run] = class
	}
	return len(classes)
}
