package pyjson

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// errNotPlain is a scanner's answer to all that it doesn't know to be JSON.
var errNotPlain = errors.New("not plain JSON")

// scanner is the reader of what is plain, as almost everything is. Where it fails a decoder must read the
// document again, and decides.
type scanner struct {
	doc   []byte
	at    int
	depth int // of the value that is read
}

func (s *scanner) Kind() byte {
	s.at = passSpace(s.doc, s.at)
	return byteAt(s.doc, s.at)
}

func (s *scanner) Skip() error {
	at := passValue(s.doc, passSpace(s.doc, s.at), 0)
	if at == notPlain {
		return errNotPlain
	}
	s.at = at
	return nil
}

func (s *scanner) Offset() int { return s.at }

func (s *scanner) End() error {
	if passSpace(s.doc, s.at) < len(s.doc) {
		return errNotPlain
	}
	return nil
}

func (s *scanner) Members(visit func(name []byte) error) error {
	s.at = passSpace(s.doc, s.at+1)
	if byteAt(s.doc, s.at) == '}' {
		s.at++
		return nil
	}
	for {
		name, value, err := plainName(s.doc, s.at)
		if err != nil {
			return err
		}
		s.at = value
		if err := visit(name); err != nil {
			return err
		}
		if more, err := s.more('}'); !more {
			return err
		}
	}
}

func (s *scanner) Elements(visit func() error) error {
	s.at = passSpace(s.doc, s.at+1)
	if byteAt(s.doc, s.at) == ']' {
		s.at++
		return nil
	}
	for {
		if err := visit(); err != nil {
			return err
		}
		if more, err := s.more(']'); !more {
			return err
		}
	}
}

// more passes what comes after an element, and tells whether that is another.
func (s *scanner) more(last byte) (bool, error) {
	next, more := passComma(s.doc, s.at, last)
	if next == notPlain {
		return false, errNotPlain
	}
	s.at = next
	return more, nil
}

func (s *scanner) Value() (Value, error) {
	switch s.Kind() {
	case '[':
		return s.nested(s.list)
	case '{':
		return s.nested(s.dict)
	}
	start := s.at
	if err := s.Skip(); err != nil {
		return Value{}, err
	}
	return plainScalar(s.doc[start:s.at])
}

// nested keeps count of how deep what read reads is nested.
func (s *scanner) nested(read func() (Value, error)) (Value, error) {
	if s.depth++; s.depth > maxPlainDepth {
		return Value{}, errNotPlain
	}
	v, err := read()
	s.depth--
	return v, err
}

func (s *scanner) list() (Value, error) {
	v := Value{Kind: KindList}
	err := s.Elements(func() error {
		item, err := s.Value()
		v.Append(item)
		return err
	})
	return v, err
}

// maxPlainKeys is how many members a dict may have, as each is looked for among those before it.
const maxPlainKeys = 100

func (s *scanner) dict() (Value, error) {
	v := Value{Kind: KindDict}
	err := s.Members(func(name []byte) error {
		item, err := s.Value()
		for i, key := range v.Keys() {
			if key == string(name) {
				v.Items()[i] = item
				return err
			}
		}
		if len(v.Keys()) == maxPlainKeys {
			return errNotPlain
		}
		v.Put(string(name), item)
		return err
	})
	return v, err
}

// plainScalar reads a value that has been passed.
func plainScalar(raw []byte) (Value, error) {
	switch raw[0] {
	case '"':
		return Str(string(plainString(raw))), nil
	case 'n':
		return Value{}, nil
	case 't':
		return Value{Kind: kindTrue}, nil
	case 'f':
		return Value{Kind: kindFalse}, nil
	}
	return numberValue(string(raw), bytes.ContainsAny(raw, ".eE"))
}

// plainName reads a member's name, and tells where its value is.
func plainName(doc []byte, i int) (name []byte, value int, err error) {
	end, value := passName(doc, i)
	if value == notPlain {
		return nil, 0, errNotPlain
	}
	return plainString(doc[i:end]), value, nil
}

// plainString is the text of a string that has been passed.
func plainString(quoted []byte) []byte {
	if inner := quoted[1 : len(quoted)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // the error is that of a lone surrogate, which becomes U+FFFD
	return text
}

// NewScanner reads a document, or a value of it.
func NewScanner(doc []byte) *scanner { return &scanner{doc: doc} }
