package corpora

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// putBare stores processed crashes without records, as a fetch does that can make none, and as a repair leaves them.
func putBare(t *testing.T, c *cache.Cache, docs map[string]string) {
	t.Helper()
	w := c.Writer(t.Context())
	var err error
	for id, doc := range docs {
		err = errors.Join(err, w.Put(t.Context(), cache.Entry{ID: id, Processed: []byte(doc)}))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
}

// bareCrashes are crashes of which no record can be kept, and one of which none can be made.
func bareCrashes() (docs map[string]string, large, broken string) {
	const lost = "00000001-0000-4000-8000-000000261101"
	large, broken = "00000002-0000-4000-8000-000000261101", "00000003-0000-4000-8000-000000261101"
	doc := func(id, more string) string {
		return fmt.Sprintf(`{"uuid": %q, %s"json_dump": {"threads": [{"frames": [{"function": "a::b"}]}]}}`, id, more)
	}
	return map[string]string{
		lost: doc(lost, ""), large: doc(large, `"abort_message": "`+strings.Repeat("A", cache.MaxRecord)+`", `), broken: doc(broken, "\"x\": \"\xff\", "),
	}, large, broken
}

// Everything cached is everything that is compared, missing or failed, whether it has a record or not.
func TestCrashesWithoutRecord(t *testing.T) {
	c := newCache(t)
	whole := demoIDs(t, 5)
	putDemo(t, c, whole)
	docs, _, broken := bareCrashes()
	putBare(t, c, docs)
	before := checkAllCompared(t, c, len(whole)+len(docs), broken)
	if err := Arrange(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if after := checkAllCompared(t, c, len(whole)+len(docs), broken); after != before {
		t.Errorf("digest %s in blocks, %s before", after, before)
	}
	// As many records as processed crashes, of others.
	if n, err := c.Delete(t.Context(), whole[:len(docs)], cache.Processed); err != nil || n != len(docs) {
		t.Fatalf("%d deleted, %v", n, err)
	}
	checkAllCompared(t, c, len(whole)+len(docs), broken)
}

// checkAllCompared: all crashes are compared, but for the one of which no record can be made.
func checkAllCompared(t *testing.T, c *cache.Cache, crashes int, broken string) (digest string) {
	t.Helper()
	all, err := IDs(t.Context(), c)
	if err != nil || len(all) != crashes || !slices.IsSorted(all) {
		t.Fatalf("%d ids, %v", len(all), err)
	}
	_, side := demoSide(t, false)
	for _, workers := range []int{0, 1, 3} { // none is taken for one
		everything, listed := NewSource(c, nil), NewSource(c, all)
		for _, src := range []*Source{everything, listed} {
			result, err := compare.Compare(t.Context(), src, side, signatures.Recorded{}, compare.Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			got, failures := result.Totals(), result.Failures()
			if got.Crashes != len(all) || got.Compared != len(all)-1 || len(failures) != 1 || failures[0].ID != broken || !strings.Contains(failures[0].Err, "not UTF-8") {
				t.Errorf("%+v, %v", got, failures)
			}
		}
		if everything.Digest() != listed.Digest() {
			t.Errorf("digest %s of everything, %s of the same crashes", everything.Digest(), listed.Digest())
		}
		digest = everything.Digest()
	}
	visited := 0
	err = NewSource(c, nil).Each(t.Context(), 0, func(int, string, *crashdata.Record, error) error {
		visited++
		return nil
	})
	if err != nil || visited != len(all) {
		t.Errorf("%d crashes visited, %v", visited, err)
	}
	if found, err := Select(t.Context(), NewSource(c, nil), Filter{}, 2); err != nil || len(found.IDs) != len(all)-1 || len(found.Failures) != 1 {
		t.Errorf("found %d, failed %v, %v", len(found.IDs), found.Failures, err)
	}
	return digest
}

// Lost records are made again, where they can be and can be kept.
func TestRemake(t *testing.T) {
	c := newCache(t)
	docs, large, broken := bareCrashes()
	putBare(t, c, docs)
	const nowhere = "00000009-0000-4000-8000-000000261101"
	ids := []string{nowhere, broken, large}
	for id := range docs {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	made, missing, err := Remake(t.Context(), c, ids)
	if err != nil || made != 1 || !slices.Equal(missing, []string{nowhere}) {
		t.Errorf("%d made, %v missing, %v", made, missing, err)
	}
	has, err := c.Has(t.Context(), ids, cache.Record)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		_, is := docs[id]
		if got, want := has[i].Stored.Has(cache.Record), is && id != large && id != broken; got != want {
			t.Errorf("%s has a record: %v, want %v", id, got, want)
		}
	}
}
