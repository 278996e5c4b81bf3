package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const refusedID = "6a677f32-6b3a-4038-a4ae-12e582151130"

// refusedCache is a cache with one crash, one corpus and accepted results.
func refusedCache(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crashes.db")
	c, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := c.Writer(t.Context())
	err = errors.Join(
		w.Put(t.Context(), Entry{ID: refusedID, Raw: []byte("{}"), Processed: []byte("{}"), Record: []byte("r")}), w.Close(),
		c.PutCorpus(Corpus{Name: "a", IDs: []string{refusedID}}), c.PutAccepted("a", []byte("x")), c.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// writes are all ways to change a cache.
func writes(ctx context.Context, c *Cache) map[string]error {
	_, deleted := c.Delete(ctx, []string{refusedID}, Processed)
	_, pruned := c.Prune(ctx, time.Now().Add(time.Hour))
	return map[string]error{
		"Delete": deleted, "Prune": pruned, "PutCorpus": c.PutCorpus(Corpus{Name: "b", IDs: []string{refusedID}}),
		"DeleteCorpus": c.DeleteCorpus("a"), "PutAccepted": c.PutAccepted("a", []byte("y")),
	}
}

// reads are all ways to read one.
func reads(ctx context.Context, c *Cache) map[string]error {
	all := map[string]error{}
	_, all["Get"] = c.Get(refusedID, Processed)
	_, all["Has"] = c.Has(ctx, []string{refusedID}, Processed)
	_, all["IDs"] = c.IDs(ctx, Processed)
	_, all["Corpus"] = c.Corpus("a")
	_, all["Corpora"] = c.Corpora()
	_, all["Accepted"] = c.Accepted("a")
	_, all["MissingSince"] = c.MissingSince(refusedID, Processed)
	_, all["Stats"] = c.Stats()
	all["EachBlob"] = c.EachBlob(ctx, Processed, []string{refusedID}, 2, func(_ int, b Blob) error { return b.Err })
	return all
}

// A cache that is closed says so, whatever is asked of it.
func TestEverythingIsRefusedAfterClose(t *testing.T) {
	c, err := Open(refusedCache(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, all := range []map[string]error{reads(t.Context(), c), writes(t.Context(), c)} {
		for name, err := range all {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A cache that is open for reading changes in no way.
func TestEveryWriteIsRefusedWhenReading(t *testing.T) {
	path := refusedCache(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range writes(t.Context(), c) {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range reads(t.Context(), c) {
		if name != "MissingSince" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file changed: %v", err)
	}
}

// What takes a context ends with it, and with its cause.
func TestContextEndsEverything(t *testing.T) {
	path := refusedCache(t)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	c, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	read, written := reads(ctx, c), writes(ctx, c)
	ended := map[string]error{
		"Has": read["Has"], "IDs": read["IDs"], "EachBlob": read["EachBlob"], "Delete": written["Delete"], "Prune": written["Prune"],
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_, ended["Repair"] = Repair(ctx, path, Options{}, nil)
	_, ended["Verify"] = Verify(ctx, path, Options{}, nil)
	_, _, ended["Compact"] = Compact(ctx, path, Options{}, nil)
	for name, err := range ended {
		if !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// What looks after a file says what is wrong with one that isn't there, is a folder, or is no cache.
func TestCareOfWhatIsNoCache(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no cache"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{filepath.Join(dir, "none"): ErrNoCache, dir: ErrNotCache, text: ErrNotCache} {
		errs := map[string]error{}
		_, errs["Repair"] = Repair(t.Context(), path, Options{}, nil)
		_, errs["Verify"] = Verify(t.Context(), path, Options{}, nil)
		_, _, errs["Compact"] = Compact(t.Context(), path, Options{}, nil)
		for name, err := range errs {
			if !errors.Is(err, want) && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s of %s: %v, want %v", name, filepath.Base(path), err, want)
			}
		}
	}
	if got, err := os.ReadFile(text); err != nil || string(got) != "no cache" {
		t.Errorf("the file is %q now, %v", got, err)
	}
}
