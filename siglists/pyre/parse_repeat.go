package pyre

import (
	"strconv"
	"strings"
)

// repeat reads a repeat, whose first token was t at start, and puts it in the
// place of the last node of seq. It gives false, with the input after t, for a
// brace that is no repeat and stands for itself.
func (p *parser) repeat(seq *Node, t token, start int) bool {
	lo, hi := 0, Unbounded
	switch t.r {
	case '?':
		hi = 1
	case '+':
		lo = 1
	case '{':
		var ok bool
		if lo, hi, ok = p.bounds(); !ok {
			return false
		}
	}
	item := p.repeatable(seq, start)
	mode := Greedy
	if p.accept('?') {
		mode = Lazy
	} else if p.accept('+') {
		mode = Possessive
	}
	seq.Subs[len(seq.Subs)-1] = &Node{
		Op: OpRepeat, flags: p.now, Start: item.Start, End: p.place(),
		Min: lo, Max: hi, Mode: mode, Subs: []*Node{item},
	}
	return true
}

// repeatable gives the node that a repeat at start applies to.
func (p *parser) repeatable(seq *Node, start int) *Node {
	if len(seq.Subs) == 0 || seq.Subs[len(seq.Subs)-1].isPosition() {
		p.failAt("nothing to repeat", start)
	}
	item := seq.Subs[len(seq.Subs)-1]
	if item.Op == OpRepeat {
		p.failAt("multiple repeat", start)
	}
	return item
}

// bounds reads what follows an opening brace: N}, N,}, ,M} or N,M}. Anything
// else is left unread.
func (p *parser) bounds() (lo, hi int, ok bool) {
	if p.next.is('}') {
		return 0, 0, false
	}
	here := p.pos()
	low := p.allDigits()
	high := low
	if p.accept(',') {
		high = p.allDigits()
	}
	if !p.accept('}') {
		p.seek(here)
		return 0, 0, false
	}
	lo, hi = 0, Unbounded
	if low != "" {
		lo = p.count(low)
	}
	if high != "" {
		hi = p.count(high)
		if hi < lo {
			p.failAt("min repeat greater than max repeat", here)
		}
	}
	return lo, hi, true
}

func (p *parser) allDigits() string {
	return string(p.getWhile(len(p.src), digits))
}

// count reads the number of a repeat. Python raises its two complaints as
// OverflowError and ValueError, without a position.
func (p *parser) count(s string) int {
	if len(s) > MaxIntDigits {
		p.failAt("Exceeds the limit (4300 digits) for integer string conversion: value has "+strconv.Itoa(len(s))+
			" digits; use sys.set_int_max_str_digits() to increase the limit", -1)
	}
	s = strings.TrimLeft(s, "0")
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n >= maxRepeat {
		p.failAt("the repetition number is too large", -1)
	}
	return int(n)
}
