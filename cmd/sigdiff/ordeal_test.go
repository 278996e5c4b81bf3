//go:build ordeal

// What takes too long for every run of the tests: 'make kill', 'make damage', 'make load'. What came of
// it is in docs/reliability.md.

package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

var (
	ordealSeed    = flag.Uint64("seed", 0, "what is random is the same for the same seed (0: by the clock)")
	ordealKills   = flag.Int("kills", 50, "how often each command is killed")
	ordealDamages = flag.Int("damages", 500, "how often the cache is damaged")
	ordealNights  = flag.Int("nights", 96, "how many nightly runs are made")
	ordealMany    = flag.Int("many", 200_000, "how many crashes are put into one cache")
	ordealFetched = flag.Int("fetched", 50_000, "how many crashes are fetched")
)

// chance is where an ordeal's chances come from. The seed is printed.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	return chances(seedOf(t), 1)
}

// seedOf is the seed that was given, or one by the clock. It is printed.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := *ordealSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	fmt.Printf("%s: seed %d\n", t.Name(), seed)
	return seed
}

// chances are those of one series of a seed: the same, however much was drawn in other series.
func chances(seed, series uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, series)) }

// hangLimit is when a command counts as hanging.
const hangLimit = 5 * time.Minute

// ran is what came of a command.
type ran struct {
	code           int
	stdout, stderr string
	took           time.Duration
	resident       int64 // bytes, at most
}

// sigdiff runs the program in a process of its own. One that panics, hangs or ends by a signal is an error.
func sigdiff(t *testing.T, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "sigdiff", args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Start()
	if err != nil {
		t.Fatal(err)
	}
	resident := watchMemory(cmd.Process.Pid)
	err = cmd.Wait()
	r := ran{code: exitCodeOf(err), stdout: stdout.String(), stderr: stderr.String(), took: time.Since(start), resident: resident()}
	if ctx.Err() != nil || r.code < 0 || goroutineTrace.MatchString(r.stderr) {
		t.Fatalf("sigdiff %q: %v (%v)\n%s", args, err, ctx.Err(), r.stderr)
	}
	return r
}

// watchMemory looks every few milliseconds how much of a process was in memory at most, and says so at the
// end; 0 where the system doesn't tell. (What the system counts for a child that has ended may be its parent's.)
func watchMemory(pid int) (most func() int64) {
	stop, highest := make(chan struct{}), make(chan int64)
	go func() {
		var kilobytes int64
		for {
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if found := highWater.FindSubmatch(text); found != nil {
				kilobytes, _ = strconv.ParseInt(string(found[1]), 10, 64)
			}
			select {
			case <-stop:
				highest <- kilobytes << 10
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() int64 { close(stop); return <-highest }
}

var highWater = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// goroutineTrace is what a panic leaves on stderr.
var goroutineTrace = regexp.MustCompile(`(?m)^goroutine \d+ `)

// done is sigdiff, for what must succeed.
func done(t *testing.T, args ...string) ran {
	t.Helper()
	r := sigdiff(t, args...)
	if r.code != exit.OK {
		t.Fatalf("sigdiff %q: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
	}
	return r
}

// contents are blobs by kind and crash id.
type contents map[cache.Kind]map[string][]byte

func newContents() contents {
	c := contents{}
	for _, kind := range cache.Kinds() {
		c[kind] = map[string][]byte{}
	}
	return c
}

// add adds what the cache is to hold of a crash.
func (c contents) add(t *testing.T, id string, processed, raw []byte) {
	t.Helper()
	processed, err := fetch.Strip(processed, false)
	if err != nil {
		t.Fatal(err)
	}
	crash, err := crashdata.ParseProcessed(processed)
	if err != nil {
		t.Fatal(err)
	}
	c[cache.Processed][id], c[cache.Record][id] = bytes.Clone(processed), crash.AppendRecord(nil)
	if raw != nil {
		c[cache.Raw][id] = bytes.Clone(raw)
	}
}

// stored reads everything that a cache holds; values that can't be read are errors.
func stored(t *testing.T, path string) contents {
	t.Helper()
	c, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all := newContents()
	for _, kind := range cache.Kinds() {
		ids, err := c.IDs(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		err = c.EachBlob(t.Context(), kind, ids, 1, func(_ int, b cache.Blob) error {
			all[kind][b.ID] = bytes.Clone(b.Data)
			return b.Err
		})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
	return all
}

func (c contents) count() int {
	n := 0
	for _, of := range c {
		n += len(of)
	}
	return n
}

// generated writes generated crashes to a file, a crash a line, and returns what becomes of them.
func generated(t *testing.T, path string, seed uint64, n int) contents {
	t.Helper()
	all := newContents()
	var text bytes.Buffer
	for id, doc := range madeup.Generate(seed, n, madeup.Shape{}) {
		all.add(t, id, doc, nil)
		text.Write(doc)
		text.WriteByte('\n')
	}
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return all
}

// demoLists writes the demo's siglists to two folders.
func demoLists(t *testing.T, dir string) (base, candidate string) {
	t.Helper()
	_, one, two := madeup.Demo()
	base, candidate = filepath.Join(dir, "base"), filepath.Join(dir, "candidate")
	for to, files := range map[string]fs.FS{base: one, candidate: two} {
		if err := os.CopyFS(to, files); err != nil {
			t.Fatal(err)
		}
	}
	return base, candidate
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
