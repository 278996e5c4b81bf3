package screen

import (
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// splits are the ways to split proto signatures into frames. A frame may contain what separates frames, such as
// "{a | b}::c" or "a::operator | ".
type splits struct {
	texts []string // that lines hold, with a separator in them
}

// newSplits finds the lines that hold a separator: what they match depends on how a proto signature is split.
func newSplits(base, candidate *siglists.Set) (*splits, error) {
	s := &splits{}
	for _, set := range []*siglists.Set{base, candidate} {
		for _, name := range siglists.Names() {
			for _, line := range set.List(name).Lines {
				stems, _, err := read(line)
				if err != nil {
					return nil, err
				}
				for _, stem := range stems {
					if strings.Contains(stem, strings.TrimSpace(signatures.Separator)) {
						s.texts = append(s.texts, stem)
					}
				}
			}
		}
	}
	return s, nil
}

// mostJoints is how many places there may be at which a proto signature may be split, or not.
const mostJoints = 6

// of are the ways to split a proto signature. The first splits wherever it can. One that has more frames than signature
// generation looks at is none. clear is false where there may be others.
func (s *splits) of(proto string) (ways [][]string, clear bool) {
	tokens := Split(proto)
	joints := jointsOf(tokens)
	clear = len(joints) <= mostJoints && !containsAny(proto, s.texts) && !strings.Contains(proto, overlap)
	if !clear {
		joints = nil
	}
	// The first choice joins nothing: it splits wherever it can.
	for choice := range 1 << len(joints) {
		joined := map[int]bool{}
		for i, at := range joints {
			joined[at] = choice>>i&1 == 1
		}
		if way := join(tokens, joined); len(way) <= crashdata.MaxFrames {
			ways = append(ways, way)
		}
	}
	return ways, clear && len(ways) > 0
}

// join puts tokens together with those before them.
func join(tokens []string, withBefore map[int]bool) []string {
	var frames []string
	for i, token := range tokens {
		if withBefore[i] {
			frames[len(frames)-1] += signatures.Separator + token
		} else {
			frames = append(frames, token)
		}
	}
	return frames
}

// jointsOf are the tokens that may go on the frame before them: from one with a bracket that is not closed to the last with
// a bracket that was not opened, and around those that look like a piece.
func jointsOf(tokens []string) []int {
	first, last := len(tokens), -1
	pieces := make([]bool, len(tokens))
	for i, token := range tokens {
		opened, closed := unbalanced(token)
		if opened {
			first = min(first, i)
		}
		if (opened || closed) && i >= first {
			last = i
		}
		pieces[i] = strings.HasSuffix(token, "operator") || strings.Trim(token, " |") != token
	}
	var joints []int
	for i := 1; i < len(tokens); i++ {
		if first < i && i <= last+1 || pieces[i-1] || pieces[i] {
			joints = append(joints, i)
		}
	}
	return joints
}

// unbalanced tells whether a text opens a bracket that it doesn't close, and whether it closes one that it didn't open.
// Brackets of operators and arrows are none, unless the text is balanced with them.
func unbalanced(text string) (opened, closed bool) {
	if opened, closed = leftOpen(text); opened || closed {
		return leftOpen(signs.Replace(text))
	}
	return false, false
}

var signs = strings.NewReplacer("->", "", "operator<<", "", "operator>>", "", "operator<=>", "", "operator<=", "", "operator>=", "", "operator<", "", "operator>", "")

// leftOpen goes over brackets as they nest. One of another kind than was opened last closes one that was not opened.
func leftOpen(text string) (opened, closed bool) {
	var open []byte
	for i := range len(text) {
		c := text[i]
		last := len(open) - 1
		switch {
		case last >= 0 && c == open[last]:
			open = open[:last]
		case strings.IndexByte("({[<`", c) >= 0:
			open = append(open, ")}]>'"[strings.IndexByte("({[<`", c)])
		case strings.IndexByte(")}]>", c) >= 0:
			closed = true
		}
	}
	return len(open) > 0, closed
}
