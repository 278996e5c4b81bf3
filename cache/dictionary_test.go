package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// sharedRecord is a record of n shared texts, out of a few thousand, with something of its own between them.
func sharedRecord(id string, n int) Entry {
	e := Entry{ID: id}
	seed := int(id[0]) + int(id[7])<<4
	for i := range n {
		e.Record = append(e.Record, byte(i))
		from := len(e.Record)
		e.Record = fmt.Appendf(e.Record, "mozilla::dom::Element%d::Run()", (seed*31+i*i)%3000)
		e.Shared = append(e.Shared, Span{from, len(e.Record)})
	}
	return e
}

// Whatever is called shared, the content comes back.
func TestEncodedKeepsContent(t *testing.T) {
	c := newCodec()
	rapid.Check(t, func(t *rapid.T) {
		content := bytes.Repeat(rapid.SliceOf(rapid.Byte()).Draw(t, "content"), rapid.IntRange(0, 50).Draw(t, "times"))
		var shared []Span
		for range rapid.IntRange(0, 8).Draw(t, "shared") {
			shared = append(shared, Span{rapid.IntRange(-1, len(content)+1).Draw(t, "from"), rapid.IntRange(-1, len(content)+1).Draw(t, "to")})
		}
		v, err := c.seal(recordBucket, []byte("key"), content, shared, formatTime)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := c.open(recordBucket, []byte("key"), v, []byte("before"), nil)
		if err != nil || !bytes.Equal(got, append([]byte("before"), content...)) {
			t.Fatalf("got %d bytes of %d, %v", len(got)-6, len(content), err)
		}
		checkEncoded(t, c, v, content)
	})
}

// checkEncoded checks a sealed record, if it is encoded.
func checkEncoded(t *rapid.T, c *codec, v, content []byte) {
	texts, err := c.dictionary.now()
	if err != nil {
		t.Fatal(err)
	}
	p, err := texts.openEncoded(recordBucket, []byte("key"), v)
	if err != nil || (p.Layout == nil) != (v[0]&15 != codecDictionary) {
		t.Fatal(p, err)
	}
	if p.Layout == nil {
		return
	}
	joined, err := p.decode(nil, len(content), nil)
	if err != nil || !bytes.Equal(joined, content) || p.Sum != sumOf([]byte("key"), content) {
		t.Fatalf("%d bytes of %d from its layout, sum %x, %v", len(joined), len(content), p.Sum, err)
	}
}

// EachRecord gives records encoded, with their sums, and those that are not encoded whole.
func TestEachRecord(t *testing.T) {
	path, entries := fillShared(t, 40)
	c := openCache(t, path, Options{})
	defer c.Close()
	whole := Entry{ID: idN(1000), Record: contentOf("whole", 3000)}
	put(t, c, whole)
	want := map[string][]byte{whole.ID: whole.Record}
	ids := []string{whole.ID, idN(2000)}
	for _, e := range entries {
		want[e.ID] = e.Record
		ids = append(ids, e.ID)
	}
	encoded := 0
	err := c.EachRecord(t.Context(), ids, 1, func(_ int, b Blob) error {
		content := b.Data
		if b.Encoded.Layout != nil {
			encoded++
			var err error
			if content, err = b.Encoded.decode(nil, MaxRecord, nil); err != nil || b.Encoded.Sum != Sum(b.ID, content) {
				t.Errorf("%s: sum %x, %v", b.ID, b.Encoded.Sum, err)
			}
		}
		if !bytes.Equal(content, want[b.ID]) || (b.Err != nil) != (want[b.ID] == nil) {
			t.Errorf("%s: %q, %v", b.ID, content, b.Err)
		}
		delete(want, b.ID)
		return nil
	})
	if err != nil || len(want) > 0 || encoded != len(entries) {
		t.Errorf("%d encoded, %d not given, %v", encoded, len(want), err)
	}
}

// Records with a number out of range, or of another content, are damaged and never anything else. What becomes of texts that a
// record doesn't refer to makes no difference.
func TestWrongTextsAreNoticed(t *testing.T) {
	c := newCodec()
	seal := func(e Entry) []byte {
		v, err := c.seal(recordBucket, []byte("key"), e.Record, e.Shared, formatTime)
		if err != nil || v[0]&15 != codecDictionary {
			t.Fatal(v[0], err)
		}
		return v
	}
	other := Entry{Record: []byte("another text, and another"), Shared: []Span{{0, 12}, {13, 25}}}
	apart := seal(other)
	v := seal(sharedRecord(someID, 20))
	behind := seal(Entry{Record: []byte("a last one"), Shared: []Span{{0, 10}}})
	for name, change := range map[string]func(all []string) []string{
		"gone":      func([]string) []string { return nil },
		"last gone": func(all []string) []string { return all[:len(all)-2] },
		"lost":      func(all []string) []string { all[3] = ""; return all },
		"other":     func(all []string) []string { all[3], all[4] = all[4], all[3]; return all },
		"longer":    func(all []string) []string { all[3] += "longer"; return all },
	} {
		changed := newCodec()
		changed.dictionary.load = func(d *dictionary) error {
			d.all = change(slices.Clone(c.dictionary.all))
			return nil
		}
		texts, err := changed.dictionary.now()
		if err != nil {
			t.Fatal(err)
		}
		readable := func(v []byte) (whole, encoded bool) {
			_, _, err1 := changed.open(recordBucket, []byte("key"), v, nil, nil)
			_, err2 := texts.openEncoded(recordBucket, []byte("key"), v)
			return err1 == nil, err2 == nil
		}
		if whole, encoded := readable(v); whole || encoded {
			t.Errorf("%s: read whole %v, encoded %v", name, whole, encoded)
		}
		for _, intact := range [][]byte{apart, behind} {
			has := name != "gone" && (name != "last gone" || &intact[0] == &apart[0])
			if whole, encoded := readable(intact); whole != has || encoded != has {
				t.Errorf("%s: a record of other texts is read whole %v, encoded %v", name, whole, encoded)
			}
		}
	}
}

// fillShared makes a cache of n encoded records, by several goroutines and two writers at once.
func fillShared(t *testing.T, n int) (path string, entries []Entry) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "c.db")
	c := openCache(t, path, Options{})
	for i := range n {
		entries = append(entries, sharedRecord(idN(i), 40))
	}
	ctx := context.Background()
	writers := [2]*Writer{c.Writer(ctx), c.Writer(ctx)}
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for i := g; i < n; i += 4 {
				if err := writers[g%2].Put(ctx, entries[i]); err != nil {
					t.Error(err)
				}
				if i%97 == 0 {
					if err := writers[g%2].Flush(ctx); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	if err := errors.Join(writers[0].Close(), writers[1].Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	return path, entries
}

// checkShared reads every record; those that may be damaged may be, the others not.
func checkShared(t *testing.T, path string, entries []Entry, allowed error) (damaged int) {
	t.Helper()
	c := openCache(t, path, Options{ReadOnly: true})
	defer c.Close()
	for _, e := range entries {
		got, err := c.Get(e.ID, Record)
		switch {
		case err != nil && allowed != nil && errors.Is(err, allowed):
			damaged++
		case err != nil:
			t.Fatal(err)
		case !bytes.Equal(got, e.Record):
			t.Fatalf("%s: %q", e.ID, got)
		}
	}
	return damaged
}

func TestDictionaryIsKept(t *testing.T) {
	path, entries := fillShared(t, 500)
	checkShared(t, path, entries, nil)
	if _, _, err := Compact(context.Background(), path, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	checkShared(t, path, entries, nil)
	c := openCache(t, path, Options{}) // more, after the dictionary was read from the file
	more := sharedRecord(idN(9999), 40)
	more.Record = append(more.Record, "a new texts"...)
	more.Shared = append(more.Shared, Span{len(more.Record) - 11, len(more.Record)})
	put(t, c, more)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	checkShared(t, path, append(entries, more), nil)
	if r, err := Verify(context.Background(), path, Options{}, nil); err != nil || len(r.Damaged) > 0 {
		t.Errorf("%v, %v", r, err)
	}
}

// spoilDictionary damages the values of the meta bucket whose keys begin so, and returns how many.
func spoilDictionary(t *testing.T, path, prefix string) (spoilt int) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(metaBucket.name))
		var keys []string
		for k, _ := b.Cursor().Seek([]byte(prefix)); k != nil && strings.HasPrefix(string(k), prefix); {
			keys = append(keys, string(k))
			cur := b.Cursor()
			cur.Seek(k)
			k, _ = cur.Next()
		}
		for _, k := range keys {
			v := bytes.Clone(b.Get([]byte(k)))
			v[len(v)/2] ^= 1
			spoilt++
			if err := b.Put([]byte(k), v); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return spoilt
}

// One copy of a block is enough; repairing keeps it.
func TestDictionaryHasACopy(t *testing.T) {
	for _, spoil := range []string{metaDictionary + "a/", metaDictionary + "b/"} {
		path, entries := fillShared(t, 300)
		if spoilDictionary(t, path, spoil) < 2 {
			t.Fatal("there is but one block")
		}
		checkShared(t, path, entries, nil)
		r, err := Repair(context.Background(), path, Options{}, nil)
		if err != nil || len(r.Damaged) == 0 || len(r.Lost) > 0 {
			t.Fatalf("%v, %v", r, err)
		}
		checkShared(t, path, entries, nil)
	}
}

// Without a block its records are damaged. Repairing drops them, so that they are made again.
func TestLostTextsAreRepaired(t *testing.T) {
	path, entries := fillShared(t, 300)
	for _, spoil := range []string{metaDictionary + "a/00000001", metaDictionary + "b/00000001"} {
		if spoilDictionary(t, path, spoil) != 1 {
			t.Fatal("no second block")
		}
	}
	damaged := checkShared(t, path, entries, ErrDamaged)
	r, err := Verify(context.Background(), path, Options{}, nil)
	found := 0
	for _, d := range r.Damaged {
		if d.Kind == Record && d.ID != "" {
			found++
		}
	}
	if err != nil || damaged == 0 || found != damaged {
		t.Fatalf("%d damaged, and verify found %d, %v", damaged, found, err)
	}
	repaired, err := Repair(context.Background(), path, Options{}, nil)
	if err != nil || len(repaired.Lost) != damaged {
		t.Fatalf("lost %d, %v", len(repaired.Lost), err)
	}
	if again := checkShared(t, path, entries, ErrNotFound); again != damaged {
		t.Errorf("%d are gone instead of %d", again, damaged)
	}
	c := openCache(t, path, Options{}) // the numbers that were lost are given out again
	put(t, c, entries...)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	checkShared(t, path, entries, nil)
}

// Nor are records kept without the dictionary when neither was found by way of the trees.
func TestLooseTextsAreRepaired(t *testing.T) {
	path, _ := fillShared(t, 300)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range 2 { // the pages that say where the trees begin
		content[at*4096+pageHeader+metaLen-1] ^= 1
	}
	whole := bytes.Clone(content)
	for at := 2 * 4096; at < len(content); at += 4096 {
		if page := content[at : at+4096]; bytes.Contains(page, []byte(metaDictionary)) {
			clear(page)
		}
	}
	for what, content := range map[string][]byte{"with the dictionary": whole, "without the dictionary": content} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Repair(t.Context(), path, Options{}, nil)
		if err != nil || (r.Saved[Record] == 300) != (what == "with the dictionary") {
			t.Errorf("%s: %d records saved, %v", what, r.Saved[Record], err)
		}
		if v, err := Verify(t.Context(), path, Options{}, nil); err != nil || len(v.Damaged) > 0 {
			t.Errorf("%s: after repair: %d damaged, %v", what, len(v.Damaged), err)
		}
	}
}
