package pyre

// charFacts are what positions look for in the character before or after them.
type charFacts uint8

const (
	isNewline charFacts = 1 << iota
	isWord
	isASCIIWord
	isNone // there is no character: it is the beginning or the end
	isLast // a newline, and no character after it
)

// isPosition tells whether a node looks at a position and consumes nothing:
// what Python calls AT codes.
func (n *Node) isPosition() bool { return n.Op >= OpBegin && n.Op <= OpNotWordBoundary }

// isEdge tells whether a position is one of those that look for words.
func (n *Node) isEdge() bool { return n.Op == OpWordBoundary || n.Op == OpNotWordBoundary }

// isStart tells an anchor that holds at the start of every subject.
func (n *Node) isStart() bool { return n.Op == OpBegin || n.Op == OpTextBegin }

// holds tells whether a position is one between two characters.
func (n *Node) holds(before, after charFacts) bool {
	begin, end, edge := isNone, isNone, isASCIIWord
	if n.flags&Unicode != 0 {
		edge = isWord
	}
	switch {
	case n.Op == OpBegin && n.flags&Multiline != 0:
		begin |= isNewline
	case n.Op == OpEnd && n.flags&Multiline != 0:
		end |= isNewline
	case n.Op == OpEnd:
		end |= isLast
	}
	switch {
	case n.isStart():
		return before&begin != 0
	case !n.isEdge():
		return after&end != 0
	case before&after&isNone != 0:
		return false // neither \b nor \B holds in the empty string
	}
	return ((before^after)&edge != 0) == (n.Op == OpWordBoundary)
}

// factsOf are what a position looks for in a character. The table of words is read where words count alone.
func (n *Node) factsOf(r rune) (facts charFacts) {
	if r == '\n' {
		facts = isNewline
	}
	if n.isEdge() && chars().word.has(r) {
		facts |= isWord
	}
	if asciiWord.has(r) {
		facts |= isASCIIWord
	}
	return facts
}
