package lint

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

func lineOf(t interface{ Fatal(...any) }, text string) *line {
	pattern, err := pyre.Parse(text)
	if err != nil {
		t.Fatal(text, err)
	}
	l := &line{pattern: pattern}
	l.Text = text
	l.analyse(nil)
	return l
}

// genPattern makes patterns over a small alphabet, so that they often include each other.
func genPattern() *rapid.Generator[string] {
	atom := rapid.SampledFrom([]string{
		"a", "b", "ab", ".", "[ab]", "[^a]", `\w`, `\d`, `\s`, `\n`, "(a|b)", "(ab|a)", "(?:a|)", "a?", "b*", ".*", "[^b]+", "(ab){1,2}", "$", `\Z`, "é",
	})
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(atom, 1, 4).Draw(t, "parts")
		pattern := strings.Join(parts, "")
		if rapid.IntRange(0, 4).Draw(t, "alternatives") == 0 {
			pattern += "|" + strings.Join(rapid.SliceOfN(atom, 0, 2).Draw(t, "second"), "")
		}
		return pattern
	})
}

// shortFrames are all strings of one to three characters that the patterns tell apart. No frame is empty.
func shortFrames() []string {
	frames := []string{""}
	for from, done := 0, 0; done < 3; done++ {
		for to := len(frames); from < to; from++ {
			for _, r := range "ab1 _\né€٣\u2003" { // words, digits, spaces and none, of ASCII and beyond
				frames = append(frames, frames[from]+string(r))
			}
		}
	}
	return frames[1:]
}

// counterexample is a frame that b matches and a doesn't, if there is a short one.
func counterexample(t interface{ Fatal(...any) }, a, b *line, frames []string) string {
	for _, frame := range frames {
		byA, errA := a.pattern.Match(frame)
		byB, errB := b.pattern.Match(frame)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if byB && !byA {
			return frame
		}
	}
	return ""
}

// TestIncludesIsSound holds inclusions against matching: where a line is said to match all that another
// does, no frame may say otherwise.
func TestIncludesIsSound(t *testing.T) {
	frames := shortFrames()
	rapid.Check(t, func(t *rapid.T) {
		a := lineOf(t, genPattern().Draw(t, "a"))
		b := lineOf(t, genPattern().Draw(t, "b"))
		if !includes(t, a, b) {
			return
		}
		if frame := counterexample(t, a, b, frames); frame != "" {
			t.Fatalf("%q is said to match all that %q does, and does not match %q", a.Text, b.Text, frame)
		}
	})
}

// TestIncludesIsExact compares all pairs of patterns that are so short that short frames tell all there is
// to tell.
func TestIncludesIsExact(t *testing.T) {
	frames := shortFrames()
	var lines []*line
	for _, text := range []string{
		"a", "b", "ab", ".", "..", "[ab]", "[^a]", `\w`, `\W`, `\d`, "[0-9]", `\s`, `\n`, "a|b", "ab|a", "a?", "a?b", "b*a", "a*$",
		".*a", ".$", "a$", `a\Z`, "a.?$", `a\n?$`, `a$|a\n`, `(a|\n)$`, "[^b]+", "(a|b){1,2}$", "^a", `\Ab|a`, "^", "$", "(|a)b", `[\w\W]`, "(?:a|)", ".*[^a]",
	} {
		lines = append(lines, lineOf(t, text))
	}
	for _, a := range lines {
		for _, b := range lines {
			frame := counterexample(t, a, b, frames)
			if says := includes(t, a, b); says != (frame == "") {
				t.Errorf("%q matches all that %q does: %v, with the frame %q", a.Text, b.Text, says, frame)
			}
		}
	}
}

// includes tells whether the pattern of a line matches all that another's does; neither may be given up.
func includes(t interface{ Fatal(...any) }, a, b *line) bool {
	included, err := pyre.Includes(nil, []*pyre.Pattern{a.pattern}, b.pattern)
	if err != nil {
		t.Fatal(a.Text, b.Text, err)
	}
	return included
}
