package pyre

import "slices"

// lowered are the alternatives at the top in the form that Python's compiler gives a pattern before it makes code: groups
// that only group are dissolved, what all branches of an alternation begin with is moved out of it, and an alternation of
// single characters is a set. This changes no language, but where Python saves and restores captures, which back references
// and conditionals can tell.
//
// All nodes that have parts have sequences for them then. Nodes without are those of the tree itself.
func (p *Pattern) lowered() []*Node {
	nodes := p.Alternatives()
	out := make([]*Node, len(nodes))
	for i, n := range nodes {
		out[i] = lower(n.Subs)
	}
	if len(out) > 1 {
		asSet(out)
	}
	return out
}

// lower makes a sequence of nodes that follow each other.
func lower(nodes []*Node) *Node {
	out := &Node{Op: OpConcat, Subs: make([]*Node, 0, len(nodes))}
	for _, n := range nodes {
		switch {
		case n.isPlainGroup():
			out.Subs = append(out.Subs, n.Subs[0].body().Subs...)
		case len(n.Subs) == 0:
			out.Subs = append(out.Subs, n)
		default:
			parts := *n
			parts.Subs = make([]*Node, len(n.Subs))
			for i, sub := range n.Subs {
				parts.Subs[i] = sub.body()
			}
			out.Subs = append(out.Subs, &parts)
		}
	}
	return out
}

// body makes a sequence of a part of a node.
func (n *Node) body() *Node {
	switch n.Op {
	case OpConcat:
		return lower(n.Subs)
	case OpAlternate:
	default: // what is repeated
		return lower([]*Node{n})
	}
	branches := make([]*Node, len(n.Subs))
	for i, sub := range n.Subs {
		branches[i] = lower(sub.Subs)
	}
	same := shared(branches)
	prefix, last := slices.Clone(branches[0].Subs[:same]), &Node{Op: OpAlternate, Subs: branches}
	if items, ok := setOf(branches, same); ok {
		last = &Node{Op: OpSet, Items: items, flags: n.flags}
	}
	for _, branch := range branches {
		branch.Subs = branch.Subs[same:]
	}
	return &Node{Op: OpConcat, Subs: append(prefix, last)}
}

// asSet replaces the characters that alternatives at the top end in by parts of a set, if Python makes a set of the
// alternatives. Whether case is folded for any of them is decided by all.
func asSet(alternatives []*Node) {
	whole, ok := setOf(alternatives, shared(alternatives))
	if !ok {
		return
	}
	for _, seq := range alternatives {
		last := *seq.Subs[len(seq.Subs)-1]
		last.Op, last.Items = OpSet, last.items()
		// An item may match more in a set that is folded for another item's sake.
		if !folds(whole, last.flags) {
			last.flags &^= IgnoreCase
		}
		last.flags |= foldsAll
		seq.Subs[len(seq.Subs)-1] = &last
	}
}

// shared is how many nodes all branches begin with.
func shared(branches []*Node) int {
	n, first := 0, branches[0].Subs
	for n < len(first) && all(branches, func(b *Node) bool { return n < len(b.Subs) && b.Subs[n].equals(first[n]) }) {
		n++
	}
	return n
}

func all[T any](s []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(s, func(v T) bool { return !ok(v) })
}

// equals tells whether Python's parser takes two nodes for the same, which it never does for anything with parts.
func (n *Node) equals(other *Node) bool {
	return n.Op == other.Op && len(n.Subs) == 0 && len(other.Subs) == 0 &&
		n.Rune == other.Rune && n.Negate == other.Negate && n.Group == other.Group && slices.Equal(n.Items, other.Items)
}

// setOf gives the items of the set that branches amount to, if they do, behind what they share.
func setOf(branches []*Node, shared int) ([]SetItem, bool) {
	for _, b := range branches {
		if len(b.Subs) != shared+1 || !b.Subs[shared].isChar() || b.Subs[shared].Op == OpAny || b.Subs[shared].Negate {
			return nil, false
		}
	}
	var items []SetItem
	for _, b := range branches {
		for _, item := range b.Subs[shared].items() {
			if !slices.Contains(items, item) {
				items = append(items, item)
			}
		}
	}
	return items, true
}

// items are what a literal or a set has for items.
func (n *Node) items() []SetItem {
	if n.Op == OpLiteral {
		return []SetItem{{Lo: n.Rune, Hi: n.Rune}}
	}
	return n.Items
}

// char gives the one character matcher that a sequence consists of, nil if it
// is more than that. Python repeats such sequences in a simpler way.
func (n *Node) char() *Node {
	if len(n.Subs) != 1 {
		return nil
	}
	switch s := n.Subs[0]; {
	case s.isChar():
		return s
	case s.Op == OpGroup && s.Group == 0:
		return s.Subs[0].char()
	}
	return nil
}
