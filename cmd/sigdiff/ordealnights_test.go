//go:build ordeal && linux

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/exit"
)

// A night brings so many crashes, of which so many nights are kept; the corpus that is watched has as many as one.
const (
	nightCrashes = 500
	keptNights   = 3
)

// usage is what the process has.
type usage struct {
	goroutines, descriptors int
	resident, heap, file    int64
}

// TestOrdealNights runs the nightly job of docs/nightly.md again and again in one process: fetching a day's
// crashes from a service with faults, importing another day's, accepting, comparing with what was accepted,
// pruning. Nothing grows: neither goroutines, descriptors, memory nor the file.
func TestOrdealNights(t *testing.T) {
	seed := chance(t).Uint64()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	base, candidate := demoLists(t, dir)
	n := &nights{t: t, dir: dir, path: filepath.Join(dir, "crashes.db"), lists: []string{base, candidate}, seed: seed}
	generated(t, n.file("watched.ndjson"), seed, nightCrashes)
	n.run(exit.OK, "import", n.file("watched.ndjson"), "--corpus", "watched")
	n.run(exit.OK, "accept", "--corpus", "watched", "--siglists", base)
	fmt.Printf("%5s %8s %7s %10s %11s %12s %8s %9s\n", "night", "seconds", "stored", "goroutines", "descriptors", "resident, MB", "heap, MB", "file, MB")
	var all []usage
	for night := range *ordealNights {
		start := time.Now()
		n.night(night)
		u := n.usage()
		all = append(all, u)
		fmt.Printf("%5d %8.2f %7d %10d %11d %12.1f %8.1f %9.1f\n", night+1, time.Since(start).Seconds(), storedIn(t, n.path),
			u.goroutines, u.descriptors, float64(u.resident)/1e6, float64(u.heap)/1e6, float64(u.file)/1e6)
	}
	checkGrowth(t, all)
}

// nights is the job and its state.
type nights struct {
	t         *testing.T
	dir, path string
	lists     []string
	seed      uint64
	began     []time.Time
}

func (n *nights) file(name string) string { return filepath.Join(n.dir, name) }

// run runs sigdiff in this process.
func (n *nights) run(want int, args ...string) string {
	n.t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"--cache", n.path}, args...)
	if code := run(n.t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != want {
		n.t.Fatalf("sigdiff %q: exit code %d, want %d\n%s", args, code, want, &stderr)
	}
	return stdout.String()
}

// night is what is done in one.
func (n *nights) night(i int) {
	n.began = append(n.began, time.Now())
	n.fetch(i)
	day := n.file("day.ndjson")
	generated(n.t, day, n.seed+uint64(i)+1, nightCrashes)
	n.run(exit.OK, "import", day, "--corpus", "day")
	n.run(exit.OK, "import", n.file("watched.ndjson")) // or it would be pruned some time
	now, before := n.lists[(i+1)%2], n.lists[i%2]
	if out := n.run(exit.OK, "diff", "--base", "accepted", "--candidate", before, "--corpus", "watched", "--quiet", "--exit-code"); out != "" {
		n.t.Fatalf("night %d: nothing was changed, yet: %s", i, out)
	}
	n.run(exit.Changed, "diff", "--base", "accepted", "--candidate", now, "--corpus", "watched", "--exit-code", "--format", "html,json", "-o", n.file("report.x"))
	n.run(exit.OK, "diff", "--base", "recorded", "--candidate", now, "--corpus", "day")
	n.run(exit.OK, "accept", "--corpus", "watched", "--siglists", now)
	if i >= keptNights {
		n.prune(n.began[i-keptNights+1])
	}
	n.run(exit.OK, "cache", "verify")
}

// fetch fetches the crashes of a day.
func (n *nights) fetch(i int) {
	srv := newNightly(n.seed + uint64(i))
	defer srv.Close()
	var sum fetchSummary
	out := n.run(exit.OK, append([]string{"fetch", "--format", "json", "--host", srv.URL(), "--rate", "0", "--corpus", "fetched"}, everything...)...)
	if err := json.Unmarshal([]byte(out), &sum); err != nil || sum.Fetched != nightCrashes {
		n.t.Fatalf("night %d: %v; %+v", i, err, sum)
	}
}

// newNightly starts a stand-in that has the crashes of a day.
func newNightly(seed uint64) *crashstatstest.Server {
	crashes := crashstatstest.Generate(crashstatstest.Corpus{N: nightCrashes, Seed: seed})
	return crashstatstest.New(crashes, crashstatstest.Options{
		Limit: -1, TokenLimit: -1, Fault: crashstatstest.Faults(seed, 0.02, crashstatstest.Usual...),
	})
}

// prune does what 'sigdiff cache prune' does, which knows ages by the hour only.
func (n *nights) prune(before time.Time) {
	n.t.Helper()
	c, err := cache.Open(n.path, cache.Options{})
	if err != nil {
		n.t.Fatal(err)
	}
	gone, err := c.Prune(n.t.Context(), before)
	if err := cmp.Or(err, c.Close()); err != nil || gone == 0 {
		n.t.Fatalf("pruned %d, %v", gone, err)
	}
	n.run(exit.OK, "cache", "compact")
}

// usage measures the process, and the file.
func (n *nights) usage() usage {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		n.t.Fatal(err)
	}
	return usage{
		goroutines: runtime.NumGoroutine(), descriptors: len(descriptors), resident: residentNow(n.t), heap: int64(m.HeapAlloc), file: sizeOf(n.t, n.path),
	}
}

// residentNow is how much of the process is in memory.
func residentNow(t *testing.T) int64 {
	t.Helper()
	fields := strings.Fields(readText(t, "/proc/self/statm"))
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// checkGrowth compares the last third of the nights with the second: the first is for warming up.
func checkGrowth(t *testing.T, all []usage) {
	third := len(all) / 3
	if third < keptNights {
		t.Fatalf("%d nights are too few to tell anything", len(all))
	}
	middle, last := most(all[third:2*third]), most(all[2*third:])
	if last.goroutines > middle.goroutines+2 || last.descriptors > middle.descriptors+2 {
		t.Errorf("goroutines and descriptors grow: %+v, then %+v", middle, last)
	}
	for what, sizes := range map[string][2]int64{
		"resident memory": {middle.resident, last.resident}, "heap": {middle.heap, last.heap}, "file": {middle.file, last.file},
	} {
		if sizes[1] > sizes[0]*5/4 {
			t.Errorf("%s grows: %d bytes, then %d", what, sizes[0], sizes[1])
		}
	}
}

func most(all []usage) (m usage) {
	for _, u := range all {
		m = usage{
			max(m.goroutines, u.goroutines), max(m.descriptors, u.descriptors),
			max(m.resident, u.resident), max(m.heap, u.heap), max(m.file, u.file),
		}
	}
	return m
}
