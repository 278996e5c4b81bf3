package pyjson

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// MaxDepth is how deep arrays and objects may nest. Python gives up near its recursion limit of
// 1,000 with an error that no rule catches.
const MaxDepth = 990

var ErrDepth = errors.New("maximum recursion depth exceeded while decoding a JSON document")

// jsonError is a JSONDecodeError of Python's json module. Its text ends up in the notes of a
// signature, so message and position are Python's.
type jsonError struct {
	msg            string
	line, col, pos int
}

func (e *jsonError) Error() string {
	return fmt.Sprintf("%s: line %d column %d (char %d)", e.msg, e.line, e.col, e.pos)
}

// jsonParser reads a text as Python's json.loads does: positions count characters, NaN and Infinity
// are numbers, and of several members with one name the last counts.
type jsonParser struct {
	text  []rune
	pos   int
	depth int
}

// Parse is Python's json.loads(s). A text that is no JSON gives a *jsonError.
func Parse(s string) (Value, error) {
	p := &jsonParser{text: []rune(s)}
	if strings.HasPrefix(s, "\ufeff") {
		return Value{}, p.fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0)
	}
	p.skipSpace()
	v, err := p.Value()
	if err != nil {
		return Value{}, err
	}
	p.skipSpace()
	if p.pos != len(p.text) {
		return Value{}, p.fail("Extra data", p.pos)
	}
	return v, nil
}

func (p *jsonParser) fail(msg string, pos int) error {
	e := &jsonError{msg: msg, line: 1, col: pos + 1, pos: pos}
	for i, r := range p.text[:min(pos, len(p.text))] {
		if r == '\n' {
			e.line++
			e.col = pos - i
		}
	}
	return e
}

// peek is the character at the current position, or -1 at the end.
func (p *jsonParser) peek() rune {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return -1
}

func (p *jsonParser) skipSpace() {
	for {
		switch p.peek() {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// word consumes w if it comes next.
func (p *jsonParser) word(w string) bool {
	end := p.pos + len(w)
	if end > len(p.text) || string(p.text[p.pos:end]) != w {
		return false
	}
	p.pos = end
	return true
}

func (p *jsonParser) Value() (Value, error) {
	switch p.peek() {
	case '"':
		p.pos++
		s, err := p.str()
		return Str(s), err
	case '{':
		return p.nested(p.object)
	case '[':
		return p.nested(p.array)
	}
	if v, ok := p.constant(); ok {
		return v, nil
	}
	return p.number()
}

func (p *jsonParser) constant() (Value, bool) {
	switch {
	case p.word("null"):
		return Value{}, true
	case p.word("true"):
		return Value{Kind: kindTrue}, true
	case p.word("false"):
		return Value{Kind: kindFalse}, true
	case p.word("NaN"):
		return Value{Kind: KindFloat, Text: "nan"}, true
	case p.word("Infinity"):
		return Value{Kind: KindFloat, Text: "inf"}, true
	case p.word("-Infinity"):
		return Value{Kind: KindFloat, Text: "-inf"}, true
	}
	return Value{}, false
}

func (p *jsonParser) nested(parse func() (Value, error)) (Value, error) {
	p.depth++
	if p.depth > MaxDepth {
		return Value{}, ErrDepth
	}
	p.pos++
	v, err := parse()
	p.depth--
	return v, err
}

func (p *jsonParser) array() (Value, error) {
	v := Value{Kind: KindList}
	p.skipSpace()
	if p.peek() == ']' {
		p.pos++
		return v, nil
	}
	for {
		item, err := p.Value()
		if err != nil {
			return Value{}, err
		}
		v.Append(item)
		if more, err := p.more(']'); !more {
			return v, err
		}
	}
}

// more passes what comes after an element, and tells whether that is another.
func (p *jsonParser) more(last rune) (bool, error) {
	p.skipSpace()
	switch p.peek() {
	case last:
		p.pos++
		return false, nil
	case ',':
		p.pos++
		p.skipSpace()
		return true, nil
	}
	return false, p.fail("Expecting ',' delimiter", p.pos)
}

func (p *jsonParser) object() (Value, error) {
	v := Value{Kind: KindDict}
	p.skipSpace()
	if p.peek() == '}' {
		p.pos++
		return v, nil
	}
	index := map[string]int{}
	for {
		key, item, err := p.member()
		if err != nil {
			return Value{}, err
		}
		if at, seen := index[key]; seen {
			v.Items()[at] = item
		} else {
			index[key] = len(index)
			v.Put(key, item)
		}
		if more, err := p.more('}'); !more {
			return v, err
		}
	}
}

func (p *jsonParser) member() (string, Value, error) {
	if p.peek() != '"' {
		return "", Value{}, p.fail("Expecting property name enclosed in double quotes", p.pos)
	}
	p.pos++
	key, err := p.str()
	if err != nil {
		return "", Value{}, err
	}
	p.skipSpace()
	if p.peek() != ':' {
		return "", Value{}, p.fail("Expecting ':' delimiter", p.pos)
	}
	p.pos++
	p.skipSpace()
	v, err := p.Value()
	return key, v, err
}

// number reads -?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?, and what is not one is no value at all.
func (p *jsonParser) number() (Value, error) {
	start := p.pos
	i := start
	if i < len(p.text) && p.text[i] == '-' {
		i++
	}
	end := p.digits(i)
	switch {
	case end == i:
		return Value{}, p.fail("Expecting value", start)
	case p.text[i] == '0':
		end = i + 1
	}
	p.pos = end
	isFloat := p.fraction()
	isFloat = p.exponent() || isFloat
	return numberValue(string(p.text[start:p.pos]), isFloat)
}

// digits is the position after the ASCII digits that start at i.
func (p *jsonParser) digits(i int) int {
	for i < len(p.text) && p.text[i] >= '0' && p.text[i] <= '9' {
		i++
	}
	return i
}

func (p *jsonParser) fraction() bool {
	if p.peek() != '.' || p.digits(p.pos+1) == p.pos+1 {
		return false
	}
	p.pos = p.digits(p.pos + 1)
	return true
}

func (p *jsonParser) exponent() bool {
	if p.peek() != 'e' && p.peek() != 'E' {
		return false
	}
	i := p.pos + 1
	if i < len(p.text) && (p.text[i] == '-' || p.text[i] == '+') {
		i++
	}
	end := p.digits(i)
	if end == i {
		return false
	}
	p.pos = end
	return true
}

// numberValue is the Python number that a JSON literal stands for.
func numberValue(literal string, isFloat bool) (Value, error) {
	if !isFloat {
		return intValue(literal)
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil && !math.IsInf(f, 0) {
		return Value{}, fmt.Errorf("could not convert string to float: %s", literal)
	}
	return Value{Kind: KindFloat, Text: floatRepr(f)}, nil
}

func intValue(literal string) (Value, error) {
	if n := len(strings.TrimPrefix(literal, "-")); n > pyre.MaxIntDigits {
		return Value{}, &tooManyDigitsError{n}
	}
	if literal == "-0" {
		literal = "0"
	}
	return Value{Kind: KindInt, Text: literal}, nil
}

// tooManyDigitsError is the ValueError that Python raises for an integer of more than 4,300 digits.
type tooManyDigitsError struct{ digits int }

func (e *tooManyDigitsError) Error() string {
	return fmt.Sprintf("Exceeds the limit (%d digits) for integer string conversion: value has %d digits; "+
		"use sys.set_int_max_str_digits() to increase the limit", pyre.MaxIntDigits, e.digits)
}

// str reads the rest of a string whose opening quote has been read.
func (p *jsonParser) str() (string, error) {
	begin := p.pos - 1
	var b strings.Builder
	for {
		switch r := p.peek(); {
		case r == -1:
			return "", p.fail("Unterminated string starting at", begin)
		case r == '"':
			p.pos++
			return b.String(), nil
		case r < 0x20:
			return "", p.fail("Invalid control character at", p.pos)
		case r == '\\':
			if p.pos+1 == len(p.text) {
				return "", p.fail("Unterminated string starting at", begin)
			}
			if err := p.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteRune(r)
			p.pos++
		}
	}
}

const escapes = `""\\//b` + "\b" + "f\f" + "n\n" + "r\r" + "t\t"

// escape reads one escape sequence, the backslash included.
func (p *jsonParser) escape(b *strings.Builder) error {
	r := p.text[p.pos+1]
	if r == 'u' {
		return p.unicodeEscape(b)
	}
	for i := 0; i < len(escapes); i += 2 {
		if rune(escapes[i]) == r {
			b.WriteByte(escapes[i+1])
			p.pos += 2
			return nil
		}
	}
	return p.fail(`Invalid \escape`, p.pos)
}

func (p *jsonParser) unicodeEscape(b *strings.Builder) error {
	r, ok := p.hex4(p.pos + 2)
	if !ok {
		return p.fail(`Invalid \uXXXX escape`, p.pos+1)
	}
	p.pos += 6
	if utf16.IsSurrogate(r) && p.pos+1 < len(p.text) && p.text[p.pos] == '\\' && p.text[p.pos+1] == 'u' {
		if low, ok := p.hex4(p.pos + 2); ok {
			if pair := utf16.DecodeRune(r, low); pair != '\ufffd' {
				p.pos += 6
				r = pair
			}
		}
	}
	b.WriteRune(r) // a lone surrogate becomes U+FFFD
	return nil
}

// hex4 reads four digits. Python wants a character behind them, too.
func (p *jsonParser) hex4(i int) (rune, bool) {
	if i+4 >= len(p.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.text[i:i+4]), 16, 16)
	return rune(n), err == nil
}
