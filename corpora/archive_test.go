package corpora

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/cache"
)

// Crashes that are in corpora and in no cache.
const (
	absentID = "00000000-0000-4000-8000-000000261001"
	noneID   = "ffffffff-ffff-4fff-8fff-ffffff261031" // the service doesn't have it
)

// fill makes the corpus "night": n crashes of the demo, two that are missing, and accepted results.
func fill(t testing.TB, c *cache.Cache, n int) []string {
	t.Helper()
	ids := demoIDs(t, n)
	putDemo(t, c, ids)
	w := c.Writer(t.Context())
	if err := errors.Join(w.MarkMissing(t.Context(), noneID, cache.Processed, time.Now()), w.Close()); err != nil {
		t.Fatal(err)
	}
	ids = append(ids, absentID, noneID)
	if err := c.PutCorpus(cache.Corpus{Name: "night", IDs: ids, Provenance: []byte(`{"command":"test"}`)}); err != nil {
		t.Fatal(err)
	}
	accept(t, c, ids)
	return ids
}

// accept accepts what the demo's base makes of the corpus "night".
func accept(t testing.TB, c *cache.Cache, ids []string) *Accepted {
	t.Helper()
	set, side := demoSide(t, false)
	done, err := Accept(t.Context(), NewSource(c, ids), side, set, 2)
	if err != nil {
		t.Fatal(err)
	}
	done.Results.Info.Time = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	blob, err := done.Results.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.PutAccepted("night", blob); err != nil {
		t.Fatal(err)
	}
	return done.Results
}

func export(t testing.TB, c *cache.Cache, o ExportOptions) ([]byte, Archived) {
	t.Helper()
	var file bytes.Buffer
	done, err := Export(t.Context(), c, "night", &file, o)
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), done
}

func TestExportedCorpusIsTheSameElsewhere(t *testing.T) {
	for _, documents := range []bool{false, true} {
		here, there := newCache(t), newCache(t)
		ids := fill(t, here, 40)
		file, exported := export(t, here, ExportOptions{Documents: documents})
		taken, err := ReadExport(t.Context(), there, bytes.NewReader(file), ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(exported, taken.Archived); diff != "" {
			t.Errorf("documents %v: exported and imported differ:\n%s", documents, diff)
		}
		if a, b := digestOf(t, here, ids), digestOf(t, there, ids); a != b || a != exported.Digest {
			t.Errorf("documents %v: digest %s here, %s there, %s in the file", documents, a, b, exported.Digest)
		}
		again, _ := export(t, there, ExportOptions{Documents: documents})
		if !bytes.Equal(file, again) {
			t.Errorf("documents %v: exported there it is another file", documents)
		}
		sameCorpus(t, here, there)
		sameBlobs(t, here, there, ids, documents)
	}
}

func sameCorpus(t *testing.T, here, there *cache.Cache) {
	t.Helper()
	a, err1 := here.Corpus("night")
	b, err2 := there.Corpus("night")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	a.Created, b.Created = time.Time{}, time.Time{}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the corpora differ:\n%s", diff)
	}
	x, err1 := here.Accepted("night")
	y, err2 := there.Accepted("night")
	if err := errors.Join(err1, err2); err != nil || !bytes.Equal(x, y) {
		t.Errorf("the accepted results differ (%v)", err)
	}
}

func sameBlobs(t *testing.T, here, there *cache.Cache, ids []string, documents bool) {
	t.Helper()
	for _, id := range ids {
		for _, kind := range cache.Kinds() {
			a, err1 := here.Get(id, kind)
			b, err2 := there.Get(id, kind)
			if kind != cache.Record && !documents {
				a, err1 = nil, cache.ErrNotFound
			}
			if !bytes.Equal(a, b) || errors.Is(err1, cache.ErrNotFound) != errors.Is(err2, cache.ErrNotFound) {
				t.Errorf("%s of %s differs: %v, %v", kind, id, err1, err2)
			}
		}
	}
	has, err := there.Has(t.Context(), []string{absentID, noneID}, cache.Processed)
	if err != nil || has[0].Missing != 0 || !has[1].Missing.Has(cache.Processed) {
		t.Errorf("what the service lacks is %v there (%v)", has, err)
	}
}

func TestExportDoesNotDependOnTheCache(t *testing.T) {
	a, b := newCache(t), newCache(t)
	fill(t, a, 30)
	ids := demoIDs(t, 60) // more crashes, in another order, with other documents around
	slices.Reverse(ids)
	putDemo(t, b, ids)
	if err := b.PutCorpus(cache.Corpus{Name: "night", IDs: ids[10:20], Created: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	fill(t, b, 30)
	one, _ := export(t, a, ExportOptions{})
	two, _ := export(t, b, ExportOptions{})
	if !bytes.Equal(one, two) {
		t.Error("the same corpus gave two different files")
	}
}

func TestExportRemakesRecords(t *testing.T) {
	here, there := newCache(t), newCache(t)
	ids := fill(t, here, 5)
	before := digestOf(t, here, ids)
	if _, err := here.Delete(t.Context(), ids[:2], cache.Record); err != nil {
		t.Fatal(err)
	}
	w := here.Writer(t.Context())
	if err := errors.Join(w.Put(t.Context(), cache.Entry{ID: ids[2], Record: []byte{0xff, 1, 2}}), w.Close()); err != nil {
		t.Fatal(err)
	}
	file, done := export(t, here, ExportOptions{})
	if done.Digest != before || done.Records != 5 {
		t.Errorf("digest %s and %d records, want %s and 5", done.Digest, done.Records, before)
	}
	if _, err := ReadExport(t.Context(), there, bytes.NewReader(file), ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	if after := digestOf(t, there, ids); after != before || digestOf(t, here, ids) != before {
		t.Errorf("digest %s there, want %s", after, before)
	}
}

// TestExportLeavesOutTheUnreadable: a crash that can't be read is missing in the file, with its documents, and named.
func TestExportLeavesOutTheUnreadable(t *testing.T) {
	here := newCache(t)
	ids := fill(t, here, 5)
	putOther(t, here, ids[2])
	w := here.Writer(t.Context())
	record, err := here.Get(ids[1], cache.Record)
	if err := errors.Join(err, w.Put(t.Context(), cache.Entry{ID: ids[2], Record: record}), w.Close()); err != nil {
		t.Fatal(err)
	}
	items := 0
	file, done := export(t, here, ExportOptions{Documents: true, Progress: func(n int) { items += n }})
	if done.Records != 4 || done.Processed != 4 || done.Raw != 4 || len(done.Failed) != 1 || done.Failed[0].ID != ids[2] || items != 3*7 {
		t.Errorf("%+v, %d items", done, items)
	}
	if taken, err := imports(t, newCache(t), file, ReadOptions{}); err != nil || taken.Records != 4 {
		t.Errorf("%+v, %v", taken, err)
	}
}

func TestExportErrors(t *testing.T) {
	c := newCache(t)
	fill(t, c, 5)
	if _, err := Export(t.Context(), c, "nihgt", &bytes.Buffer{}, ExportOptions{}); !errors.Is(err, cache.ErrNoCorpus) {
		t.Errorf("an unknown corpus gives %v", err)
	}
	if _, err := Export(t.Context(), c, "night", fullDisk{}, ExportOptions{}); !errors.Is(err, errFull) {
		t.Errorf("a full disk gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Export(ctx, c, "night", &bytes.Buffer{}, ExportOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
}

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// TestImportTakesNoOtherResults: results that some command left behind without their corpus are not those of one that comes.
func TestImportTakesNoOtherResults(t *testing.T) {
	here, there := newCache(t), newCache(t)
	ids := fill(t, here, 6)
	if err := here.ReplaceCorpus(cache.Corpus{Name: "night", IDs: ids}, nil); err != nil {
		t.Fatal(err)
	}
	file, _ := export(t, here, ExportOptions{})
	if err := there.PutAccepted("night", []byte("something else")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadExport(t.Context(), there, bytes.NewReader(file), ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, err := there.Accepted("night"); !errors.Is(err, cache.ErrNotFound) {
		t.Errorf("%q is accepted, %v", got, err)
	}
}

func TestImportRefusesConflicts(t *testing.T) {
	here := newCache(t)
	ids := fill(t, here, 6)
	file, _ := export(t, here, ExportOptions{})
	tests := []struct {
		name   string
		change func(t *testing.T, c *cache.Cache)
	}{
		{"other crashes", func(t *testing.T, c *cache.Cache) {
			if err := c.PutCorpus(cache.Corpus{Name: "night", IDs: ids[:3]}); err != nil {
				t.Fatal(err)
			}
		}},
		{"another record", func(t *testing.T, c *cache.Cache) { putOther(t, c, ids[3]) }},
		{"other accepted results", func(t *testing.T, c *cache.Cache) {
			fill(t, c, 6)
			if err := c.PutAccepted("night", []byte("something else")); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			there := newCache(t)
			tt.change(t, there)
			before := everything(t, there)
			_, err := ReadExport(t.Context(), there, bytes.NewReader(file), ReadOptions{})
			if !errors.Is(err, ErrConflict) {
				t.Errorf("error %v, want ErrConflict", err)
			}
			if diff := cmp.Diff(before, everything(t, there)); diff != "" {
				t.Errorf("the cache changed:\n%s", diff)
			}
			if _, err := ReadExport(t.Context(), there, bytes.NewReader(file), ReadOptions{Replace: true}); err != nil {
				t.Fatal(err)
			}
			if again, _ := export(t, there, ExportOptions{}); !bytes.Equal(again, file) {
				t.Error("with Replace the file does not win")
			}
		})
	}
}

// putOther stores another crash's record under an id.
func putOther(t *testing.T, c *cache.Cache, id string) {
	t.Helper()
	w := c.Writer(t.Context())
	doc := []byte(`{"uuid": "` + id + `", "signature": "another"}`)
	if err := errors.Join(Put(t.Context(), w, id, nil, doc), w.Close()); err != nil {
		t.Fatal(err)
	}
}

// everything is what a cache holds, to be compared.
func everything(t *testing.T, c *cache.Cache) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, kind := range cache.Kinds() {
		ids, err := c.IDs(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		err = c.EachBlob(t.Context(), kind, ids, 1, func(_ int, b cache.Blob) error {
			all[kind.String()+" "+b.ID] = string(b.Data)
			return b.Err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	infos, err := c.Corpora()
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range infos {
		corpus, err := c.Corpus(info.Name)
		if err != nil {
			t.Fatal(err)
		}
		accepted, _ := c.Accepted(info.Name)
		all["corpus "+info.Name] = string(accepted) + string(corpus.Provenance)
		for _, id := range corpus.IDs {
			all["corpus "+info.Name+" "+id] = ""
		}
	}
	return all
}

// imports is an import of a file into a cache, with its error.
func imports(t *testing.T, c *cache.Cache, file []byte, o ReadOptions) (Taken, error) {
	t.Helper()
	return ReadExport(t.Context(), c, bytes.NewReader(file), o)
}

// TestImportIntoACorpus: what becomes of a corpus of the same name, of when it was made, and of what was accepted for it.
func TestImportIntoACorpus(t *testing.T) {
	here := newCache(t)
	ids := fill(t, here, 6)
	accepted, _ := export(t, here, ExportOptions{})
	if err := here.ReplaceCorpus(cache.Corpus{Name: "night", IDs: ids, Provenance: []byte(`{"command":"test"}`)}, nil); err != nil {
		t.Fatal(err)
	}
	bare, _ := export(t, here, ExportOptions{})
	const whole, part, none = "whole", "part", "none"
	for name, test := range map[string]struct {
		there    string // of the corpus
		results  bool   // something was accepted for it
		file     []byte
		options  ReadOptions
		refused  bool
		crashes  int
		kept     bool   // what was accepted
		created  bool   // it has its date
		accepted string // the provenance
	}{
		"the same crashes, nothing accepted":         {whole, false, accepted, ReadOptions{}, false, 8, false, true, `{"command":"test"}`},
		"the same crashes, the file has no results":  {whole, true, bare, ReadOptions{}, false, 8, true, true, `{"command":"test"}`},
		"the same crashes, other results":            {whole, true, accepted, ReadOptions{}, true, 8, true, true, `{"command":"mine"}`},
		"other crashes":                              {part, true, bare, ReadOptions{}, true, 3, true, true, `{"command":"mine"}`},
		"other crashes, replaced":                    {part, true, bare, ReadOptions{Replace: true}, false, 8, false, false, `{"command":"test"}`},
		"the same crashes, replaced":                 {whole, true, bare, ReadOptions{Replace: true}, false, 8, true, true, `{"command":"test"}`},
		"other crashes, added to":                    {part, true, accepted, ReadOptions{Add: true}, false, 8, true, true, `{"added":[{"command":"mine"},{"command":"test"}]}`},
		"added to none":                              {none, false, bare, ReadOptions{Add: true}, false, 8, false, false, `{"command":"test"}`},
		"added to none, with results of the file":    {none, false, accepted, ReadOptions{Add: true}, false, 8, false, false, `{"command":"test"}`},
		"the same crashes, nothing accepted, either": {whole, false, bare, ReadOptions{}, false, 8, false, true, `{"command":"test"}`},
	} {
		there, created := newCache(t), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		if test.there != none {
			mine := cache.Corpus{Name: "night", IDs: ids[:map[string]int{whole: 8, part: 3}[test.there]], Created: created, Provenance: []byte(`{"command":"mine"}`)}
			var results []byte
			if test.results {
				results = []byte("mine")
			}
			if err := there.ReplaceCorpus(mine, results); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := imports(t, there, test.file, test.options); errors.Is(err, ErrConflict) != test.refused || !test.refused && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, err := there.Corpus("night")
		if err != nil || len(got.IDs) != test.crashes || got.Created.Equal(created) != test.created || string(got.Provenance) != test.accepted {
			t.Errorf("%s: %d crashes, of %s, %s, %v", name, len(got.IDs), got.Created, got.Provenance, err)
		}
		if results, _ := there.Accepted("night"); (string(results) == "mine") != test.kept {
			t.Errorf("%s: %.60q is accepted", name, results)
		}
	}
}

// TestImportBesideOtherBlobs: what the cache has of the crashes stays, unless the file is to win; records and documents that it
// lacks come, and what it knows itself is newer.
func TestImportBesideOtherBlobs(t *testing.T) {
	here, there := newCache(t), newCache(t)
	ids := fill(t, here, 4)
	file, _ := export(t, here, ExportOptions{Documents: true})
	putDemo(t, there, ids[:4])
	putOther(t, there, absentID)
	asked := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	w := there.Writer(t.Context())
	err := errors.Join(w.Put(t.Context(), cache.Entry{ID: ids[0], Raw: []byte(`{"mine": 1}`)}), w.MarkMissing(t.Context(), noneID, cache.Processed, asked), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []cache.Kind{cache.Raw, cache.Record} {
		if n, err := there.Delete(t.Context(), ids[1:2], kind); err != nil || n != 1 {
			t.Fatal(n, err)
		}
	}
	for _, replace := range []bool{false, true} {
		taken, err := imports(t, there, file, ReadOptions{Replace: replace, Public: func(doc []byte, raw bool) ([]byte, error) {
			if raw {
				return []byte(`{"public": 1}`), nil
			}
			return doc, nil
		}})
		if err != nil || taken.More != 1 || taken.Replaced != 0 {
			t.Errorf("%+v, %v", taken, err)
		}
		want := map[bool]string{false: `{"mine": 1}`, true: `{"public": 1}`}[replace]
		if raw, err := there.Get(ids[0], cache.Raw); err != nil || string(raw) != want {
			t.Errorf("a raw crash that was there: %s, %v", raw, err)
		}
		if raw, err := there.Get(ids[1], cache.Raw); err != nil || string(raw) != `{"public": 1}` {
			t.Errorf("a raw crash that was not there: %s, %v", raw, err)
		}
		if _, err := there.Get(ids[1], cache.Record); err != nil {
			t.Errorf("a record that was not there: %v", err)
		}
		if at, err := there.MissingSince(noneID, cache.Processed); err != nil || !at.Equal(asked) {
			t.Errorf("missing at the service since %s, %v", at, err)
		}
	}
	putOther(t, there, noneID)
	if taken, err := imports(t, there, file, ReadOptions{}); err != nil || taken.More != 2 {
		t.Errorf("%+v, %v", taken, err)
	}
	if at, err := there.MissingSince(noneID, cache.Processed); err != nil || !at.IsZero() {
		t.Errorf("a crash that is there is missing since %s, %v", at, err)
	}
}

// changing is a file that is another one each time it is read from its start.
type changing struct {
	io.Reader
	contents [][]byte
}

func (f *changing) Seek(int64, int) (int64, error) {
	f.Reader, f.contents = bytes.NewReader(f.contents[0]), f.contents[1:]
	return 0, nil
}

// TestImportOfAChangingFile: what is stored is what was checked.
func TestImportOfAChangingFile(t *testing.T) {
	const one, two, three = "00000000-0000-4000-8000-000000261001", "00000000-0000-4000-8000-000000261002", "00000000-0000-4000-8000-000000261003"
	made := func(ids ...string) *crafted {
		c := craft(t, archiveHead{Name: "n", Crashes: len(ids), Documents: true})
		for _, id := range ids {
			c.crash(id, recordOf(t, id))
		}
		return c
	}
	first := made(one, two).done(t)
	for name, then := range map[string][]byte{
		"more crashes": made(one, two, three).done(t), "another crash": made(one, three).done(t), "a document more": made(one, two).document(tagRaw, two, `{}`).done(t),
	} {
		c := newCache(t)
		f := &changing{contents: [][]byte{first, then}}
		if _, err := ReadExport(t.Context(), c, f, ReadOptions{}); !errors.Is(err, ErrDamagedExport) || !strings.Contains(err.Error(), "it changed while it was read") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Corpus("n"); !errors.Is(err, cache.ErrNoCorpus) {
			t.Errorf("%s: the corpus is there, %v", name, err)
		}
	}
}

func TestImportTwiceIsImportOnce(t *testing.T) {
	here, there := newCache(t), newCache(t)
	fill(t, here, 6)
	file, _ := export(t, here, ExportOptions{Documents: true})
	for range 2 {
		if _, err := ReadExport(t.Context(), there, bytes.NewReader(file), ReadOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	corpus, err := there.Corpus("night")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadExport(t.Context(), there, bytes.NewReader(file), ReadOptions{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	other, err := there.Corpus("other")
	if err != nil || !slices.Equal(corpus.IDs, other.IDs) {
		t.Errorf("under another name it holds %d crashes (%v), not %d", len(other.IDs), err, len(corpus.IDs))
	}
}

// TestArchiveVersion reads a file that was exported once: the format does not change without its number.
func TestArchiveVersion(t *testing.T) {
	path := filepath.Join("testdata", "v2.sigcorpus")
	if *update {
		here := newCache(t)
		fill(t, here, 12)
		file, _ := export(t, here, ExportOptions{Documents: true})
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	there := newCache(t)
	done, err := ReadExport(t.Context(), there, f, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := Archived{
		Name: "night", Crashes: 14, Accepted: true, Compressed: done.Compressed,
		ArchiveEnd: ArchiveEnd{Records: 12, Processed: 12, Raw: 12, Digest: done.Digest},
	}
	if diff := cmp.Diff(want, done.Archived); diff != "" {
		t.Error(diff)
	}
	corpus, err := there.Corpus("night")
	if err != nil || len(corpus.IDs) != 14 || string(corpus.Provenance) != `{"command":"test"}` {
		t.Errorf("corpus %+v, %v", corpus, err)
	}
	s, err := Summarize(t.Context(), there, corpus, 1)
	if err != nil || s.Cached != 12 || s.Missing != 2 || s.None != 1 {
		t.Errorf("summary %+v, %v", s, err)
	}
}
