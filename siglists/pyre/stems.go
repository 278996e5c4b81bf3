package pyre

import "slices"

// Stems are texts of which every text that the pattern matches contains one, as long as they can be; nil where there are
// none, such as for .* and for what ignores case.
func (p *Pattern) Stems() []string {
	if p.Flags&IgnoreCase != 0 {
		return nil
	}
	return p.Root.stems()
}

func (n *Node) stems() []string {
	switch n.Op {
	case OpLiteral:
		return []string{string(n.Rune)}
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
		if n.Add&IgnoreCase == 0 {
			return n.Subs[0].stems()
		}
	case OpRepeat:
		if n.Min > 0 {
			return n.Subs[0].stems()
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
		if sub.Op == OpLiteral {
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
