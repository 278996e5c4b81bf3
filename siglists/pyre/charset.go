package pyre

import (
	"fmt"
	"sync"
)

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

func (s spans) overlap(t span) bool {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if t.lo > s[mid].hi {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(s) && s[lo].lo <= t.hi
}

// classTest is a class such as \w, or its complement.
type classTest struct {
	spans
	negate bool
}

// charset decides on single characters.
type charset struct {
	fold   fold
	negate bool
	// listed are the characters as written; under folding a character counts
	// when its folded form is that of a listed one, or equivalent to that.
	listed spans
	// tail and tailUpper are, under folding, the characters and ranges beyond
	// the basic plane. Python compares them with the folded character as they
	// are, and ranges with its upper case too, so that a capital letter alone
	// in a set of several matches nothing.
	tail, tailUpper spans
	classes         []classTest
	ascii           [128]bool // the answers
}

const maxBasic = 0xFFFF

func (c *charset) has(r rune) bool {
	if uint32(r) < 128 {
		return c.ascii[r]
	}
	return c.decide(r)
}

// decide answers without the table of ASCII answers.
func (c *charset) decide(r rune) bool {
	folded := c.fold.apply(r)
	return (c.hasListed(folded) || c.hasTail(folded) || c.hasClass(folded)) != c.negate
}

func (c *charset) hasClass(r rune) bool {
	for _, t := range c.classes {
		if t.has(r) != t.negate {
			return true
		}
	}
	return false
}

func (c *charset) hasTail(folded rune) bool {
	return c.tail.has(folded) || len(c.tailUpper) > 0 &&
		(c.tailUpper.has(folded) || c.tailUpper.has(casing().toUpper(folded)))
}

func (c *charset) hasListed(folded rune) bool {
	if len(c.listed) == 0 {
		return false
	}
	if c.listed.has(folded) {
		return true
	}
	switch c.fold {
	case foldASCII:
		return 'a' <= folded && folded <= 'z' && c.listed.has(folded-'a'+'A')
	case foldUnicode:
		if c.listsLowered(folded) {
			return true
		}
		for _, r := range casing().equivalents[folded] {
			if c.listed.has(r) || c.listsLowered(r) {
				return true
			}
		}
	}
	return false
}

// listsLowered tells whether a character is listed that lowers to r.
func (c *charset) listsLowered(r rune) bool {
	for _, other := range casing().lowersTo[r] {
		if c.listed.has(other) {
			return true
		}
	}
	return false
}

// charsetPool makes charsets, each kind once.
type charsetPool struct {
	singles map[singleKey]*charset
	sets    map[string]*charset
}

type singleKey struct {
	r      rune
	negate bool
	fold   fold
}

func newCharsetPool() *charsetPool {
	return &charsetPool{singles: map[singleKey]*charset{}, sets: map[string]*charset{}}
}

// finish completes a charset once its fields are set.
func (c *charset) finish() *charset {
	c.listed, c.tail, c.tailUpper = mergeSpans(c.listed), mergeSpans(c.tail), mergeSpans(c.tailUpper)
	for r := range c.ascii {
		c.ascii[r] = c.decide(rune(r))
	}
	return c
}

// any is the dot.
func (pool *charsetPool) any(flags Flags) *charset {
	if flags&DotAll != 0 {
		return pool.set(nil, true, 0, nil)
	}
	return pool.single('\n', true, 0)
}

// single is one character, or all but one.
func (pool *charsetPool) single(r rune, negate bool, flags Flags) *charset {
	if 0 <= r && r < 128 && !negate && flags&IgnoreCase == 0 {
		return &asciiSingles()[r]
	}
	key := singleKey{r, negate, foldNone}
	if f := foldOf(flags); f.cased(span{r, r}) {
		key.fold = f
	}
	c := pool.singles[key]
	if c == nil {
		c = (&charset{negate: negate, fold: key.fold, listed: spans{{r, r}}}).finish()
		pool.singles[key] = c
	}
	return c
}

// asciiSingles are those of one ASCII character each, which most are.
var asciiSingles = sync.OnceValue(func() *[128]charset {
	var all [128]charset
	listed := make(spans, len(all))
	for i := range all {
		listed[i] = span{rune(i), rune(i)}
		all[i].listed, all[i].ascii[i] = listed[i:i+1:i+1], true
	}
	return &all
})

// set is a set as written. Folding counts if it matters for any item or if an
// item lies beyond the basic plane; whole has the items that this is decided by.
func (pool *charsetPool) set(items []SetItem, negate bool, flags Flags, whole []SetItem) *charset {
	c := &charset{negate: negate}
	for _, item := range whole {
		f := foldOf(flags)
		if item.Class == 0 && f != foldNone && (item.Hi > maxBasic || f.cased(span{item.Lo, item.Hi})) {
			c.fold = f
			break
		}
	}
	key := fmt.Sprint(items, negate, c.fold, flags&Unicode) // all that it depends on
	if old := pool.sets[key]; old != nil {
		return old
	}
	for _, item := range items {
		c.addItem(item, flags)
	}
	pool.sets[key] = c.finish()
	return c
}

func (c *charset) addItem(item SetItem, flags Flags) {
	s := span{item.Lo, item.Hi}
	switch {
	case item.Class != 0:
		c.classes = append(c.classes, classOf(item.Class, flags))
		return
	case c.fold == foldNone || s.hi <= maxBasic:
		c.listed = append(c.listed, s)
		return
	case item.Range:
		c.tailUpper = append(c.tailUpper, s)
	default:
		c.tail = append(c.tail, s)
	}
	if s.lo <= maxBasic {
		c.listed = append(c.listed, span{s.lo, maxBasic})
	}
}

func classOf(letter byte, flags Flags) classTest {
	d := chars()
	by := map[byte]spans{'d': d.digit, 's': d.space, 'w': d.word}
	if flags&Unicode == 0 {
		by = map[byte]spans{'d': asciiDigit, 's': asciiSpace, 'w': asciiWord}
	}
	lower := letter | 0x20 // capital letters stand for the complements
	return classTest{by[lower], letter != lower}
}
