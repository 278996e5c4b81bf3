package corpora

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// oldCrashes are how many of the demo's crashes the caches in testdata have.
const oldCrashes = 36

// Caches that were written by every format are compared as one that is written now; of older records those that
// can be made again from their processed crashes. Those of older formats, or with older records, must not be
// written again: nothing makes such any more.
func TestOldCachesCompare(t *testing.T) {
	const current = "testdata/cache-format-2-records-2.db"
	ids := demoIDs(t, oldCrashes)
	if *update {
		writeOldCache(t, current, ids)
	}
	now := newCache(t)
	putDemo(t, now, ids)
	files, err := filepath.Glob("testdata/cache-format-*.db")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "crashes.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		old, err := cache.Open(path, cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ids := ids
		if file != current {
			ids = ids[:oldCrashes/3]
		}
		want := compareDemo(t, now, ids)
		if len(want) == 0 {
			t.Fatal("nothing changes")
		}
		if diff := cmp.Diff(want, compareDemo(t, old, ids)); diff != "" {
			t.Errorf("%s (-a new cache +it):\n%s", file, diff)
		}
		if a, b := digestOf(t, now, ids), digestOf(t, old, ids); a != b {
			t.Errorf("%s: digest %s, want %s", file, b, a)
		}
		if err := old.Close(); err != nil {
			t.Error(err)
		}
		if r, err := cache.Verify(t.Context(), path, cache.Options{}, nil); err != nil || len(r.Damaged) > 0 {
			t.Errorf("%s: %v, %v", file, r, err)
		}
	}
}

// compareDemo is what changes between the demo's siglists.
func compareDemo(t *testing.T, c *cache.Cache, ids []string) map[compare.Pair]int {
	t.Helper()
	_, one, two, err := madeup.Demo()
	if err != nil {
		t.Fatal(err)
	}
	base, err1 := siglists.Load(one)
	candidate, err2 := siglists.Load(two)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	tally, err := compare.Compare(t.Context(), NewSource(c, ids), signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()), compare.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if n := tally.Totals(); n.Compared != len(ids) {
		t.Fatalf("%+v", n)
	}
	changed := map[compare.Pair]int{}
	for _, g := range tally.Groups() {
		changed[compare.Pair{Base: g.Base, Candidate: g.Candidate}] = g.Crashes
	}
	return changed
}

// writeOldCache writes a cache with records by every codec: in pieces, by s2, by zstd with a dictionary.
func writeOldCache(t *testing.T, path string, ids []string) {
	t.Helper()
	_ = os.Remove(path)
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	from := newCache(t)
	putDemo(t, from, ids)
	putDemo(t, c, ids[:oldCrashes/3])
	putRecords(t, from, c, ids[oldCrashes/3:2*oldCrashes/3])
	record, err1 := from.Get(ids[0], cache.Record)
	if err := errors.Join(err1, c.SetDictionary(cache.Record, record)); err != nil {
		t.Fatal(err)
	}
	putRecords(t, from, c, ids[2*oldCrashes/3:])
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// putRecords stores records as they are, not in pieces.
func putRecords(t *testing.T, from, to *cache.Cache, ids []string) {
	t.Helper()
	w := to.Writer(t.Context())
	for _, id := range ids {
		record, err := from.Get(id, cache.Record)
		if err := errors.Join(err, w.Put(t.Context(), cache.Entry{ID: id, Record: record})); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
