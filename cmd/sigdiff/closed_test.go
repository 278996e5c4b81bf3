package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// unread is the end of a pipe that nobody reads any more.
func unread(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestUnwritten: where the reader of the results has left, every command ends by that, and says nothing of it; where there is no
// room for them, it fails, whatever they are. Nothing stays behind.
func TestUnwritten(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "c.db"))
	t.Setenv("TMPDIR", dir)
	if err := unpackDemo(dir); err != nil {
		t.Fatal(err)
	}
	crash := filepath.Join(dir, "crash.json")
	document := `{"uuid":"04a47240-4208-7e1b-f181-37c769261008","signature":"b","json_dump":{"threads":[{"frames":[{"function":"a"}]}]}}`
	if err := os.WriteFile(crash, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	runText(t, "import", crash, "--corpus", "one")
	base, candidate := filepath.Join(dir, "siglists", "base"), filepath.Join(dir, "siglists", "candidate")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("skipped: there is no file that is always full: ", err)
	}
	defer full.Close()
	for _, line := range []string{
		"help", "diff --help", "version", "config", "completion bash", "demo", "corpus list", "corpus ids one", "corpus show one", "cache stats",
		"cache verify", "cache compact", "cache get 04a47240-4208-7e1b-f181-37c769261008", "corpus export one -o -",
		"diff BASE CANDIDATE", "diff recorded BASE --exit-code --format json", "diff BASE CANDIDATE --self-check", "diff BASE CANDIDATE --format part",
		"explain 04a47240-4208-7e1b-f181-37c769261008 BASE CANDIDATE", "lint CANDIDATE --against BASE", "lines BASE",
		"pipelines BASE CANDIDATE", "correlate one one", "signature --siglists BASE --corpus one", "bench",
		"accept --corpus one --siglists BASE", "corpus create two --corpus one --replace",
	} {
		for _, test := range []struct {
			out  *os.File
			code int
			said string
		}{{unread(t), exit.Unread, ""}, {full, exit.Failed, "no space left on device"}} {
			// As a program: the signal that a write to a pipe brings is for that.
			cmd := exec.Command("sigdiff", strings.Fields(strings.NewReplacer("BASE", base, "CANDIDATE", candidate).Replace(line))...)
			var stderr strings.Builder
			cmd.Stdout, cmd.Stderr = test.out, &stderr
			err := cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != test.code || strings.Contains(stderr.String(), "pipe") || strings.Count(stderr.String(), test.said) != 1 && test.said != "" {
				t.Errorf("%s: %v, want %d; stderr %s", line, err, test.code, &stderr)
			}
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "sigdiff-*")); err != nil || left != nil {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
