//go:build ordeal

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/exit"
)

// comparison is a diff, and its reports when nothing is damaged.
type comparison struct {
	name    string
	args    []string
	crashes int
	json    []byte
	rows    [][]string
}

// outcome is what a diff of a damaged cache came to.
type outcome struct {
	code   int
	unable []string // crashes that it could not compare
}

// damaged is a cache to be damaged, and what is done with it.
type damaged struct {
	dir, path   string
	content     []byte
	comparisons []*comparison
	ids         map[string]bool // of all crashes
	counts      map[string]int
}

// TestOrdealDamage changes a cache in random places: bits, runs of bytes, pages in another one's place,
// cuts. A comparison of it is the right one, or says which crashes it could not compare, or fails; verify
// finds the damage where a comparison does; repair saves the rest and says what to fetch again.
func TestOrdealDamage(t *testing.T) {
	seed := seedOf(t)
	r := chances(seed, 1)
	d := newDamaged(t, seed)
	for range *ordealDamages {
		what, change := d.change(r)
		d.round(t, what, change(bytes.Clone(d.content)))
	}
	for _, name := range slices.Sorted(maps.Keys(d.counts)) {
		fmt.Printf("%6d  %s\n", d.counts[name], name)
	}
}

// newDamaged makes a cache of the demo's crashes and some generated ones, with accepted results, free
// pages and notes of missing crashes. No two are the same, for they hold when they were made: it is kept under its seed
// and the versions of what it holds, and taken again, so that a seed repeats a series exactly.
func newDamaged(t *testing.T, seed uint64) *damaged {
	dir := t.TempDir()
	d := &damaged{dir: dir, path: filepath.Join(dir, "crashes.db"), counts: map[string]int{}}
	base, candidate := demoLists(t, dir)
	writeDemoCrashes(t, filepath.Join(dir, "demo.ndjson"))
	generated(t, filepath.Join(dir, "more.ndjson"), 5, 200)
	kept := filepath.Join(os.TempDir(), fmt.Sprintf("sigdiff-damage-%d-format%d-record%d.db", seed, cacheFormat(t), crashdata.RecordVersion))
	if _, err := os.Stat(kept); err != nil {
		for _, args := range [][]string{
			{"import", filepath.Join(dir, "more.ndjson"), "--corpus", "more"},
			{"import", filepath.Join(dir, "demo.ndjson"), filepath.Join(dir, "more.ndjson"), "--corpus", "all"},
			{"accept", "--corpus", "all", "--siglists", base},
		} {
			done(t, append([]string{"--cache", d.path}, args...)...)
		}
		copyFile(t, d.path, kept)
	}
	fmt.Printf("the cache before it is damaged: %s\n", kept)
	copyFile(t, kept, d.path)
	var err error
	if d.content, err = os.ReadFile(d.path); err != nil {
		t.Fatal(err)
	}
	d.ids = map[string]bool{}
	for id := range stored(t, d.path)[cache.Record] {
		d.ids[id] = true
	}
	sides := []string{"--base", base, "--candidate", candidate}
	d.comparisons = []*comparison{
		{name: "a corpus", args: append([]string{"--corpus", "all"}, sides...)},
		{name: "everything", args: sides},
		{name: "what was accepted", args: []string{"--corpus", "all", "--base", "accepted", "--candidate", candidate}},
	}
	for _, c := range d.comparisons {
		if r := d.diff(t, c); r.code != exit.OK {
			t.Fatalf("%s: %s", c.name, r.stderr)
		}
		c.json, c.rows = d.reports(t)
		c.crashes = totalsOf(t, c.json).Totals.Crashes
		if c.crashes < 500 || len(c.rows) < 10 {
			t.Fatalf("%s: %d crashes, %d change: too few to tell anything", c.name, c.crashes, len(c.rows))
		}
	}
	return d
}

// cacheFormat is the version of the format of caches that are made today.
func cacheFormat(t *testing.T) int {
	c, err := cache.Open(filepath.Join(t.TempDir(), "empty.db"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.Stats()
	if err != nil {
		t.Fatal(err)
	}
	return s.Format
}

// change draws a change of the file.
func (d *damaged) change(r *rand.Rand) (what string, change func([]byte) []byte) {
	const page = 4096
	size := len(d.content)
	at, bit := r.IntN(size), r.IntN(8)
	length := min(1+r.IntN(6000), size-at)
	one, other := r.IntN(size/page)*page, r.IntN(size/page)*page
	head := one + r.IntN(80) // of a page: what it is, and where its values lie
	meta := r.IntN(2)*page + 16 + r.IntN(64)
	switch r.IntN(8) {
	case 7:
		return "a bit of a meta page", func(b []byte) []byte { b[meta] ^= 1 << bit; return b }
	case 0, 1:
		return "a bit", func(b []byte) []byte { b[at] ^= 1 << bit; return b }
	case 2:
		return "a bit at the start of a page", func(b []byte) []byte { b[head] ^= 1 << bit; return b }
	case 3:
		return "up to 6,000 bytes at random", func(b []byte) []byte {
			for i := range length {
				b[at+i] = byte(r.Uint32())
			}
			return b
		}
	case 4:
		return "up to 6,000 bytes zeroed", func(b []byte) []byte { clear(b[at : at+length]); return b }
	case 5:
		return "a page in another one's place", func(b []byte) []byte { copy(b[one:one+page], d.content[other:]); return b }
	}
	return "cut", func(b []byte) []byte { return b[:at] }
}

func (d *damaged) count(format string, args ...any) { d.counts[fmt.Sprintf(format, args...)]++ }

// round is what happens to one damaged file.
func (d *damaged) round(t *testing.T, what string, content []byte) {
	d.place(t, content)
	d.count("1 changed: %s", what)
	var outcomes []outcome
	for _, c := range d.comparisons {
		o := d.judge(t, c)
		outcomes = append(outcomes, o)
		d.count("2 diff of %s: exit code %d", c.name, o.code)
	}
	verified := d.verify(t, outcomes)
	d.count("3 verify: exit code %d", verified)
	d.repair(t, verified, outcomes)
	d.place(t, content)
	d.write(t)
}

// place puts a file in the cache's place, alone.
func (d *damaged) place(t *testing.T, content []byte) {
	t.Helper()
	for _, name := range inFolder(t, d.path) {
		if strings.HasPrefix(name, "crashes.db") || strings.HasSuffix(name, ".txt") {
			if err := os.Remove(filepath.Join(d.dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(d.path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d *damaged) report(ending string) string { return filepath.Join(d.dir, "report."+ending) }

func (d *damaged) diff(t *testing.T, c *comparison) ran {
	t.Helper()
	_, _ = os.Remove(d.report("json")), os.Remove(d.report("csv"))
	args := append([]string{"--cache", d.path, "diff", "--format", "json,csv", "-o", d.report("x")}, c.args...)
	return sigdiff(t, args...)
}

func (d *damaged) reports(t *testing.T) (text []byte, rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(d.report("json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(d.report("csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err = csv.NewReader(f).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return text, rows[1:]
}

func totalsOf(t *testing.T, text []byte) (r jsonTotals) {
	t.Helper()
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// jsonTotals is what the report says of what was compared.
type jsonTotals struct {
	Totals   struct{ Crashes, Compared, Changed, Missing, Failed int }
	Missing  []string
	Failures []struct{ ID string }
}

// judge compares, and sees to it that the outcome is the right one, or says what it lacks.
func (d *damaged) judge(t *testing.T, c *comparison) outcome {
	t.Helper()
	r := d.diff(t, c)
	o := outcome{code: r.code}
	switch r.code {
	case exit.OK:
		if text, _ := d.reports(t); !bytes.Equal(text, c.json) {
			d.wrong(t, "the report of %s is another one, without a word", c.name)
		}
	case exit.Incomplete:
		o.unable = d.incomplete(t, c, r)
	case exit.Failed, exit.Usage:
		if !strings.HasPrefix(r.stderr, "sigdiff: ") || len(inFolderWith(t, d.dir, "report.")) > 0 {
			d.wrong(t, "%s: %q, and a report", c.name, r.stderr)
		}
		d.count("2 diff refused: %s", reason(r.stderr))
	default:
		d.wrong(t, "%s: exit code %d: %s", c.name, r.code, r.stderr)
	}
	return o
}

// incomplete checks a report that lacks crashes, and returns their ids.
func (d *damaged) incomplete(t *testing.T, c *comparison, r ran) []string {
	t.Helper()
	if strings.Contains(r.stderr, "may be the state before the last write") {
		d.count("2 diff of %s: an older state, and says so", c.name)
		return nil
	}
	if d.none(t, r) && strings.Contains(r.stderr, "though its corpus ") {
		d.count("2 diff of %s: no crash left, and says that a corpus lists some", c.name)
		return nil
	}
	text, rows := d.reports(t)
	got := totalsOf(t, text)
	unable := got.Missing
	for _, f := range got.Failures {
		unable = append(unable, f.ID)
	}
	n := got.Totals
	most := c.crashes
	if c.name == "everything" { // the damaged key of a document is one more, whose record keeps the right one
		most += d.unknown(unable)
	}
	if n.Crashes < c.crashes || n.Crashes > most || n.Compared+n.Missing+n.Failed != n.Crashes || n.Missing+n.Failed == 0 || len(unable) != n.Missing+n.Failed {
		d.wrong(t, "%s of %d crashes: %+v, %d named", c.name, c.crashes, n, len(unable))
	}
	if !strings.Contains(r.stderr, "not compared: ") {
		d.wrong(t, "%s: %q", c.name, r.stderr)
	}
	d.checkRows(t, c, rows, unable)
	return unable
}

// checkRows checks that the crashes that change are those that change when nothing is damaged, but for those
// that could not be compared. When it is the id that is damaged, another one is named for it.
func (d *damaged) checkRows(t *testing.T, c *comparison, rows [][]string, unable []string) {
	t.Helper()
	unknown := d.unknown(unable)
	want := map[string][]string{}
	for _, row := range c.rows {
		if !slices.Contains(unable, row[0]) {
			want[row[0]] = row
		}
	}
	for _, row := range rows {
		if !slices.Equal(row, want[row[0]]) {
			d.wrong(t, "%s: %q, want %q", c.name, row, want[row[0]])
		}
		delete(want, row[0])
	}
	if len(want) > unknown {
		d.wrong(t, "%s: %d crashes that change are not there, %d of them by another id", c.name, len(want), unknown)
	}
	if unknown > 0 {
		d.count("2 diff of %s named a damaged id", c.name)
	}
}

// unknown counts the ids that are of none of the crashes.
func (d *damaged) unknown(ids []string) (n int) {
	for _, id := range ids {
		if !d.ids[id] {
			n++
		}
	}
	return n
}

// wrong keeps the file that shows it.
func (d *damaged) wrong(t *testing.T, format string, args ...any) {
	t.Helper()
	kept := filepath.Join(os.TempDir(), "sigdiff-damaged.db")
	if content, err := os.ReadFile(d.path); err == nil {
		_ = os.WriteFile(kept, content, 0o600)
	}
	t.Fatalf(format+"; the cache is kept as "+kept, args...)
}

// reasons are what a refusal says, for counting.
var reasons = []string{"damaged (", "not a sigdiff cache", "no such corpus", "nothing was accepted", "written by a newer sigdiff"}

func reason(stderr string) string {
	for _, r := range reasons {
		if strings.Contains(stderr, r) {
			return strings.TrimSuffix(r, " (")
		}
	}
	return stderr
}

func inFolderWith(t *testing.T, dir, prefix string) []string {
	t.Helper()
	return slices.DeleteFunc(inFolder(t, filepath.Join(dir, "x")), func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// verify checks that it finds something where a comparison does, and names the crashes.
func (d *damaged) verify(t *testing.T, outcomes []outcome) int {
	t.Helper()
	ids := filepath.Join(d.dir, "verified.txt")
	r := sigdiff(t, "--cache", d.path, "cache", "verify", "--ids-out", ids)
	for i, o := range outcomes {
		if r.code == exit.OK && o.code != exit.OK {
			d.wrong(t, "verify finds nothing; diff of %s ends with %d", d.comparisons[i].name, o.code)
		}
	}
	switch r.code {
	case exit.OK, exit.Incomplete, exit.Failed:
	default:
		d.wrong(t, "verify: exit code %d: %s", r.code, r.stderr)
	}
	if r.code == exit.Incomplete && onlyBlobs(r.stdout) {
		d.count("3 verify found damaged blobs alone")
		named := linesOf(t, ids)
		for _, o := range outcomes {
			for _, id := range o.unable {
				if !slices.Contains(named, id) {
					d.wrong(t, "diff fails on %s, verify names %q", id, named)
				}
			}
		}
	}
	return r.code
}

// onlyBlobs tells whether damage is to blobs of crashes alone, and all of it is listed.
func onlyBlobs(stdout string) bool {
	blobs := strings.Count(stdout, " blob of crash ")
	return blobs > 0 && blobs == strings.Count(stdout, "damaged: ") && blobs < maxNamed
}

func linesOf(t *testing.T, path string) []string {
	t.Helper()
	return strings.Fields(readText(t, path))
}

// repair checks that the repaired cache is sound, compares what could be compared before, and lacks nothing that is not listed.
func (d *damaged) repair(t *testing.T, verified int, before []outcome) {
	t.Helper()
	lost := filepath.Join(d.dir, "lost.txt")
	r := sigdiff(t, "--cache", d.path, "cache", "repair", "--ids-out", lost)
	d.count("4 repair: exit code %d", r.code)
	if r.code != verified {
		d.wrong(t, "verify ends with %d, repair with %d: %s", verified, r.code, r.stderr)
	}
	if r.code == exit.Failed {
		d.count("4 repair refused: %s", reason(r.stderr))
		return
	}
	if after := sigdiff(t, "--cache", d.path, "cache", "verify"); after.code != exit.OK {
		d.wrong(t, "after repair: %s", after.stdout)
	}
	listed := linesOf(t, lost)
	for i, c := range d.comparisons {
		o := d.judgeRepaired(t, c)
		d.count("5 diff of %s after repair: exit code %d", c.name, o.code)
		if before[i].code == exit.Incomplete && len(o.unable) > len(before[i].unable) {
			d.wrong(t, "%s: %d crashes could not be compared before repair, %d after", c.name, len(before[i].unable), len(o.unable))
		}
		for _, id := range o.unable {
			if !slices.Contains(listed, id) {
				d.wrong(t, "%s: %s is missing after repair, and not on the list of what to fetch again", c.name, id)
			}
		}
	}
}

// none tells whether a comparison says that there is no crash, where there is none.
func (d *damaged) none(t *testing.T, r ran) bool {
	return r.code == exit.Incomplete && strings.Contains(r.stderr, "there is no crash in the cache") && storedIn(t, d.path) == 0
}

// judgeRepaired is judge, for a file that holds fewer crashes, where nothing says how many there were.
func (d *damaged) judgeRepaired(t *testing.T, c *comparison) outcome {
	t.Helper()
	if c.name != "everything" {
		return d.judge(t, c)
	}
	r := d.diff(t, c)
	if r.code != exit.OK && !d.none(t, r) {
		d.wrong(t, "%s after repair: exit code %d: %s", c.name, r.code, r.stderr)
	}
	if r.code == exit.OK {
		_, rows := d.reports(t)
		for _, row := range rows {
			if !slices.ContainsFunc(c.rows, func(was []string) bool { return slices.Equal(was, row) }) {
				d.wrong(t, "after repair %q changes", row)
			}
		}
	}
	return outcome{code: r.code}
}

// write imports into the damaged file: what is compared afterwards is right, or said to be incomplete.
func (d *damaged) write(t *testing.T) {
	t.Helper()
	r := sigdiff(t, "--cache", d.path, "import", filepath.Join(d.dir, "more.ndjson"))
	d.count("6 import into the damaged file: exit code %d", r.code)
	if r.code != exit.OK && r.code != exit.Failed {
		d.wrong(t, "import: exit code %d: %s", r.code, r.stderr)
	}
	d.judge(t, d.comparisons[0])
}

// writeDemoCrashes writes the demo's crashes, one a line.
func writeDemoCrashes(t *testing.T, path string) {
	t.Helper()
	crashes, err := demoCrashes(0)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, crash := range crashes {
		fmt.Fprintf(&text, "%s\n", bytes.TrimSpace(crash.Document(false)))
	}
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
