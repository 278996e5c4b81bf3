package facts

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/signatures"
)

func TestEdits(t *testing.T) {
	for _, test := range []struct {
		base, candidate string
		want            []Edit
	}{
		{"a", "a", nil},
		{"", "", nil},
		{"a", "b", []Edit{{"a", "b", Front}}},
		{"", "a | b", []Edit{{"", "a | b", Front}}},
		{"a | b | c", "c", []Edit{{"a | b", "", Front}}},
		{"a | b | c", "a", []Edit{{"b | c", "", End}}},
		{"a | b | c", "a | c", []Edit{{"b", "", Middle}}},
		{"a | b", "a | x | b", []Edit{{"", "x", Middle}}},
		{"a | b | c", "x | b | y", []Edit{{"a", "x", Front}, {"c", "y", End}}},
		{"a | b | c | d", "b | d | e", []Edit{{"a", "", Front}, {"c", "", Middle}, {"", "e", End}}},
		{"a |  | b", "a | b", nil}, // nothing to name
		// Beyond a cut nothing is known. In front of it an edit is one as any other, but not at the end.
		{strings.Repeat("c", 252) + "...", "x", nil},
		{"a | " + cut("c | "), "a | b | c | d", []Edit{{"", "b", Middle}}},
		{"a | " + cut("x | "), "a | y", []Edit{{"x", "y", Middle}}},
		{"a | x", "a | " + cut("y | "), []Edit{{"x", "y", Middle}}},
	} {
		if diff := cmp.Diff(test.want, editsOf(test.base, test.candidate)); diff != "" {
			t.Errorf("%q, %q: %s", test.base, test.candidate, diff)
		}
	}
}

// TestComponents checks that what both signatures have is the same, and as long as it can be.
func TestComponents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c := Components(drawSignature(t, "base"), drawSignature(t, "candidate"))
		common := shared(b)
		if !slices.Equal(common, shared(c)) || len(common) != plainCommon(b, c) {
			t.Fatalf("%+v and %+v", b, c)
		}
	})
}

// TestLongComponents: two signatures of no common ends are only compared as long as that takes little.
func TestLongComponents(t *testing.T) {
	const fewer = 250
	for most, found := range map[int]int{maxComponentPairs/fewer - 1: 1, maxComponentPairs / fewer: 1, maxComponentPairs/fewer + 1: 0} {
		texts := func(kind string, n int) string {
			var all []string
			for i := range n {
				all = append(all, fmt.Sprint(kind, i))
			}
			all[n/2] = "both"
			return strings.Join(all, signatures.Separator)
		}
		b, c := Components(texts("b", fewer), texts("c", most))
		if len(shared(b)) != found || len(shared(c)) != found {
			t.Errorf("of %d and %d components %d and %d are in both", fewer, most, len(shared(b)), len(shared(c)))
		}
	}
}

func shared(components []Component) []string {
	var texts []string
	for _, c := range components {
		if !c.Differs {
			texts = append(texts, c.Text)
		}
	}
	return texts
}

func plainCommon(b, c []Component) int {
	switch {
	case len(b) == 0 || len(c) == 0:
		return 0
	case b[0].Text == c[0].Text:
		return 1 + plainCommon(b[1:], c[1:])
	}
	return max(plainCommon(b[1:], c), plainCommon(b, c[1:]))
}
