package pyre

import "math"

// width is how many characters a node can match.
type width struct{ min, max uint64 }

// widthCap stands for every width from it on. It is well above [maxLookbehind],
// and below what would overflow in addition.
const widthCap = 1 << 40

// maxLookbehind is the width at which Python gives up on a lookbehind.
const maxLookbehind = math.MaxUint32

func (w width) plus(v width) width {
	return width{min(w.min+v.min, widthCap), min(w.max+v.max, widthCap)}
}

func (w width) or(v width) width {
	return width{min(w.min, v.min), max(w.max, v.max)}
}

func (w width) times(lo, hi int) width {
	out := width{min: mulCapped(w.min, uint64(lo))}
	switch {
	case hi != Unbounded:
		out.max = mulCapped(w.max, uint64(hi))
	case w.max > 0:
		out.max = widthCap
	}
	return out
}

func mulCapped(a, b uint64) uint64 {
	if b != 0 && a > widthCap/b {
		return widthCap
	}
	return min(a*b, widthCap)
}

// checkNode makes the checks that Python makes when it turns a parsed pattern,
// once it was measured, into code, in the same order.
func (p *parser) checkNode(n *Node) {
	switch n.Op {
	case OpRepeat:
		if n.flags&Template != 0 {
			op := [...]string{Greedy: "MAX_REPEAT", Lazy: "MIN_REPEAT", Possessive: "POSSESSIVE_REPEAT"}[n.Mode]
			p.failAt("internal: unsupported template operator "+op, -1)
		}
	case OpLook:
		if n.Behind && n.Min > maxLookbehind {
			p.failAt("looks too much behind", -1)
		}
		if n.Behind && n.Min != n.Max {
			p.failAt("look-behind requires fixed-width pattern", -1)
		}
	}
	for _, sub := range n.Subs {
		p.checkNode(sub)
	}
}

// measure gives the width of a node, and sets those of what looks look at.
// Groups come before the references to them, so their widths are known by then.
func (p *parser) measure(n *Node) width {
	switch n.Op {
	case OpLiteral, OpAny, OpSet:
		return width{1, 1}
	case OpConcat:
		var w width
		for _, sub := range n.Subs {
			w = w.plus(p.measure(sub))
		}
		return w
	case OpAlternate, OpConditional:
		w := p.measure(n.Subs[0])
		for _, sub := range n.Subs[1:] {
			w = w.or(p.measure(sub))
		}
		if n.Op == OpConditional && len(n.Subs) == 1 {
			w.min = 0
		}
		return w
	case OpRepeat:
		return p.measure(n.Subs[0]).times(n.Min, n.Max)
	case OpGroup, OpAtomic:
		w := p.measure(n.Subs[0])
		if n.Group > 0 {
			p.widths[n.Group] = w
		}
		return w
	case OpLook:
		w := p.measure(n.Subs[0])
		n.Min, n.Max = int(w.min), int(w.max)
	case OpBackref:
		return p.widths[n.Group]
	}
	return width{}
}
