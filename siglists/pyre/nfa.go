package pyre

import "slices"

// The automaton of the alternatives that are regular: an NFA in the manner of
// Thompson, each alternative's instructions in a row, in the order of the
// alternatives. It tells which alternatives match, not what they capture, so
// greedy and lazy repeats are the same to it.

type nfaOp uint8

const (
	nfaChar     nfaOp = iota // a character of set, then the next instruction
	nfaPosition              // pos must hold, then the next instruction
	nfaSplit                 // the next instruction or out
	nfaJump                  // out
	nfaMatch                 // the alternative matches
)

type nfaInstr struct {
	op  nfaOp
	pos position
	set int32 // index into nfa.sets
	out int32
	alt int32 // of nfaMatch: the index of the alternative
}

// Bounds for the size of an alternative and of all; what is larger is left to
// backtracking.
const (
	maxAltSize = 10_000
	maxNFASize = 400_000
)

type nfa struct {
	code   []nfaInstr
	starts []int32 // where the alternatives start that it has
	limits []int   // for each alternative, the first instruction that isn't of it or one before it
	sets   []*charset
	index  map[*charset]int
	pool   *charsetPool
}

func newNFA(pool *charsetPool) *nfa {
	return &nfa{index: map[*charset]int{}, pool: pool}
}

// edges tells whether anything asks for the edge of a word.
func (a *nfa) edges() bool {
	return slices.ContainsFunc(a.code, func(i nfaInstr) bool { return i.op == nfaPosition && i.pos >= atBoundary })
}

// addAlternative takes the next alternative, and tells whether it could.
func (a *nfa) addAlternative(seq sequence) bool {
	alt, start := len(a.limits), len(a.code)
	a.limits = append(a.limits, start)
	if size := seq.nfaSize(); size > maxAltSize || start+size > maxNFASize {
		return false
	}
	a.starts = append(a.starts, int32(start))
	a.sequence(seq)
	a.add(nfaInstr{op: nfaMatch, alt: int32(alt)})
	return true
}

// tooLarge is a size beyond every bound.
const tooLarge = 1 << 30

// nfaSize is the number of instructions that a sequence takes, tooLarge if it
// is not regular.
func (seq sequence) nfaSize() int {
	size := 1
	for _, s := range seq {
		size = min(size+s.nfaSize(), tooLarge)
	}
	return size
}

func (s *term) nfaSize() int {
	switch s.op {
	case termChar, termPosition:
		return 1
	case termGroup:
		return s.subs[0].nfaSize()
	case termBranch:
		size := 0
		for _, sub := range s.subs {
			size = min(size+sub.nfaSize()+2, tooLarge)
		}
		return size
	case termRepeat:
		if s.node.Mode == Possessive {
			return tooLarge
		}
		copies := max(s.node.Min, s.node.Max) + 1
		if copies > tooLarge/100 {
			return tooLarge
		}
		return min((s.subs[0].nfaSize()+2)*copies, tooLarge)
	}
	return tooLarge
}

func (a *nfa) add(in nfaInstr) int {
	a.code = append(a.code, in)
	return len(a.code) - 1
}

func (a *nfa) outHere(pcs ...int) {
	for _, pc := range pcs {
		a.code[pc].out = int32(len(a.code))
	}
}

func (a *nfa) sequence(seq sequence) {
	for _, s := range seq {
		a.term(s)
	}
}

func (a *nfa) term(s *term) {
	switch s.op {
	case termChar:
		a.add(nfaInstr{op: nfaChar, set: a.setIndex(s.charset(a.pool))})
	case termPosition:
		a.add(nfaInstr{op: nfaPosition, pos: positionOf(s.node.Op, s.flags)})
	case termGroup:
		a.sequence(s.subs[0])
	case termBranch:
		a.branch(s)
	case termRepeat:
		a.repeat(s)
	}
}

func (a *nfa) setIndex(set *charset) int32 {
	i, ok := a.index[set]
	if !ok {
		i = len(a.sets)
		a.sets = append(a.sets, set)
		a.index[set] = i
	}
	return int32(i)
}

func (a *nfa) branch(s *term) {
	var ends []int
	last := len(s.subs) - 1
	for _, sub := range s.subs[:last] {
		split := a.add(nfaInstr{op: nfaSplit})
		a.sequence(sub)
		ends = append(ends, a.add(nfaInstr{op: nfaJump}))
		a.outHere(split)
	}
	a.sequence(s.subs[last])
	a.outHere(ends...)
}

func (a *nfa) repeat(s *term) {
	for range s.node.Min {
		a.sequence(s.subs[0])
	}
	if s.node.Max == Unbounded {
		split := a.add(nfaInstr{op: nfaSplit})
		a.sequence(s.subs[0])
		a.add(nfaInstr{op: nfaJump, out: int32(split)})
		a.outHere(split)
		return
	}
	var splits []int
	for range s.node.Max - s.node.Min {
		splits = append(splits, a.add(nfaInstr{op: nfaSplit}))
		a.sequence(s.subs[0])
	}
	a.outHere(splits...)
}
