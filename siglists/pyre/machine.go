package pyre

import "unicode/utf8"

// StepLimit bounds the work of one call of Match on the lines that need
// backtracking. An instruction is a step, and so are a few dozen characters in
// a simple loop. The count depends on the lines and the subject alone.
const StepLimit = 5_000_000

// StackLimit bounds the choices that may be pending in one call of Match, and so its memory to some 150 MB. Each is a call of
// match that has not returned.
const StackLimit = 1 << 18

// machine runs programs on a subject by backtracking, in the order in which Python tries, and with its rules on what captures
// come back to when a choice fails. It follows SRE(match) in CPython's Modules/_sre/sre_lib.h, oddities and all: a fault there
// is an answer that Socorro has.
type machine struct {
	*program
	budget *Budget
	limit  int // of the steps
	steps  int
	told   int // of the steps, which the budget knows of
	next   int // the number of steps at which the limits are looked at

	subject string
	at      int // where what matched last ends, in bytes

	places   []int // of the marks: byte offsets of the groups' ends, -1: not set
	lastMark int   // marks above it don't count; -1: none does
	loops    []loop
	saved    []int // marks that choices come back to
}

// place is where the machine is in the code. It is small, and so are the frames of match: as many as StackLimit are on the
// goroutine's stack at once.
type place struct {
	pc   int32
	loop int32 // the innermost loop under way, in machine.loops; -1: none
}

// loop is the state of a repeat: how often its part has matched, counted from
// -1, and where its last optional turn began. Loops never change once made; a
// further turn makes a further one.
type loop struct {
	count int
	last  int // -1: no optional turn yet
	outer int32
}

// run tells whether a program matches at the start of a subject. The steps go
// on from where they were.
func (m *machine) run(p *program, subject string) (ok bool, limit *LimitError) {
	if !p.longEnough(subject) {
		return false, nil
	}
	m.program, m.subject, m.lastMark, m.next = p, subject, -1, min(m.steps+accountSteps, m.limit)
	m.loops, m.saved = m.loops[:0], m.saved[:0]
	if len(m.places) < p.marks {
		m.places = make([]int, p.marks)
	}
	// Limits are met far down, and leave all calls of match at once.
	defer catch(&limit)
	ok = m.match(place{0, -1}, 0, 0)
	if ok && m.hasWrongSpan() {
		return false, &LimitError{fault: "Python's re fails with a SystemError: the span of a capturing group is wrong"}
	}
	return ok, m.spend()
}

// hasWrongSpan tells of a group that ends before it begins. A branch of a possessive repeat that fails leaves the beginning
// of its group behind, and Python refuses to make a match object of that.
func (m *machine) hasWrongSpan() bool {
	for i := 0; i < m.lastMark; i += 2 {
		if m.places[i+1] >= 0 && m.places[i] > m.places[i+1] {
			return true
		}
	}
	return false
}

// accountSteps is how many steps are taken before the limits are looked at: some hundredths of a millisecond.
const accountSteps = 1 << 12

// account looks at the limit of the steps, and tells the budget of them.
func (m *machine) account() {
	limit := m.spend()
	if m.steps > m.limit {
		limit = &LimitError{Limit: m.limit, What: "steps"}
	}
	if limit != nil {
		panic(bail[*LimitError]{limit})
	}
	m.next = min(m.steps+accountSteps, m.limit)
}

func (m *machine) spend() *LimitError {
	steps := m.steps - m.told
	m.told = m.steps
	return m.budget.Spend(steps)
}

// match goes on from a place, and tells whether what follows matches, up to the end of the program or of the part that the
// place is in. Then m.at is where that is. depth is how many choices are pending.
func (m *machine) match(p place, at, depth int) bool {
	if depth++; depth > StackLimit {
		m.giveUp()
	}
	for {
		if m.steps++; m.steps > m.next {
			m.account()
		}
		in := &m.code[p.pc]
		p.pc++
		switch in.op {
		case opChar:
			n := m.char(m.sets[in.n], at)
			if n == 0 {
				return false
			}
			at += n
		case opMatch, opEnd:
			m.at = at
			return true
		// Either goes on from one place, and comes back to another where that fails.
		case opBranch, opUntil:
			second, saves := m.choose(in, &p, at)
			if saves == nothing {
				continue
			}
			s := m.save(saves == allMarks)
			if m.match(p, at, depth) {
				return true
			}
			if m.restore(s); second.pc == 0 {
				return false
			}
			p = second
		case opRepeatChar:
			n, state := m.repeatChar(in, p, at, depth)
			if state != goesOn {
				return state == matched
			}
			at += n
		case opPossessive, opAtomic, opLook:
			end, ok := m.enclosed(in, p, at, depth)
			if !ok {
				return false
			}
			p.pc, at = in.exit, end
		default:
			n, ok := m.step(in, &p, at)
			if !ok {
				return false
			}
			at += n
		}
	}
}

// step takes an instruction that has one way to go on, and tells how many bytes it matches.
func (m *machine) step(in *instr, p *place, at int) (size int, ok bool) {
	switch in.op {
	case opPosition:
		return 0, m.holds(in.node, at)
	case opBackref:
		return m.backref(in.node, at)
	case opMark:
		m.mark(int(in.n), at)
	case opJump:
		p.pc = in.exit
	case opRepeat:
		*p = place{in.exit, m.newLoop(-1, -1, p.loop)}
	case opConditional:
		if _, _, set := m.group(in.node.Group); !set {
			p.pc = in.exit
		}
	}
	return 0, true
}

func (m *machine) giveUp() {
	panic(bail[*LimitError]{&LimitError{Limit: StackLimit, What: "pending choices"}})
}

// char is how many bytes the next character has, if it is of a set; else 0.
func (m *machine) char(set *charset, at int) int {
	if at >= len(m.subject) {
		return 0
	}
	if b := m.subject[at]; b < utf8.RuneSelf {
		if set.ascii[b] {
			return 1
		}
		return 0
	}
	r, size := utf8.DecodeRuneInString(m.subject[at:])
	if set.has(r) {
		return size
	}
	return 0
}

// back is where the character before a place begins.
func (m *machine) back(at int) int {
	_, size := utf8.DecodeLastRuneInString(m.subject[:at])
	return at - size
}

// holds tells whether a position is at a place in the subject.
func (m *machine) holds(n *Node, at int) bool {
	before, after := isNone, isNone
	if at > 0 {
		r, _ := utf8.DecodeLastRuneInString(m.subject[:at])
		before = n.factsOf(r)
	}
	if at < len(m.subject) {
		r, _ := utf8.DecodeRuneInString(m.subject[at:])
		if after = n.factsOf(r); m.subject[at:] == "\n" {
			after |= isLast
		}
	}
	return n.holds(before, after)
}

// mark notes a place. Marks between the highest so far and a new highest
// are those of groups that were passed by.
func (m *machine) mark(n, at int) {
	if n > m.lastMark {
		for i := m.lastMark + 1; i < n; i++ {
			m.places[i] = -1
		}
		m.lastMark = n
	}
	m.places[n] = at
}

// group gives what a group matched. As in Python, a group that is open again
// counts with its old end if its new start isn't behind that.
func (m *machine) group(n int) (start, end int, set bool) {
	i := 2 * (n - 1)
	if i >= m.lastMark {
		return 0, 0, false
	}
	start, end = m.places[i], m.places[i+1]
	return start, end, start >= 0 && end >= start
}

// backref is how many bytes match what a group matched once more.
func (m *machine) backref(n *Node, from int) (size int, ok bool) {
	start, end, set := m.group(n.Group)
	if !set {
		return 0, false
	}
	m.charge(end - start)
	at, fold := from, foldingOf(n.flags)
	for start < end {
		if at >= len(m.subject) {
			return 0, false
		}
		want, n := utf8.DecodeRuneInString(m.subject[start:])
		got, size := utf8.DecodeRuneInString(m.subject[at:])
		// Python folds both, and looks for no other equivalents here, as it does for literals.
		if want != got && fold.apply(want) != fold.apply(got) {
			return 0, false
		}
		start += n
		at += size
	}
	return at - from, true
}

// charge counts the steps of a simple loop over n characters.
func (m *machine) charge(n int) { m.steps += n / 32 }
