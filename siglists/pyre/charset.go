package pyre

import (
	"fmt"
	"sync"
)

// charset decides on single characters.
type charset struct {
	spans
	ascii [128]bool // the answers
}

const maxBasic = 0xFFFF

func (c *charset) has(r rune) bool {
	if uint32(r) < 128 {
		return c.ascii[r]
	}
	return c.spans.has(r)
}

func newCharset(s spans) *charset {
	c := &charset{spans: s}
	for _, s := range s {
		for r := s.lo; r <= min(s.hi, 127); r++ {
			c.ascii[r] = true
		}
	}
	return c
}

// charsetPool makes charsets, each kind once.
type charsetPool map[string]*charset

// of is what a node matches that stands for one character.
func (pool charsetPool) of(n *Node) *charset {
	items, negate, flags := n.items(), n.Negate, n.flags
	if n.Op == OpAny {
		if negate = true; flags&DotAll == 0 {
			items = []SetItem{{Lo: '\n', Hi: '\n'}}
		}
	}
	// Python treats one character, or all but one, apart from sets.
	single := len(items) == 1 && items[0].Class == 0 && !items[0].Range && flags&foldsAll == 0
	fold := foldOf(flags)
	if single && !fold.cased(span{items[0].Lo, items[0].Lo}) || !folds(items, flags) {
		fold = foldNone
	}
	if single && !negate && fold == foldNone && items[0].Lo < 128 {
		return asciiSingles()[items[0].Lo]
	}
	key := fmt.Sprint(items, negate, single, fold, flags&Unicode) // all that it depends on
	if pool[key] == nil {
		chars := fold.closure(items, single, flags)
		if negate {
			chars = chars.complement()
		}
		pool[key] = newCharset(chars)
	}
	return pool[key]
}

// asciiSingles are those of one ASCII character each, which most are.
var asciiSingles = sync.OnceValue(func() (all [128]*charset) {
	for r := range all {
		all[r] = newCharset(spans{{rune(r), rune(r)}})
	}
	return all
})

// classOf are the characters of a class such as \w; capital letters stand for the complements.
func classOf(letter byte, flags Flags) spans {
	d := chars()
	by := map[byte]spans{'d': d.digit, 's': d.space, 'w': d.word}
	if flags&Unicode == 0 {
		by = map[byte]spans{'d': asciiDigit, 's': asciiSpace, 'w': asciiWord}
	}
	if class, ok := by[letter]; ok {
		return class
	}
	return by[letter|0x20].complement()
}
