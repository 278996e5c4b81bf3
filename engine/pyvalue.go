package engine

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// kind is the type that Python's json module gives a JSON value.
type kind uint8

const (
	kindNone kind = iota
	kindFalse
	kindTrue
	kindInt
	kindFloat
	kindStr
	kindList
	kindDict
)

// value is a JSON value with the meaning that Python gives it: rules test its truth, format it into
// signatures and look things up in it, and crash reports hold odd types where text is expected.
type value struct {
	kind kind
	// text is the characters of a string, or Python's str() of a number.
	text string
	// items are the elements of a list or the values of a dict.
	items []value
	// keys are the keys of a dict, in the order of their first appearance, as Python keeps them.
	keys []string
}

func strValue(s string) value { return value{kind: kindStr, text: s} }

// truthy is Python's bool(v).
func (v value) truthy() bool {
	switch v.kind {
	case kindNone, kindFalse:
		return false
	case kindInt:
		return v.text != "0"
	case kindFloat:
		return v.text != "0.0" && v.text != "-0.0"
	case kindStr:
		return v.text != ""
	case kindList, kindDict:
		return len(v.items) > 0
	}
	return true
}

// get is v[key] for a dict; ok is false for a missing key and for anything that is no dict.
func (v value) get(key string) (value, bool) {
	if v.kind != kindDict {
		return value{}, false
	}
	for i, k := range v.keys {
		if k == key {
			return v.items[i], true
		}
	}
	return value{}, false
}

// String is Python's str(v).
func (v value) String() string {
	if v.kind == kindStr {
		return v.text
	}
	var b strings.Builder
	v.writeRepr(&b)
	return b.String()
}

// writeRepr appends Python's repr(v).
func (v value) writeRepr(b *strings.Builder) {
	switch v.kind {
	case kindNone:
		b.WriteString("None")
	case kindFalse:
		b.WriteString("False")
	case kindTrue:
		b.WriteString("True")
	case kindInt, kindFloat:
		b.WriteString(v.text)
	case kindStr:
		b.WriteString(pyre.Repr(v.text))
	case kindList:
		b.WriteByte('[')
		for i, item := range v.items {
			writeSeparator(b, i)
			item.writeRepr(b)
		}
		b.WriteByte(']')
	case kindDict:
		b.WriteByte('{')
		for i, item := range v.items {
			writeSeparator(b, i)
			b.WriteString(pyre.Repr(v.keys[i]))
			b.WriteString(": ")
			item.writeRepr(b)
		}
		b.WriteByte('}')
	}
}

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
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// isSpace is Python's str.isspace for one character, which is also what \s means in its regular
// expressions and what strip() strips.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || (r >= 0x1c && r <= 0x1f)
}

// strip is Python's s.strip().
func strip(s string) string { return strings.TrimFunc(s, isSpace) }

// splitLines is Python's s.splitlines(), at most n lines of it.
func splitLines(s string, n int) []string {
	var lines []string
	for len(s) > 0 && len(lines) < n {
		end := strings.IndexFunc(s, isLineBreak)
		if end < 0 {
			return append(lines, s)
		}
		lines = append(lines, s[:end])
		_, size := utf8.DecodeRuneInString(s[end:])
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
	list := value{kind: kindList}
	for _, note := range notes {
		list.items = append(list.items, strValue(note))
	}
	return list.String()
}

// is tells whether v is the string s.
func (v value) is(s string) bool { return v.kind == kindStr && v.text == s }

// contains is Python's `s in v`: in a string a part of it, in a list an element, in a dict a key.
func (v value) contains(s string) (bool, error) {
	switch v.kind {
	case kindStr:
		return strings.Contains(v.text, s), nil
	case kindList:
		return slices.ContainsFunc(v.items, func(item value) bool { return item.is(s) }), nil
	case kindDict:
		return slices.Contains(v.keys, s), nil
	}
	return false, errors.New("argument is not iterable")
}

// first is Python's str(v[:n]).
func (v value) first(n int) (string, error) {
	switch v.kind {
	case kindStr:
		return firstChars(v.text, n), nil
	case kindList:
		v.items = v.items[:min(n, len(v.items))]
		return v.String(), nil
	}
	return "", errors.New("value can't be sliced")
}

// firstChars is the first n characters of s.
func firstChars(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// getOr is Python's v.get(key, missing) for a dict.
func (v value) getOr(key string, missing value) value {
	if item, ok := v.get(key); ok {
		return item
	}
	return missing
}

// path walks dicts by key and lists by index, and is None where the way ends.
func (v value) path(keys ...string) value {
	for _, key := range keys {
		item, ok := v.get(key)
		if v.kind == kindList {
			item, ok = v.index(key)
		}
		if !ok {
			return value{}
		}
		v = item
	}
	return v
}

// index is the element of a list at a position given as text, from the end when it is negative.
func (v value) index(text string) (value, bool) {
	i, ok := listIndex(text, len(v.items))
	if !ok {
		return value{}, false
	}
	return v.items[i], true
}

// listIndex is the position that a number means in a list of n, from its end when it is negative.
func listIndex(number string, n int) (int, bool) {
	i, err := strconv.Atoi(number)
	if err != nil {
		return 0, false
	}
	if i < 0 {
		i += n
	}
	return i, i >= 0 && i < n
}

// without is a dict less one of its members.
func (v value) without(name string) value {
	less := value{kind: v.kind, text: v.text}
	for i, key := range v.keys {
		if key != name {
			less.keys, less.items = append(less.keys, key), append(less.items, v.items[i])
		}
	}
	return less
}
