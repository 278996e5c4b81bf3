package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sigdiff/sigdiff/pyjson"
)

// reader reads a document of JSON as Python would: of members with one name the last counts, and a lone
// surrogate is a character.
type reader interface {
	// kind is the first byte of the next value, where it is one of { [ and ".
	kind() byte
	// members reads an object; visit must read the value of the member it is called for, and not keep name.
	members(visit func(name []byte) error) error
	// elements reads an array; visit must read one element.
	elements(visit func() error) error
	// value reads any value.
	value() (value, error)
	// skip passes over any value.
	skip() error
	// offset is where what was read ends.
	offset() int
	// end fails where the document goes on.
	end() error
}

// decoder is the reader of every document, which finds out what is wrong with it, too.
type decoder struct {
	*jsontext.Decoder
	doc []byte // which may hold NaN and the like, where the decoder sees other numbers
}

func newDecoder(doc []byte) decoder {
	in := bytes.NewBuffer(pyjson.Strict(doc))
	return decoder{jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), doc}
}

func (d decoder) kind() byte { return byte(d.PeekKind()) }

func (d decoder) members(visit func(name []byte) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := visit([]byte(name.String())); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (d decoder) elements(visit func() error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		if d.PeekKind() == 0 {
			_, err := d.ReadToken()
			return err
		}
		if err := visit(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (d decoder) skip() error { return d.SkipValue() }

func (d decoder) offset() int { return int(d.InputOffset()) }

func (d decoder) end() error {
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

func (d decoder) value() (value, error) {
	switch d.PeekKind() {
	case '{', '[', '0':
		raw, err := d.ReadValue()
		if err != nil {
			return value{}, err
		}
		end := d.offset()
		return parseJSON(string(d.doc[end-len(raw) : end]))
	}
	token, err := d.ReadToken()
	if err != nil {
		return value{}, err
	}
	switch token.Kind() {
	case '"':
		return strValue(token.String()), nil
	case 't':
		return value{kind: kindTrue}, nil
	case 'f':
		return value{kind: kindFalse}, nil
	}
	return value{}, nil
}

// rawAt is the value between two offsets, without the separator that may stand in front of it.
func rawAt(doc []byte, start, end int) []byte { return bytes.TrimLeft(doc[start:end], ",: \t\r\n") }

// ifObject reads the members of an object and skips any other value.
func ifObject(in reader, visit func(name []byte) error) error {
	if in.kind() != '{' {
		return in.skip()
	}
	return in.members(visit)
}

func readInto(in reader, v *value) error {
	read, err := in.value()
	*v = read
	return err
}

// raw is the next value as it stands there.
func (d decoder) raw() (json.RawMessage, error) {
	start := d.offset()
	err := d.skip()
	return rawAt(d.doc, start, d.offset()), err
}
