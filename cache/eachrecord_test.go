package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// outcome is what became of a place in a list, or of a crash.
type outcome struct {
	id      string
	content string
	kind    error
}

// outcomes reads records one way or the other.
func outcomes(t testing.TB, each func(context.Context, []string, int, func(int, Blob) error) error, ids []string, workers int) (map[string]outcome, error) {
	t.Helper()
	var mu sync.Mutex
	all := map[string]outcome{}
	err := each(context.Background(), ids, workers, func(_ int, b Blob) error {
		mu.Lock()
		defer mu.Unlock()
		key := b.ID
		if ids != nil {
			key = fmt.Sprint(b.Index)
		}
		if _, twice := all[key]; twice && b.Err == nil {
			t.Errorf("%s came twice", key)
		}
		all[key] = outcome{b.ID, string(contentIn(t, b)), kindOf(b.Err)}
		return nil
	})
	return all, err
}

// contentIn is the content of a record, encoded or whole.
func contentIn(t testing.TB, b Blob) []byte {
	t.Helper()
	if b.Err != nil || b.Encoded.Layout == nil {
		return b.Data
	}
	content, err := b.Encoded.decode(nil, MaxRecord, nil)
	if err != nil || b.Encoded.Sum != Sum(b.ID, content) {
		t.Errorf("%s: %d bytes, sum %x, %v", b.ID, len(content), b.Encoded.Sum, err)
	}
	return content
}

func kindOf(err error) error {
	for _, kind := range []error{ErrNotFound, ErrDamaged, ErrBadID} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return err
}

func (c *Cache) eachWholeRecord(ctx context.Context, ids []string, workers int, fn func(int, Blob) error) error {
	return c.EachBlob(ctx, Record, ids, workers, fn)
}

// recordsOfAllSizes makes a cache with encoded records, small ones, and some that take several pages, among
// documents. It returns the ids, not in the order of their keys.
func recordsOfAllSizes(t *testing.T, n int) (path string, ids []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "c.db")
	c := openCache(t, path, Options{})
	var entries []Entry
	for i := range n {
		e := sharedRecord(idN(i), 30)
		switch {
		case i%3 == 0:
			e = Entry{ID: e.ID, Record: contentOf(e.ID, 40+i%700)}
		case i%50 == 1:
			e = Entry{ID: e.ID, Record: contentOf(e.ID, 9000+i)}
		}
		e.Processed = contentOf(e.ID, 3000)
		entries, ids = append(entries, e), append(ids, e.ID)
	}
	put(t, c, entries[n/2:]...)
	put(t, c, entries...)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return path, ids
}

// Encoded records are those that EachBlob decodes.
func TestEachRecordIsEachBlob(t *testing.T) {
	path, ids := recordsOfAllSizes(t, 1500)
	c := openCache(t, path, Options{ReadOnly: true})
	defer c.Close()
	odd := append([]string{"no id", idN(9001), "", ids[7], idN(9002), ids[7]}, ids[:100]...)
	for name, list := range map[string][]string{
		"all": nil, "listed": ids, "few": {ids[3], ids[1200]}, "unknown": {idN(9000)}, "none": {}, "odd": odd, "twice": append(slices.Clone(ids), ids...),
	} {
		for _, workers := range []int{1, 3} {
			got, err1 := outcomes(t, c.EachRecord, list, workers)
			want, err2 := outcomes(t, c.eachWholeRecord, list, workers)
			if err1 != nil || err2 != nil || !maps.Equal(got, want) {
				t.Errorf("%s, %d workers: %d records, want %d; %v, %v", name, workers, len(got), len(want), err1, err2)
			}
			if list != nil && len(want) != len(list) {
				t.Errorf("%s: %d outcomes for a list of %d", name, len(want), len(list))
			}
		}
	}
}

func TestEachRecordStops(t *testing.T) {
	path, ids := recordsOfAllSizes(t, 1500)
	c := openCache(t, path, Options{ReadOnly: true})
	defer c.Close()
	mine := errors.New("enough")
	for _, list := range [][]string{nil, ids} {
		if err := c.EachRecord(t.Context(), list, 2, func(int, Blob) error { return mine }); !errors.Is(err, mine) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		err := c.EachRecord(ctx, list, 1, func(int, Blob) error {
			calls++
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || calls >= len(ids) {
			t.Errorf("%v after %d calls", err, calls)
		}
	}
}

// sameRecords checks that what can be read of a damaged file whole can be read encoded, and that nothing that is read
// is wrong.
func (s sample) sameRecords(t *testing.T, c *Cache) {
	t.Helper()
	encoded, err1 := outcomes(t, c.EachRecord, s.ids, 2)
	whole, err2 := outcomes(t, c.eachWholeRecord, s.ids, 2)
	if err1 != nil || err2 != nil || len(encoded) != len(s.ids) || len(whole) != len(s.ids) {
		t.Errorf("%d records encoded, %d whole; %v, %v", len(encoded), len(whole), err1, err2)
	}
	for at, o := range whole {
		if o.kind == nil && encoded[at] != o {
			t.Errorf("%s is read whole, but encoded it is %d bytes, %v", o.id, len(encoded[at].content), encoded[at].kind)
		}
	}
	all, err := outcomes(t, c.EachRecord, nil, 2)
	if !tolerable(err) {
		t.Error(err)
	}
	for _, o := range slices.Concat(slices.Collect(maps.Values(encoded)), slices.Collect(maps.Values(all))) {
		if o.kind == nil && !bytes.Equal([]byte(o.content), contentOf(o.id, len(o.content))) && slices.Contains(s.ids, o.id) {
			t.Errorf("%s: wrong content", o.id)
		}
	}
}
