package pyre

import (
	"slices"
	"sort"
	"unicode/utf8"
)

// span is a range of code points, both ends included.
type span struct{ lo, hi rune }

// spans are sorted, disjoint ranges.
type spans []span

func (s spans) has(r rune) bool { return s.overlap(span{r, r}) }

// overlap tells whether a range has any of the characters.
func (s spans) overlap(t span) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i].hi >= t.lo })
	return i < len(s) && s[i].lo <= t.hi
}

// complement is all other characters.
func (s spans) complement() spans {
	var out spans
	next := rune(0)
	for _, t := range s {
		if next < t.lo {
			out = append(out, span{next, t.lo - 1})
		}
		next = t.hi + 1
	}
	if next <= utf8.MaxRune {
		out = append(out, span{next, utf8.MaxRune})
	}
	return out
}

// mergeSpans sorts ranges and joins those that touch.
func mergeSpans(s spans) spans {
	slices.SortFunc(s, func(a, b span) int { return int(a.lo) - int(b.lo) })
	out := s[:0]
	for _, next := range s {
		if n := len(out); n > 0 && next.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, next.hi)
		} else {
			out = append(out, next)
		}
	}
	return out
}
