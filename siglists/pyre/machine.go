package pyre

import "unicode/utf8"

// StepLimit bounds the work of one call of Match on the lines that need
// backtracking. An instruction is a step, and so are a few dozen characters in
// a simple loop. The count depends on the lines and the subject alone.
const StepLimit = 5_000_000

// StackLimit bounds the choices that may be pending in one call of Match, and so its memory to some 100 MB.
const StackLimit = 1 << 18

// machine runs programs by backtracking, in the order in which Python tries.
// It keeps its choices on a stack of its own, so that deep ones take memory
// and not the goroutine's stack.
type machine struct {
	subject string
	code    []instr
	pc      int
	at      int // in the subject, in bytes
	steps   int
	limit   int // of the steps

	budget *Budget
	told   int // of the steps, which the budget knows of
	next   int // the number of steps at which the limits are looked at

	marks    []int // byte offsets of the groups' ends, -1: not set
	lastMark int   // marks above it don't count; -1: none does
	loop     int   // the innermost loop under way, in loops; -1: none
	boundary int   // the innermost boundary frame; -1: none

	frames []frame
	loops  []loop
	saved  []int // marks saved by frames
}

// loop is the state of a repeat: how often its part has matched, counted from
// -1, and where its last optional turn began. Loops never change once made; a
// further turn makes a further one.
type loop struct {
	until int // the opUntil
	count int
	last  int // -1: no optional turn yet
	outer int
}

type frameKind uint8

const (
	frameBranch     frameKind = iota // aux: the next target
	frameGreedyChar                  // aux: where the least that it may keep ends
	frameLazyChar                    // aux: how many it has
	frameGreedyTail                  // leave the loop
	frameLazyTurn                    // take another turn of the loop
	frameAtomic                      // this and the following are boundaries
	frameLook
	frameLookNegated
	framePossessiveMust // aux: turns so far
	framePossessiveMay
)

// frame is a choice to come back to, or the boundary of parts that are matched
// apart from what follows them.
type frame struct {
	kind           frameKind
	marked         bool // marks were saved
	pc, at, aux    int
	lastMark       int
	loop, boundary int
	loops          int // how many there were
	saved          int // where in machine.saved
}

// run tells whether a program matches at the start of a subject. The steps go
// on from where they were.
func (m *machine) run(p *program, subject string) (bool, *LimitError) {
	if !p.longEnough(subject) {
		return false, nil
	}
	m.subject, m.code, m.pc, m.at = subject, p.code, 0, 0
	m.lastMark, m.loop, m.boundary = -1, -1, -1
	m.frames, m.loops, m.saved = m.frames[:0], m.loops[:0], m.saved[:0]
	if len(m.marks) < p.marks {
		m.marks = make([]int, p.marks)
	}
	for m.code[m.pc].op != opMatch {
		if m.steps++; m.steps > m.next {
			if limit := m.account(); limit != nil {
				return false, limit
			}
		}
		if len(m.frames) > StackLimit || len(m.loops) > 2*StackLimit || len(m.saved) > 8*StackLimit {
			return false, &LimitError{Limit: StackLimit, What: "pending choices"}
		}
		if !m.step(&m.code[m.pc]) && !m.backtrack() {
			return false, nil
		}
	}
	if m.hasWrongSpan() {
		return false, &LimitError{fault: "Python's re fails with a SystemError: the span of a capturing group is wrong"}
	}
	return true, nil
}

// hasWrongSpan tells of a group that ends before it begins. A branch of a possessive repeat that fails leaves the beginning
// of its group behind, and Python refuses to make a match object of that.
func (m *machine) hasWrongSpan() bool {
	for i := 0; i < m.lastMark; i += 2 {
		if m.marks[i+1] >= 0 && m.marks[i] > m.marks[i+1] {
			return true
		}
	}
	return false
}

// accountSteps is how many steps are taken before the limits are looked at: some hundredths of a millisecond.
const accountSteps = 1 << 12

// account tells the budget of the steps, and looks at their own limit.
func (m *machine) account() *LimitError {
	if m.steps > m.limit {
		return &LimitError{Limit: m.limit, What: "steps"}
	}
	m.next = min(m.steps+accountSteps, m.limit)
	return m.spend()
}

// spend tells the budget of the steps.
func (m *machine) spend() *LimitError {
	steps := m.steps - m.told
	m.told = m.steps
	return m.budget.Spend(steps)
}

// begin sets the steps back, for a subject with all lines. What the budget was not told of before still counts.
func (m *machine) begin(b *Budget, limit int) {
	owed := m.steps - m.told
	m.budget, m.limit, m.steps, m.told, m.next = b, limit, 0, -owed, accountSteps-owed
}

// keepFrames is how many frames, and how many loops, a machine keeps room for
// between runs.
const keepFrames = 1 << 12

// trim lets go of what a hard run took.
func (m *machine) trim() {
	if cap(m.frames) > keepFrames || cap(m.loops) > keepFrames || cap(m.saved) > 8*keepFrames {
		m.frames, m.loops, m.saved = nil, nil, nil
	}
}

// step executes an instruction. It gives false where matching fails.
func (m *machine) step(in *instr) bool {
	switch in.op {
	case opChar:
		return m.char(in.set) && m.goTo(m.pc+1)
	case opPosition:
		return m.holds(in.pos) && m.goTo(m.pc+1)
	case opMark:
		m.mark(in.n)
	case opJump:
		return m.goTo(in.exit)
	case opBranch:
		m.push(frameBranch, 0, m.loop >= 0)
		return false // the frame does the first target too
	case opRepeatChar:
		return m.repeatChar(in)
	case opRepeat:
		m.newLoop(in.exit, -1, -1, m.loop)
		return m.goTo(in.exit)
	case opUntil:
		m.until(in)
		return true
	case opPossessive:
		m.possessive(in, 0, -1)
		return true
	case opAtomic:
		m.pushBoundary(frameAtomic, 0, false)
	case opLook:
		return m.look(in)
	case opEnd:
		return m.end()
	case opBackref:
		return m.backref(in) && m.goTo(m.pc+1)
	case opConditional:
		if _, _, set := m.group(in.n); !set {
			return m.goTo(in.exit)
		}
	}
	return m.goTo(m.pc + 1)
}

func (m *machine) goTo(pc int) bool {
	m.pc = pc
	return true
}

// char takes one character of a set.
func (m *machine) char(set *charset) bool {
	if m.at >= len(m.subject) {
		return false
	}
	if b := m.subject[m.at]; b < utf8.RuneSelf {
		if !set.ascii[b] {
			return false
		}
		m.at++
		return true
	}
	r, size := utf8.DecodeRuneInString(m.subject[m.at:])
	if !set.has(r) {
		return false
	}
	m.at += size
	return true
}

// back goes back one character.
func (m *machine) back() {
	_, size := utf8.DecodeLastRuneInString(m.subject[:m.at])
	m.at -= size
}

// mark notes the position. Marks between the highest so far and a new highest
// are those of groups that were passed by.
func (m *machine) mark(n int) {
	if n > m.lastMark {
		for i := m.lastMark + 1; i < n; i++ {
			m.marks[i] = -1
		}
		m.lastMark = n
	}
	m.marks[n] = m.at
}

// group gives what a group matched. As in Python, a group that is open again
// counts with its old end if its new start isn't behind that.
func (m *machine) group(n int) (start, end int, set bool) {
	i := 2 * (n - 1)
	if i >= m.lastMark {
		return 0, 0, false
	}
	start, end = m.marks[i], m.marks[i+1]
	return start, end, start >= 0 && end >= start
}

// backref takes what a group matched once more.
func (m *machine) backref(in *instr) bool {
	start, end, set := m.group(in.n)
	if !set {
		return false
	}
	m.charge(end - start)
	for start < end {
		if m.at >= len(m.subject) {
			return false
		}
		want, n := utf8.DecodeRuneInString(m.subject[start:])
		got, size := utf8.DecodeRuneInString(m.subject[m.at:])
		if want != got && (in.fold == foldNone || in.fold.apply(want) != in.fold.apply(got)) {
			return false
		}
		start += n
		m.at += size
	}
	return true
}

// charge counts the steps of a simple loop over n characters.
func (m *machine) charge(n int) { m.steps += n / 32 }

// holds tests a condition on the position.
func (m *machine) holds(p position) bool {
	left := m.subject[:m.at]
	right := m.subject[m.at:]
	switch p {
	case atBegin:
		return left == ""
	case atBeginLine:
		return left == "" || left[len(left)-1] == '\n'
	case atEnd:
		return right == "" || right == "\n"
	case atEndLine:
		return right == "" || right[0] == '\n'
	case atTextEnd:
		return right == ""
	case atBoundary, atNotBoundary:
		return m.subject != "" && m.onBoundary(chars().word) == (p == atBoundary)
	}
	return m.subject != "" && m.onBoundary(asciiWord) == (p == atASCIIBoundary)
}

func (m *machine) onBoundary(word spans) bool {
	before, n := utf8.DecodeLastRuneInString(m.subject[:m.at])
	after, k := utf8.DecodeRuneInString(m.subject[m.at:])
	return (n > 0 && word.has(before)) != (k > 0 && word.has(after))
}
