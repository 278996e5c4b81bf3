package pyre

// push notes a choice at the current place. marks says whether the marks are to
// be restored when it is come back to, besides the highest.
func (m *machine) push(kind frameKind, aux int, marks bool) {
	m.frames = append(m.frames, frame{
		kind: kind, marked: marks, pc: m.pc, at: m.at, aux: aux, lastMark: m.lastMark,
		loop: m.loop, boundary: m.boundary, loops: len(m.loops), saved: len(m.saved),
	})
	if marks {
		m.charge(m.lastMark + 1)
		m.saved = append(m.saved, m.marks[:m.lastMark+1]...)
	}
}

// pushBoundary begins parts that are matched apart.
func (m *machine) pushBoundary(kind frameKind, aux int, marks bool) {
	m.push(kind, aux, marks)
	m.boundary = len(m.frames) - 1
}

// backtrack goes on with the latest choice that has something left; it gives
// false if there is none.
func (m *machine) backtrack() bool {
	for len(m.frames) > 0 {
		f := &m.frames[len(m.frames)-1]
		m.pc, m.at, m.loop, m.boundary = f.pc, f.at, f.loop, f.boundary
		m.loops = m.loops[:f.loops]
		if m.retry(f, &m.code[f.pc]) {
			return true
		}
		m.steps++
	}
	return false
}

// restore brings the marks back.
func (m *machine) restore(f *frame) {
	if f.marked {
		m.charge(f.lastMark + 1)
		copy(m.marks, m.saved[f.saved:f.saved+f.lastMark+1])
		m.saved = m.saved[:f.saved+f.lastMark+1]
	}
	m.lastMark = f.lastMark
}

// drop takes the latest frame away.
func (m *machine) drop() {
	top := len(m.frames) - 1
	m.saved = m.saved[:m.frames[top].saved]
	m.frames = m.frames[:top]
}

// retry takes what is left of a choice, and gives false, with the frame gone,
// if that is nothing.
func (m *machine) retry(f *frame, in *instr) bool {
	switch f.kind {
	case frameAtomic, frameLook, framePossessiveMust:
		m.drop()
		return false
	}
	m.restore(f)
	switch f.kind {
	case frameBranch:
		if f.aux < len(in.targets) {
			m.pc = in.targets[f.aux]
			f.aux++
			return true
		}
	case frameGreedyChar:
		if m.giveBack(f) {
			return true
		}
	case frameLazyChar:
		if m.takeMore(f, in) {
			return true
		}
	case frameGreedyTail:
		m.drop()
		m.loop = m.loops[m.loop].outer
		return m.goTo(m.pc + 1)
	case frameLazyTurn:
		m.drop()
		return m.lazyTurn(in)
	case frameLookNegated, framePossessiveMay:
		m.drop()
		return m.goTo(in.exit)
	}
	m.drop()
	return false
}

// giveBack lets a greedy repeat of a character have one less. Where a certain
// character must follow, it goes back to the next place that has it.
func (m *machine) giveBack(f *frame) bool {
	next := &m.code[f.pc+1]
	defer func(from int) { m.charge(from - m.at) }(m.at)
	for m.at > f.aux {
		m.back()
		if next.op != opChar || m.peek(next.set) {
			f.at = m.at
			return m.goTo(f.pc + 1)
		}
	}
	return false
}

// peek tells whether a character of a set comes next.
func (m *machine) peek(set *charset) bool {
	at := m.at
	ok := m.char(set)
	m.at = at
	return ok
}

// takeMore lets a lazy repeat of a character have one more.
func (m *machine) takeMore(f *frame, in *instr) bool {
	if in.hi != Unbounded && f.aux >= in.hi || !m.char(in.set) {
		return false
	}
	f.aux++
	f.at = m.at
	return m.goTo(f.pc + 1)
}

// repeatChar begins a repeat of a character.
func (m *machine) repeatChar(in *instr) bool {
	start := m.at
	count := 0
	for count < in.lo {
		if !m.char(in.set) {
			return false
		}
		count++
	}
	least := m.at
	if in.mode != Lazy {
		for (in.hi == Unbounded || count < in.hi) && m.char(in.set) {
			count++
		}
	}
	m.charge(m.at - start)
	switch {
	case in.mode == Lazy:
		m.push(frameLazyChar, count, m.loop >= 0)
	case in.mode == Greedy && m.at > least:
		m.push(frameGreedyChar, least, m.loop >= 0)
	}
	return m.goTo(m.pc + 1)
}

func (m *machine) newLoop(until, count, last, outer int) {
	m.loops = append(m.loops, loop{until: until, count: count, last: last, outer: outer})
	m.loop = len(m.loops) - 1
}

// turn begins a turn of the current loop.
func (m *machine) turn(in *instr, last int) bool {
	l := m.loops[m.loop]
	m.newLoop(l.until, l.count+1, last, l.outer)
	return m.goTo(in.n + 1)
}

// until decides whether a loop takes another turn. Once it has its least number
// of turns, it takes none where its last optional turn began, so that empty
// turns come to an end.
func (m *machine) until(in *instr) {
	l := m.loops[m.loop]
	count := l.count + 1
	switch {
	case count < in.lo:
		m.turn(in, l.last)
	case in.mode == Lazy:
		m.push(frameLazyTurn, 0, l.outer >= 0)
		m.loop = l.outer
		m.pc++
	case (in.hi == Unbounded || count < in.hi) && m.at != l.last:
		m.push(frameGreedyTail, 0, true)
		m.turn(in, m.at)
	default:
		m.loop = l.outer
		m.pc++
	}
}

// lazyTurn takes another turn after what follows the loop has failed.
func (m *machine) lazyTurn(in *instr) bool {
	l := m.loops[m.loop]
	if in.hi != Unbounded && l.count+1 >= in.hi || m.at == l.last {
		return false
	}
	return m.turn(in, m.at)
}

// possessive goes on with a possessive repeat that has had count turns, the
// last of the optional ones from last on.
func (m *machine) possessive(in *instr, count, last int) {
	switch {
	case count < in.lo:
		m.pushBoundary(framePossessiveMust, count, false)
		m.pc++
	case (in.hi == Unbounded || count < in.hi) && m.at != last:
		m.pushBoundary(framePossessiveMay, count, true)
		m.pc++
	default:
		m.pc = in.exit
	}
}

// look begins a lookahead or lookbehind.
func (m *machine) look(in *instr) bool {
	start := m.at
	for i := 0; i < in.n; i++ {
		if m.at == 0 {
			m.at = start
			return in.negate && m.goTo(in.exit)
		}
		m.back()
	}
	m.charge(start - m.at)
	back := m.at
	m.at = start
	if in.negate {
		m.pushBoundary(frameLookNegated, 0, m.loop >= 0)
	} else {
		m.pushBoundary(frameLook, 0, false)
	}
	m.at = back
	return m.goTo(m.pc + 1)
}

// end leaves parts that are matched apart, and drops the choices within.
func (m *machine) end() bool {
	f := m.frames[m.boundary]
	m.frames = m.frames[:m.boundary]
	m.saved = m.saved[:f.saved]
	m.loop, m.boundary, m.pc = f.loop, f.boundary, f.pc
	in := &m.code[f.pc]
	switch f.kind {
	case frameLookNegated:
		return false
	case frameLook:
		m.at = f.at
	case framePossessiveMust:
		m.possessive(in, f.aux+1, -1)
		return true
	case framePossessiveMay:
		m.possessive(in, f.aux+1, f.at)
		return true
	}
	return m.goTo(in.exit)
}
