package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists"
)

// inOrder sorts lines as their lists have them: by names, without leading punctuation and case; a line that is added
// comes behind its equals.
func inOrder(lines []string) []string {
	name := func(line string) string { return strings.ToLower(strings.TrimLeft(line, `_(.*[`)) }
	slices.SortStableFunc(lines, func(a, b string) int { return cmp.Compare(name(a), name(b)) })
	return lines
}

// drawEdit draws the lines of a list, the change set's flags for it, and its lines when they are changed by hand.
func drawEdit(r *rand.Rand, name siglists.Name) (base, flags, byHand []string) {
	lines := []string{"a", "b", "_b::", "foo", "(foo|bar)", "foo::bar$", "PR_Wait", ".*Wait", "[ab]::c", "za?", "qq"}
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	n := 1 + r.IntN(5)
	base = inOrder(slices.Clone(lines[:n]))
	for _, line := range base {
		if len(base) > len(flags)/2+1 && r.IntN(5) == 0 {
			flags = append(flags, "--remove", name.Word()+":"+line)
		} else {
			byHand = append(byHand, line)
		}
	}
	for _, line := range lines[n : n+r.IntN(3)] {
		flags, byHand = append(flags, "--add", name.Word()+":"+line), append(byHand, line)
	}
	return base, flags, inOrder(byHand)
}

// drawCrash draws a crash whose frames the lines match, or nearly.
func drawCrash(r *rand.Rand, number int) []byte {
	names := []string{"a", "b", "_b::c", "foo", "foo::bar", "foo::bar2", "bar", "PR_Wait", "PR_WaitFor", "a::c", "b::c", "z", "za", "qq", "c", ""}
	frames := make([]map[string]string, r.IntN(8))
	for i := range frames {
		frames[i] = map[string]string{"function": names[r.IntN(len(names))]}
	}
	threads, err := json.Marshal(frames)
	if err != nil {
		panic(err) // never, of texts
	}
	return fmt.Appendf(nil, `{"uuid":"00000000-0000-4000-8000-%06d261014","json_dump":{"crash_info":{"crashing_thread":0},"threads":[{"frames":%s}]}}`, number, threads)
}

func writeList(t *testing.T, dir string, name siglists.Name, lines []string) {
	t.Helper()
	err := os.WriteFile(filepath.Join(dir, name.File()), []byte(strings.Join(append([]string{"# a list"}, lines...), "\n")+"\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
}

// TestEditIsADirectory: a report with a change set is that with a directory in which the lines were changed by hand,
// but for what it calls the candidate. What is drawn is drawn without rapid: this binary is the sigdiff of the scripts,
// too, and rapid adds a third to the time that it takes to start.
func TestEditIsADirectory(t *testing.T) {
	dir := settle(t)
	r := rand.New(rand.NewPCG(1, 1))
	var crashes [][]byte
	for i := range 80 {
		crashes = append(crashes, drawCrash(r, i))
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
	for range 100 {
		var edit []string
		for _, name := range siglists.Names() {
			base, flags, byHand := drawEdit(r, name)
			edit = append(edit, flags...)
			writeList(t, "base", name, base)
			writeList(t, "byhand", name, byHand)
		}
		if len(edit) == 0 {
			continue // nothing changes
		}
		want := reportOf(t, "--candidate", "byhand")
		got := reportOf(t, edit...)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: %s", edit, diff)
		}
	}
}

// reportOf is the JSON report of a comparison, without what the candidate is called.
func reportOf(t *testing.T, flags ...string) map[string]any {
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
