package pyjson

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// jsonError is a JSONDecodeError of Python's json module. Its text ends up in the notes of a
// signature, so message and position are Python's: positions count characters.
type jsonError struct {
	msg            string
	line, col, pos int
}

func (e *jsonError) Error() string {
	return fmt.Sprintf("%s: line %d column %d (char %d)", e.msg, e.line, e.col, e.pos)
}

// IsDecodeError tells a JSONDecodeError, which programs expect of what is no JSON, from the other errors of Parse.
func IsDecodeError(err error) bool {
	_, ok := errors.AsType[*jsonError](err)
	return ok
}

// fail is the error over what begins at i.
func (r *Reader) fail(msg string, i int) error {
	before := r.doc[:i]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return &jsonError{msg, 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(line), utf8.RuneCount(before)}
}

// noName is what is wrong where a member should begin, after its name if that ends somewhere.
func (r *Reader) noName(end int) error {
	switch {
	case r.Kind() != '"':
		return r.fail("Expecting property name enclosed in double quotes", r.at)
	case end == NotJSON:
		return r.noString(r.at)
	}
	return r.fail("Expecting ':' delimiter", PassSpace(r.doc, end))
}

// noString is what is wrong with the string that begins at i.
func (r *Reader) noString(begin int) error {
	for i := begin + 1; i < len(r.doc); i++ {
		switch c := r.doc[i]; {
		case c < ' ':
			return r.fail("Invalid control character at", i)
		// Python looks for the end of the string first, so that a backslash at the end is a string that doesn't
		// end.
		case c == '\\' && i+1 == len(r.doc):
		case c == '\\':
			end := passEscape(r.doc, i)
			switch {
			case end != NotJSON:
				i = end - 1
			// Here the position is that of the u, and below that of the backslash: Python's code has two places
			// for these errors.
			case r.doc[i+1] == 'u':
				return r.fail(`Invalid \uXXXX escape`, i+1)
			default:
				return r.fail(`Invalid \escape`, i)
			}
		}
	}
	return r.fail("Unterminated string starting at", begin)
}
