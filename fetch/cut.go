package fetch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// cut drops what isn't allowed, and finds out which crash the document says that it is of.
func cut(doc []byte, allowed *fields) (out []byte, id string, err error) {
	start := pyjson.PassSpace(doc, 0)
	if !bytes.HasPrefix(doc[start:], []byte("{")) {
		return nil, "", fmt.Errorf("%w: it does not start with {", errDocument)
	}
	c := cutter{in: doc}
	end := c.object(start, allowed)
	if end == pyjson.NotJSON || pyjson.PassSpace(doc, end) < len(doc) {
		return nil, "", fmt.Errorf("%w: it is cut short or malformed", errDocument)
	}
	// An id that is no text is none of a crash, and is shown as it stands there.
	if json.Unmarshal(c.id, &id) != nil {
		id = string(c.id)
	}
	return c.rest(), id, nil
}

// A cutter finds the parts of a document that are not allowed.
type cutter struct {
	in    []byte
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
func (c *cutter) rest() []byte {
	if len(c.gone) == 0 {
		return c.in
	}
	size := len(c.in)
	for _, g := range c.gone {
		size += len(g.put) - (g.end - g.start)
	}
	kept, from := make([]byte, 0, size), 0
	for _, g := range c.gone {
		kept = append(append(kept, c.in[from:g.start]...), g.put...)
		from = g.end
	}
	return append(kept, c.in[from:]...)
}

// value passes the value that begins at i, and returns the index after it or [pyjson.NotJSON], as all of these do.
func (c *cutter) value(i int, allowed *fields) int {
	if allowed.asObject != nil && bytes.HasPrefix(c.in[i:], []byte("{")) {
		return c.item(i, allowed.asObject)
	}
	return c.item(i, allowed)
}

// item is value for an element of an array.
func (c *cutter) item(i int, allowed *fields) (end int) {
	if allowed == whole || i == len(c.in) || c.in[i] != '{' && c.in[i] != '[' || c.depth == pyjson.MaxPassed {
		return pyjson.PassValue(c.in, i, c.depth)
	}
	c.depth++
	if c.in[i] == '{' {
		end = c.object(i, allowed)
	} else {
		end = c.list(i, allowed)
	}
	c.depth--
	return end
}

func (c *cutter) list(i int, allowed *fields) int {
	i, more := pyjson.PassOpen(c.in, i, ']')
	for more {
		i, more = pyjson.PassComma(c.in, c.item(i, allowed), ']')
	}
	return i
}

func (c *cutter) object(i int, allowed *fields) int {
	begin := i + 1
	kept, dropping := begin, false // kept is where the last member that stays ends
	i, more := pyjson.PassOpen(c.in, i, '}')
	for more {
		start := i
		nameEnd, value := pyjson.PassName(c.in, i)
		if value == pyjson.NotJSON {
			return pyjson.NotJSON
		}
		name := c.in[i+1 : nameEnd-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			name = pyjson.Unquoted(c.in[i:nameEnd])
		}
		inner := allowed.members[string(name)]
		if inner == nil {
			inner = allowed.others
		}
		// With the comma and the space behind it, so that what is in front of the next member stays as it was.
		if dropping = inner == nil; dropping {
			i, more = pyjson.PassComma(c.in, pyjson.PassValue(c.in, value, c.depth), '}')
			c.gone = append(c.gone, place{start: start, end: i})
			continue
		}
		end := c.value(value, inner)
		if c.depth == 0 && end != pyjson.NotJSON {
			c.note(name, c.in[value:end])
		}
		kept = end
		i, more = pyjson.PassComma(c.in, end, '}')
	}
	if dropping { // with the comma in front of it
		first, _ := slices.BinarySearchFunc(c.gone, kept, func(g place, at int) int { return g.start - at })
		put := ""
		if allowed.filled && kept == begin {
			put = `"":null`
		}
		c.gone = append(c.gone[:first], place{kept, i - 1, put})
	}
	return i
}

// note keeps which crash the document says that it is of.
func (c *cutter) note(name, value []byte) {
	switch {
	case string(name) == "uuid", string(name) == "crash_id" && c.id == nil:
		c.id = value
	}
}
