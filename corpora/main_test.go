package corpora

import (
	"context"
	"flag"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newCache opens an empty cache that the end of the test closes.
func newCache(t testing.TB) *cache.Cache {
	t.Helper()
	c, err := cache.Open(filepath.Join(t.TempDir(), "crashes.db"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// demoIDs are the ids of the first n crashes of the demo.
func demoIDs(t testing.TB, n int) []string {
	t.Helper()
	expected := madeup.DemoExpectations()
	var ids []string
	for _, e := range expected[:n] {
		ids = append(ids, e.ID)
	}
	return ids
}

// putDemo stores the demo's crashes with these ids, each with a raw crash of a line.
func putDemo(t testing.TB, c *cache.Cache, ids []string) {
	t.Helper()
	crashes, _, _ := madeup.Demo()
	documents := map[string][]byte{}
	for id, doc := range crashes {
		documents[id] = doc
	}
	w := c.Writer(t.Context())
	for _, id := range ids {
		if err := Put(t.Context(), w, id, []byte(`{"ProductName": "Firefox"}`), documents[id]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// demoSide makes signatures with one of the demo's siglists.
func demoSide(t testing.TB, candidate bool) (*siglists.Set, *signatures.Generator) {
	t.Helper()
	_, base, cand := madeup.Demo()
	if candidate {
		base = cand
	}
	set, err := siglists.Load(base)
	if err != nil {
		t.Fatal(err)
	}
	return set, signatures.NewGenerator(set, signatures.DefaultRules())
}

// digestOf is the digest of the crashes with these ids.
func digestOf(t testing.TB, c *cache.Cache, ids []string) string {
	t.Helper()
	s := NewSource(c, ids)
	err := s.Each(context.Background(), 2, func(int, string, *crashdata.Record, error) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return s.Digest()
}
