package pyjson

import (
	"cmp"
	"errors"
	"strings"
)

// MaxDepth is how deep the arrays and objects of a Value may nest. Python gives up near its recursion limit of
// 1,000 with an error that no rule catches.
const MaxDepth = 990

// ErrDepth is the error over what nests deeper.
var ErrDepth = errors.New("maximum recursion depth exceeded while decoding a JSON document")

// Reader reads a document as Python's json module does: NaN and Infinity are numbers, of several members with one
// name the last counts, and a lone surrogate is a character, for which U+FFFD stands. Its errors are Python's.
type Reader struct {
	doc   []byte
	at    int // where what is read next begins
	depth int // of the value that is made
}

// NewReader reads a document, as Text gives it, or a value of one.
func NewReader(doc []byte) *Reader { return &Reader{doc: doc, at: PassSpace(doc, 0)} }

// Parse is Python's json.loads(s).
func Parse(s string) (Value, error) {
	r := &Reader{doc: []byte(s)}
	// Of bytes, loads takes the mark off. Of a str it does not, and says so.
	if strings.HasPrefix(s, BOM) {
		return Value{}, r.fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0)
	}
	r.at = PassSpace(r.doc, 0)
	v, err := r.Value()
	if err != nil {
		return Value{}, err
	}
	return v, r.End()
}

// Check fails for what is not one whole JSON value.
func Check(doc []byte) error {
	r := NewReader(doc)
	return cmp.Or(r.Skip(), r.End())
}

// Kind is the first byte of the next value, or 0 where the document ends.
func (r *Reader) Kind() byte { return byteAt(r.doc, r.at) }

// Members reads an object; visit must read the value of the member it is called for, and not keep name.
func (r *Reader) Members(visit func(name []byte) error) error {
	var more bool
	for r.at, more = PassOpen(r.doc, r.at, '}'); more; {
		end, value := PassName(r.doc, r.at)
		if value == NotJSON {
			return r.noName(end)
		}
		name := Unquoted(r.doc[r.at:end])
		r.at = value
		err := visit(name)
		if more, err = r.more('}', err); err != nil {
			return err
		}
	}
	return nil
}

// Elements reads an array; visit must read one element.
func (r *Reader) Elements(visit func() error) error {
	var more bool
	for r.at, more = PassOpen(r.doc, r.at, ']'); more; {
		err := visit()
		if more, err = r.more(']', err); err != nil {
			return err
		}
	}
	return nil
}

// more passes what comes after an element, if that was read, and tells whether it is another.
func (r *Reader) more(last byte, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	next, more := PassComma(r.doc, r.at, last)
	if next == NotJSON {
		return false, r.fail("Expecting ',' delimiter", PassSpace(r.doc, r.at))
	}
	r.at = next
	return more, nil
}

// Skip passes over any value.
func (r *Reader) Skip() error {
	end := PassValue(r.doc, r.at, 0)
	// Passing is fast and says nothing of what is wrong. So the value is read once more, slowly, where it
	// failed.
	if end == NotJSON {
		_, err := r.Value() // which knows what is wrong
		return cmp.Or(err, ErrDepth)
	}
	r.at = end
	return nil
}

// Raw passes over any value, and gives it as it stands there.
func (r *Reader) Raw() ([]byte, error) {
	start := r.at
	err := r.Skip()
	return r.doc[start:r.at], err
}

// End fails where the document goes on.
func (r *Reader) End() error {
	if end := PassSpace(r.doc, r.at); end < len(r.doc) {
		return r.fail("Extra data", end)
	}
	return nil
}

// Value reads any value.
func (r *Reader) Value() (Value, error) {
	switch r.Kind() {
	case '[':
		return r.nested(r.list)
	case '{':
		return r.nested(r.dict)
	case '"':
		end := passString(r.doc, r.at)
		if end == NotJSON {
			return Value{}, r.noString(r.at)
		}
		text := Unquoted(r.doc[r.at:end])
		r.at = end
		return Str(string(text)), nil
	}
	// Python gives the same error for all that begins no value.
	end := passScalar(r.doc, r.at)
	if end == NotJSON {
		return Value{}, r.fail("Expecting value", r.at)
	}
	raw := string(r.doc[r.at:end])
	r.at = end
	return scalar(raw)
}

// nested keeps count of how deep what read reads is nested.
func (r *Reader) nested(read func() (Value, error)) (Value, error) {
	if r.depth++; r.depth > MaxDepth {
		return Value{}, ErrDepth
	}
	v, err := read()
	r.depth--
	return v, err
}

func (r *Reader) list() (Value, error) {
	v := Value{Kind: KindList}
	err := r.Elements(func() error {
		// Also the item of an error, which nobody looks at then.
		item, err := r.Value()
		v.Append(item)
		return err
	})
	return v, err
}

func (r *Reader) dict() (Value, error) {
	v, places := Value{Kind: KindDict}, map[string]int{}
	err := r.Members(func(name []byte) error {
		key := string(name)
		item, err := r.Value()
		// The last of several counts, but stays in the place of the first, as in a dict of Python.
		if at, seen := places[key]; seen {
			v.Items()[at] = item
			return err
		}
		places[key] = len(places)
		v.Put(key, item)
		return err
	})
	return v, err
}

// ReadInto reads any value into v.
func ReadInto(in *Reader, v *Value) error {
	read, err := in.Value()
	*v = read
	return err
}

// IfObject reads the members of an object and skips any other value.
func IfObject(in *Reader, visit func(name []byte) error) error {
	if in.Kind() != '{' {
		return in.Skip()
	}
	return in.Members(visit)
}
