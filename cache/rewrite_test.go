package cache

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/cache/boltfile"
	"github.com/sigdiff/sigdiff/crashid"
)

// Deleted data is gone from the disk after Compact, and everything else is there.
func TestPruneAndCompact(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	path := filepath.Join(t.TempDir(), "c.db")
	c := openCache(t, path, Options{Now: func() time.Time { return now }})
	secret := []byte("someone's secret, which is short enough not to be compressed")
	ctx := context.Background()
	put(t, c, Entry{ID: idN(1), Raw: secret, Record: []byte("r")})
	now = now.Add(time.Hour)
	keep := Entry{ID: idN(2), Raw: []byte("keep"), Processed: contentOf("x", 100_000)}
	put(t, c, keep)
	for _, err := range []error{
		c.PutCorpus(Corpus{Name: "corpus", IDs: []string{idN(1), idN(2)}}),
		c.PutAccepted("corpus", []byte("accepted")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := c.Prune(ctx, now); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	created, err := c.Stats()
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	var last int64
	before, after, err := Compact(ctx, path, Options{}, func(done, total int64) { last = total - done })
	if page := int64(os.Getpagesize()); err != nil || after > before+page || last < 0 { // bbolt makes room for a page more
		t.Errorf("%d to %d bytes, %v", before, after, err)
	}
	content, err := os.ReadFile(path)
	if err != nil || bytes.Contains(content, secret) {
		t.Errorf("deleted data is still in the file, %v", err)
	}
	c = openCache(t, path, Options{ReadOnly: true})
	raw, err1 := c.Get(idN(2), Raw)
	processed, err2 := c.Get(idN(2), Processed)
	corpus, err3 := c.Corpus("corpus")
	accepted, err4 := c.Accepted("corpus")
	stats, err5 := c.Stats()
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	if string(raw) != "keep" || !bytes.Equal(processed, keep.Processed) || len(corpus.IDs) != 2 || string(accepted) != "accepted" {
		t.Errorf("%q %d %d %q", raw, len(processed), len(corpus.IDs), accepted)
	}
	if stats.Blobs[Raw] != created.Blobs[Raw] || stats.FileBytes != after {
		t.Errorf("%+v, before: %+v", stats, created)
	}
	onlyFile(t, path)
}

// A compacted file has the space that its values need, and no room at its end to grow into.
func TestCompactedHasNoRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	c := openCache(t, path, Options{})
	const size, crashes = 1 << 20, 5
	random := rand.NewChaCha8([32]byte{})
	for n := range crashes {
		content := make([]byte, size) // can't be compressed
		_, _ = random.Read(content)
		put(t, c, Entry{ID: idN(n), Raw: content})
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_, after, err := Compact(t.Context(), path, Options{}, nil)
	if err != nil || after > crashes*size+size/2 {
		t.Errorf("%d bytes for %d MB, %v", after, crashes, err)
	}
}

// onlyFile checks that nothing lies beside the file.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestRewriteInterrupted(t *testing.T) {
	s := newSample(t, 60)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, errCompact := Compact(ctx, s.path, Options{}, nil)
	_, errRepair := Repair(ctx, s.path, Options{}, nil)
	_, errVerify := Verify(ctx, s.path, Options{}, nil)
	for _, err := range []error{errCompact, errRepair, errVerify} {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if got, err := os.ReadFile(s.path); err != nil || !bytes.Equal(got, s.content) {
		t.Error("the file has changed", err)
	}
	onlyFile(t, s.path)
}

// A new file that can't be put in place leaves nothing behind.
func TestRewriteNotPutInPlace(t *testing.T) {
	s := newSample(t, 20)
	c := openCache(t, s.path, Options{})
	r, err := startRewrite(t.Context(), s.path, c.file)
	if err != nil {
		t.Fatal(err)
	}
	// No file takes the place of a folder.
	r.path = t.TempDir()
	if r.old, err = os.Open(r.path); err != nil {
		t.Fatal(err)
	}
	defer r.old.Close()
	if _, err := r.finish(""); err == nil || !strings.Contains(err.Error(), "putting the new file in place") {
		t.Error(err)
	}
	onlyFile(t, s.path)
}

// What a killed Compact left behind is no hindrance.
func TestRewriteLeftover(t *testing.T) {
	s := newSample(t, 10)
	for _, name := range []string{s.path + ".tmp", s.path + ".1234567.tmp"} {
		if err := os.WriteFile(name, []byte("left over"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := Compact(context.Background(), s.path, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	s.read(t, false)
	onlyFile(t, s.path)
	others := s.path + ".mine.tmp" // not left by a rewrite
	if err := os.WriteFile(others, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(context.Background(), s.path, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(others); err != nil {
		t.Error(err)
	}
}

// A cache that is a symbolic link to another disk stays one.
func TestRewriteLink(t *testing.T) {
	s := newSample(t, 10)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(s.path, link); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(context.Background(), link, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	onlyFile(t, s.path)
}

func TestRepairKeepsOldFiles(t *testing.T) {
	s := newSample(t, 60)
	for _, want := range []string{".damaged", ".damaged.2", ".damaged.3"} {
		s.write(t, func(b []byte) []byte { return b[:len(b)/2] })
		r, err := Repair(context.Background(), s.path, Options{}, nil)
		if err != nil || r.Old != s.path+want {
			t.Errorf("%q, want %q, %v", r.Old, s.path+want, err)
		}
	}
}

// Of a part that can't be read the ids are known from the crashes' other blobs.
func TestRepairListsLost(t *testing.T) {
	s := newSample(t, 200)
	f, err := os.Open(s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pages, err := statPages(f)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := pages.BucketRoots(boltfile.NewBitmap(pages.Pages), nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, want := someLeaf(t, pages, roots["processed"].Page)
	s.write(t, func(b []byte) []byte { b[leaf*uint64(pages.PageSize)] ^= 0x80; return b })
	r, err := Repair(context.Background(), s.path, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range r.Lost {
		got = append(got, l.ID)
		if l.Kind != Processed {
			t.Errorf("%+v", l)
		}
	}
	slices.Sort(want)
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("lost %v, want %v; %v", got, want, r.Damaged)
	}
	if text := r.Damaged[0].String(); !strings.Contains(text, "processed") {
		t.Error(text)
	}
}

// someLeaf returns a leaf page of a tree and the ids in it.
func someLeaf(t *testing.T, pages *boltfile.File, root uint64) (id uint64, ids []string) {
	t.Helper()
	w := boltfile.Walker{File: pages, Seen: boltfile.NewBitmap(pages.Pages)}
	w.Leaf = func(p boltfile.Page, lo, _ []byte) error {
		if lo == nil || len(ids) > 0 && id%3 == 0 {
			return nil
		}
		id, ids = p.ID, nil
		for i := range p.Count {
			k, _, _, err := p.Leaf(i)
			if err != nil {
				return err
			}
			ids = append(ids, crashid.Key(k).String())
		}
		return nil
	}
	if err := w.Walk(root); err != nil {
		t.Fatal(err)
	}
	return id, ids
}

func TestDelete(t *testing.T) {
	c := newCache(t)
	ids := filled(t, c, 30)
	ctx := context.Background()
	if n, err := c.Delete(ctx, ids[:10], Processed); n != 10 || err != nil {
		t.Error(n, err)
	}
	if n, err := c.Delete(ctx, ids[:10]); n != 10 || err != nil {
		t.Error(n, err)
	}
	if _, err := c.Delete(ctx, []string{"x"}); !errors.Is(err, ErrBadID) {
		t.Error(err)
	}
	if got, err := c.IDs(ctx, Record); err != nil || len(got) != 20 {
		t.Errorf("%d, %v", len(got), err)
	}
}

// A process that is killed while it compacts leaves the old file or the new one.
func TestKillWhileCompacting(t *testing.T) {
	s := newSample(t, 300)
	for round := range 8 {
		cmd := child(t, "compact", s.path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(20+7*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() != "compact <nil>" {
				t.Errorf("the child says %q", lines.Text())
			}
		}
		_ = cmd.Wait()
		if r, err := Verify(context.Background(), s.path, Options{}, nil); err != nil || len(r.Damaged) > 0 {
			t.Fatalf("%v, %v", r, err)
		}
		for k, n := range s.read(t, true) {
			if n != len(s.ids) {
				t.Fatalf("%d of %d %s blobs", n, len(s.ids), k)
			}
		}
	}
}

// A corpus of which the list of crashes is damaged goes, so that the repaired file has nothing damaged.
func TestRepairDropsCorporaWithoutCrashes(t *testing.T) {
	s := newSample(t, 60)
	c, err := Open(s.path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := corpusIDsBucket.seal([]byte("all"), []byte("no list"), c.now())
	if err != nil {
		t.Fatal(err)
	}
	v[len(v)-1] ^= 1
	if err := errors.Join(errOf(c.apply([]op{{bucket: corpusIDsBucket, key: []byte("all"), value: v}}, nil)), c.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := Repair(t.Context(), s.path, Options{}, nil)
	if err != nil || len(r.Damaged) != 2 || len(r.Lost) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	c = openCache(t, s.path, Options{ReadOnly: true})
	if _, err := c.Corpus("all"); !errors.Is(err, ErrNoCorpus) {
		t.Error(err)
	}
	if few, err := c.Corpus("few"); err != nil || len(few.IDs) != 3 {
		t.Errorf("%d crashes, %v", len(few.IDs), err)
	}
}

// A file of which every byte is lost is no sound cache: nothing becomes of it.
func TestEmptyFileIsNotRewritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, repairErr := Repair(t.Context(), path, Options{}, nil)
	_, _, compactErr := Compact(t.Context(), path, Options{}, nil)
	for _, err := range []error{repairErr, compactErr} {
		if !errors.Is(err, ErrNotCache) || !strings.Contains(err.Error(), path) {
			t.Error(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("%v, %v", info, err)
	}
}
