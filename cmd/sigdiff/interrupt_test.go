package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// silent is a pipe that nobody writes to: it tells that it is read, and says nothing until it is closed.
type silent struct {
	read   func()
	closed chan struct{}
}

func (s *silent) Read([]byte) (int, error) {
	s.read()
	<-s.closed
	return 0, io.EOF
}

// TestInterruptedWhileWaiting: whatever a command waits for on standard input, an interrupt ends it.
func TestInterruptedWhileWaiting(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "c.db"))
	t.Setenv("TMPDIR", dir)
	if err := unpackDemo(dir); err != nil {
		t.Fatal(err)
	}
	base, candidate := filepath.Join(dir, "siglists", "base"), filepath.Join(dir, "siglists", "candidate")
	crash := filepath.Join(dir, "crash.json")
	document := `{"uuid":"04a47240-4208-7e1b-f181-37c769261008","signature":"a","json_dump":{"threads":[{"frames":[{"function":"a"}]}]}}`
	if err := os.WriteFile(crash, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	runText(t, "import", crash, "--corpus", "demo")
	for _, line := range []string{
		"import - --corpus other",
		"signature --siglists BASE",
		"signature --siglists BASE --ids -",
		"signature --siglists BASE --input -",
		"signify --siglists BASE",
		"signify --siglists BASE --ndjson",
		"diff BASE CANDIDATE --ids -",
		"diff BASE CANDIDATE --corpus demo --expect -",
		"diff BASE CANDIDATE --corpus demo --weights -",
		"diff --base BASE --corpus demo --edit -",
		"lint BASE --edit -",
		"explain --base BASE --corpus demo --edit - 04a47240-4208-7e1b-f181-37c769261008",
		"review CANDIDATE --base BASE --corpus demo --text -",
		"corpus create other",
		"corpus create other --ids -",
		"fetch",
		"fetch --ids -",
		"fetch --edit - --corpus other",
	} {
		t.Run(line, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			in := &silent{read: sync.OnceFunc(interrupt), closed: make(chan struct{})}
			defer close(in.closed)
			var stdout, stderr strings.Builder
			args := strings.Fields(strings.NewReplacer("BASE", base, "CANDIDATE", candidate).Replace(line))
			if code := run(ctx, args, in, &stdout, &stderr); code != exit.Interrupted || stderr.String() != "sigdiff: interrupted\n" {
				t.Errorf("exit code %d: %s", code, &stderr)
			}
			if stdout.Len() > 0 {
				t.Errorf("printed %s", &stdout)
			}
		})
	}
	if left, err := filepath.Glob(filepath.Join(dir, "sigdiff-*")); err != nil || left != nil {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
