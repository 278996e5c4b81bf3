package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/ptest"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

func TestMain(m *testing.M) { ptest.Main(m) }

// folder is a folder with the demo's siglists and its first crash, as a line.
func folder(t *testing.T) (dir string, line []byte) {
	t.Helper()
	dir = t.TempDir()
	crashes, base, candidate := madeup.Demo()
	if err := os.CopyFS(filepath.Join(dir, "base"), base); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "candidate"), candidate); err != nil {
		t.Fatal(err)
	}
	for _, doc := range crashes {
		return dir, append(doc, '\n')
	}
	t.Fatal("the demo has no crashes")
	return "", nil
}

func TestExitCodes(t *testing.T) {
	dir, line := folder(t)
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.ndjson", line)
	broken := write("broken.ndjson", append([]byte("{\n"), line...))
	stackless := write("stackless.ndjson", []byte(`{"uuid": "00000000-0000-4000-8000-000000261001", "json_dump": {}}`))
	empty := write("empty.ndjson", nil)
	sides := []string{"--base", filepath.Join(dir, "base"), "--candidate", filepath.Join(dir, "candidate")}
	conflict := filepath.Join(dir, "conflict")
	if err := os.CopyFS(conflict, os.DirFS(sides[3])); err != nil {
		t.Fatal(err)
	}
	write("conflict/prefix_signature_re.txt", []byte("<<<<<<< HEAD\nfoo\n=======\nbar\n>>>>>>> other\n"))
	output := filepath.Join(dir, "report.json")
	for _, test := range []struct {
		name   string
		args   []string
		inputs []string
		code   int
		says   string
		report int // crashes in it
	}{
		{"good", append(sides, "--output", output), []string{good}, 0, "", 1},
		{"a broken line", append(sides, "--output", output), []string{broken}, exit.Incomplete, "0 missing, 1 failed", 2},
		{"no stack", append(sides, "--output", output), []string{stackless}, exit.Incomplete, "1 of 1 crash has no stack", 1},
		{"no crash", append(sides, "--output", output), []string{empty}, exit.Incomplete, "there was no crash to compare", 0},
		{"a conflict", []string{"--base", sides[1], "--candidate", conflict, "--output", output}, []string{good}, exit.Incomplete, "merge conflict", 1},
		{"recorded", []string{"--base", "recorded", "--candidate", "dir:" + sides[3], "--output", output}, []string{good}, 0, "", 1},
		{"no sides", []string{"--output", output}, []string{good}, exit.Usage, "--base", 0},
		{"no siglists", []string{"--base", dir, "--candidate", dir, "--output", output}, []string{good}, exit.Usage, "base: siglists", 0},
		{"no rules", append(sides, "--output", output, "--candidate_rules", "x"), []string{good}, exit.Usage, "candidate: ", 0},
		{"no files", append(sides, "--output", output), nil, exit.Usage, "no files to read", 0},
		{"no output", sides, []string{good}, exit.Usage, "no file to write", 0},
		{"no such file", append(sides, "--output", output), []string{good + "x"}, exit.Failed, "no files matching", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			_ = os.Remove(output)
			flags := flag.NewFlagSet(test.name, flag.ContinueOnError)
			c := addFlags(flags)
			if err := flags.Parse(test.args); err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			if code := c.run(t.Context(), test.inputs, &stderr); code != test.code || !strings.Contains(stderr.String(), test.says) {
				t.Errorf("exit code %d, want %d; it says %q, want %q", code, test.code, stderr.String(), test.says)
			}
			if got := crashesIn(t, output); got != test.report {
				t.Errorf("a report over %d crashes, want %d", got, test.report)
			}
		})
	}
}

// TestOlderReport: the report that an earlier pipeline left at the same path is not taken for that of this one, which workers may
// have written where this machine doesn't read.
func TestOlderReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	if at := written(t.Context(), path); !at.IsZero() {
		t.Errorf("without a report: %v", at)
	}
	if err := os.WriteFile(path, []byte(`{"totals": {"crashes": 2, "failed": 1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	before := written(t.Context(), path)
	if got, err := totals(t.Context(), path, before); err == nil || got.Failed != 0 {
		t.Errorf("an older report: %+v", got)
	}
	if err := os.Chtimes(path, time.Time{}, before.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, before := range []time.Time{before, {}} {
		if got, err := totals(t.Context(), path, before); err != nil || got.Failed != 1 {
			t.Errorf("a report since %v: %+v, %v", before, got, err)
		}
	}
}

// crashesIn is how many crashes a report is about; 0 without one.
func crashesIn(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	var r struct{ Totals struct{ Crashes int } }
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r.Totals.Crashes
}
