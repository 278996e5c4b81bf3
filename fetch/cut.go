package fetch

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
)

// CutProcessed is [StripProcessed] for a document that a JSON parser has read to its end already, which saves checking it again: of others the result is
// undefined. What is kept keeps the space around it too, and a document without anything to drop is returned as it is. The error wraps [ErrDocument]: the
// document is no object.
func CutProcessed(doc []byte) ([]byte, error) { return cut(doc, cutProcessed()) }

// CutRaw is [CutProcessed] for a raw crash.
func CutRaw(doc []byte) ([]byte, error) { return cut(doc, publicRaw()) }

// The members that signatures are made from. Each is a text or a number, but in a document from somewhere else it can be anything, which then has its effect on
// the signature; so they are kept whatever they are.
const signatureFields = `
abort_message additional_minidumps async_shutdown_timeout hang ipc_channel_error ipc_message_name java_stack_trace
js_large_allocation_failure mdsw_status_string moz_crash_reason oom_allocation_size signature
json_dump {
	crash_info {
		crashing_thread type
	}
	system_info {
		os
	}
	threads {
		last_error_value
		frames {
			file function line module module_offset offset
			inlines {
				file function line
			}
			unloaded_modules {
				module
			}
		}
	}
}
java_exception {
	exception {
		values {
			stacktrace {
				module type
				frames {
					filename function in_app lineno module
				}
			}
		}
	}
}
`

var cutProcessed = sync.OnceValue(func() *shape {
	s := parseShape(processedFields)
	s.keepLeaves(parseShape(signatureFields))
	threads := s.at("json_dump", "threads")
	threads.asObject = &shape{others: &shape{members: threads.members}}
	for _, list := range []*shape{
		s.at("json_dump", "threads", "frames"), s.at("json_dump", "threads", "frames", "inlines"), s.at("json_dump", "threads", "frames", "unloaded_modules"),
		s.at("java_exception", "exception", "values"), s.at("java_exception", "exception", "values", "stacktrace", "frames"),
	} {
		list.asObject = whole // the service never has one there; what would be made of it depends on every name in it
	}
	s.at("java_exception").filled = true // an empty one counts as none at all
	return s
})

func (s *shape) at(path ...string) *shape {
	for _, name := range path {
		s = s.members[name]
	}
	return s
}

// keepLeaves keeps whole what is a leaf in of.
func (s *shape) keepLeaves(of *shape) {
	for name, inner := range of.members {
		if len(inner.members) == 0 {
			s.members[name] = whole
			continue
		}
		s.members[name].keepLeaves(inner)
	}
}

// whole is the shape of what is kept whatever it is.
var whole = &shape{}

func cut(doc []byte, allowed *shape) ([]byte, error) {
	c := cutter{stripper: stripper{in: doc}}
	if c.space(); c.at == len(doc) || doc[c.at] != '{' {
		return nil, fmt.Errorf("%w: it does not start with {", ErrDocument)
	}
	c.object(allowed)
	if len(c.gone) == 0 {
		return doc, nil
	}
	kept := make([]byte, 0, len(doc))
	from := 0
	for _, g := range c.gone {
		kept = append(append(kept, doc[from:g.start]...), g.put...)
		from = g.end
	}
	return append(kept, doc[from:]...), nil
}

// A cutter finds the places of valid JSON that are not allowed.
type cutter struct {
	stripper
	gone []place // in order, apart from each other
}

// A place is a part of a document that goes, and what comes there.
type place struct {
	start, end int
	put        string
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
	begin := c.at
	kept, dropping := begin, false // kept is where the last member that stays ends
	for c.space(); c.in[c.at] != '}'; c.space() {
		start := c.at
		inner := allowed.member(unquoted(c.name()))
		dropping = inner == nil
		if !dropping {
			c.value(inner)
			kept = c.at
			c.skipComma()
			continue
		}
		c.skipValue()
		c.skipComma()
		c.space()
		c.gone = append(c.gone, place{start: start, end: c.at})
	}
	if dropping { // with the comma in front of it
		first, _ := slices.BinarySearchFunc(c.gone, kept, func(g place, at int) int { return g.start - at })
		put := ""
		if allowed.filled && kept == begin {
			put = `"":null`
		}
		c.gone = append(c.gone[:first], place{kept, c.at, put})
	}
	c.at++
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
			c.at += max(bytes.IndexAny(c.in[c.at:], `{}[]"`), 1)
		}
		if depth == 0 {
			return
		}
	}
}
