package pyre

import "unicode/utf8"

// Code is what the automaton and the backtracking machine run. Where an instruction has parts, they follow it; exit is the
// first instruction after them. To the automaton, which tells whether an alternative matches and not what it captures,
// greedy and lazy repeats are the same, and what repeats is written out as often as it may.

type opcode uint8

const (
	opChar        opcode = iota // one character of set n
	opPosition                  // the node must hold
	opBranch                    // what follows or exit, unless that is 0
	opJump                      // go to exit
	opMatch                     // done: alternative n matches
	opMark                      // note the position as mark n; this and what follows is for the machine alone
	opRepeatChar                // the node says how many characters of set n
	opRepeat                    // start counting the repeats that opUntil decides on
	opUntil                     // the end of the part of the opRepeat at n
	opPossessive                // repeat what follows without giving back, as often as the node says
	opAtomic                    // what follows, without giving back
	opLook                      // look at what follows
	opEnd                       // the end of the parts of the last three
	opBackref                   // what a group matched
	opConditional               // go to exit unless a group matched
)

type instr struct {
	op      opcode
	n, exit int32
	node    *Node
}

// program is an alternative at the top of a pattern, compiled.
type program struct {
	code  []instr
	sets  []*charset // of its characters, by number
	marks int        // two for each group of the pattern
	// minLength is the least number of characters that the whole pattern, with
	// its other alternatives, matches by Python's reckoning. Python gives up on
	// shorter subjects at once, although a back reference to a group that is
	// under way can in truth match less than it reckons.
	minLength uint64
}

// longEnough tells whether a subject has the least number of characters.
func (p *program) longEnough(subject string) bool {
	n := uint64(len(subject))
	return n >= p.minLength && (n >= utf8.UTFMax*p.minLength || uint64(utf8.RuneCountInString(subject)) >= p.minLength)
}

// writer turns sequences into code.
type writer struct {
	code    []instr
	sets    []*charset
	numbers map[*charset]int32 // of sets
	pool    charsetPool
	regular bool // for the automaton
}

// compileProgram compiles one of the alternatives of a pattern, lowered.
func compileProgram(seq *Node, p *Pattern, pool charsetPool) *program {
	w := &writer{numbers: map[*charset]int32{}, pool: pool}
	w.sequence(seq)
	w.add(instr{op: opMatch})
	return &program{code: w.code, sets: w.sets, marks: 2 * p.Groups, minLength: min(p.minLength, maxRepeat)}
}

func (w *writer) add(in instr) int32 {
	w.code = append(w.code, in)
	return int32(len(w.code) - 1)
}

// exitHere makes instructions lead to the next one to be written.
func (w *writer) exitHere(pcs ...int32) {
	for _, pc := range pcs {
		w.code[pc].exit = int32(len(w.code))
	}
}

func (w *writer) sequence(seq *Node) {
	for _, n := range seq.Subs {
		w.node(n)
	}
}

func (w *writer) node(n *Node) {
	switch n.Op {
	case OpLiteral, OpAny, OpSet:
		w.add(instr{op: opChar, n: w.set(n)})
	case OpGroup:
		w.group(n)
	case OpAlternate:
		w.branch(n)
	case OpRepeat:
		w.repeat(n)
	case OpAtomic:
		w.enclosed(opAtomic, n)
	case OpLook:
		w.enclosed(opLook, n)
	case OpBackref:
		w.add(instr{op: opBackref, node: n})
	case OpConditional:
		w.conditional(n)
	default:
		w.add(instr{op: opPosition, node: n})
	}
}

// set is the number of the set of characters that a node matches.
func (w *writer) set(n *Node) int32 {
	set := w.pool.of(n)
	number, known := w.numbers[set]
	if !known {
		number = int32(len(w.sets))
		w.sets = append(w.sets, set)
		w.numbers[set] = number
	}
	return number
}

func (w *writer) group(n *Node) {
	// The automaton has no use for what groups match.
	if n.Group == 0 || w.regular {
		w.sequence(n.Subs[0])
		return
	}
	mark := int32(2 * (n.Group - 1))
	w.add(instr{op: opMark, n: mark})
	w.sequence(n.Subs[0])
	w.add(instr{op: opMark, n: mark + 1})
}

// branch writes an opBranch before each branch: the machine tries the next one where it fails.
func (w *writer) branch(n *Node) {
	var ends []int32
	last := len(n.Subs) - 1
	for i, sub := range n.Subs {
		start := w.add(instr{op: opBranch})
		w.sequence(sub)
		if i < last {
			ends = append(ends, w.add(instr{op: opJump}))
			w.exitHere(start)
		}
	}
	w.exitHere(ends...)
}

func (w *writer) repeat(n *Node) {
	switch char := n.Subs[0].char(); {
	case w.regular:
		w.writeOut(n)
	case char != nil:
		w.add(instr{op: opRepeatChar, n: w.set(char), node: n})
	case n.Mode == Possessive:
		w.enclosed(opPossessive, n)
	default:
		start := w.add(instr{op: opRepeat})
		w.sequence(n.Subs[0])
		w.exitHere(start)
		w.add(instr{op: opUntil, n: start, node: n})
	}
}

// writeOut writes what is repeated as often as it must be, and then as often as it may be.
func (w *writer) writeOut(n *Node) {
	for range n.Min {
		w.sequence(n.Subs[0])
	}
	optional := n.Max - n.Min
	if n.Max == Unbounded {
		optional = 1
	}
	var branches []int32
	for range optional {
		branches = append(branches, w.add(instr{op: opBranch}))
		w.sequence(n.Subs[0])
	}
	if n.Max == Unbounded {
		w.add(instr{op: opJump, exit: branches[0]})
	}
	w.exitHere(branches...)
}

func (w *writer) enclosed(op opcode, n *Node) {
	start := w.add(instr{op: op, node: n})
	w.sequence(n.Subs[0])
	w.add(instr{op: opEnd})
	w.exitHere(start)
}

func (w *writer) conditional(n *Node) {
	start := w.add(instr{op: opConditional, node: n})
	w.sequence(n.Subs[0])
	if len(n.Subs) == 1 {
		w.exitHere(start)
		return
	}
	end := w.add(instr{op: opJump})
	w.exitHere(start)
	w.sequence(n.Subs[1])
	w.exitHere(end)
}
