package signatures

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseRuleset(t *testing.T) {
	for spec, want := range map[string]string{
		"default":              "default has HungProcess",
		"2023":                 "2023 has not",
		"default,-HungProcess": "without",
		"2023,+HungProcess":    "with",
		"-SigTruncate,+SignatureParentIDNotEqualsChildID": "both",
	} {
		rs, err := ParseRuleset(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		names := rs.Names()
		has := slices.Contains(names, "HungProcess")
		if wantHas := want != "2023 has not" && want != "without"; has != wantHas {
			t.Errorf("%s: HungProcess %v in %v", spec, has, names)
		}
		all := Ruleset{rules: pipeline()}.Names()
		if !slices.IsSortedFunc(names, func(a, b string) int { return slices.Index(all, a) - slices.Index(all, b) }) {
			t.Errorf("%s: rules out of order: %v", spec, names)
		}
	}
	for _, spec := range []string{"", "2024", "default,HungProcess", "default,+Nonsense", "+", "default,"} {
		if _, err := ParseRuleset(spec); err == nil {
			t.Errorf("%q is accepted", spec)
		}
	}
}

// TestNestedTypes: a function nested ever deeper makes the rule fail, as it does in Python, and neither
// the stack nor the memory suffers.
func TestNestedTypes(t *testing.T) {
	nest := func(n int) string { return strings.Repeat("IPC::ParamTraits<", n) + "a" + strings.Repeat(">", n) }
	if got, err := through(cppSteps, nest(maxNestedTypes)); err != nil || got != nest(maxNestedTypes) {
		t.Errorf("%d levels: %d bytes, %v", maxNestedTypes, len(got), err)
	}
	for _, n := range []int{maxNestedTypes + 1, 60000} {
		if _, err := through(cppSteps, nest(n)); !errors.Is(err, errNested) {
			t.Errorf("%d levels: %v", n, err)
		}
	}
}

// TestTidying: what is left of a signature by the rules that tidy it.
func TestTidying(t *testing.T) {
	long := func(letter string, n int) string { return strings.Repeat(letter, n) }
	for _, test := range []struct {
		name     string
		rule     func(*state) error
		in, want string
	}{
		{"printable", printableCharsOnly, " !~ ", "!~"},
		{"not printable", printableCharsOnly, "a\x1fb\x7fcéd", "abcd"},
		{"one space", fixWhitespace, "a b", "a b"},
		{"spaces", fixWhitespace, "  a  b\t\nc\u00a0 d\x1f", "a b c d"},
		{"nothing", fixWhitespace, "", ""},
		{"nothing but spaces", fixWhitespace, " \t", ""},
		{"shorter", truncate, long("é", maxSignature-1), long("é", maxSignature-1)},
		{"as long as may be", truncate, long("é", maxSignature), long("é", maxSignature)},
		{"longer", truncate, long("é", maxSignature+1), long("é", maxSignature-3) + "..."},
	} {
		s := &state{result: Result{Signature: test.in}}
		if err := test.rule(s); err != nil || s.result.Signature != test.want {
			t.Errorf("%s: %q, %v, want %q", test.name, s.result.Signature, err, test.want)
		}
		if got, want := IsTruncated(s.result.Signature), test.name == "longer"; got != want {
			t.Errorf("%s: truncated: %v", test.name, got)
		}
	}
	for text, want := range map[string]bool{long("a", maxSignature-3) + "...": true, long("a", maxSignature-4) + "...": false, long("a", maxSignature-2) + "...": false, "...": false} {
		if IsTruncated(text) != want {
			t.Errorf("%d letters: truncated: %v", len(text), !want)
		}
	}
}
