package pyre

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestStems(t *testing.T) {
	for pattern, want := range map[string][]string{
		`mozilla::Foo`:         {"mozilla::Foo"},
		`foo\.so@0x`:           {"foo.so@0x"},
		`.*Wait$`:              {"Wait"},
		`(abc|de)f*x`:          {"abc", "de"},
		`a(b|cd)long`:          {"long"},
		`(?:foo)+`:             {"foo"},
		`abc?d`:                {"ab"},
		`(foo)?`:               nil,
		`foo|.*`:               nil,
		`(?i)foo`:              nil,
		`(?i:foo)bar`:          {"bar"},
		`[ab]c\d`:              {"c"},
		`(?=foo)`:              nil,
		`js::(?:jit::)?Invoke`: {"Invoke"},
	} {
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Stems(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

// TestStemsAreThere: what a pattern matches contains one of its stems.
func TestStemsAreThere(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "ab", "(a|b)", "(ab|ba)", "(?:a|)", "a*", "b+", ".", "[ab]", "(?i:A)", "(?=a)", "(?!b)", `\w`, "(a)?", "|", "^", "$", `(?>ab|a)`, "a{2}", "b{0,2}"})
	rapid.Check(t, func(t *rapid.T) {
		p, err := Parse(strings.Join(rapid.SliceOfN(part, 1, 6).Draw(t, "parts"), ""))
		if err != nil {
			t.Skip("no pattern")
		}
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aabbcA")), 0, 8, -1).Draw(t, "text")
		stems := p.Stems()
		ok, err := p.Match(text)
		if err != nil || !ok || stems == nil {
			return
		}
		if !slices.ContainsFunc(stems, func(stem string) bool { return strings.Contains(text, stem) }) {
			t.Fatalf("%q is matched, and has none of %q", text, stems)
		}
	})
}
