package screen

import (
	"strings"

	"github.com/sigdiff/sigdiff/siglists"
)

// splits are the ways to split proto signatures into frames. A frame may contain what separates frames, such as
// "{a | b}::c" or "a::operator | ".
type splits struct {
	texts []string // that lines hold, with a separator in them
}

func newSplits(base, candidate *siglists.Set) (*splits, error) {
	s := &splits{}
	for _, set := range []*siglists.Set{base, candidate} {
		for _, name := range siglists.Names() {
			for _, line := range set.List(name).Lines {
				if !strings.Contains(line.Text, "|") {
					continue
				}
				stems, _, err := read(line)
				if err != nil {
					return nil, err
				}
				for _, stem := range stems {
					if strings.Contains(stem, strings.TrimSpace(separator)) {
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

// of are the ways to split a proto signature. The first splits wherever it can. clear is false where there may be others.
func (s *splits) of(proto string) (ways [][]string, clear bool) {
	tokens := split(proto)
	ways = [][]string{tokens}
	joints := jointsOf(tokens)
	if len(joints) > mostJoints || containsAny(proto, s.texts) {
		return ways, false
	}
	for choice := 1; choice < 1<<len(joints); choice++ {
		joined := map[int]bool{}
		for i, at := range joints {
			joined[at] = choice>>i&1 == 1
		}
		ways = append(ways, join(tokens, joined))
	}
	return ways, true
}

// join puts tokens together with those before them.
func join(tokens []string, withBefore map[int]bool) []string {
	var frames []string
	for i, token := range tokens {
		if withBefore[i] {
			frames[len(frames)-1] += separator + token
		} else {
			frames = append(frames, token)
		}
	}
	return frames
}

// jointsOf are the tokens that may go on the frame before them: from one with a bracket that is not closed to one with a
// bracket that was not opened, and around those that look like a piece.
func jointsOf(tokens []string) []int {
	first, last := len(tokens), -1
	pieces := make([]bool, len(tokens))
	for i, token := range tokens {
		if unbalanced(token) {
			first, last = min(first, i), i
		}
		pieces[i] = strings.HasSuffix(token, "operator") || strings.Trim(token, " |") != token
	}
	var joints []int
	for i := 1; i < len(tokens); i++ {
		if first <= i && i <= last+1 || pieces[i-1] || pieces[i] {
			joints = append(joints, i)
		}
	}
	return joints
}

// unbalanced tells that a bracket in a text is closed or opened outside of it. Angle brackets are those of templates,
// unless they are of an operator or an arrow.
func unbalanced(text string) bool {
	text = strings.NewReplacer("->", "", "operator<<", "", "operator>>", "", "operator<=>", "", "operator<=", "", "operator>=", "", "operator<", "", "operator>", "").Replace(text)
	var open []byte
	for i := range len(text) {
		c := text[i]
		if at := strings.IndexByte("({[<`", c); at >= 0 {
			open = append(open, ")}]>'"[at])
		} else if strings.IndexByte(")}]>", c) >= 0 || c == '\'' && len(open) > 0 && open[len(open)-1] == '\'' {
			if len(open) == 0 || open[len(open)-1] != c {
				return true
			}
			open = open[:len(open)-1]
		}
	}
	return len(open) > 0
}
