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

// checkCompile makes the checks that Python makes when it turns a parsed
// pattern into code, in the same order, and sets the widths of nodes.
func (p *parser) checkCompile(n *Node, flags Flags) {
	p.measure(n)
	p.checkNode(n, flags)
}

func (p *parser) checkNode(n *Node, flags Flags) {
	switch n.Op {
	case OpRepeat:
		if flags&Template != 0 {
			op := [...]string{Greedy: "MAX_REPEAT", Lazy: "MIN_REPEAT", Possessive: "POSSESSIVE_REPEAT"}[n.Mode]
			p.failAt("internal: unsupported template operator "+op, -1)
		}
	case OpLook:
		w := n.Subs[0].width
		if n.Behind && w.min > maxLookbehind {
			p.failAt("looks too much behind", -1)
		}
		if n.Behind && w.min != w.max {
			p.failAt("look-behind requires fixed-width pattern", -1)
		}
	case OpGroup:
		flags = flags.with(n.Add, n.Del)
	}
	for _, sub := range n.Subs {
		p.checkNode(sub, flags)
	}
}

// measure sets the widths of a node and its parts. Groups come before the
// references to them, so their widths are known by then.
func (p *parser) measure(n *Node) width {
	subs := make([]width, len(n.Subs))
	for i, sub := range n.Subs {
		subs[i] = p.measure(sub)
	}
	switch n.Op {
	case OpConcat:
		for _, w := range subs {
			n.width = n.width.plus(w)
		}
	case OpAlternate:
		n.width = subs[0]
		for _, w := range subs[1:] {
			n.width = n.width.or(w)
		}
	case OpLiteral, OpAny, OpSet:
		n.width = width{1, 1}
	case OpRepeat:
		n.width = subs[0].times(n.Min, n.Max)
	case OpGroup, OpAtomic:
		n.width = subs[0]
	case OpBackref:
		n.width = p.groups[n.Group].width
	case OpConditional:
		n.width = subs[0].or(append(subs, width{})[1])
	}
	return n.width
}
