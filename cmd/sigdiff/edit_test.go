package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists"
)

// inOrder sorts lines as their lists have them: by names, without leading punctuation and case; a line that is added
// comes behind its equals.
func inOrder(lines []string) []string {
	name := func(line string) string { return strings.ToLower(strings.TrimLeft(line, `_\(.^[@`)) }
	slices.SortStableFunc(lines, func(a, b string) int { return cmp.Compare(name(a), name(b)) })
	return lines
}

// drawEdit draws the lines of a list, the change set's flags for it, and its lines when they are changed by hand.
func drawEdit(t *rapid.T, name siglists.Name) (base, flags, byHand []string) {
	lines := rapid.SampledFrom([]string{"a", "b", "_b::", "foo", "(foo|bar)", "foo::bar$", "PR_Wait", ".*Wait", "[ab]::c", "za?", "qq"})
	base = inOrder(rapid.SliceOfNDistinct(lines, 1, 5, rapid.ID).Draw(t, string(name)))
	for _, line := range base {
		if len(base) > len(flags)/2+1 && rapid.IntRange(0, 4).Draw(t, "removed") == 0 {
			flags = append(flags, "--remove", name.Word()+":"+line)
		} else {
			byHand = append(byHand, line)
		}
	}
	for _, line := range rapid.SliceOfNDistinct(lines, 0, 2, rapid.ID).Draw(t, "added") {
		if !slices.Contains(base, line) {
			flags, byHand = append(flags, "--add", name.Word()+":"+line), append(byHand, line)
		}
	}
	return base, flags, inOrder(byHand)
}

func writeList(t *rapid.T, dir string, name siglists.Name, lines []string) {
	err := os.WriteFile(filepath.Join(dir, name.File()), []byte(strings.Join(append([]string{"# a list"}, lines...), "\n")+"\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
}

// TestEditIsADirectory: a report with a change set is that with a directory in which the lines were changed by hand,
// but for what it calls the candidate.
func TestEditIsADirectory(t *testing.T) {
	dir := settle(t)
	crash := rapid.Custom(func(t *rapid.T) []byte { return enginetest.DrawOddCrash(t, rapid.IntRange(0, 1<<20).Draw(t, "crash")) })
	var crashes [][]byte
	for seed := range 80 {
		crashes = append(crashes, crash.Example(seed))
	}
	if err := os.WriteFile("crashes.ndjson", bytes.Join(crashes, []byte("\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	runText(t, "import", "--corpus", "c", "crashes.ndjson")
	for _, folder := range []string{"base", "byhand"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var edit []string
		for _, name := range siglists.Names() {
			base, flags, byHand := drawEdit(t, name)
			edit = append(edit, flags...)
			writeList(t, "base", name, base)
			writeList(t, "byhand", name, byHand)
		}
		if len(edit) == 0 {
			t.Skip("nothing changes")
		}
		want := reportOf(t, "--candidate", "byhand")
		got := reportOf(t, edit...)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// reportOf is the JSON report of a comparison, without what the candidate is called.
func reportOf(t *rapid.T, flags ...string) map[string]any {
	var stdout, stderr bytes.Buffer
	args := append([]string{"diff", "--base", "base", "--corpus", "c", "--format", "json"}, flags...)
	if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exit.OK {
		t.Fatalf("sigdiff %q: exit code %d\n%s", args, code, &stderr)
	}
	var report map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	candidate := report["candidate"].(map[string]any)
	for _, member := range []string{"spec", "kind", "changes"} {
		delete(candidate, member)
	}
	return report
}
