package corpora

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// everyCrash is what a source gives of each crash, as text.
func everyCrash(t *testing.T, src *Source) map[string]string {
	t.Helper()
	all := map[string]string{}
	var mu sync.Mutex
	err := src.Each(t.Context(), 2, func(_ int, id string, r *crashdata.Record, err error) error {
		mu.Lock()
		defer mu.Unlock()
		var c *crashdata.Crash
		if err == nil {
			c, err = r.Crash()
		}
		if all[id] = fmt.Sprint(err); err == nil {
			all[id] = fmt.Sprintf("%q", c.AppendRecord(nil))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Crashes are the same from blocks as from records, all of them and those of a list, whatever changes after they were arranged.
func TestArrangedIsTheRecords(t *testing.T) {
	c := newCache(t)
	ids := demoIDs(t, 40)
	putDemo(t, c, ids)
	lists := [][]string{nil, ids, ids[:7], ids[:3], append([]string{absentID, "no id"}, ids[10:]...)}
	var before []map[string]string
	var digests []string
	for _, list := range lists {
		src := NewSource(c, list)
		before, digests = append(before, everyCrash(t, src)), append(digests, src.Digest())
	}
	check := func(when string) {
		t.Helper()
		for i, list := range lists {
			src := NewSource(c, list)
			if got := everyCrash(t, src); !maps.Equal(got, before[i]) || src.Digest() != digests[i] {
				t.Errorf("%s: %d crashes of list %d, digest %s; want %d, %s", when, len(got), i, src.Digest(), len(before[i]), digests[i])
			}
		}
	}
	for range 2 { // the second time there is nothing to do
		if err := Arrange(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		check("in blocks")
	}
	putDemo(t, c, ids[5:6])
	check("with one that changed")
	if _, err := c.Delete(t.Context(), ids[8:9], cache.Record); err != nil {
		t.Fatal(err)
	}
	if err := Arrange(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	check("with one that has no record any more")
}

// Of records among which one can't be read, each is read by itself.
func TestArrangedWithoutTheBroken(t *testing.T) {
	ids := demoIDs(t, 5)
	for _, broken := range []string{"no record", "another's"} {
		c := newCache(t)
		putDemo(t, c, ids)
		w := c.Writer(t.Context())
		record, err := c.Get(ids[1], cache.Record)
		if broken == "no record" {
			record = []byte(broken)
		}
		if err := errors.Join(err, w.Put(t.Context(), cache.Entry{ID: ids[2], Record: record}), w.Close()); err != nil {
			t.Fatal(err)
		}
		before := everyCrash(t, NewSource(c, nil))
		if err := Arrange(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		all := everyCrash(t, NewSource(c, nil))
		if len(all) != len(ids) || !maps.Equal(all, before) || all[ids[1]] == all[ids[2]] {
			t.Errorf("%s: %d crashes: %v", broken, len(all), all)
		}
	}
}

// Closing arranges; with a context that is done, and for reading, it only closes.
func TestCloseArranges(t *testing.T) {
	ids := demoIDs(t, 20)
	for name, x := range map[string]struct {
		done   bool
		others int
	}{"": {false, 0}, "stopped": {true, len(ids)}} {
		c := newCache(t)
		putDemo(t, c, ids)
		ctx, stop := context.WithCancel(t.Context())
		if x.done {
			stop()
		}
		if err := Close(ctx, c); err != nil {
			t.Fatal(err)
		}
		stop()
		for range 2 {
			c, err := cache.Open(c.Path(), cache.Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			others, err := c.EachBlock(t.Context(), nil, 1, func([]byte) (func(int, *cache.Part) error, error) {
				return func(int, *cache.Part) error { return nil }, nil
			})
			if err != nil || len(others) != x.others {
				t.Errorf("%s: %d crashes in no block, %v", name, len(others), err)
			}
			if err := Close(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Records that are too large together are in several blocks.
func TestTooLargeForABlock(t *testing.T) {
	c := newCache(t)
	w := c.Writer(t.Context())
	n := maxBlock/(cache.MaxRecord-4096) + 1
	for i := range n {
		id := fmt.Sprintf("%08x-0000-4000-8000-000000261101", i)
		doc := fmt.Sprintf(`{"uuid": %q, "abort_message": "%d%s", "json_dump": {"threads": [{"frames": [{"function": "a::b"}]}]}}`, id, i, strings.Repeat("A", cache.MaxRecord-4096))
		if err := Put(t.Context(), w, id, nil, []byte(doc)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), Arrange(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Stats(); err != nil || s.Blocks != 2 || s.Blocked != n {
		t.Errorf("%d of %d crashes in %d blocks, %v", s.Blocked, n, s.Blocks, err)
	}
}
