package facts

import (
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
)

// Component is one of the parts of a signature, which signatures.Separator separates.
type Component struct {
	Text    string
	Differs bool // the other signature hasn't got it here
}

// maxComponentPairs bounds the work on two signatures. Those of siglists have at most 255 characters; recorded
// ones may be anything.
const maxComponentPairs = 100_000

// Components splits two signatures, and marks the components that only one of them has: what is left of
// each when their longest common subsequence is taken out.
func Components(base, candidate string) (b, c []Component) {
	b, c = split(base), split(candidate)
	coreB, coreC := unlike(b, c)
	// Beyond that everything between the common ends differs, which is true as far as it goes.
	if len(coreB)*len(coreC) <= maxComponentPairs {
		match(coreB, coreC)
	}
	return b, c
}

// split takes all components for different until match finds them in the other signature.
func split(signature string) []Component {
	if signature == "" {
		return nil
	}
	components := make([]Component, 0, 1+strings.Count(signature, signatures.Separator))
	for text := range strings.SplitSeq(signature, signatures.Separator) {
		components = append(components, Component{text, true})
	}
	return components
}

// unlike is what is left of two lists without what both start with and what both end with, which is marked.
func unlike(b, c []Component) (_, _ []Component) {
	for len(b) > 0 && len(c) > 0 && b[0].Text == c[0].Text {
		b[0].Differs, c[0].Differs = false, false
		b, c = b[1:], c[1:]
	}
	for len(b) > 0 && len(c) > 0 && b[len(b)-1].Text == c[len(c)-1].Text {
		b[len(b)-1].Differs, c[len(c)-1].Differs = false, false
		b, c = b[:len(b)-1], c[:len(c)-1]
	}
	return b, c
}

// match marks the longest common subsequence of two lists.
func match(b, c []Component) {
	width := len(c) + 1
	common := make([]int, (len(b)+1)*width) // the length for the components from i and j on
	for i := len(b) - 1; i >= 0; i-- {
		for j := len(c) - 1; j >= 0; j-- {
			if b[i].Text == c[j].Text {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	// Of two ways of one length, the one that skips the base's component first: any will do, if it is always the same.
	for i, j := 0, 0; i < len(b) && j < len(c); {
		switch {
		case b[i].Text == c[j].Text:
			b[i].Differs, c[j].Differs = false, false
			i++
			j++
		case common[(i+1)*width+j] >= common[i*width+j+1]:
			i++
		default:
			j++
		}
	}
}
