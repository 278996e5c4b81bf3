package corpora

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestDemoExpectations holds the demo's stories against the engine: each crash has the signatures that
// its case tells, and the processed crash records the base one.
func TestDemoExpectations(t *testing.T) {
	crashes, baseFiles, candidateFiles := madeup.Demo()
	expected := madeup.DemoExpectations()
	want := map[string]madeup.Expectation{}
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
	b := signatures.NewGenerator(base, signatures.DefaultRules()).Worker()
	k := signatures.NewGenerator(candidate, signatures.DefaultRules()).Worker()
	for id, doc := range crashes {
		crash, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := compare.Explain(crash, b, k)
		if err != nil {
			t.Fatal(err)
		}
		e := want[id]
		if got.Base.Signature != e.Base || got.Candidate.Signature != e.Candidate || crash.Meta.Signature != e.Base {
			t.Errorf("%s (%s): %q -> %q, recorded %q; want %q -> %q", id, e.Story,
				got.Base.Signature, got.Candidate.Signature, crash.Meta.Signature, e.Base, e.Candidate)
		}
	}
}

// TestImportGoesOn: what can't be imported is named, and the rest is there afterwards.
func TestImportGoesOn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "crashes.ndjson")
	const a, b = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101", "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150102"
	text := `{"uuid": "` + a + `"}` + "\n{\n" + `{"uuid": "no id"}` + "\n" + `{"id": 1, "processed_crash": {"uuid": "` + b + `", "json_dump": {"threads": [{"frames": [{"function": "f"}]}]}}}` + "\n" +
		`{"uuid": "` + a + `", "report": {"threads": [{"frames": [{"function": "f"}]}]}}` + "\n"
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
	public := func(doc []byte, _ bool) ([]byte, error) { return doc, documents.CheckObject(doc) }
	done, err := Import(context.Background(), c, files, ImportOptions{Workers: 2, Public: public, Read: func(n int) { read += n }})
	if err != nil {
		t.Fatal(err)
	}
	if len(done.IDs) != 2 || done.IDs[0] != a || done.IDs[1] != b || read != len(text) {
		t.Errorf("%+v, %d bytes read", done, read)
	}
	if f := done.Failures; len(f) != 3 || f[0].Line != 2 || f[1].Line != 3 || !errors.Is(f[1].Err, cache.ErrBadID) || f[2].Line != 5 || !errors.Is(f[2].Err, crashdata.ErrShape) {
		t.Errorf("failures %v", f)
	}
	// The one that is refused is named as that.
	if done.WithoutStack != 1 {
		t.Errorf("%d crashes without a stack", done.WithoutStack)
	}
	if crash, err := Crash(c, b); err != nil || crash.ID() != b {
		t.Errorf("%v, %v", crash, err)
	}
	if _, err := Crash(c, "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150109"); !errors.Is(err, crashdata.ErrMissing) {
		t.Errorf("error %v", err)
	}
}

// TestLastDocumentCounts imports crashes that are given several times, in one file and in several, plain and
// compressed, of very different sizes, so that the last is often done first.
func TestLastDocumentCounts(t *testing.T) {
	const crashes, versions = 30, 5
	root := t.TempDir()
	line := func(crash, version int) string {
		filler, stack := strings.Repeat("x", (versions-version)*20_000), ""
		if version%2 == 1 {
			stack = `, "json_dump": {"threads": [{"frames": [{"function": "f"}]}]}`
		}
		return fmt.Sprintf(`{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-ee%04d150101", "signature": "%d", "zzz": "%s"%s}`+"\n", crash, version, filler, stack)
	}
	var first, second strings.Builder
	for crash := range crashes {
		for version := range versions - 1 {
			first.WriteString(line(crash, version))
		}
		second.WriteString(line(crash, versions-1))
	}
	first.WriteString(line(crashes, 0))
	var packed bytes.Buffer
	gz := gzip.NewWriter(&packed)
	if _, err := gz.Write([]byte(second.String())); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	const name = "aaaaaaaa-bbbb-4ccc-8ddd-ee0000150101"
	for file, content := range map[string]string{
		"1/crashes.ndjson": first.String(), "1/z.ndjson.gz": packed.String(),
		"2/" + name: line(0, versions), "raw_crash/1/" + name: "{}", "raw_crash/2/" + name: "{}",
	} {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, _, err := documents.List(t.Context(), []string{root})
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]bool{}
	for _, workers := range []int{0, 1, 2, 7} { // none is taken for one
		c := newCache(t)
		done, err := Import(t.Context(), c, files, ImportOptions{Workers: workers, Read: func(int) {}})
		if err != nil || done.Repeated != crashes || len(done.IDs) != crashes+1 || done.Raw != 1 || done.Failed > 0 || done.WithoutStack != crashes {
			t.Fatalf("%d workers: %d repeated, %d ids, %d raw, %d without a stack, %v, %v", workers, done.Repeated, len(done.IDs), done.Raw, done.WithoutStack, done.Failures, err)
		}
		for i, id := range done.IDs {
			want := strconv.Itoa(versions - 1)
			if i == 0 {
				want = strconv.Itoa(versions)
			} else if i == crashes {
				want = "0"
			}
			crash, err := Crash(c, id)
			if err != nil || crash.Meta.Signature != want {
				t.Errorf("%d workers, crash %s: %v, want document %s", workers, id, crash.Meta.Signature, want)
			}
		}
		digests[digestOf(t, c, done.IDs)] = true
	}
	if len(digests) != 1 {
		t.Errorf("digests %v", digests)
	}
}

// TestFailuresAreBounded: as many are kept as are named, the first of them, and all are counted.
func TestFailuresAreBounded(t *testing.T) {
	var done Imported
	for i := range 5 * MaxFailures {
		done.fail(DocumentFailure{File: "f", Line: 5*MaxFailures - i})
		if len(done.Failures) >= 2*MaxFailures {
			t.Fatalf("%d are held", len(done.Failures))
		}
	}
	if whole, line := (DocumentFailure{File: "f", Err: errFull}).String(), (DocumentFailure{File: "f", Line: 2, Err: errFull}).String(); whole != "f: "+errFull.Error() || line != "f:2: "+errFull.Error() {
		t.Errorf("%q, %q", whole, line)
	}
	done.keepFirst()
	if n := len(done.Failures); done.Failed != 5*MaxFailures || n != MaxFailures || done.Failures[0].Line != 1 || done.Failures[n-1].Line != MaxFailures {
		t.Errorf("%d failed, %d kept, from %v to %v", done.Failed, n, done.Failures[0], done.Failures[n-1])
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
	const id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101"
	err = Put(context.Background(), w, id, nil, []byte(`{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150102"}`))
	if !errors.Is(err, ErrWrongCrash) {
		t.Errorf("error %v", err)
	}
	if err := errors.Join(Put(context.Background(), w, id, []byte("{}"), nil), w.Close()); err != nil {
		t.Errorf("a raw crash alone: %v", err)
	}
	if raw, err := c.Get(id, cache.Raw); err != nil || string(raw) != "{}" {
		t.Errorf("%s, %v", raw, err)
	}
	if err := Check([]byte(`{"uuid": "` + id + `", "report": {"threads": [{"frames": [{"function": "f"}]}]}}`)); !errors.Is(err, crashdata.ErrShape) {
		t.Errorf("a stack elsewhere: %v", err)
	}
}

// TestWhichCrash: the crash id is that of the document, and of a document without one that of its file.
func TestWhichCrash(t *testing.T) {
	const a, b = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101", "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150102"
	for _, test := range []struct {
		doc, file string
		raw       bool
		id        string
		err       error
	}{
		{`{"uuid": "` + a + `"}`, "", false, a, nil},
		{`{"uuid": "` + a + `"}`, a, false, a, nil},
		{`{"uuid": "` + a + `"}`, b, false, "", ErrWrongCrash},
		{`{}`, a, false, a, nil},
		{`{}`, "", false, "", errNoID},
		{`{"document_id": "x"}`, "", false, "", errNoPingID},
		{`{"document_id": "x"}`, a, false, a, nil},
		{`{"uuid": "` + a + `", "document_id": "x"}`, "", false, a, nil},
		{`{}`, a, true, a, nil},
		{`{}`, "", true, "", errNoID},
	} {
		entry, _, err := (&importer{}).entry(documents.Document{File: documents.File{ID: test.file, Raw: test.raw}, Data: []byte(test.doc)})
		if !errors.Is(err, test.err) || entry.ID != test.id {
			t.Errorf("%+v: %s, %v", test, entry.ID, err)
		}
	}
	if _, _, err := (&importer{}).entry(documents.Document{Err: errFull, Data: []byte(`{"uuid": "` + a + `"}`)}); !errors.Is(err, errFull) {
		t.Errorf("a document that could not be read: %v", err)
	}
}
