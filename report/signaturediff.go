package report

import "strings"

// part is one of the parts of a signature, which " | " separates.
type part struct {
	Text    string
	Differs bool // the other signature hasn't got it here
}

// maxPartPairs bounds the work on two signatures. Those of siglists have at most 255 characters; recorded
// ones may be anything.
const maxPartPairs = 100_000

// signatureParts splits two signatures, and marks the parts that only one of them has: what is left of
// each when their longest common subsequence is taken out.
func signatureParts(base, candidate string) (b, c []part) {
	b, c = split(base), split(candidate)
	if len(b)*len(c) > maxPartPairs {
		return b, c
	}
	common := make([][]int, len(b)+1) // the length for the parts from i and j on
	for i := range common {
		common[i] = make([]int, len(c)+1)
	}
	for i := len(b) - 1; i >= 0; i-- {
		for j := len(c) - 1; j >= 0; j-- {
			if b[i].Text == c[j].Text {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(b) && j < len(c); {
		switch {
		case b[i].Text == c[j].Text:
			b[i].Differs, c[j].Differs = false, false
			i++
			j++
		case common[i+1][j] >= common[i][j+1]:
			i++
		default:
			j++
		}
	}
	return b, c
}

func split(signature string) []part {
	var parts []part
	for text := range strings.SplitSeq(signatureText(signature), " | ") {
		parts = append(parts, part{Visible(text), true})
	}
	return parts
}
