package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

// flipNewerMeta changes a bit of the meta page that says which state of a cache is the newest.
func flipNewerMeta(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	if page := os.Getpagesize(); binary.NativeEndian.Uint64(b[page+64:]) > binary.NativeEndian.Uint64(b[64:]) {
		at = page
	}
	b[at+36] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A cache that may be an older state is never read without a word: results of it are incomplete, nothing is written to
// it, and after repair it is what it was.
func TestOlderStateIsTold(t *testing.T) {
	dir := t.TempDir()
	path, in := filepath.Join(dir, "crashes.db"), filepath.Join(dir, "in.ndjson")
	base, candidate, err := demoFolders(dir)
	if err != nil {
		t.Fatal(err)
	}
	writeCrashes(t, in, 1, 60)
	on := func(args ...string) (int, string, string) {
		return hostileRun(t, nil, append([]string{"--cache", path}, args...)...)
	}
	for _, args := range [][]string{{"import", in, "--corpus", "c"}, {"accept", "--corpus", "c", "--siglists", base}, {"accept", "--corpus", "c", "--siglists", candidate}} {
		if code, _, stderr := on(args...); code != exit.OK {
			t.Fatal(args, code, stderr)
		}
	}
	nightly := []string{"diff", "--base", "accepted", "--candidate", base, "--corpus", "c", "--exit-code", "--quiet", "--format", "csv"}
	code, right, stderr := on(nightly...)
	if code != exit.Changed || stderr != "" {
		t.Fatal(code, right, stderr)
	}
	flipNewerMeta(t, path)
	for name, args := range map[string][]string{
		"quiet": nightly, "diff": {"diff", "--base", base, "--candidate", candidate}, "history": {"history", "--corpus", "c", "--repo", dir},
		"stats": {"cache", "stats"}, "list": {"corpus", "list"}, "explain": {"signature", "--corpus", "c", "--siglists", base},
	} {
		code, stdout, stderr := on(args...)
		if name == "diff" && !strings.HasPrefix(stdout, "cache "+path) {
			t.Errorf("the report doesn't begin with it: %s", stdout)
		}
		if name != "history" && code != exit.Incomplete || code == exit.OK || strings.Count(stderr, "cache repair") != 1 || !strings.Contains(stderr, path) {
			t.Errorf("%s: exit code %d, %s", name, code, stderr)
		}
	}
	for _, args := range [][]string{{"import", in}, {"accept", "--corpus", "c", "--siglists", base}, {"cache", "compact"}, {"cache", "prune", "--older-than", "1d"}} {
		if code, _, stderr := on(args...); code != exit.Failed || !strings.Contains(stderr, "cache repair") {
			t.Errorf("%s: exit code %d, %s", args, code, stderr)
		}
	}
	for _, command := range []string{"verify", "repair"} {
		if code, stdout, stderr := on("cache", command); code != exit.Incomplete || !strings.Contains(stdout, "damaged: ") {
			t.Errorf("%s: exit code %d, %s%s", command, code, stdout, stderr)
		}
	}
	if code, stdout, stderr := on(nightly...); code != exit.Changed || stdout != right || stderr != "" {
		t.Errorf("after repair: exit code %d, %s\n%s\nwant %s", code, stderr, stdout, right)
	}
}

// demoFolders writes the demo's siglists into folders.
func demoFolders(dir string) (base, candidate string, err error) {
	_, baseFS, candidateFS := madeup.Demo()
	base, candidate = filepath.Join(dir, "base"), filepath.Join(dir, "candidate")
	if err = os.CopyFS(base, baseFS); err == nil {
		err = os.CopyFS(candidate, candidateFS)
	}
	return base, candidate, err
}

// onFirst runs a function when something is first written to it.
type onFirst struct {
	do      func()
	written bytes.Buffer
}

func (w *onFirst) Write(b []byte) (int, error) {
	if w.written.Len() == 0 {
		w.do()
	}
	return w.written.Write(b)
}

// With --wait or $SIGDIFF_WAIT, commands that read, that write and that look after the file wait for a busy cache, and
// say so once.
func TestWait(t *testing.T) {
	dir := t.TempDir()
	path, in := filepath.Join(dir, "crashes.db"), filepath.Join(dir, "in.ndjson")
	writeCrashes(t, in, 1, 5)
	runText(t, "--cache", path, "import", in, "--corpus", "c")
	for _, args := range [][]string{
		{"--wait", "3h", "corpus", "list"},
		{"import", in, "--wait=3h"},
		{"cache", "verify", "--wait", "3h"},
		{"cache", "compact", "--wait", "3h"},
		{"cache", "repair", "--wait", "3h"},
		{"cache", "prune", "--older-than", "9w", "--wait", "3h"},
		{"cache", "stats"}, // by the variable
	} {
		if !strings.Contains(strings.Join(args, " "), "--wait") {
			t.Setenv("SIGDIFF_WAIT", "3h")
		}
		holder, err := cache.Open(path, cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		stderr := &onFirst{do: func() {
			if err := holder.Close(); err != nil {
				t.Error(err)
			}
		}}
		code := run(t.Context(), append([]string{"--cache", path}, args...), strings.NewReader(""), io.Discard, stderr)
		if said := stderr.written.String(); code != exit.OK || !strings.Contains(said, "in use by another sigdiff; waiting up to 3h") || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q", args, code, said)
		}
	}
	t.Setenv("SIGDIFF_WAIT", "soon")
	for _, args := range [][]string{{"cache", "stats"}, {"cache", "stats", "--wait", "10"}, {"cache", "verify", "--wait", "-1m"}} {
		if code, _, stderr := hostileRun(t, nil, append([]string{"--cache", path}, args...)...); code != exit.Usage || !strings.Contains(stderr, "10m") {
			t.Errorf("%s: exit code %d, %s", args, code, stderr)
		}
	}
}

// A deletion that was stopped before what it removed was out of the file is finished by the same command, by another, or
// by compacting.
func TestStoppedDeletionIsFinished(t *testing.T) {
	for name, x := range map[string]struct {
		args []string
		code int
	}{
		"corpus delete":                {[]string{"corpus", "delete", "secret", "--documents"}, exit.OK},
		"corpus delete of another":     {[]string{"corpus", "delete", "other", "--documents"}, exit.OK},
		"corpus delete of none":        {[]string{"corpus", "delete", "none", "--documents"}, exit.Usage},
		"corpus delete, only the list": {[]string{"corpus", "delete", "other"}, -1},
		"prune":                        {[]string{"cache", "prune", "--older-than", "9w"}, exit.OK},
		"compact":                      {[]string{"cache", "compact"}, exit.OK},
	} {
		path := stoppedDeletion(t)
		for _, look := range []string{"stats", "verify"} {
			if out := runText(t, "--cache", path, "cache", look); !strings.Contains(out, "cache compact") {
				t.Errorf("%s: %s doesn't say that a deletion was stopped: %s", name, look, out)
			}
		}
		code, stdout, stderr := hostileRun(t, nil, append([]string{"--cache", path}, x.args...)...)
		if x.code == -1 {
			continue // it is not told to remove documents
		}
		b, err := os.ReadFile(path)
		if code != x.code || err != nil || bytes.Contains(b, []byte("needle-in-the-haystack")) {
			t.Errorf("%s: exit code %d, %s%s, %v", name, code, stdout, stderr, err)
		}
		if out := runText(t, "--cache", path, "cache", "stats"); strings.Contains(out, "cache compact") {
			t.Errorf("%s: still pending: %s", name, out)
		}
	}
}

// stoppedDeletion makes a cache in which a corpus was deleted with its documents, but not compacted.
func stoppedDeletion(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	path, in := filepath.Join(dir, "crashes.db"), filepath.Join(dir, "in.ndjson")
	var secret strings.Builder // so many that no single page has them all
	for i := range 500 {
		fmt.Fprintf(&secret, `{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-%06x150102", "processor_notes": "needle-in-the-haystack"}`+"\n", i)
	}
	if err := os.WriteFile(in, []byte(secret.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	runText(t, "--cache", path, "import", in, "--corpus", "secret")
	writeCrashes(t, in, 1, 5)
	runText(t, "--cache", path, "import", in, "--corpus", "other")
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	removed, err := corpora.Remove(t.Context(), c, "secret", true)
	if closing := c.Close(); err != nil || closing != nil || removed.Values == 0 {
		t.Fatal(removed, err, closing)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Contains(b, []byte("needle-in-the-haystack")) {
		t.Fatal("the deletion left nothing in the file", err)
	}
	return path
}

// Interrupting ends the waiting for a busy cache.
func TestInterruptEndsWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crashes.db")
	holder, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	ctx, cancel := context.WithCancel(t.Context())
	stderr := &onFirst{do: cancel}
	if code := run(ctx, []string{"--cache", path, "--wait", "3h", "cache", "stats"}, strings.NewReader(""), io.Discard, stderr); code != exit.Interrupted {
		t.Errorf("exit code %d: %s", code, &stderr.written)
	}
}
