package pyre

import "strings"

// IsLiteral gives the text of a pattern that is nothing but literal characters,
// unescaped; such a pattern matches what begins with the text. Of another
// pattern it gives false and the text that it begins with.
func (p *Pattern) IsLiteral() (string, bool) {
	return literalPrefix(p.Root, false)
}

// LiteralPrefix gives the longest text, as far as it is written out, that all
// subjects begin with that the pattern matches; "" if there is none or the
// pattern has several alternatives. Anchors before it are passed over. It ends before U+FFFD, as which any invalid
// byte counts.
func (p *Pattern) LiteralPrefix() string { return p.prefix }

// literalPrefix gives the literal text that a node begins with, and whether it
// is all of it. anchors says whether leading anchors may be passed over.
func literalPrefix(n *Node, anchors bool) (string, bool) {
	var b strings.Builder
	for _, sub := range n.Subs {
		switch {
		case n.Op != OpConcat:
			return b.String(), false
		case sub.Op == OpLiteral && !foldingOf(sub.flags).changes(span{sub.Rune, sub.Rune}):
			b.WriteRune(sub.Rune)
		case sub.isPlainGroup(), sub.Op == OpGroup && anchors:
			text, whole := literalPrefix(sub.Subs[0], anchors && b.Len() == 0)
			b.WriteString(text)
			if !whole {
				return b.String(), false
			}
		case anchors && b.Len() == 0 && sub.isStart():
		default:
			return b.String(), false
		}
	}
	return b.String(), n.Op == OpConcat
}

// IsRegular tells whether the pattern is matched in linear time: false if a part
// needs backtracking, or is too large for the automaton.
func (p *Pattern) IsRegular() bool {
	return all(p.lowered(), func(seq *Node) bool { return seq.size() <= maxAltSize })
}
