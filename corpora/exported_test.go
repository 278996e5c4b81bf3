package corpora

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// each reads an exported corpus without a cache: the crash ids with and without a record, and the digest.
func each(t *testing.T, file []byte) (there, missing []string, digest string) {
	t.Helper()
	var sum uint64
	_, err := EachExported(t.Context(), bytes.NewReader(file), func(id string, record []byte) error {
		sum += cache.Sum(id, record)
		if record == nil {
			missing = append(missing, id)
			return nil
		}
		if crash, err := crashdata.DecodeRecord(record); err != nil || crash.ID() != id {
			t.Errorf("%s: %v", id, err)
		}
		there = append(there, id)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(there)
	slices.Sort(missing)
	return there, missing, DigestOf(sum)
}

// imported is each over a cache that the corpus was imported into.
func imported(t *testing.T, file []byte) (there, missing []string, digest string) {
	t.Helper()
	c := newCache(t)
	done, err := ReadExport(t.Context(), c, bytes.NewReader(file), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := c.Corpus(done.Name)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSource(c, corpus.IDs)
	err = s.Each(t.Context(), 1, func(_ int, id string, _ *crashdata.Record, err error) error {
		if errors.Is(err, crashdata.ErrMissing) {
			missing = append(missing, id)
			return nil
		}
		there = append(there, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(there)
	slices.Sort(missing)
	return there, missing, s.Digest()
}

// TestEachExported: reading an exported corpus gives the crashes that importing it and reading the cache
// gives, whatever it holds of them.
func TestEachExported(t *testing.T) {
	const one, two, three = "00000000-0000-4000-8000-000000261001", "00000000-0000-4000-8000-000000261002", "00000000-0000-4000-8000-000000261003"
	record, old := recordOf(t, one), []byte{crashdata.RecordVersion + 1, 1, 2}
	document := func(id string) string { return `{"uuid": "` + id + `", "product": "Firefox"}` }
	with := func(n int) *crafted { return craft(t, archiveHead{Name: "n", Crashes: n, Documents: true}) }
	full := newCache(t)
	fill(t, full, 30)
	demo, _ := export(t, full, ExportOptions{Documents: true})
	for name, file := range map[string][]byte{
		"demo":                    demo,
		"record":                  with(1).crash(one, record).document(tagProcessed, one, `{"uuid": "`+one+`"}`).done(t),
		"missing":                 craft(t, archiveHead{Name: "n", Crashes: 2}).crash(one, record).missing(two).done(t),
		"missing, with documents": with(2).crash(one, record).missing(two).document(tagProcessed, two, document(two)).done(t),
		"another version":         with(2).crash(one, old).crash(two, old).document(tagProcessed, one, document(one)).document(tagProcessed, two, `{}`).done(t),
		"another version alone":   with(3).crash(one, old).missing(two).crash(three, old).document(tagProcessed, one, document(one)).document(tagRaw, three, `{}`).done(t),
	} {
		there, missing, digest := each(t, file)
		wantThere, wantMissing, wantDigest := imported(t, file)
		if diff := cmp.Diff([][]string{wantThere, wantMissing}, [][]string{there, missing}); diff != "" || digest != wantDigest {
			t.Errorf("%s: digest %s, want %s (-cache +read):\n%s", name, digest, wantDigest, diff)
		}
	}
}

// TestEmptyExport: an exported corpus of nothing becomes no corpus, also where it may replace one or come to it.
func TestEmptyExport(t *testing.T) {
	file := craft(t, archiveHead{Name: "n"}).done(t)
	if there, missing, _ := each(t, file); len(there)+len(missing) > 0 {
		t.Errorf("%v, %v in it", there, missing)
	}
	for _, o := range []ReadOptions{{}, {Replace: true}, {Add: true}} {
		c := newCache(t)
		putDemo(t, c, demoIDs(t, 3)) // of which the file says nothing
		if _, err := ReadExport(t.Context(), c, bytes.NewReader(file), o); !errors.Is(err, ErrEmptyExport) {
			t.Errorf("%+v: %v", o, err)
		}
		if _, err := c.Corpus("n"); !errors.Is(err, cache.ErrNoCorpus) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestEachExportedErrors: what an import refuses, reading refuses too; an error of visit ends it.
func TestEachExportedErrors(t *testing.T) {
	const one = "00000000-0000-4000-8000-000000261001"
	record := recordOf(t, one)
	head := archiveHead{Name: "n", Crashes: 1}
	good := craft(t, head).crash(one, record).done(t)
	withDocuments := archiveHead{Name: "n", Crashes: 1, Documents: true}
	for name, test := range map[string]struct {
		file []byte
		want error
	}{
		"something else":              {[]byte("{\"product\": \"Firefox\"}\n"), ErrNotExport},
		"cut off":                     {good[:len(good)/2], ErrDamagedExport},
		"fewer than promised":         {craft(t, head).done(t), ErrDamagedExport},
		"no record":                   {craft(t, head).crash(one, nil).done(t), ErrDamagedExport},
		"another version":             {craft(t, head).crash(one, []byte{crashdata.RecordVersion + 1}).done(t), crashdata.ErrRecordVersion},
		"a document of another":       {craft(t, withDocuments).missing(one).document(tagProcessed, one, `{"uuid": "x"}`).done(t), ErrDamagedExport},
		"a document of nothing":       {craft(t, withDocuments).missing(one).document(tagProcessed, one, `{`).done(t), ErrDamagedExport},
		"a raw crash of nothing":      {craft(t, withDocuments).crash(one, record).document(tagRaw, one, `{`).done(t), ErrDamagedExport},
		"accepted results of nothing": {craft(t, head).accepted(`{}`).crash(one, record).done(t), ErrDamagedExport},
	} {
		_, err := EachExported(t.Context(), bytes.NewReader(test.file), func(string, []byte) error { return nil })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	stop := errors.New("stop")
	if _, err := EachExported(t.Context(), bytes.NewReader(good), func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v, want the error of visit", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := EachExported(ctx, bytes.NewReader(good), func(string, []byte) error { return nil }); !errors.Is(err, stop) {
		t.Errorf("%v, want the cause of the end", err)
	}
}

// TestExportedRecordOfAnotherDocument: what is not of its document is refused without a cache, too.
func TestExportedRecordOfAnotherDocument(t *testing.T) {
	const id = "00000000-0000-4000-8000-000000261001"
	for doc, want := range map[string]error{`{"uuid": "` + id + `"}`: nil, `{}`: nil, `{"uuid": "` + id + `", "product": "x"}`: ErrDamagedExport} {
		file := craft(t, archiveHead{Name: "n", Crashes: 1, Documents: true}).crash(id, recordOf(t, id)).document(tagProcessed, id, doc).done(t)
		if _, err := EachExported(t.Context(), bytes.NewReader(file), func(string, []byte) error { return nil }); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", doc, err, want)
		}
	}
}

// TestReadProcessed: a document gives what importing it stores, or the error that the import notes.
func TestReadProcessed(t *testing.T) {
	const id = "00000000-0000-4000-8000-000000261001"
	for _, doc := range []string{
		`{"uuid": "` + id + `", "product": "Firefox"}`, `{"processed_crash": {"uuid": "` + id + `"}}`,
		`{"product": "Firefox"}`, `{"uuid": "1"}`, `{"uuid": 1}`, `{`, `[]`, `null`, ``, `{"id": "` + id + `", "processed_crash": {}}`,
		`{"uuid": "` + id + `", "abort_message": "` + string(bytes.Repeat([]byte("x"), cache.MaxRecord)) + `"}`,
	} {
		c := newCache(t)
		w := c.Writer(t.Context())
		im := &importer{writer: w, slots: map[given]*slot{}}
		if err := errors.Join(im.document(t.Context(), documents.Document{Data: []byte(doc)}, 1), w.Close()); err != nil {
			t.Fatal(err)
		}
		done := im.summary()
		got, record, err := ReadProcessed([]byte(doc))
		short := doc[:min(len(doc), 60)]
		if (done.Failed > 0) != (len(done.IDs) == 0) {
			t.Errorf("%s: %+v", short, done)
		}
		if done.Failed > 0 {
			if want := done.Failures[0].Err; err == nil || err.Error() != want.Error() {
				t.Errorf("%s: %v, want %v", short, err, want)
			}
			continue
		}
		wantID := done.IDs[0]
		stored, getErr := c.Get(wantID, cache.Record)
		if err != nil || getErr != nil || got != wantID || !bytes.Equal(record, stored) {
			t.Errorf("%s: %s, %v; want %s, %v", short, got, err, wantID, getErr)
		}
	}
}
