package lint

import (
	"slices"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// classes is which of \w, \d and \s a character belongs to.
type classes uint8

const (
	isWord classes = 1 << iota
	isDigit
	isSpace
)

// symbol stands for the characters that no pattern at hand tells apart: an ASCII character, or, beyond,
// those of a stretch of characters that share their classes. A stretch is tried with every combination of
// classes there is in Unicode, whether or not it has such a character; this can only hide an inclusion,
// not make one up.
type symbol struct {
	r       rune // the first of its stretch
	classes classes
}

func classesOf(r rune) classes {
	var c classes
	switch {
	case '0' <= r && r <= '9':
		return isWord | isDigit
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '_':
		c = isWord
	case r == ' ', '\t' <= r && r <= '\r', 0x1c <= r && r <= 0x1f:
		c = isSpace
	}
	return c
}

// charset is what a node matches that takes one character.
type charset struct {
	negate bool
	items  []pyre.SetItem
}

func setOf(n *pyre.Node) charset {
	switch n.Op {
	case pyre.OpAny:
		return charset{negate: true, items: []pyre.SetItem{{Lo: '\n', Hi: '\n'}}}
	case pyre.OpSet:
		return charset{negate: n.Set.Negate, items: n.Set.Items}
	}
	return charset{items: []pyre.SetItem{{Lo: n.Rune, Hi: n.Rune}}}
}

func (c charset) has(s symbol) bool {
	for _, item := range c.items {
		if itemHas(item, s) {
			return !c.negate
		}
	}
	return c.negate
}

func itemHas(item pyre.SetItem, s symbol) bool {
	switch item.Class {
	case 0:
		return item.Lo <= s.r && s.r <= item.Hi
	case 'w', 'W':
		return (s.classes&isWord != 0) == (item.Class == 'w')
	case 'd', 'D':
		return (s.classes&isDigit != 0) == (item.Class == 'd')
	}
	return (s.classes&isSpace != 0) == (item.Class == 's')
}

// symbolsOf are the symbols that the given automata need.
func symbolsOf(automata ...*nfa) []symbol {
	var symbols []symbol
	for r := rune(0); r < 128; r++ {
		symbols = append(symbols, symbol{r, classesOf(r)})
	}
	starts := []rune{128}
	for _, a := range automata {
		for _, in := range a.code {
			for _, item := range in.set.items {
				starts = append(starts, item.Lo, item.Hi+1)
			}
		}
	}
	slices.Sort(starts)
	for _, r := range slices.Compact(starts) {
		if r < 128 {
			continue
		}
		for _, c := range []classes{0, isWord, isWord | isDigit, isSpace} {
			symbols = append(symbols, symbol{r, c})
		}
	}
	return symbols
}
