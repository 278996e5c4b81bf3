package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/go-json-experiment/json/jsontext"
)

// bodyReader reads the JSON object that a request's body is, value by value: of a body with many crashes one is in memory
// at a time.
type bodyReader struct {
	in     *allowance
	json   *jsontext.Decoder
	listed bool // a list was read
}

// newBodyReader reads a body in which no value has more bytes than largest.
func newBodyReader(body io.Reader, largest int64) *bodyReader {
	in := &allowance{r: body, largest: largest}
	// Names may come twice, as for Python. Surrogates and bytes that are no UTF-8 are for whoever reads the crash.
	options := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	return &bodyReader{in: in, json: jsontext.NewDecoder(in, options...)}
}

// allowance is a reader that fails once it has read what was allowed last.
type allowance struct {
	r       io.Reader
	largest int64
	left    int64
}

func (a *allowance) Read(p []byte) (int, error) {
	// An error, and no end of file: what was cut off must not look like a document that is whole.
	if a.left <= 0 {
		return 0, problemf(http.StatusRequestEntityTooLarge, "a crash, or another value in the body, has more than %d bytes", a.largest)
	}
	n, err := a.r.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	return n, err
}

// value reads a value as it stands there. It holds until the next is read.
// Each value has an allowance of its own, which is how a crash is limited in a body that has no limit but that of all.
func (b *bodyReader) value() (jsontext.Value, error) {
	b.in.left = b.in.largest
	return b.json.ReadValue()
}

// token reads a token and tells its kind, which is none with an error.
func (b *bodyReader) token() (jsontext.Token, jsontext.Kind, error) {
	b.in.left = b.in.largest
	t, err := b.json.ReadToken()
	return t, t.Kind(), err
}

// more tells whether a member or an element comes before what ends the object or list.
func (b *bodyReader) more(end jsontext.Kind) bool {
	b.in.left = b.in.largest
	return b.json.PeekKind() != end
}

// members reads the object that the whole body is. visit reads the value of each member.
func (b *bodyReader) members(visit func(name string) error) error {
	if _, kind, err := b.token(); kind != '{' {
		return orProblem(err, "the body is no JSON object")
	}
	for b.more('}') {
		name, _, err := b.token()
		if err != nil {
			return err
		}
		if err := visit(name.String()); err != nil {
			return err
		}
	}
	if _, _, err := b.token(); err != nil {
		return err
	}
	// What follows the object was meant to have an effect, and would have none.
	if _, _, err := b.token(); !errors.Is(err, io.EOF) {
		return orProblem(err, "something comes behind the JSON object")
	}
	return nil
}

// list reads the list that a member's value is, the only one, of at most so many elements. A null is an empty one.
func (b *bodyReader) list(name string, most int, visit func(element []byte) error) error {
	// Python would take the last of two, when the crashes of the first are signed already.
	if b.listed {
		return problemf(http.StatusBadRequest, "%s are there twice", name)
	}
	b.listed = true
	_, kind, err := b.token()
	switch {
	case kind == 'n':
		return nil
	case kind != '[':
		return orProblem(err, name+" is no list")
	}
	for n := 0; b.more(']'); n++ {
		// Counted before the element is read: the one too many costs nothing.
		if n == most {
			return problemf(http.StatusRequestEntityTooLarge, "more than %d %s in a request", most, name)
		}
		element, err := b.value()
		if err != nil {
			return err
		}
		if err := visit(element); err != nil {
			return err
		}
	}
	_, _, err = b.token()
	return err
}

func orProblem(err error, text string) error {
	if err != nil {
		return err
	}
	return problemf(http.StatusBadRequest, "%s", text)
}

// bodyProblem says what it means to the client that its body could not be read.
func bodyProblem(err error) *problem {
	var p *problem
	var large *http.MaxBytesError
	var wrong *jsontext.SyntacticError
	switch {
	case errors.As(err, &p): // also that of allowance, which the decoder hands on as it is
		return p
	// The whole body is limited by net/http.
	case errors.As(err, &large):
		return problemf(http.StatusRequestEntityTooLarge, "the body has more than %d bytes", large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, "the body came too slowly")
	case errors.Is(err, context.Canceled):
		return problemf(http.StatusBadRequest, "the connection was closed before the answer was there")
	case errors.As(err, &wrong), errors.Is(err, io.EOF):
		return problemf(http.StatusBadRequest, "JSON parse error: %v", err)
	}
	return problemf(http.StatusBadRequest, "reading the body: %v", err)
}
