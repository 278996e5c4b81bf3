package lint

import (
	"encoding/binary"
	"slices"
)

// maxPairs bounds the pairs of states that are looked at for one decision.
const maxPairs = 4000

// maxEffort bounds the work on all decisions over one set, in places of the automata that are looked at.
// The real lists take 1 % of it.
const maxEffort = 20_000_000

// includes tells whether every frame, which is a string of at least one character, that b matches at its
// start is also matched by a. It is exact where it says yes; a no may also mean that it is too much work.
// The work is taken off left; once nothing is left, the answer is no.
func (a *nfa) includes(b *nfa, left *int) bool {
	if *left <= 0 {
		return false
	}
	search := inclusion{a: a, b: b, left: left, symbols: symbolsOf(a, b), seen: map[string]bool{}}
	search.visit(pair{a: a.start(), b: b.start(), first: true})
	for len(search.queue) > 0 && !search.failed {
		next := search.queue[0]
		search.queue = search.queue[1:]
		for _, s := range search.symbols {
			search.visit(pair{a: a.step(next.a, s), b: b.step(next.b, s), newline: s.r == '\n'})
		}
	}
	return !search.failed
}

// pair is where both automata can be after the same characters.
type pair struct {
	a, b    states
	first   bool // no character yet
	newline bool // the last character was a newline
}

func (p pair) key() string {
	var b []byte
	for _, set := range []states{p.a, p.b} {
		b = binary.AppendUvarint(b, uint64(len(set)))
		for _, pc := range set {
			b = binary.AppendUvarint(b, uint64(pc))
		}
	}
	switch { // these look at other frames from the same places
	case p.first:
		b = append(b, 2)
	case p.newline:
		b = append(b, 1)
	}
	return string(b)
}

type inclusion struct {
	a, b    *nfa
	left    *int
	symbols []symbol
	seen    map[string]bool
	queue   []pair
	failed  bool
}

// visit looks at the frames that end here, and remembers to go on. A frame that ends in a newline is
// looked at from before that newline, since $ matches there.
func (s *inclusion) visit(p pair) {
	if len(p.b) == 0 || s.a.matched(p.a) || s.failed {
		return
	}
	*s.left -= (len(p.a) + len(p.b)) * len(s.symbols)
	key := p.key()
	if s.seen[key] {
		return
	}
	s.seen[key] = true
	ends := !p.first && !p.newline && s.b.endsHere(p.b) && !s.a.endsHere(p.a)
	endsInNewline := s.b.endsInNewline(p.b) && !s.a.endsInNewline(p.a)
	s.failed = ends || endsInNewline || len(s.seen) > maxPairs || *s.left <= 0
	s.queue = append(s.queue, p)
}

// states are the places in an automaton, sorted: instructions that take a character, wait for the end,
// or have matched.
type states []int

// where says which positions hold while no character is taken.
type where struct{ begin, end, textEnd bool }

func (a *nfa) start() states { return a.close([]int{0}, where{begin: true}) }

// close follows what takes no character. A $ or \Z that does not hold stays, for the end may come.
func (a *nfa) close(from []int, at where) states {
	var out states
	seen := make(map[int]bool, len(from))
	stack := slices.Clone(from)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := a.code[pc]; in.op {
		case opSplit:
			stack = append(stack, pc+1, in.out)
		case opJump:
			stack = append(stack, in.out)
		case opBegin:
			if at.begin {
				stack = append(stack, pc+1)
			}
		case opEnd, opTextEnd:
			if in.op == opEnd && at.end || at.textEnd {
				stack = append(stack, pc+1)
			} else {
				out = append(out, pc)
			}
		default:
			out = append(out, pc)
		}
	}
	slices.Sort(out)
	return a.settle(out)
}

// settle leaves nothing but the match, once there is one: no more characters can undo it.
func (a *nfa) settle(s states) states {
	if len(s) > 0 && s[len(s)-1] == len(a.code)-1 { // the match is the last instruction
		return s[len(s)-1:]
	}
	return s
}

func (a *nfa) matched(s states) bool {
	return len(s) > 0 && a.code[s[len(s)-1]].op == opMatch
}

func (a *nfa) step(s states, c symbol) states {
	if a.matched(s) {
		return s
	}
	var next []int
	for _, pc := range s {
		if in := &a.code[pc]; in.op == opChar && in.set.has(c) {
			next = append(next, pc+1)
		}
	}
	return a.close(next, where{})
}

// endsHere tells whether a frame that ends here, and not in a newline, matches.
func (a *nfa) endsHere(s states) bool {
	return a.matched(a.close(s, where{end: true, textEnd: true}))
}

// endsInNewline tells whether a frame matches that has nothing but a newline left.
func (a *nfa) endsInNewline(s states) bool {
	before := a.close(s, where{end: true})
	return a.matched(before) || a.endsHere(a.step(before, symbol{'\n', isSpace}))
}
