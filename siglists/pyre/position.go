package pyre

// position is a condition on a place in the subject.
type position uint8

const (
	atBegin position = iota
	atBeginLine
	atEnd // or before a newline that is the last character
	atEndLine
	atTextEnd
	atBoundary // from here on the characters on both sides count
	atNotBoundary
	atASCIIBoundary
	atNotASCIIBoundary
)

// position is the condition that a node stands for.
func (n *Node) position() position {
	multiline, ascii := n.flags&Multiline != 0, n.flags&Unicode == 0
	switch {
	case n.Op == OpBegin && multiline:
		return atBeginLine
	case n.Op == OpBegin || n.Op == OpTextBegin:
		return atBegin
	case n.Op == OpEnd && multiline:
		return atEndLine
	case n.Op == OpEnd:
		return atEnd
	case n.Op == OpTextEnd:
		return atTextEnd
	case n.Op == OpWordBoundary && ascii:
		return atASCIIBoundary
	case n.Op == OpWordBoundary:
		return atBoundary
	case ascii:
		return atNotASCIIBoundary
	}
	return atNotBoundary
}

// charFacts are what positions look for in the character before or after them.
type charFacts uint8

const (
	isNewline charFacts = 1 << iota
	isWord
	isASCIIWord
	isNone // there is no character: it is the beginning or the end
	isLast // a newline, and no character after it
)

// holds tells whether the condition holds between two characters.
func (p position) holds(before, after charFacts) bool {
	edge := isWord
	switch p {
	case atBegin:
		return before&isNone != 0
	case atBeginLine:
		return before&(isNone|isNewline) != 0
	case atEnd:
		return after&(isNone|isLast) != 0
	case atEndLine:
		return after&(isNone|isNewline) != 0
	case atTextEnd:
		return after&isNone != 0
	case atASCIIBoundary, atNotASCIIBoundary:
		edge = isASCIIWord
	}
	if before&after&isNone != 0 {
		return false // neither \b nor \B holds in the empty string
	}
	return ((before^after)&edge != 0) == (p == atBoundary || p == atASCIIBoundary)
}

// factsOf are what a position asks for of a character. The table of words is read where words count alone.
func (p position) factsOf(r rune) (facts charFacts) {
	if r == '\n' {
		facts = isNewline
	}
	if p >= atBoundary && chars().word.has(r) {
		facts |= isWord
	}
	if asciiWord.has(r) {
		facts |= isASCIIWord
	}
	return facts
}
