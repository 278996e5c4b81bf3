package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

// When the first pages are gone and everything is saved, no crash is to be fetched again: one that was imported never
// had a raw crash.
func TestRepairListsOnlyWhatIsLost(t *testing.T) {
	dir := t.TempDir()
	path, input := filepath.Join(dir, "crashes.db"), filepath.Join(dir, "crashes.ndjson")
	var lines bytes.Buffer
	for _, doc := range madeup.Generate(1, 50, madeup.Shape{}) {
		lines.Write(append(bytes.TrimSpace(doc), '\n'))
	}
	if err := os.WriteFile(input, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := hostileRun(t, nil, "--cache", path, "import", input, "--corpus", "all"); code != exit.OK {
		t.Fatal(stderr)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(content[:8192])
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := hostileRun(t, nil, "--cache", path, "cache", "repair")
	if code != exit.Incomplete || !strings.Contains(stdout, "no crash is known to have lost anything") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if _, stdout, _ := hostileRun(t, nil, "--cache", path, "corpus", "show", "all"); !strings.Contains(stdout, "50, 50 cached") {
		t.Errorf("not everything is saved: %s", stdout)
	}
}
