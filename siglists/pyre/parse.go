package pyre

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxNesting is how deep parentheses may be nested. Python's own limit is its
// recursion limit, which leaves about 495 levels to a pattern compiled by a
// short program and fewer to a long one.
const MaxNesting = 480

// maxRepeat is Python's bound for repeat counts; reaching it is an error.
const maxRepeat = math.MaxUint32

const (
	digits      = "0123456789"
	octDigits   = "01234567"
	hexDigits   = "0123456789abcdefABCDEF"
	whiteSpace  = " \t\n\r\v\f"
	repeatChars = "*+?{"
)

// parser holds the state that spans a whole pattern.
type parser struct {
	scanner
	global Flags   // that the pattern begins with
	now    Flags   // in force where the parser is
	groups []*Node // by number; groups[0] is unused, nil while a group is open
	names  map[string]int
	// lookbehindGroups is the number of groups when the outermost lookbehind
	// began; -1 outside of lookbehinds.
	lookbehindGroups int
	condRefs         []condRef
	depth            int
	widths           []width // of groups, by number
	literals         []Node  // for further ones
}

// condRef is a conditional's reference to a group that may come later.
type condRef struct{ group, pos int }

// Parse reads a pattern as Python 3.11's re.compile does for a str. What Python
// refuses comes back as a *SyntaxError, and so does what can't be read exactly
// here: an unknown character name, half of a surrogate pair, more than
// [MaxNesting] parentheses in each other.
func Parse(pattern string) (parsed *Pattern, err error) {
	in := &parser{scanner: scanner{src: []rune(pattern)}, now: Unicode, groups: []*Node{nil}, names: map[string]int{}, lookbehindGroups: -1}
	defer catch(&err)
	in.advance()
	root := in.alternation(true)
	if in.global&typeFlags == typeFlags {
		in.failAt("ASCII and UNICODE flags are incompatible", -1)
	}
	if !in.next.end {
		in.fail("unbalanced parenthesis")
	}
	in.checkCondRefs()
	// In the order in which Python finds faults: first in the text, then in what it amounts to.
	in.widths = make([]width, len(in.groups))
	w := in.measure(root)
	in.checkNode(root)
	p := &Pattern{
		Source: pattern, Root: root, Flags: in.now, Groups: len(in.groups) - 1, Names: in.names,
		minLength: w.min, flagged: in.global != 0,
	}
	p.refers = p.Find(func(n *Node) bool { return n.Op == OpBackref || n.Op == OpConditional })
	if p.prefix, p.literal = p.IsLiteral(); !p.literal {
		p.prefix, _ = literalPrefix(root, true)
	}
	if at := strings.IndexRune(p.prefix, utf8.RuneError); at >= 0 {
		p.prefix, p.literal = p.prefix[:at], false
	}
	return p, nil
}

// alternation reads alternatives up to the end or a closing parenthesis.
func (p *parser) alternation(top bool) *Node {
	start := p.place()
	alternatives := []*Node{p.sequence(top)}
	for p.accept('|') {
		alternatives = append(alternatives, p.sequence(false))
	}
	if len(alternatives) == 1 {
		return alternatives[0]
	}
	return &Node{Op: OpAlternate, flags: p.now, Start: start, End: p.place(), Subs: alternatives}
}

// sequence reads one alternative. first is set at the very start of a pattern,
// the one place for global flags.
func (p *parser) sequence(first bool) *Node {
	seq := &Node{Op: OpConcat, Start: p.place(), Subs: make([]*Node, 0, min(len(p.src)-p.pos(), maxLiterals))}
	for !p.next.end && !p.next.in("|)") {
		start := p.pos()
		t := p.get()
		if p.now&Verbose != 0 && !t.esc {
			if t.in(whiteSpace) {
				continue
			}
			if t.is('#') {
				p.skipComment()
				continue
			}
		}
		if t.is('(') {
			if node := p.parenthesis(start, first && len(seq.Subs) == 0); node != nil {
				seq.Subs = append(seq.Subs, p.ended(node, start))
			}
			continue
		}
		if t.in(repeatChars) && p.repeat(seq, t, start) {
			continue
		}
		seq.Subs = append(seq.Subs, p.ended(p.atom(t), start))
	}
	seq.End = p.place()
	return seq
}

// place is the position, as nodes have it.
func (p *parser) place() int32 { return int32(p.pos()) }

// ended gives a node its span, and the flags that are in force around it.
func (p *parser) ended(n *Node, start int) *Node {
	n.Start, n.End, n.flags = int32(start), p.place(), p.now
	return n
}

// skipComment drops a comment of a verbose pattern, with its newline.
func (p *parser) skipComment() {
	for {
		if t := p.get(); t.end || t.is('\n') {
			return
		}
	}
}

// atom reads what is neither a repeat nor a parenthesis.
func (p *parser) atom(t token) *Node {
	if t.esc {
		return p.escape(t)
	}
	switch t.r {
	case '[':
		return p.set()
	case '.':
		return &Node{Op: OpAny}
	case '^':
		return &Node{Op: OpBegin}
	case '$':
		return &Node{Op: OpEnd}
	}
	return p.literal(t.r)
}

// literal takes its node from a few that are made at once: most nodes are literals.
func (p *parser) literal(r rune) *Node {
	if len(p.literals) == 0 {
		p.literals = make([]Node, min(len(p.src)-p.pos()+1, maxLiterals))
	}
	n := &p.literals[0]
	p.literals = p.literals[1:]
	n.Op, n.Rune = OpLiteral, r
	return n
}

// maxLiterals is how many nodes of literals are made at once, at most.
const maxLiterals = 32

// checkCondRefs refuses conditionals on groups that never came.
func (p *parser) checkCondRefs() {
	for _, ref := range p.condRefs {
		if ref.group >= len(p.groups) {
			p.failAt("invalid group reference "+strconv.Itoa(ref.group), ref.pos)
		}
	}
}
