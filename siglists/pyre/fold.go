package pyre

import "slices"

// fold is how characters are folded before a set is asked.
type fold uint8

const (
	foldNone fold = iota
	foldASCII
	foldUnicode
)

// foldOf gives the folding that flags ask for.
func foldOf(flags Flags) fold {
	switch {
	case flags&IgnoreCase == 0:
		return foldNone
	case flags&Unicode != 0:
		return foldUnicode
	}
	return foldASCII
}

// apply folds a character, to lower case.
func (f fold) apply(r rune) rune {
	switch f {
	case foldASCII:
		return asciiLower(r)
	case foldUnicode:
		return casing().toLower(r)
	}
	return r
}

// cased tells whether folding matters for any character of a range.
func (f fold) cased(s span) bool {
	cased := spans{{'A', 'Z'}, {'a', 'z'}}
	switch f {
	case foldNone:
		return false
	case foldUnicode:
		cased = casing().cased
	}
	return cased.overlap(s)
}

// folds tells whether Python folds case for a set: if it matters for any item, or an item lies beyond the basic plane.
func folds(items []SetItem, flags Flags) bool {
	f := foldOf(flags)
	return f != foldNone && (flags&foldsAll != 0 || slices.ContainsFunc(items, func(item SetItem) bool {
		return item.Class == 0 && (item.Hi > maxBasic || f.cased(span{item.Lo, item.Hi}))
	}))
}

// closure is all characters that, folded, one of the items matches.
func (f fold) closure(items []SetItem, single bool, flags Flags) spans {
	var listed, whole spans // whole: what is compared with the folded character as it is
	for _, item := range items {
		s := span{item.Lo, item.Hi}
		switch {
		case item.Class != 0:
			whole = append(whole, classOf(item.Class, flags)...)
		case f == foldNone || single || s.hi <= maxBasic:
			listed = append(listed, s)
		default:
			// Beyond the basic plane Python compares ranges with its upper case too, so that a capital letter alone
			// in a set of several matches nothing.
			whole = append(whole, s)
			if item.Range {
				whole = append(whole, casing().loweredFrom(s)...)
			}
			if s.lo <= maxBasic {
				listed = append(listed, span{s.lo, maxBasic})
			}
		}
	}
	if f == foldNone {
		return mergeSpans(append(listed, whole...))
	}
	return f.unfold(mergeSpans(append(whole, f.equal(mergeSpans(listed))...)))
}

// capitals are the characters that folding changes.
func (f fold) capitals() []rune {
	if f == foldUnicode {
		return casing().capitals
	}
	return casing().capitals[:26] // those of ASCII
}

// equal adds what is equivalent to a character once both are folded.
func (f fold) equal(listed spans) spans {
	var folded spans
	for _, r := range f.capitals() {
		if listed.has(r) {
			folded = append(folded, span{f.apply(r), f.apply(r)})
		}
	}
	listed = mergeSpans(append(listed, folded...))
	if f == foldASCII {
		return listed
	}
	all := slices.Clone(listed)
	for r, others := range casing().equivalents {
		for _, other := range others {
			if listed.has(r) {
				all = append(all, span{other, other})
			}
		}
	}
	return mergeSpans(all)
}

// unfold is all characters that are among some once they are folded.
func (f fold) unfold(folded spans) spans {
	var more, less spans
	for _, r := range f.capitals() {
		if folded.has(f.apply(r)) {
			more = append(more, span{r, r})
		} else if folded.has(r) {
			less = append(less, span{r, r})
		}
	}
	left := mergeSpans(append(folded.complement(), less...)).complement()
	return mergeSpans(append(left, more...))
}

// loweredFrom are the characters whose capital letter lies in a range.
func (d *caseData) loweredFrom(s span) (lowered spans) {
	for r, capital := range d.upper {
		if s.lo <= capital && capital <= s.hi {
			lowered = append(lowered, span{r, r})
		}
	}
	return lowered
}
