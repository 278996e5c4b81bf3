package report

import (
	"strings"

	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// signatureParts are the components of two signatures, made visible, and marked where they differ.
// Both are made visible before they are split, so that what is marked is what is shown.
func signatureParts(base, candidate string) (b, c []facts.Component) {
	return facts.Components(Visible(signatureText(base)), Visible(signatureText(candidate)))
}

// change is what becomes of a signature, for pages.
type change struct{ Before, After []facts.Component }

func newChange(old, new string) change {
	before, after := signatureParts(old, new)
	return change{before, after}
}

// shortPair are two signatures for a line of text each. Of three or more parts in a row that both have, only the first
// and the last are left.
func shortPair(base, candidate string) (b, c string) {
	bs, cs := signatureParts(base, candidate)
	// Both have the same common parts, so that their k-th ones belong together.
	inB, inC := common(bs), common(cs)
	inner := [2]map[int]bool{{}, {}} // the common parts to leave out, by their indexes
	for k := 1; k+1 < len(inB); k++ {
		// The parts before and behind are neighbours of this one in both signatures.
		if inB[k-1]+2 == inB[k+1] && inC[k-1]+2 == inC[k+1] {
			inner[0][inB[k]], inner[1][inC[k]] = true, true
		}
	}
	return elided(bs, func(i int) bool { return inner[0][i] }), elided(cs, func(i int) bool { return inner[1][i] })
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

// elided is a signature with one … for all parts in a row that are left out. Its first part never is.
func elided(parts []facts.Component, out func(i int) bool) string {
	var kept []string
	for i, p := range parts {
		switch {
		case !out(i):
			kept = append(kept, p.Text)
		case !out(i - 1):
			kept = append(kept, "…")
		}
	}
	return strings.Join(kept, signatures.Separator)
}

// pair writes two signatures, one below the other, and marks the components that only one of them has.
func (t *Text) pair(margin, old, new string) {
	o, n := signatureParts(old, new)
	t.parts(margin, "- ", removal, o)
	t.parts(strings.Repeat(" ", len(margin)), "+ ", insert, n)
}

// signature writes a signature after what stands in the margin, and a sign that has its style.
func (t *Text) signature(margin, sign string, s style, signature string) {
	// Against itself nothing differs, and nothing is marked.
	parts, _ := signatureParts(signature, signature)
	t.parts(margin, sign, s, parts)
}

// parts writes a signature. One that does not fit the terminal is broken between its components. Those that the other
// signature lacks are underlined: by colours, or, where there are none and lines are broken, by a line of carets.
func (t *Text) parts(margin, sign string, s style, parts []facts.Component) {
	mark := len(common(parts)) > 0 // where nothing is common, there is nothing to tell apart
	lines := [][]facts.Component{parts}
	if !t.fits(columnsOf(margin + sign + joinedParts(parts))) {
		lines = broken(parts, t.Width-columnsOf(margin+sign)-len(hang))
	}
	for i, line := range lines {
		end := ""
		if i < len(lines)-1 {
			// Without its last space, which nobody sees at the end of a line.
			end = signatures.Separator[:2]
		}
		t.line("%s%s", margin, t.between(sign, s, line, mark, end))
		if carets := carets(line); mark && carets != "" && len(lines) > 1 && !t.Color {
			t.line("%s%s%s", strings.Repeat(" ", columnsOf(margin)), strings.Repeat(" ", len(sign)), carets)
		}
		if i == 0 {
			margin, sign = strings.Repeat(" ", columnsOf(margin)), strings.Repeat(" ", len(sign))+hang
		}
	}
}

// hang is how much further in the second and later lines of a signature stand.
const hang = "  "

// broken are lines of components that fit into so many columns where they can: no component is broken.
// A component that is wider than that has a line of its own.
func broken(parts []facts.Component, columns int) [][]facts.Component {
	var lines [][]facts.Component
	used := 0
	for _, p := range parts {
		wide := columnsOf(p.Text + signatures.Separator[:2])
		if lines == nil || used+1+wide > columns {
			lines, used = append(lines, nil), -1
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], p)
		used += 1 + wide
	}
	return lines
}

// between is a part of a signature between a sign and an end, all in a style.
// Text that isn't marked is gathered and painted as one, so that there are no more escape sequences than needed.
func (t *Text) between(sign string, s style, parts []facts.Component, mark bool, end string) safe {
	var painted safe
	for i, p := range parts {
		if i > 0 {
			sign += signatures.Separator
		}
		if !mark || !p.Differs {
			sign += p.Text
			continue
		}
		painted += t.paint(s, sign) + t.paint(s.underlined(), p.Text)
		sign = ""
	}
	return painted + t.paint(s, sign+end)
}

// carets stand below the parts that differ.
func carets(parts []facts.Component) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", len(signatures.Separator)))
		}
		caret := " "
		if p.Differs {
			caret = "^"
		}
		b.WriteString(strings.Repeat(caret, columnsOf(p.Text)))
	}
	return strings.TrimRight(b.String(), " ")
}

func joinedParts(parts []facts.Component) string {
	return strings.Join(each(parts, func(p facts.Component) string { return p.Text }), signatures.Separator)
}
