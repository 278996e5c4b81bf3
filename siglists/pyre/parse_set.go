package pyre

import (
	"slices"
	"strings"
)

// set reads a set from after the bracket.
func (p *parser) set() *Node {
	here := p.pos() - 1
	negate := p.accept('^')
	var items []SetItem
	add := func(item SetItem) {
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	for first := true; ; first = false {
		t := p.setToken(here)
		if t.is(']') && !first {
			break
		}
		lo := p.setItem(t)
		if !p.accept('-') {
			add(lo)
			continue
		}
		t2 := p.setToken(here)
		if t2.is(']') {
			add(lo)
			add(SetItem{Lo: '-', Hi: '-'})
			break
		}
		add(p.setRange(t, t2, lo, p.setItem(t2)))
	}
	if len(items) == 1 && items[0].Class == 0 && !items[0].Range && !negate {
		return p.literal(items[0].Lo)
	}
	return &Node{Op: OpSet, Negate: negate, Items: items}
}

// setToken takes a token of the set that began at here.
func (p *parser) setToken(here int) token {
	t := p.get()
	if t.end {
		p.failAt("unterminated character set", here)
	}
	return t
}

// setItem reads a character or class of a set; t is its first token.
func (p *parser) setItem(t token) SetItem {
	switch {
	case !t.esc:
		return SetItem{Lo: t.r, Hi: t.r}
	case strings.ContainsRune(classLetters, t.r):
		return SetItem{Class: byte(t.r)}
	case '0' <= t.r && t.r <= '7':
		ds := append([]rune{t.r}, p.getWhile(2, octDigits)...)
		r := p.octal(ds)
		return SetItem{Lo: r, Hi: r}
	case isDigit(t.r):
		p.failBack("bad escape "+t.text(), 2)
	}
	r := p.charEscape(t)
	return SetItem{Lo: r, Hi: r}
}

// setRange joins two characters to a range. Python's messages quote the tokens
// that each began with.
func (p *parser) setRange(from, to token, lo, hi SetItem) SetItem {
	if lo.Class != 0 || hi.Class != 0 || hi.Lo < lo.Lo {
		p.failBack("bad character range "+from.text()+"-"+to.text(), from.len()+1+to.len())
	}
	return SetItem{Lo: lo.Lo, Hi: hi.Lo, Range: true}
}
