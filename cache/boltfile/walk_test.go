package boltfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// file makes a bbolt file with a bucket of n keys.
func file(t *testing.T, n int) (*File, uint64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "some.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("some"))
		for i := range n {
			if err == nil {
				err = b.Put(keyN(2*i), bytes.Repeat([]byte{byte(i)}, i%300))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	p, err := Open(f)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := p.BucketRoots(nil, Refuse)
	if err != nil || roots["some"].Page == 0 {
		t.Fatal(roots, err)
	}
	return p, roots["some"].Page
}

func keyN(i int) []byte { return fmt.Appendf(nil, "%08d", i) }

// Of a sound file every key is found, and of keys that are asked for those pages on which bbolt would look for them.
func TestWalk(t *testing.T) {
	const n = 20_000
	p, root := file(t, n)
	var all []string
	w := Walker{File: p, Seen: NewBitmap(p.Pages), Odd: Refuse, Leaf: func(p Page, _, _ []byte) error { return appendKeys(&all, p) }}
	if err := w.Walk(root); err != nil || len(all) != n || !slices.IsSorted(all) || all[n-1] != string(keyN(2*n-2)) {
		t.Fatalf("%d keys, %v", len(all), err)
	}
	rapid.Check(t, func(t *rapid.T) {
		asked := rapid.SliceOfNDistinct(rapid.IntRange(0, 2*n), 1, 5, rapid.ID).Draw(t, "asked")
		var found []string
		pages := 0
		w := Walker{File: p, Odd: Refuse, Leaf: func(p Page, _, _ []byte) error { pages++; return appendKeys(&found, p) }}
		w.Wanted = func(lo, hi []byte) bool {
			return slices.ContainsFunc(asked, func(i int) bool {
				return bytes.Compare(keyN(i), lo) >= 0 && (hi == nil || bytes.Compare(keyN(i), hi) < 0)
			})
		}
		if err := w.Walk(root); err != nil || pages > len(asked) {
			t.Fatalf("%d pages for %d keys, %v", pages, len(asked), err)
		}
		for _, i := range asked {
			if _, has := slices.BinarySearch(found, string(keyN(i))); has != (i%2 == 0 && i < 2*n) {
				t.Fatalf("key %d: %v", i, has)
			}
		}
	})
}

func appendKeys(all *[]string, p Page) error {
	for i := range p.Count {
		k, _, _, err := p.Leaf(i)
		if err != nil {
			return err
		}
		*all = append(*all, string(k))
	}
	return nil
}
