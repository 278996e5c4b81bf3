package pyre

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var simpleEscapes = map[rune]rune{
	'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '\\': '\\',
}

var positionEscapes = map[rune]Op{
	'A': OpTextBegin, 'Z': OpTextEnd, 'b': OpWordBoundary, 'B': OpNotWordBoundary,
}

const classLetters = "dDsSwW"

func isASCIILetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// escape reads an escape outside of a set; t is its first token.
func (p *parser) escape(t token) *Node {
	if op, ok := positionEscapes[t.r]; ok {
		return &Node{Op: op}
	}
	if strings.ContainsRune(classLetters, t.r) {
		return &Node{Op: OpSet, Items: []SetItem{{Class: byte(t.r)}}}
	}
	if t.r == '0' {
		value, _ := strconv.ParseInt("0"+string(p.getWhile(2, octDigits)), 8, 32)
		return p.literal(rune(value))
	}
	if isDigit(t.r) {
		return p.digitEscape(t)
	}
	return p.literal(p.charEscape(t))
}

// charEscape reads an escape that stands for one character, in a set or not.
func (p *parser) charEscape(t token) rune {
	if r, ok := simpleEscapes[t.r]; ok {
		return r
	}
	switch t.r {
	case 'x':
		return p.hexEscape(t, 2)
	case 'u':
		return p.hexEscape(t, 4)
	case 'U':
		return p.hexEscape(t, 8)
	case 'N':
		return p.nameEscape()
	}
	if isASCIILetter(t.r) {
		p.failBack("bad escape "+t.text(), 2)
	}
	return t.r
}

// hexEscape reads n hexadecimal digits, all of which have to be there.
func (p *parser) hexEscape(t token, n int) rune {
	got := p.getWhile(n, hexDigits)
	text := t.text() + string(got)
	if len(got) != n {
		p.failBack("incomplete escape "+text, len(text))
	}
	value, err := strconv.ParseUint(string(got), 16, 32)
	if err != nil || value > utf8.MaxRune {
		p.failBack("bad escape "+text, len(text))
	}
	if utf16.IsSurrogate(rune(value)) {
		p.unsupported("half of a surrogate pair can't be matched here, write the character that the pair stands for instead", p.pos()-len(text))
	}
	return rune(value)
}

// nameEscape reads \N{NAME} from after the N.
func (p *parser) nameEscape() rune {
	if !p.accept('{') {
		p.fail("missing {")
	}
	name := p.getUntil('}', "character name")
	if r, ok := charNames()[strings.ToUpper(string(name))]; ok && isNameText(name) {
		return r
	}
	back := len(name) + len(`\N{}`)
	if !isNameText(name) {
		p.failBack("undefined character name "+Repr(string(name)), back)
	}
	p.unsupported("the character name "+Repr(string(name))+" can't be read here, write the character or \\uXXXX instead", p.pos()-back)
	return 0
}

// isNameText tells whether a text could be the name of a character: Unicode
// writes names in capital letters, digits, spaces and hyphens, and Python looks
// them up without regard to case.
func isNameText(name []rune) bool {
	return all(name, func(r rune) bool { return isASCIILetter(r) || isDigit(r) || r == ' ' || r == '-' })
}

// digitEscape reads \1 to \99, a group, or three octal digits, a character.
func (p *parser) digitEscape(t token) *Node {
	ds := []rune{t.r}
	if p.next.in(digits) {
		ds = append(ds, p.get().r)
		if ds[0] < '8' && ds[1] < '8' && p.next.in(octDigits) {
			ds = append(ds, p.get().r)
			return p.literal(p.octal(ds))
		}
	}
	group, _ := strconv.Atoi(string(ds))
	if group >= len(p.groups) {
		p.failBack("invalid group reference "+strconv.Itoa(group), len(ds))
	}
	if p.groups[group] == nil {
		p.failBack("cannot refer to an open group", len(ds)+1)
	}
	p.checkLookbehind(group)
	return &Node{Op: OpBackref, Group: group}
}

// octal is the value of octal digits that were just read.
func (p *parser) octal(ds []rune) rune {
	value, _ := strconv.ParseInt(string(ds), 8, 32)
	if value > 0o377 {
		p.failBack(`octal escape value \`+string(ds)+" outside of range 0-0o377", len(ds)+1)
	}
	return rune(value)
}
