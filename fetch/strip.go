package fetch

import (
	"errors"
	"strings"
	"sync"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

var errDocument = errors.New("not a whole JSON object")

// Strip returns a processed crash, or a raw one, with only the members that the service shows to everybody, at
// every level; a token with more permissions brings e-mail addresses, comments, URLs, registers and the like
// along, which must not be kept. What is kept keeps its bytes, and the space around it; a document without
// anything to drop is returned as it is.
func Strip(doc []byte, raw bool) ([]byte, error) {
	out, _, err := cut(pyjson.Text(doc), public(raw))
	return out, err
}

// public is what everybody may see of a processed crash, or of a raw one.
func public(raw bool) *fields {
	if raw {
		return publicRaw()
	}
	return publicProcessed()
}

// fields are what may be kept of a value: of an object the named members, each with its fields. Scalars are always kept, of
// arrays every item with the array's fields.
type fields struct {
	members map[string]*fields
	others  *fields // of members with any other name; nil when they are dropped

	asObject *fields // of an object in place of an array of objects; nil: as of one of those
	filled   bool    // an object that isn't empty must not become so
}

// whole are the fields of what is kept whatever it is.
var whole = &fields{}

var publicRaw = sync.OnceValue(func() *fields { return parseTable(rawFields) })

var publicProcessed = sync.OnceValue(func() *fields {
	s := parseTable(processedFields)
	s.at("json_dump", "crashing_thread").keepNone()
	s.at("upload_file_minidump_browser").keepNone()
	threads := s.at("json_dump", "threads")
	threads.asObject = &fields{others: &fields{members: threads.members}}
	for _, list := range []*fields{
		s.at("json_dump", "threads", "frames"), s.at("json_dump", "threads", "frames", "inlines"), s.at("json_dump", "threads", "frames", "unloaded_modules"),
		s.at("java_exception", "exception", "values"), s.at("java_exception", "exception", "values", "stacktrace", "frames"),
	} {
		list.asObject = whole // the service never has one there; what would be made of it depends on every name in it
	}
	for _, object := range []*fields{s.at("java_exception"), s.at("java_exception", "exception", "values", "stacktrace")} {
		object.filled = true // an empty one counts as none at all
	}
	return s
})

func (s *fields) at(path ...string) *fields {
	for _, name := range path {
		s = s.members[name]
	}
	return s
}

// keepNone keeps nothing whole: no signature is made from it.
func (s *fields) keepNone() {
	for name, inner := range s.members {
		if inner == whole {
			s.members[name] = &fields{}
		}
		inner.keepNone()
	}
}

// parseTable reads a table of names: `name` is a member, `name!` one that is kept whole, `name { ... }` one
// with members of its own, `*` stands for any name.
func parseTable(table string) *fields {
	root := &fields{}
	// The innermost of the objects that are open is the last.
	open := []*fields{root}
	last := root
	for _, word := range strings.Fields(table) {
		top := open[len(open)-1]
		switch word {
		case "{":
			open = append(open, last)
		case "}":
			open = open[:len(open)-1]
		case "*":
			top.others = &fields{}
			last = top.others
		default:
			last = &fields{}
			if name, ok := strings.CutSuffix(word, "!"); ok {
				word, last = name, whole
			}
			if top.members == nil {
				top.members = map[string]*fields{}
			}
			top.members[word] = last
		}
	}
	return root
}
