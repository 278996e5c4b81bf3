package report

import (
	"strings"

	"github.com/sigdiff/sigdiff/engine/facts"
)

// signatureParts are the components of two signatures, made visible, and marked where they differ.
func signatureParts(base, candidate string) (b, c []facts.Component) {
	return facts.Components(Visible(signatureText(base)), Visible(signatureText(candidate)))
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
func common(parts []facts.Component) []int {
	var at []int
	for i, p := range parts {
		if !p.Differs {
			at = append(at, i)
		}
	}
	return at
}

func shortParts(parts []facts.Component, inner map[int]bool) string {
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
