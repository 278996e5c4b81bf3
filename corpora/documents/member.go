package documents

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// Member is the value of a member of a JSON object, as it stands there; the last one, if the name
// occurs more than once.
func Member(doc []byte, name string) (value []byte, ok bool) {
	doc = pyjson.Text(doc)
	dec := newDecoder(doc)
	if dec.PeekKind() != '{' {
		return nil, false
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, false
	}
	for dec.PeekKind() == '"' {
		key, err := dec.ReadToken()
		if err != nil {
			return nil, false
		}
		wanted := key.String() == name
		raw, err := dec.ReadValue()
		if err != nil {
			return nil, false
		}
		if wanted {
			end := int(dec.InputOffset())
			value, ok = doc[end-len(raw):end], true
		}
	}
	return value, ok
}

func newDecoder(doc []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(pyjson.Strict(doc)), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// CheckObject fails for a document that is not one whole JSON object, or what Python takes for one.
func CheckObject(doc []byte) error {
	dec := newDecoder(pyjson.Text(doc))
	kind := dec.PeekKind()
	if err := dec.SkipValue(); err != nil {
		return err
	}
	if kind != '{' {
		return errors.New("not a JSON object")
	}
	if dec.PeekKind() != 0 {
		return errors.New("more than one JSON value")
	}
	return nil
}
