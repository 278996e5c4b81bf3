package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// TestDiffWatch: a comparison is made again when the siglists change on disk, also after they did not load, and ends when it
// is interrupted.
func TestDiffWatch(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "c.db"))
	if err := unpackDemo(dir); err != nil {
		t.Fatal(err)
	}
	crashes := filepath.Join(dir, "crashes.ndjson")
	document := `{"uuid":"04a47240-4208-7e1b-f181-37c769261008","signature":"a","json_dump":{"threads":[{"frames":[{"function":"fresh_a"},{"function":"fresh_b"}]}]}}`
	if err := os.WriteFile(crashes, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	runText(t, "import", crashes, "--corpus", "one")
	t.Setenv("SIGDIFF_CORPUS", "one") // the start of an id makes room for it, each time
	base, changed := filepath.Join(dir, "siglists", "base"), filepath.Join(dir, "changed")
	if err := os.CopyFS(changed, os.DirFS(base)); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	said, code := make(chan string, 1000), make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"diff", "--base", base, "--candidate", changed, "04a4", "--watch"}, strings.NewReader(""), heard(said), heard(said))
		close(said)
	}()
	hear := func(want string) {
		t.Helper()
		for text := range said {
			if strings.Contains(text, want) {
				return
			}
		}
		t.Fatalf("it ended without %q", want)
	}
	write := func(lines string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(changed, "prefix_signature_re.txt"), []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hear("1 crash compared: 0 changed")
	hear("waiting for a change of the siglists in ")
	write("fresh_a\n")
	hear("1 crash compared: 1 changed")
	hear("waiting for ")
	write("fresh_a(\n")
	hear("prefix_signature_re.txt:1")
	hear("waiting for ")
	write("never\n")
	hear("1 crash compared: 0 changed")
	interrupt()
	for range said { // what was printed meanwhile
	}
	if got := <-code; got != exit.Interrupted {
		t.Errorf("exit code %d", got)
	}
	var stderr strings.Builder
	if got := run(t.Context(), []string{"diff", "recorded", "recorded", "--watch"}, strings.NewReader(""), io.Discard, &stderr); got != exit.Usage || !strings.Contains(stderr.String(), "neither side is a directory") {
		t.Errorf("without a directory: %d %s", got, &stderr)
	}
	// No change of the siglists mends a mistake in the command line, for which it would wait for ever.
	stderr.Reset()
	if got := run(t.Context(), []string{"diff", base, changed, "--watch", "--fail-on", "concrns"}, strings.NewReader(""), io.Discard, &stderr); got != exit.Usage || !strings.Contains(stderr.String(), "did you mean concerns") {
		t.Errorf("with a mistake: %d %s", got, &stderr)
	}
}

// TestHalfWrittenIsNoChange: files count as changed once they are the same at two looks, and others than before.
func TestHalfWrittenIsNoChange(t *testing.T) {
	ticks := make(chan time.Time)
	close(ticks)
	for _, test := range []struct {
		states string // at each look, a letter each
		looks  int
	}{
		{"aabb", 4}, {"bb", 2}, {"b cbb", 5}, {" b b bb", 7}, {"baabb", 5}, {"bcaacc", 6},
	} {
		looks := 0
		err := waitForChange(t.Context(), "a", func() string { looks++; return test.states[looks-1 : looks] }, ticks)
		if err != nil || looks != test.looks {
			t.Errorf("%q: %d looks, %v", test.states, looks, err)
		}
	}
}
