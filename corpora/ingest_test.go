package corpora

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestDemoExpectations holds the demo's stories against the engine: each crash has the signatures that
// its case tells, and the processed crash records the base one.
func TestDemoExpectations(t *testing.T) {
	crashes, baseFiles, candidateFiles, err := Demo()
	if err != nil {
		t.Fatal(err)
	}
	expected, err := DemoExpectations()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Expectation{}
	for _, e := range expected {
		want[e.ID] = e
	}
	base, err := siglists.Load(baseFiles)
	if err != nil {
		t.Fatal(err)
	}
	candidate, err := siglists.Load(candidateFiles)
	if err != nil {
		t.Fatal(err)
	}
	b := engine.NewGenerator(base, engine.DefaultRules()).Worker()
	k := engine.NewGenerator(candidate, engine.DefaultRules()).Worker()
	for id, doc := range crashes {
		crash, err := engine.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := engine.Explain(crash, b, k)
		if err != nil {
			t.Fatal(err)
		}
		e := want[id]
		if got.Base.Signature != e.Base || got.Candidate.Signature != e.Candidate || crash.Meta().Signature != e.Base {
			t.Errorf("%s (%s): %q -> %q, recorded %q; want %q -> %q", id, e.Story,
				got.Base.Signature, got.Candidate.Signature, crash.Meta().Signature, e.Base, e.Candidate)
		}
	}
}

// TestImportGoesOn: what can't be imported is named, and the rest is there afterwards.
func TestImportGoesOn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "crashes.ndjson")
	const a, b = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101", "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150102"
	text := `{"uuid": "` + a + `"}` + "\n{\n" + `{"uuid": "no id"}` + "\n" + `{"id": 1, "processed_crash": {"uuid": "` + b + `"}}` + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(filepath.Join(dir, "crashes.db"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	files, _, err := documents.List(context.Background(), []string{path})
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	done, err := Import(context.Background(), c, files, ImportOptions{Workers: 2, Read: func(n int) { read += n }})
	if err != nil {
		t.Fatal(err)
	}
	if len(done.IDs) != 2 || done.IDs[0] != a || done.IDs[1] != b || done.Documents != 4 || read != len(text) {
		t.Errorf("%+v, %d bytes read", done, read)
	}
	if len(done.Failures) != 2 || done.Failures[0].Line != 2 || done.Failures[1].Line != 3 || !errors.Is(done.Failures[1].Err, cache.ErrBadID) {
		t.Errorf("failures %v", done.Failures)
	}
	if crash, err := Crash(c, b); err != nil || crash.ID() != b {
		t.Errorf("%v, %v", crash, err)
	}
	if _, err := Crash(c, "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150109"); !errors.Is(err, engine.ErrMissing) {
		t.Errorf("error %v", err)
	}
}

// TestPutChecks: a document that is another crash's is refused.
func TestPutChecks(t *testing.T) {
	c, err := cache.Open(filepath.Join(t.TempDir(), "crashes.db"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := c.Writer(context.Background())
	defer w.Close()
	err = Put(context.Background(), w, "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101", nil, []byte(`{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150102"}`))
	if !errors.Is(err, ErrWrongCrash) {
		t.Errorf("error %v", err)
	}
}
