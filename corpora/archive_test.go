package corpora

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
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
	x, _, err1 := here.Accepted("night")
	y, _, err2 := there.Accepted("night")
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
	if got, _, err := there.Accepted("night"); !errors.Is(err, cache.ErrNotFound) {
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
		accepted, _, _ := c.Accepted(info.Name)
		all["corpus "+info.Name] = string(accepted) + string(corpus.Provenance)
		for _, id := range corpus.IDs {
			all["corpus "+info.Name+" "+id] = ""
		}
	}
	return all
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
