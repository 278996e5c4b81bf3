package engine

import (
	"github.com/go-json-experiment/json/jsontext"
)

// members reads an object; visit must read the value of the member it is called for.
func members(dec *jsontext.Decoder, visit func(name string) error) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := visit(name.String()); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// elements reads an array; visit must read one element.
func elements(dec *jsontext.Decoder, visit func() error) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		if dec.PeekKind() == 0 {
			_, err := dec.ReadToken()
			return err
		}
		if err := visit(); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// ifObject reads the members of an object and skips any other value.
func ifObject(dec *jsontext.Decoder, visit func(name string) error) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	return members(dec, visit)
}

func readInto(dec *jsontext.Decoder, v *value) error {
	read, err := readValue(dec)
	*v = read
	return err
}

// readValue reads any JSON value.
func readValue(dec *jsontext.Decoder) (value, error) {
	switch dec.PeekKind() {
	case '{', '[', '0':
		raw, err := dec.ReadValue()
		if err != nil {
			return value{}, err
		}
		return parseJSON(string(raw))
	}
	token, err := dec.ReadToken()
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
