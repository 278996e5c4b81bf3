package pyjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Reader reads a document of JSON as Python would: of members with one name the last counts, and a lone
// surrogate is a character.
type Reader interface {
	// Kind is the first byte of the next value, where it is one of { [ and ".
	Kind() byte
	// Members reads an object; visit must read the value of the member it is called for, and not keep name.
	Members(visit func(name []byte) error) error
	// Elements reads an array; visit must read one element.
	Elements(visit func() error) error
	// Value reads any value.
	Value() (Value, error)
	// Skip passes over any value.
	Skip() error
	// Offset is where what was read ends.
	Offset() int
	// End fails where the document goes on.
	End() error
}

// decoder is the reader of every document, which finds out what is wrong with it, too.
type decoder struct {
	*jsontext.Decoder
	doc []byte // which may hold NaN and the like, where the decoder sees other numbers
}

func NewDecoder(doc []byte) decoder {
	in := bytes.NewBuffer(Strict(doc))
	return decoder{jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), doc}
}

func (d decoder) Kind() byte { return byte(d.PeekKind()) }

func (d decoder) Members(visit func(name []byte) error) error {
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

func (d decoder) Elements(visit func() error) error {
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

func (d decoder) Skip() error { return d.SkipValue() }

func (d decoder) Offset() int { return int(d.InputOffset()) }

func (d decoder) End() error {
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

func (d decoder) Value() (Value, error) {
	switch d.PeekKind() {
	case '{', '[', '0':
		raw, err := d.ReadValue()
		if err != nil {
			return Value{}, err
		}
		end := d.Offset()
		return Parse(string(d.doc[end-len(raw) : end]))
	}
	token, err := d.ReadToken()
	if err != nil {
		return Value{}, err
	}
	switch token.Kind() {
	case '"':
		return Str(token.String()), nil
	case 't':
		return Value{Kind: kindTrue}, nil
	case 'f':
		return Value{Kind: kindFalse}, nil
	}
	return Value{}, nil
}

// RawAt is the value between two offsets, without the separator that may stand in front of it.
func RawAt(doc []byte, start, end int) []byte { return bytes.TrimLeft(doc[start:end], ",: \t\r\n") }

// IfObject reads the members of an object and skips any other value.
func IfObject(in Reader, visit func(name []byte) error) error {
	if in.Kind() != '{' {
		return in.Skip()
	}
	return in.Members(visit)
}

func ReadInto(in Reader, v *Value) error {
	read, err := in.Value()
	*v = read
	return err
}

// Raw is the next value as it stands there.
func (d decoder) Raw() (json.RawMessage, error) {
	start := d.Offset()
	err := d.Skip()
	return RawAt(d.doc, start, d.Offset()), err
}
