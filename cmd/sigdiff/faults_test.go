//go:build unix

package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

// faulty is a cache with a corpus, and what commands need that work on it.
type faulty struct {
	dir, path, base, candidate, host string
}

func newFaulty(t *testing.T) *faulty {
	t.Helper()
	dir := t.TempDir()
	f := &faulty{dir: dir, path: filepath.Join(dir, "c", "crashes.db"), base: filepath.Join(dir, "base"), candidate: filepath.Join(dir, "candidate")}
	_, base, candidate := madeup.Demo()
	writeCrashes(t, filepath.Join(dir, "few.ndjson"), 1, 40)
	writeCrashes(t, filepath.Join(dir, "many.ndjson"), 2, 600)
	srv, _ := newStandIn(t, crashstatstest.Corpus{N: 600, Size: 20_000}, crashstatstest.Options{})
	f.host = srv.URL()
	for _, err := range []error{
		os.CopyFS(f.base, base), os.CopyFS(f.candidate, candidate), os.Mkdir(filepath.Dir(f.path), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"import", f.file("many.ndjson"), "--corpus", "many"}, {"corpus", "export", "many", "--with-documents", "-o", f.file("many.sigcorpus")},
	} {
		runText(t, append([]string{"--cache", f.file("other.db")}, args...)...)
	}
	runText(t, "--cache", f.path, "import", f.file("few.ndjson"), "--corpus", "few")
	return f
}

func (f *faulty) file(name string) string { return filepath.Join(f.dir, name) }

// writeCrashes writes generated crashes, one a line.
func writeCrashes(t *testing.T, path string, seed uint64, n int) {
	t.Helper()
	var text bytes.Buffer
	for _, doc := range madeup.Generate(seed, n, madeup.Shape{}) {
		fmt.Fprintf(&text, "%s\n", doc)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// writing are the commands that write to the cache, and reading those that don't.
func (f *faulty) writing() map[string][]string {
	return map[string][]string{
		"fetch":         append([]string{"fetch", "--host", f.host, "--rate", "0"}, everything...),
		"import":        {"import", f.file("many.ndjson")},
		"accept":        {"accept", "--corpus", "few", "--siglists", f.base},
		"corpus create": {"corpus", "create", "all", "--product", "Firefox"},
		"corpus delete": {"corpus", "delete", "few"},
		"corpus import": {"corpus", "import", f.file("many.sigcorpus")},
		"compact":       {"cache", "compact"},
		"prune":         {"cache", "prune", "--older-than", "0h"},
		"repair":        {"cache", "repair"},
	}
}

func (f *faulty) reading() map[string][]string {
	return map[string][]string{
		"diff":        {"diff", "--base", f.base, "--candidate", f.candidate},
		"verify":      {"cache", "verify"},
		"stats":       {"cache", "stats"},
		"corpus list": {"corpus", "list"},
	}
}

// runAs runs one of the programs that the test binary is on a cache.
func (f *faulty) runAs(program, path string, args []string, env ...string) (code int, stderr string, took time.Duration) {
	cmd := exec.Command(program, append([]string{"--cache", path}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	var text bytes.Buffer
	cmd.Stderr = &text
	start := time.Now()
	code = exitCodeOf(cmd.Run())
	return code, text.String(), time.Since(start)
}

// stored is what is in a sound cache.
func (f *faulty) stored(t *testing.T, path string) map[string]string {
	t.Helper()
	if out := runText(t, "--cache", path, "cache", "verify"); !strings.Contains(out, "all are sound") {
		t.Fatal(out)
	}
	c, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all := map[string]string{}
	for _, kind := range cache.Kinds() {
		ids, err := c.IDs(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		err = c.EachBlob(t.Context(), kind, ids, 1, func(_ int, b cache.Blob) error {
			all[b.ID+" "+kind.String()] = string(b.Data)
			return b.Err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// keeps tells whether nothing is gone and nothing that stayed changed.
func keeps(before, after map[string]string) bool {
	for key, value := range before {
		if after[key] != value {
			return false
		}
	}
	return true
}

// A disk that is full stops every command that needs room, with a clear word; nothing that was there is
// lost, and with room again the same command runs. It is a limit on the size of files that makes the disk
// full, which is another error of the same call; 'make damage' does the same on a small file system.
func TestDiskFull(t *testing.T) {
	f := newFaulty(t)
	before := f.stored(t, f.path)
	for name, args := range f.writing() {
		if name == "corpus delete" || name == "corpus create" || name == "accept" || name == "prune" || name == "repair" {
			continue // they fit in what is free, or change nothing; prune compacts
		}
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "crashes.db")
			copyCache(t, f.path, path)
			limit := 512 << 10
			if name == "compact" {
				limit = 32 << 10 // less than it needs
			}
			code, stderr, _ := f.runAs("sigdiff-limited", path, args, fmt.Sprint("FILE_LIMIT=", limit))
			// What measures coverage may say it, too, of its own files.
			said, _, _ := strings.Cut(stderr, "\nerror: coverage ")
			if code != exit.Failed || !strings.Contains(said, path) || strings.Count(said, "file too large") != 1 {
				t.Errorf("exit code %d: %s", code, stderr)
			}
			checkNothingLost(t, f, path, before)
			if name == "import" {
				stored := len(storedIDs(t, path)) - len(storedIDs(t, f.path))
				if want := fmt.Sprintf("importing (%d processed crashes were stored): ", stored); !strings.Contains(stderr, want) {
					t.Errorf("it says %q, and not %q", stderr, want)
				}
			}
			if code, stderr, _ := f.runAs("sigdiff", path, args); code != exit.OK {
				t.Errorf("with room again: exit code %d: %s", code, stderr)
			}
		})
	}
}

func checkNothingLost(t *testing.T, f *faulty, path string, before map[string]string) {
	t.Helper()
	if after := f.stored(t, path); !keeps(before, after) {
		t.Errorf("something was lost: %d values before, %d after", len(before), len(after))
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func copyCache(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Who may not read or write the file, or its folder, is told so, and nothing changes.
func TestNoPermission(t *testing.T) {
	f := newFaulty(t)
	folder := filepath.Dir(f.path)
	openFolders(t, f.dir)
	chmod(t, f.file("many.sigcorpus"), 0o644)
	before := f.stored(t, f.path)
	refused := func(what string, commands map[string][]string) {
		for name, args := range commands {
			code, stderr, _ := f.runAs("sigdiff-nobody", f.path, args)
			if code != exit.Failed || !strings.Contains(stderr, f.path) || !strings.Contains(stderr, "permission denied") {
				t.Errorf("%s: %s: exit code %d: %s", what, name, code, stderr)
			}
		}
	}
	chmod(t, f.path, 0)
	refused("unreadable", f.reading())
	refused("unreadable", f.writing())
	chmod(t, f.path, 0o444)
	refused("read-only", f.writing())
	for name, args := range f.reading() {
		if code, stderr, _ := f.runAs("sigdiff-nobody", f.path, args); code != exit.OK {
			t.Errorf("read-only: %s: exit code %d: %s", name, code, stderr)
		}
	}
	chmod(t, f.path, 0o666)
	chmod(t, folder, 0o555)
	refused("a folder that is read-only", map[string][]string{"compact": f.writing()["compact"]})
	code, stderr, _ := f.runAs("sigdiff-nobody", filepath.Join(folder, "new.db"), f.writing()["import"])
	if code != exit.Failed || !strings.Contains(stderr, "new.db: permission denied") {
		t.Errorf("a new file: exit code %d: %s", code, stderr)
	}
	chmod(t, folder, 0o755)
	if after := f.stored(t, f.path); !maps.Equal(before, after) {
		t.Errorf("%d values before, %d after", len(before), len(after))
	}
}

// openFolders lets everybody into a folder of the test's.
func openFolders(t *testing.T, dir string) {
	t.Helper()
	for ; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		chmod(t, dir, 0o755)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// A folder in the place of the file is told, by every command, and stays as it is.
func TestFolderForACache(t *testing.T) {
	f := newFaulty(t)
	for _, commands := range []map[string][]string{f.reading(), f.writing()} {
		for name, args := range commands {
			code, stderr, _ := f.runAs("sigdiff", f.base, args)
			if code != exit.Failed || !strings.Contains(stderr, f.base) || !strings.Contains(stderr, "is a directory") {
				t.Errorf("%s: exit code %d: %s", name, code, stderr)
			}
		}
	}
	if entries, err := os.ReadDir(f.base); err != nil || len(entries) != 4 {
		t.Errorf("%d files in the folder, %v", len(entries), err)
	}
}

// lockLimit is when waiting for another process counts as hanging; the program gives up after two seconds.
const lockLimit = time.Minute

// Of two processes, readers go on together; a writer beside another, or beside a reader, is told that the
// cache is in use, after a moment, and so is a reader beside a writer.
func TestTwoProcesses(t *testing.T) {
	f := newFaulty(t)
	before := f.stored(t, f.path)
	for name, readOnly := range map[string]bool{"beside a writer": false, "beside a reader": true} {
		t.Run(name, func(t *testing.T) {
			c, err := cache.Open(f.path, cache.Options{ReadOnly: readOnly})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			want := exit.Failed
			if readOnly {
				want = exit.OK
			}
			f.checkInUse(t, f.writing(), exit.Failed)
			f.checkInUse(t, f.reading(), want)
		})
	}
	if after := f.stored(t, f.path); !maps.Equal(before, after) {
		t.Errorf("%d values before, %d after", len(before), len(after))
	}
}

// checkInUse runs commands side by side while somebody has the cache.
func (f *faulty) checkInUse(t *testing.T, commands map[string][]string, want int) {
	t.Helper()
	var all sync.WaitGroup
	for name, args := range commands {
		all.Go(func() {
			code, stderr, took := f.runAs("sigdiff", f.path, args)
			if code != want || took > lockLimit || want != exit.OK && !strings.Contains(stderr, f.path+": in use by another sigdiff") {
				t.Errorf("%s: exit code %d after %v: %s", name, code, took, stderr)
			}
		})
	}
	all.Wait()
}

// What was stored by a clock that jumped, to 1970 or before, into the future or beyond what the format
// can say, is compared and verified as all else; prune takes what is old by the clock of now.
func TestClockJumps(t *testing.T) {
	f := newFaulty(t)
	times := []time.Time{{}, time.Unix(0, 0), time.Now(), time.Now().AddDate(10, 0, 0), time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)}
	path := f.file("jumps.db")
	var ids []string
	for id, doc := range madeup.Generate(3, len(times), madeup.Shape{}) {
		at := times[len(ids)]
		ids = append(ids, id)
		storeAt(t, path, at, id, doc)
	}
	run := func(want string, args ...string) {
		t.Helper()
		if out := runText(t, append([]string{"--cache", path}, args...)...); !strings.Contains(out, want) {
			t.Errorf("%q: %s", args, out)
		}
	}
	run("all are sound", "cache", "verify")
	run("5 crashes compared", "diff", "--base", f.base, "--candidate", f.candidate)
	run("removed 4 ", "cache", "prune", "--older-than", "26w") // two crashes of 1970, document and record
	run("3 crashes compared", "diff", "--base", f.base, "--candidate", f.candidate)
	run("all are sound", "cache", "verify")
	run("removed 0 ", "cache", "prune", "--older-than", "1d")
	for i, id := range ids {
		if got := storedIDs(t, path)[id]; got != (i >= 2) {
			t.Errorf("stored at %v: %v", times[i], got)
		}
	}
}

// storeAt stores a crash by a clock.
func storeAt(t *testing.T, path string, at time.Time, id string, doc []byte) {
	t.Helper()
	c, err := cache.Open(path, cache.Options{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	w := c.Writer(t.Context())
	for _, err := range []error{corpora.Put(t.Context(), w, id, nil, doc), w.Close(), c.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func storedIDs(t *testing.T, path string) map[string]bool {
	t.Helper()
	c, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ids, err := c.IDs(t.Context(), cache.Record)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, id := range ids {
		all[id] = true
	}
	return all
}

// A note that a crash is missing counts for a day, also when the clock had run ahead.
func TestMissingFromTheFuture(t *testing.T) {
	f := newFaulty(t)
	srv, ids := newStandIn(t, crashstatstest.Corpus{N: 3, MissingEvery: 1}, crashstatstest.Options{})
	path := f.file("marks.db")
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := c.Writer(t.Context())
	now := time.Now()
	for i, at := range []time.Time{now.Add(-time.Hour), now.Add(time.Hour), now.AddDate(5, 0, 0)} {
		if err := w.MarkMissing(t.Context(), ids[i], cache.Processed, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{w.Close(), c.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	fetchJSON(t, exit.Incomplete, append([]string{"--cache", path, "--host", srv.URL(), "--rate", "0", "--no-raw"}, ids...)...) // the service has none
	if n := srv.Count("ProcessedCrash"); n != 1 {
		t.Errorf("%d of the three were asked for, want the one from years ahead", n)
	}
}
