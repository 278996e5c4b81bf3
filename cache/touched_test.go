package cache

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/cache/boltfile"
	"github.com/sigdiff/sigdiff/crashid"
)

// A leaf page that says it is longer than it is has bbolt free the pages behind it when it is written, and these are in
// use. So neither is what lies on it replaced, nor anything deleted beside it, where bbolt merges neighbours.
func TestWrongLengthIsNotWritten(t *testing.T) {
	s := newSample(t, 60)
	tried := map[Kind]int{}
	pages := pagesOf(t, s.content)
	for id := uint64(2); id < pages.Pages; id++ {
		p, err := pages.Read(id)
		if err != nil || !p.IsLeaf() || p.Count == 0 {
			continue
		}
		k, v, isBucket, err := p.Leaf(0)
		b, ok := ownerOf(k, v)
		if err != nil || isBucket || !ok || b.kind == 0 || !s.inUse(t, b, id) {
			continue
		}
		s.write(t, func(content []byte) []byte { native.PutUint32(content[id*4096+12:], p.Overflow+1); return content })
		c, err := Open(s.path, Options{})
		if errors.Is(err, ErrDamaged) { // the next page is free, which shows already
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		tried[b.kind]++
		s.refusesChanges(t, c, id, crashid.Key(k).String(), b.kind)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, kind := range []Kind{Raw, Processed, Record} {
		if tried[kind] < 3 {
			t.Errorf("%d pages of %s blobs are too few", tried[kind], kind)
		}
	}
}

// refusesChanges checks that a blob is neither replaced nor deleted, nor another deleted, and that the file stays as it is.
func (s sample) refusesChanges(t *testing.T, c *Cache, page uint64, id string, kind Kind) {
	t.Helper()
	before, err1 := os.ReadFile(s.path)
	other := map[Kind]Entry{
		Raw: {ID: id, Raw: []byte("other")}, Processed: {ID: id, Processed: []byte("other")},
		Record: {ID: id, Record: []byte("other")}, Screen: {ID: id, Screen: []byte("other")},
	}
	w := c.Writer(t.Context())
	if err := errors.Join(w.Put(t.Context(), other[kind]), w.Close()); !errors.Is(err, ErrDamaged) {
		t.Errorf("page %d: a %s blob was replaced: %v", page, kind, err)
	}
	at := slices.IndexFunc(s.ids, func(other string) bool { return other != id })
	for _, gone := range []string{id, s.ids[at]} {
		if _, err := c.Delete(t.Context(), []string{gone}, kind); !errors.Is(err, ErrDamaged) {
			t.Errorf("page %d: a %s blob was deleted: %v", page, kind, err)
		}
	}
	after, err2 := os.ReadFile(s.path)
	if !bytes.Equal(before, after) || err1 != nil || err2 != nil {
		t.Errorf("page %d: the file has changed; %v, %v", page, err1, err2)
	}
}

// inUse tells whether a bucket's tree has a page.
func (s sample) inUse(t *testing.T, b bucket, id uint64) (is bool) {
	t.Helper()
	s.write(t, func(content []byte) []byte { return content })
	c := openCache(t, s.path, Options{ReadOnly: true})
	defer c.Close()
	w := boltfile.Walker{File: c.trees.pages, Leaf: func(p boltfile.Page, _, _ []byte) error { is = is || p.ID == id; return nil }}
	if err := w.Walk(c.trees.roots[b.name].Page); err != nil {
		t.Fatal(err)
	}
	return is
}
