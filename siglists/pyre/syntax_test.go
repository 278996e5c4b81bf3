package pyre

import (
	"errors"
	"strings"
	"testing"
)

// TestSyntaxErrors holds messages and positions to those of Python 3.11. An
// empty message: Python takes the pattern; position -1: Python tells none.
func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct {
		pattern, msg string
		pos          int
	}{
		{"*a", "nothing to repeat", 0},
		{"a**", "multiple repeat", 2},
		{"a{2}{3}", "multiple repeat", 4},
		{"(", "missing ), unterminated subpattern", 0},
		{"a)", "unbalanced parenthesis", 1},
		{"(?P<a", "missing >, unterminated name", 4},
		{"(?P<a>", "missing ), unterminated subpattern", 0},
		{"(?P<>x)", "missing group name", 4},
		{"(?P<1>x)", "bad character in group name '1'", 4},
		{"(?P<a'b>x)", `bad character in group name "a'b"`, 4},
		{"(?P=a)", "unknown group name 'a'", 4},
		{"(?P=a", "missing ), unterminated name", 4},
		{"(?Px)", "unknown extension ?Px", 1},
		{"(?P", "unexpected end of pattern", 3},
		{"(?", "unexpected end of pattern", 2},
		{"(?<", "unexpected end of pattern", 3},
		{"(?<x)", "unknown extension ?<x", 1},
		{"(?é)", "unknown extension ?é", 1},
		{"(?z)", "unknown extension ?z", 1},
		{"(?i", "missing -, : or )", 3},
		{"(?i-", "missing flag", 4},
		{"(?i-)", "missing flag", 4},
		{"(?-i)", "missing :", 4},
		{"(?i-i:a)", "bad inline flags: flag turned on and off", 5},
		{"(?-a:x)", "bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 4},
		{"(?L)", "bad inline flags: cannot use 'L' flag with a str pattern", 3},
		{"(?L:x)", "bad inline flags: cannot use 'L' flag with a str pattern", 3},
		{"(?au)", "bad inline flags: flags 'a', 'u' and 'L' are incompatible", 4},
		{"(?iz)", "unknown flag", 3},
		{"(?i1)", "missing -, : or )", 3},
		{"(?-é:)", "unknown flag", 3},
		{"(?t:a)", "bad inline flags: cannot turn on global flag", 3},
		{"(?-t:a)", "bad inline flags: cannot turn off global flag", 4},
		{"(?t)a*", "internal: unsupported template operator MAX_REPEAT", -1},
		{"(?t)a+?", "internal: unsupported template operator MIN_REPEAT", -1},
		{"(?t)a++", "internal: unsupported template operator POSSESSIVE_REPEAT", -1},
		{"(?a)(?u)", "ASCII and UNICODE flags are incompatible", -1},
		{"x(?i)", "global flags not at the start of the expression", 1},
		{"(?:(?i)x)", "global flags not at the start of the expression", 3},
		{"a|(?i)b", "global flags not at the start of the expression", 2},
		{"(?#x", "missing ), unterminated comment", 0},
		{"(?#", "missing ), unterminated comment", 0},
		{"(?(1)a)", "invalid group reference 1", 3},
		{"(?(a)b)", "unknown group name 'a'", 3},
		{"(?(0)b)", "bad group number", 3},
		{"(?( )b)", "bad character in group name ' '", 3},
		{"(a)(?(1)b|c|d)", "conditional backref with more than two branches", 11},
		{"(?(", "missing group name", 3},
		{"(?(1", "missing ), unterminated name", 3},
		{"(?(99999999999999999999)a)", "invalid group reference 99999999999999999999", 3},
		{"(?(-1)a)", "bad character in group name '-1'", 3},
		{"(a)?(?(\x1c1)b)", `bad character in group name '\x1c1'`, 7},
		{"(a(?P=x))", "unknown group name 'x'", 6},
		{"(?P<x>a(?P=x))", "cannot refer to an open group", 11},
		{`(a\1)`, "cannot refer to an open group", 2},
		{`\1`, "invalid group reference 1", 1},
		{`\8`, "invalid group reference 8", 1},
		{`\18`, "invalid group reference 18", 1},
		{`\400`, `octal escape value \400 outside of range 0-0o377`, 0},
		{`[\400]`, `octal escape value \400 outside of range 0-0o377`, 1},
		{`\777`, `octal escape value \777 outside of range 0-0o377`, 0},
		{`[\8]`, `bad escape \8`, 1},
		{`\q`, `bad escape \q`, 0},
		{`[\q]`, `bad escape \q`, 1},
		{`\x1`, `incomplete escape \x1`, 0},
		{`\u12`, `incomplete escape \u12`, 0},
		{`\U0001`, `incomplete escape \U0001`, 0},
		{`\U00110000`, `bad escape \U00110000`, 0},
		{`\N`, "missing {", 2},
		{`\N{`, "missing character name", 3},
		{`\N{}`, "missing character name", 3},
		{`\N{x`, "missing }, unterminated name", 3},
		{`\N{é}`, "undefined character name 'é'", 0},
		{`[\N{'}]`, `undefined character name "'"`, 1},
		{`\`, "bad escape (end of pattern)", 0},
		{`a\`, "bad escape (end of pattern)", 1},
		{`*\`, "bad escape (end of pattern)", 1},
		{"[a", "unterminated character set", 0},
		{"[", "unterminated character set", 0},
		{"[^", "unterminated character set", 0},
		{"[]", "unterminated character set", 0},
		{"[^]", "unterminated character set", 0},
		{"[a-", "unterminated character set", 0},
		{"[b-a]", "bad character range b-a", 1},
		{`[\d-a]`, `bad character range \d-a`, 1},
		{`[a-\d]`, `bad character range a-\d`, 1},
		{`[\x62-\x61]`, `bad character range \x-\x`, 5},
		{`[z-\n]`, `bad character range z-\n`, 1},
		{"a{2,1}", "min repeat greater than max repeat", 2},
		{"a{4294967295}", "the repetition number is too large", -1},
		{"a{1,99999999999}", "the repetition number is too large", -1},
		{"^*", "nothing to repeat", 1},
		{`\b+`, "nothing to repeat", 2},
		{"(?=a)*", "", 0},
		{"$?", "nothing to repeat", 1},
		{"(?<=a*)", "look-behind requires fixed-width pattern", -1},
		{"(?<=a|bc)", "look-behind requires fixed-width pattern", -1},
		{"(?<!a+)b", "look-behind requires fixed-width pattern", -1},
		{`(a+)(?<=\1)`, "look-behind requires fixed-width pattern", -1},
		{`(?<=(a)\1)`, "cannot refer to group defined in the same lookbehind subpattern", 9},
		{"(?<=(a)(?(1)b|c))", "cannot refer to group defined in the same lookbehind subpattern", 12},
		{"(?<=(?:a{4294967294}){2})", "looks too much behind", -1},
		{"(?P<a>x)(?P<a>y)", "redefinition of group name 'a' as group 2; was group 1", 12},
		{"(?x)a # b)", "", 0},
		{"(?x)(a # b)", "missing ), unterminated subpattern", 4},
		{"(?>a", "missing ), unterminated subpattern", 0},
		{"(?=a", "missing ), unterminated subpattern", 0},
		{"(?!", "missing ), unterminated subpattern", 0},
		{"a++", "", 0},
		{"a+++", "multiple repeat", 3},
		{"a?*", "multiple repeat", 2},
		{"((a)", "missing ), unterminated subpattern", 0},
		{"(?:", "missing ), unterminated subpattern", 0},
		{"|*", "nothing to repeat", 1},
		{"a|*", "nothing to repeat", 2},
		{"(*)", "nothing to repeat", 1},
		{"(?i)*", "nothing to repeat", 4},
		{"{1}", "nothing to repeat", 0},
		{"x{", "", 0},
		{"x{,}", "", 0},
		{"(?#)*", "nothing to repeat", 4},
		{`(?P<n>a)\2`, "invalid group reference 2", 9},
		{`\08`, "", 0},
		{`[\08]`, "", 0},
		{"(?P<_é9>a)(?P=_é9)", "", 0},
		{"(?s-i:.)", "", 0},
		{"(?-ims:a)", "", 0},
		{`(?\i)`, `unknown extension ?\i`, 1},
		{`(?P<a\>x)`, "missing >, unterminated name", 4},
		{"(?(1)a|b)(c)", "", 0},
		{`()\1{2}`, "", 0},
	} {
		_, err := Parse(c.pattern)
		if c.msg == "" {
			if err != nil {
				t.Errorf("%s: %v, Python takes it", c.pattern, err)
			}
			continue
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Msg != c.msg || syntax.Pos != c.pos {
			t.Errorf("%s: %v, Python says %s at %d", c.pattern, err, c.msg, c.pos)
		}
	}
}

func TestErrorText(t *testing.T) {
	_, err := Parse("a**")
	if err == nil || err.Error() != "multiple repeat at position 2" {
		t.Error(err)
	}
	_, err = Parse("(?<=a*)")
	if err == nil || err.Error() != "look-behind requires fixed-width pattern" {
		t.Error(err)
	}
}

// TestUnsupported holds what is refused without saying that Python does.
func TestUnsupported(t *testing.T) {
	for _, pattern := range []string{
		`a\N{GREEK SMALL LETTER ALPHA}`,
		`\ud83d\ude00`,
		`[\uD800-\U0000DFFF]`,
		strings.Repeat("(", 10_000) + strings.Repeat(")", 10_000),
		strings.Repeat("(?:", 10_000),
		strings.Repeat("(?=", MaxNesting+1) + strings.Repeat(")", MaxNesting+1),
	} {
		_, err := Parse(pattern)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !syntax.Unsupported || syntax.Pos < 0 {
			t.Errorf("%.20s: %v", pattern, err)
		}
	}
	deep := strings.Repeat("(", MaxNesting) + "a" + strings.Repeat(")", MaxNesting)
	p, err := Parse(deep)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Match("aab"); !ok || err != nil {
		t.Error(ok, err)
	}
}
