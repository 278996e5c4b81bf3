package pyre

import "unicode/utf8"

// The instructions of the backtracking machine. Where an instruction has
// parts, they follow it; exit is the first instruction after them.

type opcode uint8

const (
	opChar        opcode = iota // one character of set
	opPosition                  // pos must hold
	opMark                      // note the position as mark n
	opJump                      // go to exit
	opBranch                    // try targets in turn
	opRepeatChar                // lo to hi characters of set, as mode says
	opRepeat                    // start counting the repeats that opUntil decides on
	opUntil                     // the end of the part of the opRepeat at n
	opPossessive                // lo to hi times what follows, without giving back
	opAtomic                    // what follows, without giving back
	opLook                      // look at what follows, n characters back if behind
	opEnd                       // the end of the parts of the last three
	opBackref                   // what group n matched
	opConditional               // go to exit unless group n matched
	opMatch                     // done
)

type instr struct {
	op      opcode
	mode    Mode
	pos     position
	fold    fold
	negate  bool
	behind  bool
	n       int
	lo, hi  int
	exit    int
	set     *charset
	targets []int
}

// program is an alternative at the top of a pattern, compiled.
type program struct {
	code  []instr
	marks int // two for each group of the pattern
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

// position is a condition on a place in the subject.
type position uint8

const (
	atBegin position = iota
	atBeginLine
	atEnd // or before a newline that is the last character
	atEndLine
	atTextEnd
	atBoundary
	atNotBoundary
	atASCIIBoundary
	atNotASCIIBoundary
)

// positionOf gives the condition that a node stands for under flags.
func positionOf(op Op, flags Flags) position {
	multiline, ascii := flags&Multiline != 0, flags&Unicode == 0
	switch {
	case op == OpBegin && multiline:
		return atBeginLine
	case op == OpBegin || op == OpTextBegin:
		return atBegin
	case op == OpEnd && multiline:
		return atEndLine
	case op == OpEnd:
		return atEnd
	case op == OpTextEnd:
		return atTextEnd
	case op == OpWordBoundary && ascii:
		return atASCIIBoundary
	case op == OpWordBoundary:
		return atBoundary
	case ascii:
		return atNotASCIIBoundary
	}
	return atNotBoundary
}

// codeWriter turns terms into a program.
type codeWriter struct {
	code []instr
	pool *charsetPool
}

// compileProgram compiles one of the alternatives of a pattern.
func compileProgram(seq sequence, p *Pattern, pool *charsetPool) *program {
	w := &codeWriter{pool: pool}
	w.sequence(seq)
	w.add(instr{op: opMatch})
	return &program{code: w.code, marks: 2 * p.Groups, minLength: min(p.minLength, maxRepeat)}
}

func (w *codeWriter) add(in instr) int {
	w.code = append(w.code, in)
	return len(w.code) - 1
}

// exitHere makes the instruction at pc lead to the next one to be written.
func (w *codeWriter) exitHere(pc int) { w.code[pc].exit = len(w.code) }

func (w *codeWriter) sequence(seq sequence) {
	for _, s := range seq {
		w.term(s)
	}
}

func (w *codeWriter) term(s *term) {
	switch s.op {
	case termChar:
		w.add(instr{op: opChar, set: s.charset(w.pool)})
	case termPosition:
		w.add(instr{op: opPosition, pos: positionOf(s.node.Op, s.flags)})
	case termGroup:
		w.group(s)
	case termBranch:
		w.branch(s)
	case termRepeat:
		w.repeat(s)
	case termAtomic:
		w.enclosed(instr{op: opAtomic}, s.subs[0])
	case termLook:
		back := 0
		if s.node.Behind {
			back = s.node.Min
		}
		w.enclosed(instr{op: opLook, n: back, behind: s.node.Behind, negate: s.node.Negate}, s.subs[0])
	case termBackref:
		w.add(instr{op: opBackref, n: s.node.Group, fold: foldOf(s.flags)})
	case termConditional:
		w.conditional(s)
	}
}

func (w *codeWriter) group(s *term) {
	mark := 2 * (s.node.Group - 1)
	if mark >= 0 {
		w.add(instr{op: opMark, n: mark})
	}
	w.sequence(s.subs[0])
	if mark >= 0 {
		w.add(instr{op: opMark, n: mark + 1})
	}
}

func (w *codeWriter) branch(s *term) {
	start := w.add(instr{op: opBranch})
	var ends []int
	for _, sub := range s.subs {
		w.code[start].targets = append(w.code[start].targets, len(w.code))
		w.sequence(sub)
		ends = append(ends, w.add(instr{op: opJump}))
	}
	for _, end := range ends {
		w.exitHere(end)
	}
}

func (w *codeWriter) repeat(s *term) {
	in := instr{lo: s.node.Min, hi: s.node.Max, mode: s.node.Mode}
	if char := s.subs[0].char(); char != nil {
		in.op, in.set = opRepeatChar, char.charset(w.pool)
		w.add(in)
		return
	}
	if in.mode == Possessive {
		in.op = opPossessive
		w.enclosed(in, s.subs[0])
		return
	}
	in.op = opRepeat
	start := w.add(in)
	w.sequence(s.subs[0])
	w.exitHere(start)
	in.op, in.n = opUntil, start
	w.add(in)
}

func (w *codeWriter) enclosed(in instr, body sequence) {
	start := w.add(in)
	w.sequence(body)
	w.add(instr{op: opEnd})
	w.exitHere(start)
}

func (w *codeWriter) conditional(s *term) {
	start := w.add(instr{op: opConditional, n: s.node.Group})
	w.sequence(s.subs[0])
	if len(s.subs) == 1 {
		w.exitHere(start)
		return
	}
	end := w.add(instr{op: opJump})
	w.exitHere(start)
	w.sequence(s.subs[1])
	w.exitHere(end)
}
