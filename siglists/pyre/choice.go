package pyre

// savepoint is what a choice comes back to.
type savepoint struct {
	lastMark, loops int32 // the highest mark, and how many loops there were
	from, to        int32 // the marks, in machine.saved; none where they are not to come back
}

// save notes what a choice comes back to. Python lets all marks come back in loops alone, else only the highest.
func (m *machine) save(marks bool) savepoint {
	s := savepoint{lastMark: int32(m.lastMark), loops: int32(len(m.loops)), from: int32(len(m.saved))}
	if marks {
		m.charge(m.lastMark + 1)
		m.saved = append(m.saved, m.places[:m.lastMark+1]...)
	}
	if s.to = int32(len(m.saved)); s.to > 8*StackLimit {
		m.giveUp()
	}
	return s
}

// restore comes back, once. A choice that has no more places to come back to restores too: what it came from may have saved
// less.
func (m *machine) restore(s savepoint) {
	m.charge(int(s.to - s.from))
	copy(m.places, m.saved[s.from:s.to])
	m.saved, m.loops, m.lastMark = m.saved[:s.from], m.loops[:s.loops], int(s.lastMark)
}

// saving is what is saved before a choice.
type saving uint8

const (
	nothing saving = iota // it is none
	lastMark
	allMarks
)

// choose sets a place to where to go on after an instruction, and gives the place to come back to; 0: none.
func (m *machine) choose(in *instr, p *place, at int) (second place, saves saving) {
	if in.op == opUntil {
		return m.until(in, p, at)
	}
	return place{in.exit, p.loop}, savingIn(p.loop)
}

// savingIn is what is saved inside of a loop.
func savingIn(loop int32) saving {
	if loop < 0 {
		return lastMark
	}
	return allMarks
}

// until decides whether a loop takes another turn. Once it has its least number
// of turns, it takes none where its last optional turn began, so that empty
// turns come to an end.
func (m *machine) until(in *instr, p *place, at int) (second place, saves saving) {
	l, n := m.loops[p.loop], in.node
	count := l.count + 1
	after := place{p.pc, l.outer}
	// A turn is a new loop, since a choice within an earlier turn may come back to that.
	turn := func(last int) place { return place{in.n + 1, m.newLoop(count, last, l.outer)} }
	more := (n.Max == Unbounded || count < n.Max) && at != l.last
	switch {
	case count < n.Min:
		*p = turn(l.last)
		return place{}, nothing
	case n.Mode == Lazy:
		// Made before anything is saved, so that it is still there when the choice comes back to it.
		if more {
			second = turn(at)
		}
		*p = after
		return second, savingIn(l.outer)
	case more:
		*p = turn(at)
		return after, allMarks
	}
	*p = after
	return place{}, nothing
}

func (m *machine) newLoop(count, last int, outer int32) int32 {
	if len(m.loops) > 2*StackLimit {
		m.giveUp()
	}
	m.loops = append(m.loops, loop{count: count, last: last, outer: outer})
	return int32(len(m.loops) - 1)
}

// state is what becomes of a repeat of a character.
type state uint8

const (
	goesOn  state = iota // behind it
	matched              // and so did what follows
	failed
)

// repeatChar repeats a character, and goes on from the next place. It tells how many bytes that takes if there is no choice.
func (m *machine) repeatChar(in *instr, p place, at, depth int) (size int, _ state) {
	set, n, start, count := m.sets[in.n], in.node, at, 0
	for count < n.Min {
		size := m.char(set, at)
		if size == 0 {
			return 0, failed
		}
		at += size
		count++
	}
	least := at
	for n.Mode != Lazy && (n.Max == Unbounded || count < n.Max) {
		size := m.char(set, at)
		if size == 0 {
			break
		}
		at += size
		count++
	}
	m.charge(at - start)
	if n.Mode == Possessive || n.Mode == Greedy && at == least {
		return at - start, goesOn
	}
	marks := p.loop >= 0
	for {
		s := m.save(marks)
		if m.match(p, at, depth) {
			return 0, matched
		}
		m.restore(s)
		before := at
		switch {
		case n.Mode == Greedy:
			at = m.giveBack(at, least, &m.code[p.pc])
		case n.Max == Unbounded || count < n.Max:
			at += m.char(set, at)
			count++
		}
		if at == before {
			return 0, failed
		}
	}
}

// giveBack goes one character back; where a certain character must follow, to the last place before that has it. It stays
// where there is none.
func (m *machine) giveBack(from, least int, next *instr) int {
	at := from
	for at > least {
		at = m.back(at)
		if next.op != opChar || m.char(m.sets[next.n], at) > 0 {
			m.charge(from - at)
			return at
		}
	}
	m.charge(from - at)
	return from
}

// enclosed matches parts that give nothing back, and tells where they end.
func (m *machine) enclosed(in *instr, p place, at, depth int) (end int, ok bool) {
	switch in.op {
	case opPossessive:
		return m.possessive(in.node, p, at, depth)
	case opLook:
		return at, m.look(in.node, p, at, depth)
	}
	ok = m.part(p, at, depth)
	return m.at, ok
}

// part matches the parts that begin at a place, and drops the choices within.
func (m *machine) part(p place, at, depth int) bool {
	loops, saved := len(m.loops), len(m.saved)
	ok := m.match(p, at, depth)
	m.loops, m.saved = m.loops[:loops], m.saved[:saved]
	return ok
}

// possessive repeats the parts that begin at a place, and tells where they end.
func (m *machine) possessive(n *Node, p place, at, depth int) (end int, ok bool) {
	count := 0
	for ; count < n.Min; count++ {
		if !m.part(p, at, depth) {
			return 0, false
		}
		at = m.at
	}
	// Only optional turns give back captures, and only they end where they began.
	for last := -1; (n.Max == Unbounded || count < n.Max) && at != last; count++ {
		s := m.save(true)
		if !m.part(p, at, depth) {
			m.restore(s)
			break
		}
		m.saved = m.saved[:s.from]
		at, last = m.at, at
	}
	return at, true
}

// look tells whether a lookahead or lookbehind holds.
func (m *machine) look(n *Node, p place, at, depth int) bool {
	start := at
	for i := 0; n.Behind && i < n.Min; i++ {
		if at == 0 {
			return n.Negate
		}
		at = m.back(at)
	}
	m.charge(start - at)
	if !n.Negate {
		return m.part(p, at, depth)
	}
	s := m.save(p.loop >= 0)
	if m.part(p, at, depth) {
		return false
	}
	m.restore(s)
	return true
}
