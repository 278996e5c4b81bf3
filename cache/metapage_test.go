package cache

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sigdiff/sigdiff/cache/boltfile"
)

// states is a cache whose last transaction replaced accepted results and added a crash.
func states(t *testing.T) (s sample, newer int) {
	t.Helper()
	s = newSample(t, 20)
	now := time.Now().Add(time.Minute)
	c, err := Open(s.path, Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	key, _ := packID(idN(99))
	record, err1 := recordBucket.seal(key[:], []byte("the last"), now)
	accepted, err2 := acceptedBucket.seal([]byte("all"), contentOf("newer", 5000), now)
	err = errors.Join(err1, err2, errOf(c.apply([]op{{bucket: recordBucket, key: key[:], value: record}, {bucket: acceptedBucket, key: []byte("all"), value: accepted}}, nil)), c.Close())
	if err != nil {
		t.Fatal(err)
	}
	if s.content, err = os.ReadFile(s.path); err != nil {
		t.Fatal(err)
	}
	if tx := func(at int) uint64 { return native.Uint64(s.content[at+pageHeader+48:]) }; tx(4096) > tx(0) {
		newer = 4096
	}
	return s, newer
}

// newest tells whether a sound cache has what the last transaction of states wrote.
func (s sample) newest(t *testing.T) bool {
	t.Helper()
	if r, err := Verify(t.Context(), s.path, Options{}, nil); err != nil || len(r.Damaged) > 0 {
		t.Errorf("%v, %v", r, err)
	}
	c := openCache(t, s.path, Options{ReadOnly: true})
	defer c.Close()
	accepted, err1 := c.Accepted("all")
	record, err2 := c.Get(idN(99), Record)
	ids, err3 := c.IDs(t.Context(), Processed)
	return errors.Join(err1, err2, err3) == nil && bytes.Equal(accepted, contentOf("newer", 5000)) && string(record) == "the last" &&
		len(ids) == 20 && c.Damage() == ""
}

// Whatever becomes of one meta page: reading says that it may be an older state, writing is refused, verify finds it,
// and repair brings the newest state back.
func TestDamagedMetaPage(t *testing.T) {
	s, newer := states(t)
	if !s.newest(t) {
		t.Fatal("the sample isn't what it must be")
	}
	type change struct {
		at     int
		change func(page []byte)
	}
	changes := map[string]change{
		"zeroed":           {newer, func(p []byte) { clear(p) }},
		"cut":              {newer, func(p []byte) { clear(p[pageHeader+32:]) }},
		"the older's copy": {newer, func(p []byte) { copy(p, s.content[4096-newer:]) }},
		"noise":            {newer, func(p []byte) { copy(p[pageHeader:], contentOf("noise", metaLen)) }},
		"older, zeroed":    {4096 - newer, func(p []byte) { clear(p) }},
	}
	for name, at := range map[string]int{"magic": 0, "version": 4, "page size": 8, "flags": 12, "root": 16, "sequence": 24, "freelist": 32, "pages": 40, "transaction": 48, "checksum": 56} {
		changes[name] = change{newer, func(p []byte) { p[pageHeader+at] ^= 1 }}
		changes["older, "+name] = change{4096 - newer, func(p []byte) { p[pageHeader+at+1] ^= 128 }}
	}
	for name, x := range changes {
		s.write(t, func(b []byte) []byte { x.change(b[x.at : x.at+4096]); return b })
		s.checkFinding(t, name)
		r, err := Repair(t.Context(), s.path, Options{}, nil)
		if err != nil || len(r.Damaged) == 0 || r.Old == "" || len(r.Lost) > 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if !s.newest(t) {
			t.Errorf("%s: not the newest state", name)
		}
	}
}

func (s sample) checkFinding(t *testing.T, name string) {
	t.Helper()
	c, err := Open(s.path, Options{ReadOnly: true})
	if err != nil || !strings.Contains(c.Damage(), "cache repair") || !strings.Contains(c.Damage(), s.path) {
		t.Fatalf("%s: %q, %v", name, c.Damage(), err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(s.path, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("%s: opened for writing, which would write over the newest state: %v", name, err)
	}
	if r, err := Verify(t.Context(), s.path, Options{}, nil); err != nil || len(r.Damaged) == 0 {
		t.Errorf("%s: verify finds nothing, %v", name, err)
	}
}

// Each bit of a meta page counts.
func TestEveryBitOfMetaPages(t *testing.T) {
	s := newSample(t, 6)
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for bit := range 2 * metaLen * 8 {
		at := bit/8/metaLen*4096 + pageHeader + bit/8%metaLen
		b := s.content[at] ^ 1<<(bit%8)
		if _, err := f.WriteAt([]byte{b}, int64(at)); err != nil {
			t.Fatal(err)
		}
		if p, err := statPages(f); err != nil || !p.MetaDamaged {
			t.Errorf("byte %d, bit %d: nothing is noticed, %v", at, bit%8, err)
		}
		if p, certain, err := boltfile.Salvage(f, nil); err != nil || !certain || p.Tx != max(native.Uint64(s.content[pageHeader+48:]), native.Uint64(s.content[4096+pageHeader+48:])) {
			t.Errorf("byte %d, bit %d: not mended: %v", at, bit%8, err)
		}
		if _, err := f.WriteAt(s.content[at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
	}
}

// Files that nothing happened to have no damage, however many transactions they saw.
func TestSoundMetaPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	for i := range 5 {
		c := openCache(t, path, Options{})
		if i%2 == 1 {
			put(t, c, Entry{ID: idN(i), Record: []byte("x")})
		}
		if c.Damage() != "" || c.Close() != nil || c.Damage() != "" {
			t.Error(c.Damage())
		}
		c = openCache(t, path, Options{ReadOnly: true})
		if c.Damage() != "" || c.Close() != nil || c.Damage() != "" {
			t.Error(c.Damage())
		}
	}
}

// What was deleted long before stays so when a meta page is lost.
func TestRepairOfMetaPageRevivesNothing(t *testing.T) {
	s, _ := states(t)
	now := time.Now().Add(time.Hour)
	c, err := Open(s.path, Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Delete(t.Context(), []string{s.ids[0]})
	if err := errors.Join(err, c.DeleteCorpus("few"), c.PutCorpus(Corpus{Name: "later", IDs: s.ids[:1]}), c.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{0, 4096} {
		s.write(t, func([]byte) []byte { b := bytes.Clone(content); clear(b[at : at+4096]); return b })
		if r, err := Repair(t.Context(), s.path, Options{}, nil); err != nil || r.Old == "" {
			t.Fatal(r, err)
		}
		c := openCache(t, s.path, Options{ReadOnly: true})
		if _, err := c.Get(s.ids[0], Record); !errors.Is(err, ErrNotFound) {
			t.Errorf("a deleted crash is there again: %v", err)
		}
		if _, err := c.Corpus("few"); !errors.Is(err, ErrNoCorpus) {
			t.Errorf("a deleted corpus is there again: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Without its first pages a cache is known by its content, and everything is saved; another file isn't taken for one.
func TestRepairWithoutFirstPages(t *testing.T) {
	s, _ := states(t)
	s.write(t, func(b []byte) []byte { clear(b[:2*4096]); return b })
	for _, readOnly := range []bool{true, false} {
		if _, err := Open(s.path, Options{ReadOnly: readOnly}); !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
	}
	if r, err := Verify(t.Context(), s.path, Options{}, nil); err != nil || len(r.Damaged) == 0 {
		t.Errorf("%v, %v", r, err)
	}
	if r, err := Repair(t.Context(), s.path, Options{}, nil); err != nil || r.Saved[Processed] != 20 || r.Saved[Record] != 21 {
		t.Errorf("%+v, %v", r, err)
	}
	if !s.newest(t) {
		t.Error("not everything was saved")
	}
	foreign := foreignBolt(t, t.TempDir(), false)
	b, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	clear(b[:2*4096])
	if err := os.WriteFile(foreign, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Repair(t.Context(), foreign, Options{}, nil); !errors.Is(err, ErrNotCache) {
		t.Errorf("another program's file: %v", err)
	}
}

// A bucket whose place in the file is damaged, so that it is that of an older state, is not read.
func TestOlderStateOfABucket(t *testing.T) {
	s := newSample(t, 20)
	rootOf := func(content []byte) (page uint64, at int) {
		p := pagesOf(t, content)
		roots, err := p.BucketRoots(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		value := roots[acceptedBucket.name].Value
		start := int(p.Root) * 4096
		return roots[acceptedBucket.name].Page, start + bytes.Index(content[start:start+4096], append([]byte(acceptedBucket.name), value...)) + len(acceptedBucket.name)
	}
	older, _ := rootOf(s.content)
	now := time.Now().Add(time.Minute)
	c, err := Open(s.path, Options{Now: func() time.Time { return now }})
	if err := errors.Join(err, c.PutAccepted("all", contentOf("newer", 5000)), c.Close()); err != nil {
		t.Fatal(err)
	}
	if s.content, err = os.ReadFile(s.path); err != nil {
		t.Fatal(err)
	}
	page, at := rootOf(s.content)
	if older == 0 || page == older {
		t.Fatal("the bucket has no page of its own")
	}
	s.write(t, func(b []byte) []byte { native.PutUint64(b[at:], older); return b })
	c = openCache(t, s.path, Options{ReadOnly: true})
	if got, err := c.Accepted("all"); !errors.Is(err, ErrDamaged) {
		t.Errorf("%d bytes of an older state, %v", len(got), err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := Repair(t.Context(), s.path, Options{}, nil); err != nil || r.Old == "" {
		t.Errorf("%+v, %v", r, err)
	}
	c = openCache(t, s.path, Options{ReadOnly: true})
	if got, err := c.Accepted("all"); err != nil || !bytes.Equal(got, contentOf("newer", 5000)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// What Delete and Prune removed is known to be in the file until that is compacted.
func TestPending(t *testing.T) {
	s := newSample(t, 20)
	pending := func() (names []string, is bool) {
		t.Helper()
		c := openCache(t, s.path, Options{ReadOnly: true})
		defer c.Close()
		names, is, err := c.Pending()
		stats, err2 := c.Stats()
		r, err3 := Verify(t.Context(), s.path, Options{}, nil)
		if err := errors.Join(err, err2, err3); err != nil || stats.Pending != is || r.Pending != is || len(r.Damaged) > 0 {
			t.Error(err, is, stats.Pending, r)
		}
		return names, is
	}
	for name, x := range map[string]struct {
		do   func(*Cache) error
		want bool
	}{
		"nothing":        {func(*Cache) error { return nil }, false},
		"a corpus alone": {func(c *Cache) error { return c.DeleteCorpus("few") }, false},
		"nothing there":  {func(c *Cache) error { _, err := c.Delete(t.Context(), []string{idN(500)}); return err }, false},
		"nothing old":    {func(c *Cache) error { _, err := c.Prune(t.Context(), time.Unix(1, 0)); return err }, false},
		"prune":          {func(c *Cache) error { _, err := c.Prune(t.Context(), time.Now().Add(long)); return err }, true},
		"delete": {func(c *Cache) error {
			_, err := c.Delete(t.Context(), s.ids[:2], Raw)
			return errors.Join(err, c.DeleteCorpus("few"), c.DeleteCorpus("all"))
		}, true},
	} {
		s.write(t, func(b []byte) []byte { return b })
		c := openCache(t, s.path, Options{})
		if err := errors.Join(x.do(c), c.Close()); err != nil {
			t.Fatal(err)
		}
		names, is := pending()
		if is != x.want || name == "delete" && !(slices.Contains(names, "few") && slices.Contains(names, "all")) {
			t.Errorf("%s: %t, %q", name, is, names)
		}
		if _, _, err := Compact(t.Context(), s.path, Options{}, nil); err != nil {
			t.Fatal(err)
		}
		if _, is := pending(); is {
			t.Errorf("%s: still pending", name)
		}
	}
}

// bbolt, which says the state of a file by the same rule, is held against what is read here.
func TestNewestMetaIsBolts(t *testing.T) {
	s, newer := states(t)
	for _, at := range []int{-1, newer, 4096 - newer} {
		s.write(t, func(b []byte) []byte {
			if at >= 0 {
				b[at+pageHeader+20] ^= 1
			}
			return b
		})
		db, err := bolt.Open(s.path, 0o600, &bolt.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		var theirs uint64
		err = db.View(func(tx *bolt.Tx) error { theirs = uint64(tx.ID()); return nil })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(s.path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := statPages(f)
		if err := errors.Join(err, f.Close()); err != nil || p.Tx != theirs {
			t.Errorf("transaction %d, bbolt reads %d, %v", p.Tx, theirs, err)
		}
	}
}
