// Package meant finds the words that may have been meant by one that is not there.
package meant

import "strings"

// Text names the words that may have been meant by one that isn't there, in brackets; it is empty where none is near.
func Text(word string, words []string) string {
	var meant []string
	for _, w := range words {
		// Flags, commands and names of lists are in lower case, whatever a finger was on.
		if near(strings.ToLower(word), w) {
			meant = append(meant, w)
		}
	}
	if meant == nil {
		return ""
	}
	return " (did you mean " + strings.Join(meant, " or ") + "?)"
}

// near tells whether two words differ in as little as a slip of the hand, or whether the second begins with the first.
func near(a, b string) bool {
	// A single letter begins too many words.
	if len(a) >= 2 && strings.HasPrefix(b, a) {
		return true
	}
	// A third of the shorter word: two slips in six letters still look like it, two in four like another word.
	return Distance(a, b) <= max(1, min(len(a), len(b))/3)
}

// Distance is how many letters have to be changed, left out, put in, or swapped with the next, to make one word of another.
func Distance(a, b string) int {
	var before []int // the row before the last one
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
