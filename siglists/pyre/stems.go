package pyre

import "slices"

// Stems are texts of which every text that the pattern matches contains one, as long as they can be; nil where there are
// none, such as for .* and for what ignores case.
func (p *Pattern) Stems() []string { return p.Root.stems() }

func (n *Node) stems() []string {
	switch n.Op {
	case OpConcat:
		return n.longestStems()
	case OpAlternate:
		var all []string
		for _, sub := range n.Subs {
			stems := sub.stems()
			if stems == nil {
				return nil
			}
			all = append(all, stems...)
		}
		return all
	case OpGroup, OpAtomic:
		return n.Subs[0].stems()
	case OpRepeat:
		if n.Min > 0 {
			return (&Node{Op: OpConcat, Subs: n.Subs}).stems()
		}
	}
	return nil
}

// longestStems are those of the part of a sequence whose shortest is the longest: of literals in a row, or of one node.
func (n *Node) longestStems() (longest []string) {
	take := func(stems []string) {
		if shortest(stems) > shortest(longest) {
			longest = stems
		}
	}
	row := ""
	for _, sub := range n.Subs {
		if sub.Op == OpLiteral && sub.flags&IgnoreCase == 0 {
			row += string(sub.Rune)
			continue
		}
		take([]string{row})
		row = ""
		take(sub.stems())
	}
	take([]string{row})
	return longest
}

// shortest is the length of the shortest of texts; 0 for none.
func shortest(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	return len(slices.MinFunc(texts, func(a, b string) int { return len(a) - len(b) }))
}
