package pyjson

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Kind is the type that Python's json module gives a JSON value.
type Kind uint8

const (
	KindNone Kind = iota
	KindFalse
	KindTrue
	KindInt
	KindFloat
	KindStr
	KindList
	KindDict
)

// Value is a JSON value with the meaning that Python gives it: rules test its truth, format it into
// signatures and look things up in it, and crash reports hold odd types where text is expected.
type Value struct {
	Kind Kind
	// Text is the characters of a string, or Python's str() of a number.
	Text string
	held *held // nil of what is empty, or no list and no dict
}

// held is what a list or a dict holds. Most values are neither, and are copied often.
type held struct {
	items []Value
	keys  []string
}

// List is the list of some elements.
func List(items ...Value) Value { return Value{Kind: KindList, held: &held{items: items}} }

// Append adds an element to a list that is being made.
func (v *Value) Append(item Value) {
	if v.held == nil {
		v.held = &held{}
	}
	v.held.items = append(v.held.items, item)
}

// Put adds a member to a dict that is being made, which has none of that key.
func (v *Value) Put(key string, item Value) {
	v.Append(item)
	v.held.keys = append(v.held.keys, key)
}

// Items are the elements of a list or the values of a dict.
func (v Value) Items() []Value {
	if v.held == nil {
		return nil
	}
	return v.held.items
}

// Keys are the keys of a dict, in the order of their first appearance, as Python keeps them.
func (v Value) Keys() []string {
	if v.held == nil {
		return nil
	}
	return v.held.keys
}

// Str is a string.
func Str(s string) Value { return Value{Kind: KindStr, Text: s} }

// Truthy is Python's bool(v).
func (v Value) Truthy() bool {
	switch v.Kind {
	case KindNone, KindFalse:
		return false
	case KindInt:
		return v.Text != "0"
	// NaN is true in Python.
	case KindFloat:
		return v.Text != "0.0" && v.Text != "-0.0"
	case KindStr:
		return v.Text != ""
	case KindList, KindDict:
		return len(v.Items()) > 0
	}
	return true
}

// Get is v[key] for a dict; ok is false for a missing key and for anything that is no dict.
func (v Value) Get(key string) (Value, bool) {
	if v.Kind != KindDict {
		return Value{}, false
	}
	// Dicts of crash reports have few members, so that there is no index of them.
	for i, k := range v.Keys() {
		if k == key {
			return v.Items()[i], true
		}
	}
	return Value{}, false
}

// String is Python's str(v).
func (v Value) String() string {
	if v.Kind == KindStr {
		return v.Text
	}
	var b strings.Builder
	v.writeRepr(&b)
	return b.String()
}

// writeRepr appends Python's repr(v).
func (v Value) writeRepr(b *strings.Builder) {
	switch v.Kind {
	case KindNone:
		b.WriteString("None")
	case KindFalse:
		b.WriteString("False")
	case KindTrue:
		b.WriteString("True")
	case KindInt, KindFloat:
		b.WriteString(v.Text)
	case KindStr:
		b.WriteString(pyre.Repr(v.Text))
	case KindList:
		b.WriteByte('[')
		for i, item := range v.Items() {
			writeSeparator(b, i)
			item.writeRepr(b)
		}
		b.WriteByte(']')
	case KindDict:
		b.WriteByte('{')
		for i, item := range v.Items() {
			writeSeparator(b, i)
			b.WriteString(pyre.Repr(v.Keys()[i]))
			b.WriteString(": ")
			item.writeRepr(b)
		}
		b.WriteByte('}')
	}
}

// writeSeparator writes what stands in front of the i-th element.
func writeSeparator(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteString(", ")
	}
}

// floatRepr is Python's repr(f): the shortest digits that read back as f, in scientific notation from
// 1e16 up and below 1e-4.
func floatRepr(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	// Go's own shortest form turns to scientific notation at other numbers.
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// SplitLines is Python's s.splitlines(), at most n lines of it.
func SplitLines(s string, n int) []string {
	var lines []string
	for len(s) > 0 && len(lines) < n {
		end := strings.IndexFunc(s, isLineBreak)
		if end < 0 {
			return append(lines, s)
		}
		lines = append(lines, s[:end])
		_, size := utf8.DecodeRuneInString(s[end:])
		// These two are one line break.
		if strings.HasPrefix(s[end:], "\r\n") {
			size = 2
		}
		s = s[end+size:]
	}
	return lines
}

func isLineBreak(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// NotesList writes notes as Python writes a list of strings, which is how socorro-cmd signature puts
// them into CSV.
func NotesList(notes []string) string {
	list := Value{Kind: KindList}
	for _, note := range notes {
		list.Append(Str(note))
	}
	return list.String()
}

// Is tells whether v is the string s.
func (v Value) Is(s string) bool { return v.Kind == KindStr && v.Text == s }

// Contains is Python's `s in v`: in a string a part of it, in a list an element, in a dict a key.
func (v Value) Contains(s string) (bool, error) {
	switch v.Kind {
	case KindStr:
		return strings.Contains(v.Text, s), nil
	// Equality of other elements is not asked for: what rules look for is text.
	case KindList:
		return slices.ContainsFunc(v.Items(), func(item Value) bool { return item.Is(s) }), nil
	case KindDict:
		return slices.Contains(v.Keys(), s), nil
	}
	return false, errors.New("argument is not iterable")
}

// First is Python's str(v[:n]).
func (v Value) First(n int) (string, error) {
	switch v.Kind {
	// Characters and not bytes: a signature must not end within one.
	case KindStr:
		return FirstChars(v.Text, n), nil
	case KindList:
		return List(v.Items()[:min(n, len(v.Items()))]...).String(), nil
	}
	return "", errors.New("value can't be sliced")
}

// FirstChars is the first n characters of s.
func FirstChars(s string, n int) string {
	chars := []rune(s)
	return string(chars[:min(n, len(chars))])
}

// GetOr is Python's v.get(key, missing) for a dict.
func (v Value) GetOr(key string, missing Value) Value {
	if item, ok := v.Get(key); ok {
		return item
	}
	return missing
}

// ListIndex is the position that a number means in a list of n, from its end when it is negative.
func ListIndex(number string, n int) (int, bool) {
	i, err := strconv.Atoi(number)
	if err != nil {
		return 0, false
	}
	// As Python counts: -1 is the last.
	if i < 0 {
		i += n
	}
	return i, i >= 0 && i < n
}
