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

// shortPair are two signatures for a line of text each. Of three or more parts in a row that both have, only the first
// and the last are left.
func shortPair(base, candidate string) (b, c string) {
	bs, cs := signatureParts(base, candidate)
	inB, inC := common(bs), common(cs)
	inner := map[int]bool{} // of the common parts, by number
	for k := 1; k+1 < len(inB); k++ {
		inner[k] = inB[k-1]+2 == inB[k+1] && inC[k-1]+2 == inC[k+1]
	}
	return shortParts(bs, inner), shortParts(cs, inner)
}

// common are the indexes of the parts that both signatures have.
func common(parts []part) []int {
	var at []int
	for i, p := range parts {
		if !p.Differs {
			at = append(at, i)
		}
	}
	return at
}

func shortParts(parts []part, inner map[int]bool) string {
	var kept []string
	k := 0
	for _, p := range parts {
		if p.Differs {
			kept = append(kept, p.Text)
			continue
		}
		switch k++; {
		case !inner[k-1]:
			kept = append(kept, p.Text)
		case !inner[k-2]:
			kept = append(kept, "…")
		}
	}
	return strings.Join(kept, " | ")
}

func split(signature string) []part {
	var parts []part
	for text := range strings.SplitSeq(signatureText(signature), " | ") {
		parts = append(parts, part{Visible(text), true})
	}
	return parts
}
