package cache

import (
	"errors"
	"os"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// A bucket that is gone is no empty one, for whoever reads of it.
func TestBucketGone(t *testing.T) {
	for _, b := range buckets[1:] { // without the first a file is another program's
		path := refusedCache(t)
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte(b.name)) })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s, to write: %v", b.name, err)
		}
		c := openCache(t, path, Options{ReadOnly: true})
		all := reads(t.Context(), c)
		for _, kind := range kinds {
			_, err := c.IDs(t.Context(), kind)
			all["IDs of "+kind.String()] = err
		}
		refused := 0
		for name, err := range all {
			switch {
			case errors.Is(err, ErrDamaged):
				refused++
			case err != nil && (b.kind != 0 || b.tag == blockBucket.tag):
				t.Errorf("%s: %s: %v", b.name, name, err)
			}
		}
		if refused == 0 {
			t.Errorf("%s: nothing is refused", b.name)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A small bucket that says it has fewer values hides none: of corpora above all, since what another has is deleted.
func TestDamagedCountsOfSmallBuckets(t *testing.T) {
	s := newSample(t, 60)
	damaged := 0
	at := int(pagesOf(t, s.content).Root) * 4096
	for i := range headAt(s.content, at).count {
		const elementLen, bucketLen, count = 16, 16, 10
		element := at + pageHeader + i*elementLen
		field := func(n int) int { return int(native.Uint32(s.content[element+4*n:])) }
		value := element + field(1) + field(2)
		counted := value + bucketLen + count
		if native.Uint64(s.content[value:]) != 0 || s.content[counted] == 0 {
			continue // it is large, or empty
		}
		damaged++
		s.write(t, func(b []byte) []byte { b[counted]--; return b })
		if _, err := Open(s.path, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("bucket %d, to write: %v", i, err)
		}
		if r, err := Verify(t.Context(), s.path, Options{}, nil); err != nil || len(r.Damaged) == 0 {
			t.Errorf("bucket %d: %v, %v", i, r, err)
		}
		s.readsAllNames(t)
	}
	if damaged < 2 {
		t.Errorf("%d small buckets: too few", damaged)
	}
}

// readsAllNames checks that a file that is damaged names all of its corpora, or is refused.
func (s sample) readsAllNames(t *testing.T) {
	t.Helper()
	c, err := Open(s.path, Options{ReadOnly: true})
	if err != nil {
		if !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
		return
	}
	defer c.Close()
	corpora, err := c.Corpora()
	if !errors.Is(err, ErrDamaged) && (err != nil || len(corpora) != 2) {
		t.Errorf("corpora %v, %v", corpora, err)
	}
	if _, err := c.Accepted("all"); err != nil && !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// A count that is damaged loses nothing: the page tells it again.
func TestRepairOfCounts(t *testing.T) {
	s := newSample(t, 12)
	const count = 10
	repaired := 0
	for at := 2 * 4096; at < len(s.content); at += 4096 {
		p := headAt(s.content, at)
		if p.flags != flagLeaf || p.id != uint64(at/4096) {
			continue
		}
		for bit := range 16 {
			s.write(t, func(b []byte) []byte { b[at+count+bit/8] ^= 1 << (bit % 8); return b })
			r, err := Repair(t.Context(), s.path, Options{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Old == "" { // it is free, or of the state before
				continue
			}
			repaired++
			for _, k := range sampled {
				if r.Saved[k] != int64(len(s.ids)) {
					t.Errorf("page %d, which has %d elements, bit %d: %d of %d blobs: %v", p.id, p.count, bit, r.Saved[k], len(s.ids), r.Damaged)
				}
			}
			if err := os.Remove(r.Old); err != nil {
				t.Fatal(err)
			}
		}
	}
	if repaired < 20 {
		t.Errorf("%d files repaired: too few", repaired)
	}
}
