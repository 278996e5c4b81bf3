package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// damagedCache is a cache of 50 crashes, corpus all, with damage done to its file.
func damagedCache(t *testing.T, damage func(content []byte)) (path string) {
	t.Helper()
	dir := t.TempDir()
	path, input := filepath.Join(dir, "crashes.db"), filepath.Join(dir, "crashes.ndjson")
	var lines bytes.Buffer
	for _, doc := range madeup.Generate(1, 50, madeup.Shape{}) {
		lines.Write(append(doc, '\n'))
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
	damage(content)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Where the list of what is lost can't be written to its file, all of it is printed: the next repair finds a sound cache.
func TestRepairNamesWhatItCannotWriteDown(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("skipped: there is no file that is always full: ", err)
	}
	const packed = "\x28\xb5\x2f\xfd" // as zstandard begins
	path := damagedCache(t, func(content []byte) {
		for at := bytes.Index(content, []byte(packed)); at >= 0; at = bytes.Index(content, []byte(packed)) {
			clear(content[at : at+len(packed)])
		}
	})
	code, stdout, stderr := hostileRun(t, nil, "--cache", path, "cache", "repair", "--ids-out", full)
	if code != exit.Failed || !strings.Contains(stderr, "the cache is repaired, and the old file kept as "+path+".damaged") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	_, list, ok := strings.Cut(stdout, "('sigdiff fetch ID...')\n")
	if n := len(strings.Fields(list)); !ok || n == 0 || !strings.Contains(stdout, "to fetch again: "+plural.Crashes(n)) {
		t.Errorf("%d are named\n%s", n, stdout)
	}
}

// When the first pages are gone and everything is saved, no crash is to be fetched again: one that was imported never
// had a raw crash.
func TestRepairListsOnlyWhatIsLost(t *testing.T) {
	path := damagedCache(t, func(content []byte) { clear(content[:8192]) })
	code, stdout, stderr := hostileRun(t, nil, "--cache", path, "cache", "repair")
	if code != exit.Incomplete || !strings.Contains(stdout, "no crash is known to have lost anything") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if _, stdout, _ := hostileRun(t, nil, "--cache", path, "corpus", "show", "all"); !strings.Contains(stdout, "50, 50 cached") {
		t.Errorf("not everything is saved: %s", stdout)
	}
}
