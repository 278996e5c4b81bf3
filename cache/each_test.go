package cache

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
)

// filled makes a cache with records and documents of ids 0 to n-1.
func filled(t testing.TB, c *Cache, n int) []string {
	t.Helper()
	var ids []string
	var entries []Entry
	for i := range n {
		id := idN(i)
		ids = append(ids, id)
		entries = append(entries, Entry{ID: id, Processed: contentOf(id, 9000), Record: contentOf(id, 700)})
	}
	put(t, c, entries...)
	return ids
}

func TestEachBlob(t *testing.T) {
	c := newCache(t)
	ids := filled(t, c, 1000)
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	backwards := slices.Clone(sorted)
	slices.Reverse(backwards)
	twice := append(slices.Clone(ids[:300]), ids[:300]...)
	for name, list := range map[string][]string{"unsorted": ids, "sorted": sorted, "backwards": backwards, "twice": twice, "none": {}, "one": ids[:1]} {
		for _, workers := range []int{0, 1, 3} {
			for _, k := range []Kind{Record, Processed} {
				got := collect(t, c, k, list, workers)
				if !slices.Equal(got, list) {
					t.Errorf("%s, %d workers: %d %s blobs, want %d", name, workers, len(got), k, len(list))
				}
			}
		}
	}
}

// collect returns the ids that EachBlob handed out by their index, checking the content.
func collect(t *testing.T, c *Cache, k Kind, ids []string, workers int) []string {
	t.Helper()
	var mu sync.Mutex
	byIndex := map[int]string{}
	size := 700
	if k == Processed {
		size = 9000
	}
	err := c.EachBlob(context.Background(), k, ids, workers, func(_ int, b Blob) error {
		if b.Err != nil || !bytes.Equal(b.Data, contentOf(b.ID, size)) {
			t.Errorf("%s: %d bytes, %v", b.ID, len(b.Data), b.Err)
		}
		mu.Lock()
		defer mu.Unlock()
		byIndex[b.Index] = b.ID
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(byIndex))
	for i := range out {
		out[i] = byIndex[i]
	}
	return out
}

// What can't be read is reported and doesn't hide the rest.
func TestEachBlobErrors(t *testing.T) {
	c := newCache(t)
	ids := filled(t, c, 20)
	list := append([]string{"no id", idN(999)}, ids...)
	want := map[int]error{0: ErrBadID, 1: ErrNotFound}
	seen := 0
	err := c.EachBlob(context.Background(), Record, list, 1, func(_ int, b Blob) error {
		seen++
		if b.ID != list[b.Index] || !errors.Is(b.Err, want[b.Index]) {
			t.Errorf("%d: %+v", b.Index, b)
		}
		return nil
	})
	if err != nil || seen != len(list) {
		t.Errorf("%d of %d, %v", seen, len(list), err)
	}
}

func TestEachBlobStops(t *testing.T) {
	c := newCache(t)
	ids := filled(t, c, 2000)
	mine := errors.New("enough")
	if err := c.EachBlob(context.Background(), Record, ids, 2, func(int, Blob) error { return mine }); !errors.Is(err, mine) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	err := c.EachBlob(ctx, Record, ids, 1, func(int, Blob) error {
		calls++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls >= 2000 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// fn may write, even if the file has to grow for it.
func TestEachBlobWhileWriting(t *testing.T) {
	c := newCache(t)
	ids := filled(t, c, 500)
	ctx := context.Background()
	w := c.Writer(ctx)
	err := c.EachBlob(ctx, Record, ids, 2, func(_ int, b Blob) error {
		if err := w.Put(ctx, Entry{ID: b.ID, Raw: bytes.Repeat(b.Data, 20)}); err != nil {
			return err
		}
		if b.Index%100 == 0 {
			return w.Flush(ctx)
		}
		return nil
	})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := c.IDs(ctx, Raw); err != nil || len(got) != len(ids) {
		t.Errorf("%d of %d, %v", len(got), len(ids), err)
	}
}

func TestHasRefusesBadIDs(t *testing.T) {
	c := newCache(t)
	if _, err := c.Has(context.Background(), []string{someID, "x"}); !errors.Is(err, ErrBadID) {
		t.Error(err)
	}
}
