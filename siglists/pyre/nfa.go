package pyre

import "slices"

// nfa is the code of the alternatives that are regular, in the manner of Thompson: each alternative's instructions in a row,
// in the order of the alternatives.
type nfa struct {
	writer
	starts []int32 // where the alternatives start that it has
	limits []int   // for each alternative, the first instruction that isn't of it or one before it
}

// Bounds for the size of an alternative and of all; what is larger is left to
// backtracking.
const (
	maxAltSize = 10_000
	maxNFASize = 400_000
)

func newNFA(pool charsetPool) *nfa {
	return &nfa{writer: writer{numbers: map[*charset]int32{}, pool: pool, regular: true}}
}

// edges tells whether anything asks for the edge of a word.
func (a *nfa) edges() bool {
	return slices.ContainsFunc(a.code, func(i instr) bool { return i.op == opPosition && i.node.isEdge() })
}

// addAlternative takes the next alternative, and tells whether it could.
func (a *nfa) addAlternative(seq *Node) bool {
	alt, start := len(a.limits), len(a.code)
	a.limits = append(a.limits, start)
	// Known before anything is written: a repeat of repeats may be billions of instructions.
	if size := seq.size(); size > maxAltSize || start+size > maxNFASize {
		return false
	}
	a.starts = append(a.starts, int32(start))
	a.sequence(seq)
	a.add(instr{op: opMatch, n: int32(alt)})
	return true
}

// tooLarge is a size beyond every bound.
const tooLarge = 1 << 30

// size is at least the number of instructions that a lowered node takes in the automaton, tooLarge if it is not regular.
func (n *Node) size() int {
	size, around, copies := 0, 0, 1
	switch {
	case n.Op == OpConcat, n.isChar(), n.isPosition():
		size = 1
	case n.Op == OpGroup:
	case n.Op == OpAlternate:
		around = 2
	case n.Op == OpRepeat && n.Mode != Possessive && max(n.Min, n.Max) < tooLarge/100:
		around, copies = 2, max(n.Min, n.Max)+1
	default:
		return tooLarge
	}
	for _, sub := range n.Subs {
		size = min(size+sub.size()+around, tooLarge)
	}
	return min(size*copies, tooLarge)
}
