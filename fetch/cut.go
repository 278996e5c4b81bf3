package fetch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// cut is strip for valid JSON. What stays is put into room, if there is enough of it.
func cut(doc, room []byte, allowed *shape) (out []byte, id string, err error) {
	c := cutter{in: doc}
	if c.space(); c.at == len(doc) || doc[c.at] != '{' {
		return nil, "", fmt.Errorf("%w: it does not start with {", ErrDocument)
	}
	c.object(allowed)
	if c.id != nil && json.Unmarshal(c.id, &id) != nil {
		id = string(c.id)
	}
	return c.rest(room), id, nil
}

// A cutter finds the places of valid JSON that are not allowed.
type cutter struct {
	in    []byte
	at    int
	depth int
	gone  []place // in order, apart from each other
	id    []byte  // the value of the document's own uuid, else of its crash_id, as written
}

// A place is a part of a document that goes, and what comes there.
type place struct {
	start, end int
	put        string
}

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

func (c *cutter) value(allowed *shape) {
	if c.space(); allowed == whole {
		c.skipValue()
		return
	}
	switch c.in[c.at] {
	case '{':
		if allowed.asObject != nil {
			allowed = allowed.asObject
		}
		c.object(allowed)
	case '[':
		c.at++
		for c.space(); c.in[c.at] != ']'; c.space() {
			if c.in[c.at] == '{' {
				c.object(allowed)
			} else {
				c.value(allowed)
			}
			c.skipComma()
		}
		c.at++
	default:
		c.skipScalar()
	}
}

func (c *cutter) object(allowed *shape) {
	if allowed == whole {
		c.skipValue()
		return
	}
	c.at++
	c.depth++
	begin := c.at
	kept, dropping := begin, false // kept is where the last member that stays ends
	for c.space(); c.in[c.at] != '}'; c.space() {
		start := c.at
		name := unquoted(c.name())
		inner := allowed.member(name)
		if dropping = inner == nil; dropping {
			c.skipValue()
			c.skipComma()
			c.space()
			c.gone = append(c.gone, place{start: start, end: c.at})
			continue
		}
		value := c.at
		c.value(inner)
		c.note(name, value)
		kept = c.at
		c.skipComma()
	}
	if dropping { // with the comma in front of it
		first, _ := slices.BinarySearchFunc(c.gone, kept, func(g place, at int) int { return g.start - at })
		put := ""
		if allowed.filled && kept == begin {
			put = `"":null`
		}
		c.gone = append(c.gone[:first], place{kept, c.at, put})
	}
	c.depth--
	c.at++
}

// note keeps which crash the document says that it is of.
func (c *cutter) note(name []byte, start int) {
	if c.depth != 1 {
		return
	}
	switch {
	case string(name) == "uuid", string(name) == "crash_id" && c.id == nil:
		c.id = c.in[start:c.at]
	}
}

// name passes a member's name and what stands between it and the value.
func (c *cutter) name() (quoted []byte) {
	start := c.at
	c.at = stringEnd(c.in, c.at)
	quoted = c.in[start:c.at]
	c.space()
	c.at++ // the colon
	c.space()
	return quoted
}

func (c *cutter) space() {
	for c.at < len(c.in) && isSpace(c.in[c.at]) {
		c.at++
	}
}

func (c *cutter) skipComma() {
	if c.space(); c.in[c.at] == ',' {
		c.at++
	}
}

func (c *cutter) skipScalar() {
	if c.in[c.at] == '"' {
		c.at = stringEnd(c.in, c.at)
		return
	}
	for c.at < len(c.in) && c.in[c.at] != ',' && c.in[c.at] != '}' && c.in[c.at] != ']' && !isSpace(c.in[c.at]) {
		c.at++
	}
}

// skipValue passes the value at hand, whatever is in it.
func (c *cutter) skipValue() {
	for depth := 0; ; {
		switch c.in[c.at] {
		case '{', '[':
			depth++
			c.at++
		case '}', ']':
			depth--
			c.at++
		case '"':
			c.at = stringEnd(c.in, c.at)
		default:
			if depth == 0 {
				c.skipScalar()
				return
			}
			c.at++
		}
		if depth == 0 {
			return
		}
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// stringEnd is the index after the string that starts at i.
func stringEnd(doc []byte, i int) int {
	for i++; ; i++ {
		n := bytes.IndexByte(doc[i:], '"')
		i += n
		slashes := 0
		for doc[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
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
