package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sigdiff/sigdiff/crashid"
)

func TestCorpus(t *testing.T) {
	c := newCache(t)
	created := time.Date(2026, 8, 1, 12, 30, 0, 123000, time.UTC)
	provenance := json.RawMessage(`{"query":"signature=~shutdownhang"}`)
	want := []string{idN(1), idN(2), idN(3)}
	err := c.PutCorpus(Corpus{Name: "hangs", IDs: []string{want[2], want[0], want[1], want[0]}, Created: created, Provenance: provenance})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	got, err := c.Corpus("hangs")
	if err != nil || !slices.Equal(got.IDs, want) || !got.Created.Equal(created) || string(got.Provenance) != string(provenance) {
		t.Errorf("%+v, %v", got, err)
	}
	infos, err := c.Corpora()
	if err != nil || len(infos) != 1 || infos[0].Crashes != 3 || infos[0].Name != "hangs" {
		t.Errorf("%+v, %v", infos, err)
	}
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	c.now = func() time.Time { return now }
	if err := c.PutCorpus(Corpus{Name: "new", IDs: want}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Corpus("new"); err != nil || !got.Created.Equal(now) {
		t.Errorf("made now: %+v, %v", got, err)
	}
}

func TestCorpusErrors(t *testing.T) {
	c := newCache(t)
	_, err := c.Corpus("hangs")
	if !errors.Is(err, ErrNoCorpus) || !strings.Contains(err.Error(), "none yet") {
		t.Error(err)
	}
	for _, name := range []string{"shutdown", "hang", "zebra"} {
		if err := c.PutCorpus(Corpus{Name: name, IDs: []string{idN(1)}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{errOf(c.Corpus("hangs")), c.DeleteCorpus("hangs")} {
		if !errors.Is(err, ErrNoCorpus) || !strings.Contains(err.Error(), "there is hang, ") {
			t.Errorf("doesn't name the closest corpus first: %v", err)
		}
	}
	for n := range 9 {
		if err := c.PutCorpus(Corpus{Name: fmt.Sprint("z", n), IDs: []string{idN(1)}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Corpus("hangs"); err == nil || !strings.HasSuffix(err.Error(), " and 2 more") {
		t.Errorf("of many corpora: %v", err)
	}
	for _, name := range []string{"", "a\nb", "\x1b[31m", strings.Repeat("x", 2000)} {
		if err := c.PutCorpus(Corpus{Name: name, IDs: []string{idN(1)}}); err == nil || len(err.Error()) > 300 {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := c.Corpus(name); !errors.Is(err, ErrNoCorpus) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := c.PutCorpus(Corpus{Name: "c", IDs: []string{"x"}}); !errors.Is(err, ErrBadID) {
		t.Error(err)
	}
	if err := c.PutCorpus(Corpus{Name: "empty"}); err == nil || !strings.Contains(err.Error(), `"empty" would have no crash`) {
		t.Error(err)
	}
	// One that is there all the same is no list of crashes.
	err = c.update(func(tx *bolt.Tx) error { return c.put(tx, corpusIDsBucket, "zebra", nil) })
	if _, read := c.Corpus("zebra"); err != nil || !errors.Is(read, ErrDamaged) {
		t.Errorf("empty: %v, %v", err, read)
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestAccepted(t *testing.T) {
	c := newCache(t)
	if _, err := c.Accepted("hangs"); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "sigdiff accept") {
		t.Error(err)
	}
	if err := errors.Join(c.PutCorpus(Corpus{Name: "hangs", IDs: []string{idN(1)}}), c.PutAccepted("hangs", []byte("results"))); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Accepted("hangs"); err != nil || string(got) != "results" {
		t.Errorf("%q, %v", got, err)
	}
	if err := c.DeleteCorpus("hangs"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Accepted("hangs"); !errors.Is(err, ErrNotFound) {
		t.Error("results outlive their corpus:", err)
	}
}

// TestReplaceCorpus: a corpus and what is accepted for it are put together, or neither is.
func TestReplaceCorpus(t *testing.T) {
	c := newCache(t)
	corpus := Corpus{Name: "c", IDs: []string{idN(1)}}
	if err := c.PutAccepted("c", []byte("of a corpus that is gone")); err != nil {
		t.Fatal(err)
	}
	bad := Corpus{Name: "c", IDs: []string{idN(2), "x"}}
	for i, step := range []struct {
		put  func() error
		fits bool
		want string
	}{
		{func() error { return c.ReplaceCorpus(corpus, nil) }, true, ""},
		{func() error { return c.ReplaceCorpus(corpus, []byte("new")) }, true, "new"},
		{func() error { return c.PutCorpus(corpus) }, true, "new"},
		{func() error { return c.ReplaceCorpus(bad, []byte("bad")) }, false, "new"},
		{func() error { return c.ReplaceCorpus(corpus, make([]byte, MaxDocument+1)) }, false, "new"},
		{func() error { return c.ReplaceCorpus(corpus, nil) }, true, ""},
	} {
		if err := step.put(); (err == nil) != step.fits {
			t.Errorf("step %d: %v", i, err)
		}
		got, err := c.Accepted("c")
		if string(got) != step.want || err != nil && !errors.Is(err, ErrNotFound) {
			t.Errorf("step %d: %q is accepted, %v", i, got, err)
		}
		if there, err := c.Corpus("c"); err != nil || !slices.Equal(there.IDs, corpus.IDs) {
			t.Errorf("step %d: %v, %v", i, there.IDs, err)
		}
	}
}

func TestLargeCorpus(t *testing.T) {
	c := newCache(t)
	keys := make([]crashid.Key, 300_000)
	for i := range keys {
		keys[i] = crashid.Key{0x26, 0x01, byte(1 + i%9), byte(i), byte(i >> 8), byte(i >> 16)}
	}
	if err := c.PutCorpus(Corpus{Name: "large", IDs: idStrings(keys)}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Corpus("large")
	if err != nil || len(got.IDs) != len(keys) || !slices.IsSorted(got.IDs) {
		t.Errorf("%d ids of %d, sorted %t, %v", len(got.IDs), len(keys), slices.IsSorted(got.IDs), err)
	}
}
