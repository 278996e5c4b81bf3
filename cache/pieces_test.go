package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// cutRecord is a record of n pieces, out of a few thousand, with something of its own between them.
func cutRecord(id string, n int) Entry {
	e := Entry{ID: id}
	seed := int(id[0]) + int(id[7])<<4
	for i := range n {
		e.Record = append(e.Record, byte(i))
		from := len(e.Record)
		e.Record = fmt.Appendf(e.Record, "mozilla::dom::Element%d::Run()", (seed*31+i*i)%3000)
		e.Pieces = append(e.Pieces, Piece{from, len(e.Record)})
	}
	return e
}

// Whatever is called a piece, the content comes back.
func TestPiecesKeepContent(t *testing.T) {
	c := newCodec()
	rapid.Check(t, func(t *rapid.T) {
		content := bytes.Repeat(rapid.SliceOf(rapid.Byte()).Draw(t, "content"), rapid.IntRange(0, 50).Draw(t, "times"))
		var cut []Piece
		for range rapid.IntRange(0, 8).Draw(t, "pieces") {
			cut = append(cut, Piece{rapid.IntRange(-1, len(content)+1).Draw(t, "from"), rapid.IntRange(-1, len(content)+1).Draw(t, "to")})
		}
		v, err := c.sealCut(recordBucket, []byte("key"), content, cut, formatTime)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := c.open(recordBucket, []byte("key"), v, []byte("before"))
		if err != nil || !bytes.Equal(got, append([]byte("before"), content...)) {
			t.Fatalf("got %d bytes of %d, %v", len(got)-6, len(content), err)
		}
		checkParts(t, c, v, content)
	})
}

// checkParts checks the parts of a sealed record, if it is in parts.
func checkParts(t *rapid.T, c *codec, v, content []byte) {
	pieces, err := c.pieces.now()
	if err != nil {
		t.Fatal(err)
	}
	p, err := pieces.openParts(recordBucket, []byte("key"), v)
	if err != nil || (p.Layout == nil) != (v[0]&15 != codecParts) {
		t.Fatal(p, err)
	}
	if p.Layout == nil {
		return
	}
	joined, err := p.join(nil, len(content), nil)
	if err != nil || !bytes.Equal(joined, content) || p.Sum != sumOf([]byte("key"), content) {
		t.Fatalf("%d bytes of %d from parts, sum %x, %v", len(joined), len(content), p.Sum, err)
	}
}

// EachRecord gives records in parts, with their sums, and those that are not in parts whole.
func TestEachRecord(t *testing.T) {
	path, entries := fillPieces(t, 40)
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
	inParts := 0
	err := c.EachRecord(t.Context(), ids, 1, func(_ int, b Blob) error {
		content := b.Data
		if b.Parts.Layout != nil {
			inParts++
			var err error
			if content, err = b.Parts.join(nil, MaxRecord, nil); err != nil || b.Parts.Sum != Sum(b.ID, content) {
				t.Errorf("%s: sum %x, %v", b.ID, b.Parts.Sum, err)
			}
		}
		if !bytes.Equal(content, want[b.ID]) || (b.Err != nil) != (want[b.ID] == nil) {
			t.Errorf("%s: %q, %v", b.ID, content, b.Err)
		}
		delete(want, b.ID)
		return nil
	})
	if err != nil || len(want) > 0 || inParts != len(entries) {
		t.Errorf("%d in parts, %d not given, %v", inParts, len(want), err)
	}
}

// Records with a piece out of range, or of another content, are damaged and never anything else.
func TestWrongPiecesAreNoticed(t *testing.T) {
	e := cutRecord(someID, 20)
	c := newCodec()
	v, err := c.sealCut(recordBucket, []byte("key"), e.Record, e.Pieces, formatTime)
	if err != nil || v[0]&15 != codecParts {
		t.Fatal(v[0], err)
	}
	for name, change := range map[string]func(all []string) []string{
		"gone":      func([]string) []string { return nil },
		"last gone": func(all []string) []string { return all[:len(all)-1] },
		"lost":      func(all []string) []string { all[3] = ""; return all },
		"other":     func(all []string) []string { all[3], all[4] = all[4], all[3]; return all },
		"longer":    func(all []string) []string { all[3] += "longer"; return all },
	} {
		other := newCodec()
		for _, piece := range change(append([]string(nil), c.pieces.all...)) {
			other.pieces.add(piece)
		}
		if got, _, err := other.open(recordBucket, []byte("key"), v, nil); err == nil {
			t.Errorf("%s: %q", name, got)
		}
		if got, err := other.pieces.openParts(recordBucket, []byte("key"), v); err == nil {
			t.Errorf("%s, in parts: %q", name, got.Layout)
		}
	}
}

// fillPieces makes a cache of n records in pieces, by several goroutines and two writers at once.
func fillPieces(t *testing.T, n int) (path string, entries []Entry) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "c.db")
	c := openCache(t, path, Options{})
	for i := range n {
		entries = append(entries, cutRecord(idN(i), 40))
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

// checkPieces reads every record; those that may be damaged may be, the others not.
func checkPieces(t *testing.T, path string, entries []Entry, allowed error) (damaged int) {
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

func TestPiecesAreKept(t *testing.T) {
	path, entries := fillPieces(t, 500)
	checkPieces(t, path, entries, nil)
	if _, _, err := Compact(context.Background(), path, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	checkPieces(t, path, entries, nil)
	c := openCache(t, path, Options{}) // more, after the pieces were read from the file
	more := cutRecord(idN(9999), 40)
	more.Record = append(more.Record, "a new piece"...)
	more.Pieces = append(more.Pieces, Piece{len(more.Record) - 11, len(more.Record)})
	put(t, c, more)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	checkPieces(t, path, append(entries, more), nil)
	if r, err := Verify(context.Background(), path, Options{}, nil); err != nil || len(r.Damaged) > 0 {
		t.Errorf("%v, %v", r, err)
	}
}

// spoilPieces damages the values of the meta bucket whose keys begin so, and returns how many.
func spoilPieces(t *testing.T, path, prefix string) (spoilt int) {
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
func TestPiecesHaveACopy(t *testing.T) {
	for _, spoil := range []string{metaPieces + "a/", metaPieces + "b/"} {
		path, entries := fillPieces(t, 300)
		if spoilPieces(t, path, spoil) < 2 {
			t.Fatal("there is but one block")
		}
		checkPieces(t, path, entries, nil)
		r, err := Repair(context.Background(), path, Options{}, nil)
		if err != nil || len(r.Damaged) == 0 || len(r.Lost) > 0 {
			t.Fatalf("%v, %v", r, err)
		}
		checkPieces(t, path, entries, nil)
	}
}

// Without a block its records are damaged. Repairing drops them, so that they are made again.
func TestLostPiecesAreRepaired(t *testing.T) {
	path, entries := fillPieces(t, 300)
	for _, spoil := range []string{metaPieces + "a/00000001", metaPieces + "b/00000001"} {
		if spoilPieces(t, path, spoil) != 1 {
			t.Fatal("no second block")
		}
	}
	damaged := checkPieces(t, path, entries, ErrDamaged)
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
	if again := checkPieces(t, path, entries, ErrNotFound); again != damaged {
		t.Errorf("%d are gone instead of %d", again, damaged)
	}
	c := openCache(t, path, Options{}) // the numbers that were lost are given out again
	put(t, c, entries...)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	checkPieces(t, path, entries, nil)
}

// Nor are records kept without their pieces when neither was found by way of the trees.
func TestLoosePiecesAreRepaired(t *testing.T) {
	path, _ := fillPieces(t, 300)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range 2 { // the pages that say where the trees begin
		content[at*4096+pageHeader+metaLen-1] ^= 1
	}
	whole := bytes.Clone(content)
	for at := 2 * 4096; at < len(content); at += 4096 {
		if page := content[at : at+4096]; bytes.Contains(page, []byte(metaPieces)) {
			clear(page)
		}
	}
	for what, content := range map[string][]byte{"with pieces": whole, "without pieces": content} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Repair(t.Context(), path, Options{}, nil)
		if err != nil || (r.Saved[Record] == 300) != (what == "with pieces") {
			t.Errorf("%s: %d records saved, %v", what, r.Saved[Record], err)
		}
		if v, err := Verify(t.Context(), path, Options{}, nil); err != nil || len(v.Damaged) > 0 {
			t.Errorf("%s: after repair: %d damaged, %v", what, len(v.Damaged), err)
		}
	}
}
