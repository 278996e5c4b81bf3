package lint

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// TestNever: what can't match by itself, and what may.
func TestNever(t *testing.T) {
	for text, never := range map[string]bool{
		"foo$bar": true, "foo^bar": true, `Foo::bar\(int\)`: true, "foo<int>": true, "foo": false, `foo\$bar`: false, `(o)\1`: false, `\1`: false, "foo.bar": false, "foo.*": false,
		"Foo::bar(int)": true, "Foo::bar(int, char const*)": true, "Foo::bar()": true, "<.*>::operator()": false, "Foo::bar(A|W)": false, "Foo::bar(int|char)": false, "Foo::bar(int.*)": false, "foo::h0123456789abcdef": true,
		"foo|Bar<int>::x": false, "Bar<int>::x|foo": false, "void Foo::x|Bar<int>::x": false, "Bar<int>::x|void Foo::x": false, "void Foo": false, "static int Foo::bar": false, "foo|foo::h0123456789abcdef": false,
		"x.y^z": true, "foo$bar|baz": false, "foo$bar|foo^baz": true, "(?:foo$bar|baz)x": false, "(?:foo$bar)?baz": false, "(?:foo$bar)+baz": true,
	} {
		line := siglists.Line{List: siglists.Prefix, Text: text, Number: 3}
		why, err := Never(t.Context(), pyre.NewBudget(t.Context(), maxSteps, nil), []siglists.Line{line})
		if err != nil {
			t.Fatal(err)
		}
		if (why[line] != "") != never || strings.HasPrefix(why[line], noFrame) {
			t.Errorf("%s: %q", text, why[line])
		}
	}
}

// TestEverything: the empty alternative is named, where that is why; of what matches not quite everything nothing is said.
func TestEverything(t *testing.T) {
	for text, want := range map[string]string{
		"foo|":      "matches every frame: the alternative behind `foo|` is empty",
		"|foo":      "matches every frame: the alternative before `|foo` is empty",
		"(a)||b|":   "matches every frame: the alternative behind `(a)|` and before `|b` is empty",
		"(?i)":      "matches every frame: it says nothing of what a frame begins with",
		`(?=a)\w+|`: "matches every frame: the alternative behind `(?=a)\\w+|` is empty",
		".*":        matchesAllMessage, "(foo|)": matchesAllMessage, "x{0,3}": matchesAllMessage,
		"foo": "", "(foo|$)": "", `\w|\x01`: "", "foo|(?!)": "", "(": "", `(?=.)`: "",
	} {
		if got := Everything(nil, siglists.Line{List: siglists.Prefix, Text: text}); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if why := Everything(nil, siglists.Line{List: siglists.Sentinels, Text: "foo|"}); why != "" {
		t.Errorf("a sentinel: %q", why)
	}
	if why := Everything(pyre.NewBudget(t.Context(), 1, nil), siglists.Line{List: siglists.Prefix, Text: ".*"}); why != "" {
		t.Errorf("without a budget: %q", why)
	}
}

// TestNeverOfAPart: of a line with an alternative that may match, what is said is said of the one that can't.
func TestNeverOfAPart(t *testing.T) {
	for text, want := range map[string]string{
		"foo|Bar<int>::x":         "the alternative `Bar<int>::x` matches no normalised frame: ",
		"Baz<int>::x|Bar<int>::x": "matches no normalised frame: ",
	} {
		found, err := Run(t.Context(), setOfLists(t, map[siglists.Name]string{siglists.Prefix: text}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 || !strings.HasPrefix(found[0].Message, want) {
			t.Errorf("%s: %v", text, found)
		}
	}
}

// TestNeverOfAnything: lines that Python takes alone or with others make no panic.
func TestNeverOfAnything(t *testing.T) {
	pieces := []string{"a", "(", ")", "[", "]", "\\1", "$", "^", ".", "*", "+", "?", "|", "(?i)", "(?P<x>a)", "(?P=x)", "{2}", "\\", "<", ">", "(?!", "::"}
	rapid.Check(t, func(t *rapid.T) {
		var text string
		for _, piece := range rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 8).Draw(t, "line") {
			text += piece
		}
		if _, err := pyre.Parse(text); err != nil {
			text = regexp.QuoteMeta(text)
		}
		line := siglists.Line{List: rapid.SampledFrom(siglists.Names()).Draw(t, "list"), Text: text}
		if _, err := Never(context.Background(), pyre.NewBudget(context.Background(), maxSteps, nil), []siglists.Line{line}); err != nil {
			t.Fatal(err)
		}
		Hides(nil, line, []string{"abort", "a"})
	})
}
