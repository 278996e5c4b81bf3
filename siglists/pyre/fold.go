package pyre

import (
	"cmp"
	"slices"
	"sync"
)

// folding is how case is folded before a set is asked, to lower case; nil: it is not.
type folding struct {
	lower       caseMap
	capitals    caseMap // the inverse
	equivalents caseMap // of lower-case characters those with the same upper case
	cased       spans   // those that lower or upper change, as Python's iscased
}

// caseMap is what characters become, sorted. A character may become several.
type caseMap []casePair

type casePair struct{ from, to rune }

func (m caseMap) sorted() caseMap {
	slices.SortFunc(m, func(a, b casePair) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return m
}

func (m caseMap) inverse() caseMap {
	inverse := make(caseMap, len(m))
	for i, pair := range m {
		inverse[i] = casePair{pair.to, pair.from}
	}
	return inverse.sorted()
}

// search is where the pairs of a character are, or would be.
func (m caseMap) search(r rune) int {
	i, _ := slices.BinarySearchFunc(m, r, func(pair casePair, r rune) int { return cmp.Compare(pair.from, r) })
	return i
}

// of is what characters become.
func (m caseMap) of(s spans) (out spans) {
	for _, s := range s {
		for i := m.search(s.lo); i < len(m) && m[i].from <= s.hi; i++ {
			out = append(out, span{m[i].to, m[i].to})
		}
	}
	return out
}

// casing reads the embedded tables of case once: how Unicode folds it, and which characters have a character in upper case.
var casing = sync.OnceValues(func() (unicode *folding, inUpper caseMap) {
	f, upper := &folding{}, caseMap{}
	eachEntry(func(table, entry string) {
		switch table {
		case "lower":
			f.lower = append(f.lower, parseRun(entry)...)
		case "upper":
			upper = append(upper, parseRun(entry)...)
		case "equivalents":
			f.equivalents = append(f.equivalents, parseEquivalents(entry)...)
		}
	})
	f.lower, f.capitals, f.equivalents = f.lower.sorted(), f.lower.inverse(), f.equivalents.sorted()
	for _, pair := range slices.Concat(f.lower, upper) {
		f.cased = append(f.cased, span{pair.from, pair.from})
	}
	f.cased = mergeSpans(f.cased)
	return f, upper.inverse()
})

// asciiFolding is that under the ASCII flag.
var asciiFolding = sync.OnceValue(func() *folding {
	f := &folding{cased: spans{{'A', 'Z'}, {'a', 'z'}}}
	for r := 'A'; r <= 'Z'; r++ {
		f.lower = append(f.lower, casePair{r, r - 'A' + 'a'})
	}
	f.capitals = f.lower.inverse()
	return f
})

// foldingOf is the folding that flags ask for.
func foldingOf(flags Flags) *folding {
	switch {
	case flags&IgnoreCase == 0:
		return nil
	case flags&Unicode == 0:
		return asciiFolding()
	}
	unicode, _ := casing()
	return unicode
}

// apply folds a character.
func (f *folding) apply(r rune) rune {
	if f == nil {
		return r
	}
	if i := f.lower.search(r); i < len(f.lower) && f.lower[i].from == r {
		return f.lower[i].to
	}
	return r
}

// changes tells whether folding matters for any character of a range.
func (f *folding) changes(s span) bool { return f != nil && f.cased.overlap(s) }

// folds tells whether Python folds case for a set: if it matters for any item, or an item lies beyond the basic plane.
func folds(items []SetItem, flags Flags) bool {
	f := foldingOf(flags)
	return f != nil && (flags&foldsAll != 0 || slices.ContainsFunc(items, func(item SetItem) bool {
		return item.Class == 0 && (item.Hi > maxBasic || f.changes(span{item.Lo, item.Hi}))
	}))
}

// closure is all characters that, folded, one of the items matches, but for classes.
func (f *folding) closure(items []SetItem, single bool) spans {
	var listed, whole spans // whole: what is compared with the folded character as it is
	for _, item := range items {
		s := span{item.Lo, item.Hi}
		switch {
		case item.Class != 0:
		case f == nil || single || s.hi <= maxBasic:
			listed = append(listed, s)
		default:
			// Beyond the basic plane Python compares ranges with its upper case too, so that a capital letter alone
			// in a set of several matches nothing.
			whole = append(whole, s)
			if _, inUpper := casing(); item.Range {
				whole = append(whole, inUpper.of(spans{s})...)
			}
			if s.lo <= maxBasic {
				listed = append(listed, span{s.lo, maxBasic})
			}
		}
	}
	if f == nil {
		return mergeSpans(append(listed, whole...))
	}
	return f.unfold(mergeSpans(append(whole, f.equal(mergeSpans(listed))...)))
}

// equal adds what is equivalent to a character once both are folded: first what each is folded to, then what shares an upper
// case with that, as ſ does with s.
func (f *folding) equal(listed spans) spans {
	listed = mergeSpans(append(listed, f.lower.of(listed)...))
	return mergeSpans(append(listed, f.equivalents.of(listed)...))
}

// unfold is all characters that are among some once they are folded. A capital letter need not be, though it is one of them:
// beyond the basic plane it may stand there as it is.
func (f *folding) unfold(folded spans) spans {
	var lost spans // those that are among them only as they are
	for _, s := range folded {
		for i := f.lower.search(s.lo); i < len(f.lower) && f.lower[i].from <= s.hi; i++ {
			if !folded.has(f.lower[i].to) {
				lost = append(lost, span{f.lower[i].from, f.lower[i].from})
			}
		}
	}
	left := mergeSpans(append(folded.complement(), lost...)).complement()
	return mergeSpans(append(left, f.capitals.of(folded)...))
}
