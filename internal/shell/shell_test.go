package shell

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestLine: what needs no quotes has none.
func TestLine(t *testing.T) {
	for _, test := range []struct {
		words []string
		want  string
	}{
		{nil, ""},
		{[]string{"sigdiff", "diff", "--base", "pr/7078"}, "sigdiff diff --base pr/7078"},
		{[]string{"--fail-on=concerns,changed:1%", "a@b+c.d_e-f"}, "--fail-on=concerns,changed:1% a@b+c.d_e-f"},
		{[]string{""}, "''"},
		{[]string{"a", "", "b"}, "a '' b"},
		{[]string{"two words"}, "'two words'"},
		{[]string{"it's"}, `'it'\''s'`},
		{[]string{"'"}, `''\'''`},
		{[]string{"~/socorro", "#1", "a*", "$HOME", `a\b`}, `'~/socorro' '#1' 'a*' '$HOME' 'a\b'`},
		{[]string{"x=~/y", "x:~"}, "'x=~/y' 'x:~'"},
		{[]string{"--add", "prefix:mozilla::Foo"}, "--add prefix:mozilla::Foo"},
		{[]string{"plain\n", "é"}, "'plain\n' 'é'"},
		// zsh takes a word that begins with = for the path of a program.
		{[]string{"=ls", "a=ls"}, "'=ls' a=ls"},
	} {
		if got := Line(test.words); got != test.want {
			t.Errorf("%q: %s, want %s", test.words, got, test.want)
		}
	}
}

// TestLineIsRead: a shell reads a line as the words that it was made of.
func TestLineIsRead(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("skipped: there is no shell")
	}
	word := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("aZ09_./:=@%+,-~!#$&*()[]{}|;<>?\\\"'` \t\r\n^\x01\x1bé")), 0, 8, -1),
		rapid.Map(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 4), func(b []byte) string { return string(b) }),
	)
	// One shell reads all lines: starting one takes longer than anything else here.
	var words [][]string
	for b := 1; b < 256; b++ {
		one := string([]byte{byte(b)})
		words = append(words, []string{one, "a" + one, one + "b", "a" + one + "b"})
	}
	rapid.Check(t, func(t *rapid.T) { words = append(words, rapid.SliceOfN(word, 0, 5).Draw(t, "words")) })
	var script, want strings.Builder
	for _, w := range words {
		// As arguments; the last tells an empty list from an empty word.
		script.WriteString("printf '%s\\0' " + Line(append(slices.Clone(w), "end")) + "\n")
		for _, one := range append(slices.Clone(w), "end") {
			want.WriteString(one + "\x00")
		}
	}
	cmd := exec.Command(sh)
	cmd.Stdin = strings.NewReader(script.String())
	cmd.Env, cmd.Dir = []string{"HOME=/home", "LC_ALL=C"}, "/"
	got, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	read, wanted := strings.Split(string(got), "\x00end\x00"), strings.Split(want.String(), "\x00end\x00")
	for i := range min(len(read), len(wanted)) {
		if read[i] != wanted[i] {
			t.Fatalf("%q is read as %q, from %s", wanted[i], read[i], Line(words[i]))
		}
	}
	if len(read) != len(wanted) {
		t.Errorf("%d lines are read as %d", len(wanted), len(read))
	}
}
