package pyre

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// backtrackList answers as List.Match does, without the automaton.
func backtrackList(t interface{ Fatal(...any) }, lines []string, subject string) (int, *LimitError) {
	joined, err := Parse(strings.Join(lines, "|"))
	if err != nil {
		t.Fatal(err)
	}
	c := &listCompiler{lines: lines}
	c.join(nil)
	joined.compileAll()
	m := machine{limit: StepLimit}
	for i, prog := range joined.progs {
		ok, limit := m.run(prog, subject)
		if limit != nil {
			return -1, limit
		}
		if ok {
			return lineAt(c.starts, int(joined.Alternatives()[i].Start)), nil
		}
	}
	return -1, nil
}

// regularPattern draws a pattern without anything that needs backtracking.
func regularPattern(t *rapid.T, depth int) string {
	atoms := []string{"a", "b", "é", ".", `\w`, `\W`, `\d`, `\s`, "[ab]", "[^a]", `[\w-]`, "[K-ſ]", "^", "$", `\A`, `\Z`, `\b`, `\B`, `\n`, "x", "_", "1"}
	kinds := 4
	if depth == 0 {
		kinds = 1
	}
	switch rapid.IntRange(0, kinds).Draw(t, "kind") {
	case 2:
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return regularPattern(t, depth-1) }), 0, 3).Draw(t, "parts")
		return "(?:" + strings.Join(parts, "|") + ")"
	case 3:
		flag := rapid.SampledFrom([]string{"", "?:", "?i:", "?m:", "?s:", "?a:", "?im:", "?-i:", "?ia:"}).Draw(t, "flags")
		return "(" + flag + regularPattern(t, depth-1) + ")"
	case 4:
		repeat := rapid.SampledFrom([]string{"*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{,2}?", "{2,}", "{0}"}).Draw(t, "repeat")
		return "(?:" + regularPattern(t, depth-1) + ")" + repeat
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(atoms), 0, 3).Draw(t, "atoms"), "")
}

var subjectGen = rapid.StringOfN(rapid.SampledFrom([]rune("aabbxé_1 \n\nKkKsſ\u00b2\U00010400")), 0, 12, -1)

// TestOnly: of a list whose lines depend on each other, the first line that matches alone, as it is in the list, decides.
func TestOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"", "(a)", `(|x)\1`, `(a)?(?(1)b|é)`, "(?P<n>b)", `(a|b)\1?`}).Draw(t, "start") + regularPattern(t, 2)
		}), 1, 5).Draw(t, "lines")
		lines[0] = rapid.SampledFrom([]string{"", "(?i)", "(?x)", "(?s)"}).Draw(t, "global") + lines[0]
		list, err := CompileList(lines)
		if err != nil {
			t.Skip(err)
		}
		for _, subject := range rapid.SliceOfN(subjectGen, 1, 10).Draw(t, "subjects") {
			want, _, err := list.Match(nil, subject)
			if err != nil {
				continue
			}
			got := -1
			for i := range lines {
				if _, ok, err := list.Only(i).Match(nil, subject); ok || err != nil {
					got = i
					break
				}
			}
			if got != want {
				t.Fatalf("%q on %q: line %d decides, %d is the first that matches alone", lines, subject, want, got)
			}
		}
	})
}

// TestAutomatonAgrees holds the automaton to the backtracking machine, with a
// full cache and with one so small that it starts afresh all the time.
func TestAutomatonAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return regularPattern(t, 3) }), 1, 6).Draw(t, "lines")
		if rapid.Bool().Draw(t, "flags") {
			lines[0] = rapid.SampledFrom([]string{"(?i)", "(?m)", "(?s)", "(?a)"}).Draw(t, "global") + lines[0]
		}
		list, err := CompileList(lines)
		if err != nil {
			t.Fatal(err)
		}
		if len(list.others) > 0 {
			t.Fatalf("%q needs backtracking", lines)
		}
		small := list.newMatcher()
		small.dfa.maxTransitions = 3 * small.dfa.stride
		for _, subject := range rapid.SliceOfN(subjectGen, 1, 10).Draw(t, "subjects") {
			want, limit := backtrackList(t, lines, subject)
			if limit != nil {
				continue
			}
			line, ok, err := list.Match(nil, subject)
			if line != want || ok != (want >= 0) || err != nil {
				t.Fatalf("%q on %q: line %d, %v, %v; backtracking says %d", lines, subject, line, ok, err, want)
			}
			if line, _, _ := small.match(nil, subject); line != want {
				t.Fatalf("%q on %q: line %d with a small cache; backtracking says %d", lines, subject, line, want)
			}
		}
	})
}

// TestLiteralPrefix holds that a literal pattern matches what begins with it,
// and that all that matches begins with the prefix.
func TestLiteralPrefixHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := regularPattern(t, 2)
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		subject := subjectGen.Draw(t, "subject")
		ok, err := p.Match(subject)
		if err != nil {
			t.Skip("given up")
		}
		if ok && !strings.HasPrefix(subject, p.LiteralPrefix()) {
			t.Fatalf("%q matches %q, which doesn't begin with %q", pattern, subject, p.LiteralPrefix())
		}
		if text, whole := p.IsLiteral(); whole && ok != strings.HasPrefix(subject, text) {
			t.Fatalf("%q on %q: %t, but it is the literal %q", pattern, subject, ok, text)
		}
	})
}

// parseAnything checks what must hold of any pattern.
func parseAnything(t *testing.T, pattern string) *Pattern {
	length := len([]rune(pattern))
	p, err := Parse(pattern)
	if err != nil {
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Pos < -1 || syntax.Pos > length {
			t.Fatalf("%q: odd error %#v", pattern, err)
		}
		return nil
	}
	p.Find(func(n *Node) bool {
		if n.Start < 0 || n.Start > n.End || int(n.End) > length {
			t.Fatalf("%q: span %d to %d", pattern, n.Start, n.End)
		}
		for _, sub := range n.Subs {
			if sub.Start < n.Start || sub.End > n.End {
				t.Fatalf("%q: a part reaches beyond %d to %d", pattern, n.Start, n.End)
			}
		}
		return false
	})
	return p
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "a|b", "(?x)a #b\n|c", "(?P<n>a)(?P=n)(?(n)b|c)", `[]a-z\d^]+?\x41\N{SPACE}`, "(?i-s:a{2,3}+)", `(?<=ab)\b(?!c)$`,
		"a{,}", `\`, "(((", "[^", "(?P<", `\777`, "(?>a*)*", "\xff(", "(?(1", "é{2}{3}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		p := parseAnything(t, pattern)
		if p == nil {
			return
		}
		if _, err := CompileList([]string{pattern}); err != nil {
			t.Fatalf("%q compiles alone, but not as a list: %v", pattern, err)
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"a|memset\nfoo|", "memset"},
		{"(?i)k\n[a-z]+$", "K\n"},
		{"(a)\\1\n(?P<x>b)(?P=x)", "bb"},
		{"(?x)a #\nb", "b"},
		{".*\\bnew\\b\n\\Bx", "a new"},
		{"[^\\W\\d_]+é\n\\d+", "äé"},
		{"(?>std|s)x\na*+b", "stdx"},
		{"(?m)^a$\n.", "a\nb"},
		{"\ufffd+\nx", "\xff\xfe"},
		{"(?:a|b)*a(?:a|b){5}$\nc", "abababbaab"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, subject string) {
		lines := strings.Split(text, "\n")
		list, err := CompileList(lines)
		if err != nil {
			return
		}
		line, ok, err := list.Match(nil, subject)
		again, _, err2 := list.Match(nil, subject)
		if line != again || (err == nil) != (err2 == nil) {
			t.Fatalf("%q on %q: line %d, then %d", lines, subject, line, again)
		}
		want, limit := backtrackList(t, lines, subject)
		if err == nil && limit == nil && (line != want || ok != (want >= 0)) {
			t.Fatalf("%q on %q: line %d, backtracking says %d", lines, subject, line, want)
		}
	})
}
