package fetch

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"sync"
)

// cut is strip for valid JSON. What stays is put into room, if there is enough of it.
func cut(doc, room []byte, allowed *shape) (out []byte, id string, err error) {
	start := spaceEnd(doc, 0)
	if start == len(doc) || doc[start] != '{' {
		return nil, "", fmt.Errorf("%w: it does not start with {", ErrDocument)
	}
	after := histories.Get().(*[]next)
	*after = slices.Grow((*after)[:0], allowed.places)[:allowed.places]
	c := cutter{in: doc, after: *after}
	c.object(start, allowed)
	if c.id != nil && json.Unmarshal(c.id, &id) != nil {
		id = string(c.id)
	}
	clear(*after)
	histories.Put(after)
	return c.rest(room), id, nil
}

// A cutter finds the places of valid JSON that are not allowed.
type cutter struct {
	in    []byte
	depth int
	gone  []place // in order, apart from each other
	after []next  // what came last after the member with a number
	id    []byte  // the value of the document's own uuid, else of its crash_id, as written
}

// A place is a part of a document that goes, and what comes there.
type place struct {
	start, end int
	put        string
}

// next is a member that came after another, and what is written up to its value.
type next struct {
	text   []byte
	member *namedShape
}

// histories are what cutters know of what comes after what, empty: as memory it is too much for each.
var histories = sync.Pool{New: func() any { return new([]next) }}

// rest is what stays.
func (c *cutter) rest(room []byte) []byte {
	if len(c.gone) == 0 {
		return c.in
	}
	size := len(c.in)
	for _, g := range c.gone {
		size += len(g.put) - (g.end - g.start)
	}
	if cap(room) < size {
		room = make([]byte, 0, size)
	}
	kept, from := room[:0], 0
	for _, g := range c.gone {
		kept = append(append(kept, c.in[from:g.start]...), g.put...)
		from = g.end
	}
	return append(kept, c.in[from:]...)
}

// value passes the value that begins at i, and returns the index after it, as all of these do.
func (c *cutter) value(i int, allowed *shape) int {
	if allowed == whole {
		return valueEnd(c.in, i)
	}
	switch c.in[i] {
	case '{':
		if allowed.asObject != nil {
			allowed = allowed.asObject
		}
		return c.object(i, allowed)
	case '[':
		return c.list(i, allowed)
	}
	return scalarEnd(c.in, i)
}

func (c *cutter) list(i int, allowed *shape) int {
	for i = spaceEnd(c.in, i+1); c.in[i] != ']'; i = commaEnd(c.in, i) {
		if c.in[i] == '{' {
			i = c.object(i, allowed)
		} else {
			i = c.value(i, allowed)
		}
	}
	return i + 1
}

func (c *cutter) object(i int, allowed *shape) int {
	if allowed == whole {
		return valueEnd(c.in, i)
	}
	c.depth++
	begin := i + 1
	kept, dropping := begin, false // kept is where the last member that stays ends
	before := allowed.first
	for i = spaceEnd(c.in, begin); c.in[i] != '}'; i = commaEnd(c.in, i) {
		start := i
		member, inner, value := c.member(i, allowed, before)
		if dropping = inner == nil; dropping {
			i = valueEnd(c.in, value)
			c.gone = append(c.gone, place{start: start, end: commaEnd(c.in, i)})
			continue
		}
		i = c.value(value, inner)
		kept = i
		if member != nil {
			before = member.number
			if c.depth == 1 {
				c.note(member.name, c.in[value:i])
			}
		}
	}
	if dropping { // with the comma in front of it
		first, _ := slices.BinarySearchFunc(c.gone, kept, func(g place, at int) int { return g.start - at })
		put := ""
		if allowed.filled && kept == begin {
			put = `"":null`
		}
		c.gone = append(c.gone[:first], place{kept, i, put})
	}
	c.depth--
	return i + 1
}

// member finds a member's shape, and where its value begins. As the objects of a list have much the same
// members it is mostly the one that came after the same member the last time. named is nil for a member that
// any name would do for.
func (c *cutter) member(i int, allowed *shape, before int) (named *namedShape, inner *shape, value int) {
	if likely := &c.after[before]; likely.member != nil && bytes.HasPrefix(c.in[i:], likely.text) {
		return likely.member, likely.member.shape, spaceEnd(c.in, i+len(likely.text))
	}
	end := stringEnd(c.in, i)
	value = spaceEnd(c.in, spaceEnd(c.in, end)+1) // after the colon
	if named = allowed.member(unquoted(c.in[i:end])); named == nil {
		return nil, allowed.others, value
	}
	c.after[before] = next{c.in[i:value], named}
	return named, named.shape, value
}

// note keeps which crash the document says that it is of.
func (c *cutter) note(name string, value []byte) {
	switch {
	case name == "uuid", name == "crash_id" && c.id == nil:
		c.id = value
	}
}

func isSpace(b byte) bool { return b <= ' ' && (b == ' ' || b == '\n' || b == '\t' || b == '\r') }

// spaceEnd is the index after the space that may begin at i.
func spaceEnd(doc []byte, i int) int {
	for i < len(doc) && isSpace(doc[i]) {
		i++
	}
	return i
}

// commaEnd is the index after what separates an element that ends at i from the next.
func commaEnd(doc []byte, i int) int {
	if i+2 < len(doc) && doc[i] == ',' && doc[i+1] == ' ' && doc[i+2] > ' ' {
		return i + 2
	}
	if i = spaceEnd(doc, i); doc[i] == ',' {
		i = spaceEnd(doc, i+1)
	}
	return i
}

func scalarEnd(doc []byte, i int) int {
	if doc[i] == '"' {
		return stringEnd(doc, i)
	}
	for i < len(doc) && !isSpace(doc[i]) && doc[i] != ',' && doc[i] != '}' && doc[i] != ']' {
		i++
	}
	return i
}

// valueEnd is the index after the value that begins at i, whatever is in it.
func valueEnd(doc []byte, i int) int {
	for depth := 0; ; {
		switch doc[i] {
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case '"':
			i = stringEnd(doc, i)
		case ' ', '\n', '\t', '\r', ',', ':':
			i++
			continue
		default:
			i = scalarEnd(doc, i)
		}
		if depth == 0 {
			return i
		}
	}
}

// Eight bytes are looked at as one number.
const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// stringEnd is the index after the string that begins at i.
func stringEnd(doc []byte, i int) int {
	for i++; i+8 <= len(doc); i += 8 {
		w := binary.LittleEndian.Uint64(doc[i:])
		quote, slash := w^'"'*eachByte, w^'\\'*eachByte
		// The high bit of a byte that is 0 comes out set, and maybe of others after the first of these.
		if found := ((quote-eachByte)&^quote | (slash-eachByte)&^slash) & highBits; found != 0 {
			if i += bits.TrailingZeros64(found) / 8; doc[i] == '"' {
				return i + 1
			}
			break
		}
	}
	for ; doc[i] != '"'; i++ {
		if doc[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquoted is the text of a JSON string; a name may be written with escapes.
func unquoted(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var name string
	if json.Unmarshal(quoted, &name) != nil {
		return inner
	}
	return []byte(name)
}
