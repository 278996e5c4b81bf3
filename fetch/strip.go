package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// ErrDocument is wrapped by the errors for a text that is not one whole JSON object.
var ErrDocument = errors.New("not a whole JSON object")

// StripProcessed returns a processed crash with only the members that the service shows to everybody, at every level; a token with more permissions brings
// e-mail addresses, comments, URLs, registers and the like along, which must not be kept. What is kept keeps its bytes, so that numbers are not written anew.
// The error wraps [ErrDocument].
func StripProcessed(doc []byte) ([]byte, error) {
	out, _, err := strip(doc, publicProcessed())
	return out, err
}

// StripRaw is [StripProcessed] for a raw crash.
func StripRaw(doc []byte) ([]byte, error) {
	out, _, err := strip(doc, publicRaw())
	return out, err
}

// A shape is what may be kept of a value: of an object the named members, each in its shape. Scalars are always kept, of arrays every item in the array's shape.
type shape struct {
	members map[string]*shape
	others  *shape // of members with any other name; nil when they are dropped

	asObject *shape // of an object in place of an array of objects; nil: as of one of those. Only a cutter looks at it
	filled   bool   // an object that isn't empty must not become so. Only a cutter looks at it
}

func (s *shape) member(name []byte) *shape {
	if m, ok := s.members[string(name)]; ok {
		return m
	}
	return s.others
}

var (
	publicProcessed = sync.OnceValue(func() *shape { return parseShape(processedFields) })
	publicRaw       = sync.OnceValue(func() *shape { return parseShape(rawFields) })
)

// parseShape reads a table of names: `name` is a member, `name { ... }` one with members of its own, `*` stands for any name.
func parseShape(table string) *shape {
	root := &shape{members: map[string]*shape{}}
	open := []*shape{root}
	last := root
	for _, word := range strings.Fields(table) {
		top := open[len(open)-1]
		switch word {
		case "{":
			open = append(open, last)
		case "}":
			open = open[:len(open)-1]
		case "*":
			top.others = &shape{members: map[string]*shape{}}
			last = top.others
		default:
			last = &shape{members: map[string]*shape{}}
			top.members[word] = last
		}
	}
	return root
}

// strip copies what allowed allows, and finds out which crash the document says that it is of.
func strip(doc []byte, allowed *shape) (out []byte, id string, err error) {
	if err := checkObject(doc); err != nil {
		return nil, "", err
	}
	s := stripper{in: doc, out: make([]byte, 0, len(doc))}
	s.value(allowed)
	if s.id != nil && json.Unmarshal(s.id, &id) != nil {
		id = string(s.id)
	}
	if len(s.out) < len(doc)/4*3 {
		return bytes.Clone(s.out), id, nil
	}
	return s.out, id, nil
}

// checkObject makes sure of one whole JSON object, which is what the stripper relies on. What nests deeper than encoding/json's 10,000 levels is none.
func checkObject(doc []byte) error {
	text := bytes.TrimLeft(doc, " \t\r\n")
	if len(text) == 0 || text[0] != '{' {
		return fmt.Errorf("%w: it does not start with {", ErrDocument)
	}
	if !json.Valid(doc) {
		return fmt.Errorf("%w: it is cut short or malformed", ErrDocument)
	}
	return nil
}

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

// A stripper copies the allowed part of valid JSON.
type stripper struct {
	in, out []byte
	at      int
	depth   int
	id      []byte // the value of the document's own uuid, else of its crash_id, as written
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func (s *stripper) space() {
	for s.at < len(s.in) && isSpace(s.in[s.at]) {
		s.at++
	}
}

// value copies the value at hand; a nil shape drops it.
func (s *stripper) value(allowed *shape) {
	s.space()
	switch s.in[s.at] {
	case '{':
		s.object(allowed)
	case '[':
		s.array(allowed)
	default:
		start := s.at
		s.skipScalar()
		if allowed != nil {
			s.out = append(s.out, s.in[start:s.at]...)
		}
	}
}

func (s *stripper) skipScalar() {
	if s.in[s.at] == '"' {
		s.at = stringEnd(s.in, s.at)
		return
	}
	for s.at < len(s.in) && s.in[s.at] != ',' && s.in[s.at] != '}' && s.in[s.at] != ']' && !isSpace(s.in[s.at]) {
		s.at++
	}
}

func (s *stripper) object(allowed *shape) {
	s.mark(allowed, '{')
	s.depth++
	first := true
	for s.space(); s.in[s.at] != '}'; s.space() {
		quoted := s.name()
		var inner *shape
		if allowed != nil {
			inner = allowed.member(unquoted(quoted))
		}
		if inner != nil {
			s.comma(first)
			first = false
			s.out = append(append(s.out, quoted...), ':')
		}
		start := s.at
		s.value(inner)
		s.note(quoted, start)
		s.skipComma()
	}
	s.depth--
	s.mark(allowed, '}')
}

// name passes a member's name and what stands between it and the value.
func (s *stripper) name() (quoted []byte) {
	start := s.at
	s.at = stringEnd(s.in, s.at)
	quoted = s.in[start:s.at]
	s.space()
	s.at++ // the colon
	s.space()
	return quoted
}

// note keeps which crash the document says that it is of.
func (s *stripper) note(quoted []byte, start int) {
	if s.depth != 1 {
		return
	}
	switch name := string(unquoted(quoted)); {
	case name == "uuid", name == "crash_id" && s.id == nil:
		s.id = s.in[start:s.at]
	}
}

func (s *stripper) array(allowed *shape) {
	s.mark(allowed, '[')
	first := true
	for s.space(); s.in[s.at] != ']'; s.space() {
		if allowed != nil {
			s.comma(first)
		}
		first = false
		s.value(allowed)
		s.skipComma()
	}
	s.mark(allowed, ']')
}

// mark passes a bracket, and copies it when its value is kept.
func (s *stripper) mark(allowed *shape, b byte) {
	s.at++
	if allowed != nil {
		s.out = append(s.out, b)
	}
}

func (s *stripper) comma(first bool) {
	if !first {
		s.out = append(s.out, ',')
	}
}

func (s *stripper) skipComma() {
	if s.space(); s.in[s.at] == ',' {
		s.at++
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
