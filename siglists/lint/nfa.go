package lint

import "github.com/sigdiff/sigdiff/siglists/pyre"

// The automaton of one pattern, in the manner of Thompson, made to decide whether one line matches all
// that another does. Matching itself is pyre's.

type opcode uint8

const (
	opChar    opcode = iota // a character of set, then the next instruction
	opSplit                 // the next instruction or out
	opJump                  // out
	opBegin                 // at the start of the frame
	opEnd                   // $: at the end of the frame, or before a final newline
	opTextEnd               // \Z: at the end of the frame
	opMatch
)

type instr struct {
	op  opcode
	out int
	set charset
}

type nfa struct {
	code  []instr
	work  int  // the nodes taken so far, repeated ones as often as they are repeated
	ended bool // an opEnd or opTextEnd was added
}

// Bounds for the instructions of an automaton and the nodes it is made of.
const (
	maxCode = 2000
	maxWork = 20_000
)

// newNFA gives nil for a pattern that is not regular, looks at word boundaries, or is too large.
func newNFA(root *pyre.Node) *nfa {
	a := &nfa{}
	if !a.node(root) {
		return nil
	}
	a.add(instr{op: opMatch})
	return a
}

func (a *nfa) add(in instr) int {
	a.code = append(a.code, in)
	return len(a.code) - 1
}

// here makes instructions jump to what comes next.
func (a *nfa) here(pcs ...int) {
	for _, pc := range pcs {
		a.code[pc].out = len(a.code)
	}
}

// node adds the instructions of a node, and tells whether it could.
func (a *nfa) node(n *pyre.Node) bool {
	if a.work++; len(a.code) > maxCode || a.work > maxWork {
		return false
	}
	switch n.Op {
	case pyre.OpConcat, pyre.OpGroup:
		for _, sub := range n.Subs {
			if !a.node(sub) {
				return false
			}
		}
		return true
	case pyre.OpAlternate:
		return a.alternate(n)
	case pyre.OpLiteral, pyre.OpAny, pyre.OpSet:
		a.add(instr{op: opChar, set: setOf(n)})
		return true
	case pyre.OpBegin, pyre.OpTextBegin:
		a.add(instr{op: opBegin})
		return !a.ended // both can hold at once, in a frame that is a lone newline
	case pyre.OpEnd:
		a.add(instr{op: opEnd})
		a.ended = true
		return true
	case pyre.OpTextEnd:
		a.add(instr{op: opTextEnd})
		a.ended = true
		return true
	case pyre.OpRepeat:
		return n.Mode != pyre.Possessive && a.repeat(n)
	}
	return false
}

func (a *nfa) alternate(n *pyre.Node) bool {
	var ends []int
	last := len(n.Subs) - 1
	for _, sub := range n.Subs[:last] {
		split := a.add(instr{op: opSplit})
		if !a.node(sub) {
			return false
		}
		ends = append(ends, a.add(instr{op: opJump}))
		a.here(split)
	}
	ok := a.node(n.Subs[last])
	a.here(ends...)
	return ok
}

func (a *nfa) repeat(n *pyre.Node) bool {
	if n.Min > maxCode || n.Max > maxCode {
		return false
	}
	for range n.Min {
		if !a.node(n.Subs[0]) {
			return false
		}
	}
	if n.Max == pyre.Unbounded {
		split := a.add(instr{op: opSplit})
		ok := a.node(n.Subs[0])
		a.add(instr{op: opJump, out: split})
		a.here(split)
		return ok
	}
	var splits []int
	for range n.Max - n.Min {
		splits = append(splits, a.add(instr{op: opSplit}))
		if !a.node(n.Subs[0]) {
			return false
		}
	}
	a.here(splits...)
	return true
}
