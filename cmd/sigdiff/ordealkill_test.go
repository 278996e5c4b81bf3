//go:build ordeal

package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

// victim is a command that gets killed, and what must hold afterwards.
type victim struct {
	name     string
	args     []string // besides --cache
	prepared string   // the cache before
	sources  contents // all that may be in it
	final    contents // all that is in it once the command has run
	together bool     // a crash's blobs are stored at once
	results  []*corpora.Accepted
}

// TestOrdealKill kills fetch, import, accept, compact and corpus import at random moments of their run.
// Each time, what was in the cache before is whole, what came is whole, and the file is sound; now and
// then the same command goes on, and has in the end what it has when nothing happens.
func TestOrdealKill(t *testing.T) {
	seed := seedOf(t)
	fmt.Printf("%-14s %9s %6s %10s %9s %10s %s\n", "command", "takes, ms", "kills", "saw work", "completed", "temporary", "too late")
	for i, v := range newVictims(t) {
		v.ordeal(t, seed, uint64(i)<<32)
	}
}

// ordeal kills one command again and again. Each kill has chances of its own: the same seed gives the same shares of the
// command's usual time, and the same choices after them, on a machine of any speed.
func (v *victim) ordeal(t *testing.T, seed, series uint64) {
	usual := v.usual(t)
	path := filepath.Join(t.TempDir(), "crashes.db")
	changed, completed, temporary, late := 0, 0, 0, 0
	before := v.restore(t, path)
	for i := range *ordealKills {
		r := chances(seed, series+uint64(i)+1)
		again := r.IntN(3) == 0
		for !v.kill(t, path, time.Duration(r.Float64()*float64(usual))) {
			late++
			before = v.restore(t, path)
		}
		now, results := v.check(t, path, before)
		left := v.strays(t, path)
		if now.count() != before.count() || results != startResults || left > 0 {
			changed++
		}
		before = now
		temporary += left
		if again {
			continue // once more, before it has run
		}
		v.complete(t, path)
		completed++
		before = v.restore(t, path)
	}
	fmt.Printf("%-14s %9d %6d %10d %9d %10d %d\n", v.name, usual.Milliseconds(), *ordealKills, changed, completed, temporary, late)
}

func (v *victim) command(path string) *exec.Cmd {
	return exec.Command("sigdiff", append([]string{"--cache", path}, v.args...)...)
}

// usual is how long the command takes, the median of three.
func (v *victim) usual(t *testing.T) time.Duration {
	path := filepath.Join(t.TempDir(), "crashes.db")
	var took []time.Duration
	for range 3 {
		v.restore(t, path)
		took = append(took, v.complete(t, path))
	}
	slices.Sort(took)
	return took[1]
}

// restore puts the prepared cache in place, alone in its folder.
func (v *victim) restore(t *testing.T, path string) contents {
	t.Helper()
	for _, name := range inFolder(t, path) {
		if err := os.Remove(filepath.Join(filepath.Dir(path), name)); err != nil {
			t.Fatal(err)
		}
	}
	copyFile(t, v.prepared, path)
	return stored(t, path)
}

// kill starts the command and kills it after a while; false when it was done before.
func (v *victim) kill(t *testing.T, path string, after time.Duration) bool {
	t.Helper()
	var stderr bytes.Buffer
	cmd := v.command(path)
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() {
		return true
	}
	if err != nil {
		t.Fatalf("%s: %v before it was killed\n%s", v.name, err, &stderr)
	}
	return false
}

// check checks a cache of which the writer was killed, and returns what is in it, and which results are accepted.
func (v *victim) check(t *testing.T, path string, before contents) (contents, int) {
	t.Helper()
	done(t, "--cache", path, "cache", "verify")
	now := stored(t, path)
	for kind, of := range now {
		for id, got := range of {
			if want, ok := v.sources[kind][id]; !ok || !bytes.Equal(got, want) {
				t.Fatalf("%s: %s of %s is not what came in: %d bytes, want %d", v.name, kind, id, len(got), len(want))
			}
		}
		for id := range before[kind] {
			if _, ok := of[id]; !ok {
				t.Fatalf("%s: %s of %s is gone", v.name, kind, id)
			}
		}
	}
	if v.together {
		for id := range now[cache.Record] {
			for kind := range v.sources {
				if (now[kind][id] == nil) != (v.sources[kind][id] == nil) {
					t.Fatalf("%s: %s has a record, and no %s or one too many", v.name, id, kind)
				}
			}
		}
	}
	return now, v.checkRest(t, path)
}

// checkRest checks the corpus that was there before, and finds its accepted results.
func (v *victim) checkRest(t *testing.T, path string) int {
	t.Helper()
	c, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if corpus, err := c.Corpus("old"); err != nil || len(corpus.IDs) != oldCrashes {
		t.Fatalf("%s: the corpus has %d crashes, %v", v.name, len(corpus.IDs), err)
	}
	accepted, err := (&app{}).readAccepted(c, "old")
	if err != nil {
		t.Fatal(err)
	}
	which := slices.IndexFunc(v.results, func(r *corpora.Accepted) bool {
		return accepted.Crashes() == r.Crashes() && len(accepted.Changes(r)) == 0
	})
	if which < 0 {
		t.Fatalf("%s: the accepted results are none that were ever accepted", v.name)
	}
	return which
}

// complete runs the command to its end, and checks that all is as if nothing had happened. It returns how
// long the command took.
func (v *victim) complete(t *testing.T, path string) time.Duration {
	t.Helper()
	r := done(t, append([]string{"--cache", path}, v.args...)...)
	now, _ := v.check(t, path, newContents())
	for kind, of := range v.final {
		if !maps.EqualFunc(of, now[kind], bytes.Equal) {
			t.Fatalf("%s: %d %s in the end, want %d", v.name, len(now[kind]), kind, len(of))
		}
	}
	if left := v.strays(t, path); left > 0 && v.name == "cache compact" {
		t.Fatal("a temporary file outlives the run after it")
	}
	return r.took
}

// strays counts the files that were left, besides the cache: one at most, that the next run takes.
func (v *victim) strays(t *testing.T, path string) int {
	t.Helper()
	names := inFolder(t, path)
	left := len(names) - 1
	if extra := slices.DeleteFunc(names, func(name string) bool { return name == "crashes.db" || strings.HasSuffix(name, ".tmp") }); len(extra) > 0 || left > 1 {
		t.Fatalf("%s left %q, %d files in all", v.name, extra, left)
	}
	return left
}

func inFolder(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// How many crashes the kills are about.
const (
	oldCrashes   = 300
	moreCrashes  = 1200
	theirCrashes = 1000
	servedCrash  = 1200
)

// startResults is which of the accepted results a prepared cache has.
const startResults = 1

// newVictims makes the commands, and what they work with.
func newVictims(t *testing.T) []*victim {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	base, candidate := demoLists(t, dir)
	old, more, theirs := generated(t, file("old.ndjson"), 1, oldCrashes), generated(t, file("more.ndjson"), 2, moreCrashes), generated(t, file("theirs.ndjson"), 3, theirCrashes)
	served, host := serveService(t)

	// A cache with a corpus that has accepted results; one with free pages; one that is exported.
	start, roomy, other := file("start.db"), file("roomy.db"), file("other.db")
	done(t, "--cache", start, "import", file("old.ndjson"), "--corpus", "old")
	done(t, "--cache", start, "accept", "--corpus", "old", "--siglists", candidate)
	results := []*corpora.Accepted{acceptedIn(t, start)}
	done(t, "--cache", start, "accept", "--corpus", "old", "--siglists", base)
	results = append(results, acceptedIn(t, start))
	copyFile(t, start, roomy)
	done(t, "--cache", roomy, "import", file("more.ndjson"))
	kept := halved(t, roomy, more)
	done(t, "--cache", other, "import", file("theirs.ndjson"), "--corpus", "theirs")
	done(t, "--cache", other, "corpus", "export", "theirs", "--with-documents", "-o", file("theirs.sigcorpus"))

	victims := []*victim{
		{name: "fetch", args: append([]string{"fetch", "--host", host, "--rate", "0", "--corpus", "served"}, everything...), prepared: start, final: both(old, served), together: true},
		{name: "import", args: []string{"import", file("more.ndjson"), "--corpus", "more"}, prepared: start, final: both(old, more), together: true},
		{name: "accept", args: []string{"accept", "--corpus", "old", "--siglists", candidate}, prepared: roomy, final: both(old, kept), together: true},
		{name: "cache compact", args: []string{"cache", "compact"}, prepared: roomy, final: both(old, kept), together: true},
		{name: "corpus import", args: []string{"corpus", "import", file("theirs.sigcorpus")}, prepared: start, final: both(old, theirs)},
	}
	for _, v := range victims {
		v.sources, v.results = v.final, results
	}
	return victims
}

// serveService starts a stand-in, and returns what it has.
func serveService(t *testing.T) (contents, string) {
	corpus := crashstatstest.Corpus{N: servedCrash, Seed: 4}
	srv, _ := newStandIn(t, corpus, crashstatstest.Options{TokenLimit: -1})
	served := newContents()
	for _, crash := range crashstatstest.Generate(corpus) {
		served.add(t, crash.ID, crash.Document(false), crash.Document(true))
	}
	return served, srv.URL()
}

func acceptedIn(t *testing.T, path string) *corpora.Accepted {
	t.Helper()
	c, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	accepted, err := (&app{}).readAccepted(c, "old")
	if err != nil {
		t.Fatal(err)
	}
	return accepted
}

// halved deletes half of the crashes, so that the file has free pages, and returns the others.
func halved(t *testing.T, path string, all contents) contents {
	t.Helper()
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ids := slices.Sorted(maps.Keys(all[cache.Record]))
	if _, err := c.Delete(t.Context(), ids[:len(ids)/2]); err != nil {
		t.Fatal(err)
	}
	kept := newContents()
	for kind, of := range all {
		for _, id := range ids[len(ids)/2:] {
			if content, ok := of[id]; ok {
				kept[kind][id] = content
			}
		}
	}
	return kept
}

func both(a, b contents) contents {
	all := newContents()
	for _, c := range []contents{a, b} {
		for kind, of := range c {
			maps.Copy(all[kind], of)
		}
	}
	return all
}
