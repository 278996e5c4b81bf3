package pyre

import (
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf8"
)

// automaton is what the goroutines that match with a list share.
type automaton struct {
	nfa      *nfa
	alphabet *alphabet
	// Beyond the classes of characters there are two symbols: a newline that
	// is the last character, which $ looks for, and the end.
	lastNewline, end int
	stride           int
	facts            []charFacts // of all symbols
}

// newAutomaton gives nil if there is nothing for it to do, or too much.
func newAutomaton(a *nfa) *automaton {
	if len(a.code) == 0 {
		return nil
	}
	alphabet := newAlphabet(a.sets, a.edges())
	if alphabet == nil {
		return nil
	}
	n := len(alphabet.facts)
	facts := append(alphabet.facts, isNewline|isLast, isNone)
	return &automaton{nfa: a, alphabet: alphabet, lastNewline: n, end: n + 1, stride: n + 2, facts: facts}
}

// dfaState is a set of NFA instructions that wait for a character or position.
type dfaState struct {
	pcs    []int32   // ascending
	waits  bool      // some wait for a position
	before charFacts // of the character before it; only states that wait for a position have any
	best   int       // the first alternative known to match, -1: none
}

// Bounds for what a dfa keeps, 4 MB each; beyond them it starts afresh.
const (
	maxTransitions = 1 << 20
	maxStatePCs    = 1 << 20
)

// dfa is the automaton made deterministic, as far as subjects have called for
// it. It belongs to one goroutine.
//
// A transition is what a state and a symbol lead to: another state as its
// number times the stride; an answer, negative; or 0, not known yet.
type dfa struct {
	*automaton
	trans    []int32
	states   []dfaState
	byKey    map[string]int32
	statePCs int
	start    int32
	budget   *Budget
	work     int // instructions looked at since the budget was last told
	era      int // how often it has started afresh
	// Bounds, maxTransitions and maxStatePCs but in tests.
	maxTransitions, maxStatePCs int

	// For the work on a transition.
	seen    []uint32
	turn    uint32
	stack   []int32
	waiting []int32
	key     []byte
}

// answer encodes the first alternative that matches, -1 if none does.
func answer(best int) int32 { return int32(-(best + 2)) }

func bestOf(answer int32) int { return int(-answer) - 2 }

func newDFA(a *automaton) *dfa {
	d := &dfa{automaton: a, seen: make([]uint32, len(a.nfa.code)), maxTransitions: maxTransitions, maxStatePCs: maxStatePCs}
	d.reset()
	return d
}

func (d *dfa) reset() {
	d.trans = append(d.trans[:0], make([]int32, d.stride)...)
	d.states = append(d.states[:0], dfaState{}) // number 0 would be mistaken for not known
	d.byKey = map[string]int32{}
	d.statePCs = 0
	d.start = 0
	d.era++
}

// match gives the first alternative that matches at the start of a subject, -1
// if none does.
func (d *dfa) match(s string) (best int, limit *LimitError) {
	if d.start == 0 {
		d.start = d.startState()
	}
	last := len(s)
	if last > 0 && s[last-1] == '\n' {
		last--
	}
	at := d.runLong(d.start, s[:last])
	if at > 0 && last < len(s) {
		at = d.follow(at, d.lastNewline)
	}
	if at > 0 {
		at = d.follow(at, d.end)
	}
	if at != tooMuch {
		return bestOf(at), nil
	}
	if limit := d.budget.Spend(0); limit != nil {
		return 0, limit
	}
	return 0, &LimitError{Line: -1, Limit: WorkLimit, What: "steps of the automaton"}
}

// Working out a transition takes time for each instruction that a state has,
// and a long subject may need a new one for each character. So what is too much
// is counted on the states that a subject goes through, every chunk of it: that
// depends on list and subject alone, not on what is known already. States of
// the real lists have a few dozen instructions once a hundred characters are
// read.
const (
	workChunk = 1 << 10 // bytes
	freePCs   = 64      // of a state, which count as nothing; the real lists come to 24
	// WorkLimit bounds the instructions beyond, times bytes.
	WorkLimit = 20_000_000
)

// tooMuch stands for a transition that is not worked out.
const tooMuch = math.MinInt32

// runLong is run, with a limit for long subjects.
func (d *dfa) runLong(at int32, s string) int32 {
	for work := 0; len(s) > workChunk && at > 0; {
		n := workChunk
		for !utf8.RuneStart(s[n]) && n < workChunk+utf8.UTFMax && n < len(s)-1 {
			n++
		}
		at = d.run(at, s[:n])
		s = s[n:]
		if at > 0 {
			work += n * max(0, len(d.states[int(at)/d.stride].pcs)-freePCs)
		}
		if work > WorkLimit {
			return tooMuch
		}
	}
	return d.run(at, s)
}

// run follows characters until an answer is known or they end.
func (d *dfa) run(at int32, s string) int32 {
	trans, ascii := d.trans, &d.alphabet.ascii
	for i := 0; i < len(s) && at > 0; {
		var class int
		if b := s[i]; b < utf8.RuneSelf {
			class = int(ascii[b])
			i++
		} else {
			r, size := utf8.DecodeRuneInString(s[i:])
			class = int(d.alphabet.search(r))
			i += size
		}
		next := trans[int(at)+class]
		if next == 0 {
			next = d.transition(at, class)
			trans = d.trans
		}
		at = next
	}
	return at
}

func (d *dfa) follow(at int32, symbol int) int32 {
	if next := d.trans[int(at)+symbol]; next != 0 {
		return next
	}
	return d.transition(at, symbol)
}

// begin begins to gather the instructions of a state.
func (d *dfa) begin() {
	d.turn++
	d.waiting = d.waiting[:0]
}

// startState makes the state before the first character.
func (d *dfa) startState() int32 {
	d.begin()
	best := -1
	for _, start := range d.nfa.starts {
		best = d.spread(start, best, 0, noSymbol)
	}
	return d.intern(isNone, best)
}

// transition works out where a state and a symbol lead to, and notes it; tooMuch
// where the budget is used up.
func (d *dfa) transition(at int32, symbol int) int32 {
	from := d.states[int(at)/d.stride]
	if d.work += len(from.pcs); d.work >= accountSteps {
		if limit := d.budget.Spend(d.work); limit != nil {
			return tooMuch
		}
		d.work = 0
	}
	arrived, best := d.resolve(from, symbol)
	if symbol == d.end {
		next := answer(best)
		d.trans[int(at)+symbol] = next
		return next
	}
	class := symbol
	if symbol == d.lastNewline {
		class = int(d.alphabet.ascii['\n'])
	}
	limit := d.limit(best)
	d.begin()
	for _, pc := range arrived {
		in := &d.nfa.code[pc]
		if in.op == opChar && pc < limit && d.alphabet.has[in.n][class] {
			best = d.spread(pc+1, best, 0, noSymbol)
		}
	}
	era := d.era
	next := d.intern(d.facts[symbol], best)
	if d.era == era { // else the states were dropped, and at with them
		d.trans[int(at)+symbol] = next
	}
	return next
}

// limit gives the first instruction of the alternatives that come too late
// once best is known to match.
func (d *dfa) limit(best int) int32 {
	if best < 0 {
		return int32(len(d.nfa.code))
	}
	return int32(d.nfa.limits[best])
}

// resolve follows the positions of a state that hold before a symbol. It gives
// all instructions that then wait, and the first alternative that is now known
// to match.
func (d *dfa) resolve(from dfaState, symbol int) ([]int32, int) {
	best := from.best
	if !from.waits {
		return from.pcs, best
	}
	d.begin()
	for _, pc := range from.pcs {
		best = d.spread(pc, best, from.before, symbol)
	}
	return slices.Clone(d.waiting), best
}

// noSymbol stands for a symbol that is not known yet.
const noSymbol = -1

// spread adds to d.waiting the instructions that wait for a character or a
// position from pc on. Where the symbol is known that comes next, positions that
// hold are gone through. It gives the better of best and what matches.
func (d *dfa) spread(pc int32, best int, before charFacts, symbol int) int {
	d.stack = append(d.stack[:0], pc)
	for len(d.stack) > 0 {
		pc := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		d.work++
		if d.seen[pc] == d.turn {
			continue
		}
		d.seen[pc] = d.turn
		in := &d.nfa.code[pc]
		switch in.op {
		case opBranch:
			if in.exit > 0 {
				d.stack = append(d.stack, in.exit)
			}
			d.stack = append(d.stack, pc+1)
		case opJump:
			d.stack = append(d.stack, in.exit)
		case opMatch:
			if alt := int(in.n); best < 0 || alt < best {
				best = alt
			}
		case opPosition:
			if symbol == noSymbol {
				d.waiting = append(d.waiting, pc)
			} else if in.node.holds(before, d.facts[symbol]) {
				d.stack = append(d.stack, pc+1)
			}
		default:
			d.waiting = append(d.waiting, pc)
		}
	}
	return best
}

// intern gives the state of d.waiting, as a transition: an answer if there is
// nothing left that could change it.
func (d *dfa) intern(before charFacts, best int) int32 {
	limit := d.limit(best)
	late := func(pc int32) bool { return pc >= limit }
	d.waiting = slices.DeleteFunc(d.waiting, late)
	if len(d.waiting) == 0 {
		return answer(best)
	}
	slices.Sort(d.waiting)
	waits := slices.ContainsFunc(d.waiting, func(pc int32) bool { return d.nfa.code[pc].op == opPosition })
	if !waits {
		before = 0
	}
	d.key = append(d.key[:0], byte(before))
	d.key = binary.AppendVarint(d.key, int64(best))
	for _, pc := range d.waiting {
		d.key = binary.LittleEndian.AppendUint32(d.key, uint32(pc))
	}
	if number, ok := d.byKey[string(d.key)]; ok {
		return number
	}
	return d.addState(dfaState{pcs: slices.Clone(d.waiting), waits: waits, before: before, best: best})
}

func (d *dfa) addState(s dfaState) int32 {
	if len(d.trans)+d.stride > d.maxTransitions || d.statePCs+len(s.pcs) > d.maxStatePCs {
		d.reset()
	}
	number := int32(len(d.trans))
	d.trans = append(d.trans, make([]int32, d.stride)...)
	d.states = append(d.states, s)
	d.statePCs += len(s.pcs)
	d.byKey[string(d.key)] = number
	return number
}
