package pyre

import (
	"fmt"
	"slices"
	"sync"
)

// charset decides on single characters.
type charset struct {
	parts  []spans // a character of any of them; those of classes such as \w, which are large, are shared
	negate bool
	ascii  [128]bool // the answers
}

const maxBasic = 0xFFFF

func newCharset(parts []spans, negate bool) *charset {
	c := &charset{parts: parts, negate: negate}
	for r := range c.ascii {
		c.ascii[r] = c.decide(rune(r))
	}
	return c
}

func (c *charset) has(r rune) bool {
	if uint32(r) < 128 {
		return c.ascii[r]
	}
	return c.decide(r)
}

// decide answers without the table of ASCII answers.
func (c *charset) decide(r rune) bool {
	return slices.ContainsFunc(c.parts, func(part spans) bool { return part.has(r) }) != c.negate
}

// expand gives all characters that the set has.
func (c *charset) expand() spans {
	all := mergeSpans(slices.Concat(c.parts...))
	if c.negate {
		all = all.complement()
	}
	return all
}

// charsetPool makes charsets, each kind once.
type charsetPool map[string]*charset

// of is what a node matches that stands for one character.
func (pool charsetPool) of(n *Node) *charset {
	// Most of a list is such characters, and each pattern would make them anew.
	if n.Op == OpLiteral && n.Rune < 128 && n.flags&IgnoreCase == 0 {
		return asciiSingles()[n.Rune]
	}
	items, negate, flags := n.items(), n.Negate, n.flags
	if n.Op == OpAny {
		if negate = true; flags&DotAll == 0 {
			items = []SetItem{{Lo: '\n', Hi: '\n'}}
		}
	}
	// Python treats one character, or all but one, apart from sets.
	single := len(items) == 1 && items[0].Class == 0 && !items[0].Range && flags&foldsAll == 0
	fold := foldingOf(flags)
	if single && !fold.changes(span{items[0].Lo, items[0].Lo}) || !folds(items, flags) {
		fold = nil
	}
	key := fmt.Sprint(items, negate, single, fold != nil, flags&Unicode) // all that it depends on
	if pool[key] == nil {
		parts := []spans{fold.closure(items, single)}
		for _, item := range items {
			if item.Class != 0 { // folding brings no character into a class, or out of it
				parts = append(parts, classes()[class{item.Class, flags&Unicode == 0}])
			}
		}
		pool[key] = newCharset(parts, negate)
	}
	return pool[key]
}

// asciiSingles are those of one ASCII character each. All are behind one pointer: the array would be copied at each call.
var asciiSingles = sync.OnceValue(func() *[128]*charset {
	var all [128]*charset
	for r := range all {
		all[r] = newCharset([]spans{{{rune(r), rune(r)}}}, false)
	}
	return &all
})

// class is a letter such as that of \w, which may be of ASCII alone.
type class struct {
	letter byte
	ascii  bool
}

// classes are what classes have. Capital letters stand for the complements.
var classes = sync.OnceValue(func() map[class]spans {
	all, d := map[class]spans{}, chars()
	for of, has := range map[class]spans{
		{'d', false}: d.digit, {'s', false}: d.space, {'w', false}: d.word,
		{'d', true}: asciiDigit, {'s', true}: asciiSpace, {'w', true}: asciiWord,
	} {
		all[of], all[class{of.letter - 'a' + 'A', of.ascii}] = has, has.complement()
	}
	return all
})
