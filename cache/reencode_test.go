package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// namedRecord is a record of frames, each shared.
func namedRecord(id string, frames ...string) Entry {
	e := Entry{ID: id}
	for i, frame := range frames {
		e.Record = append(e.Record, byte(i))
		from := len(e.Record)
		e.Record = append(e.Record, frame...)
		e.Shared = append(e.Shared, Span{from, len(e.Record)})
	}
	return e
}

// dictionaryOf are the texts that a file keeps, read from all its blocks.
func dictionaryOf(t *testing.T, path string) []string {
	t.Helper()
	c := openCache(t, path, Options{ReadOnly: true})
	defer c.Close()
	if err := c.codec.dictionary.ready(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(c.codec.dictionary.all)
}

// After deleting and compacting nothing is left of a crash, not even its frames in the table that records
// share; what other records have too stays.
func TestCompactForgetsTexts(t *testing.T) {
	for name, remove := range map[string]func(c *Cache) (int, error){
		"delete": func(c *Cache) (int, error) { return c.Delete(context.Background(), []string{idN(1)}) },
		"prune":  func(c *Cache) (int, error) { return c.Prune(context.Background(), time.Unix(1_700_000_100, 0)) },
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1_700_000_000, 0)
			path := filepath.Join(t.TempDir(), "c.db")
			c := openCache(t, path, Options{Now: func() time.Time { return now }})
			gone := namedRecord(idN(1), "secret::frame()", "shared::frame()", "secret::other()")
			gone.Raw, gone.Processed = []byte(`{"a":"secret::raw"}`), []byte(`{"a":"secret::processed"}`)
			put(t, c, gone)
			now = now.Add(time.Hour)
			kept := namedRecord(idN(2), "kept::frame()", "shared::frame()")
			put(t, c, kept)
			n, err := remove(c)
			if err := errors.Join(err, c.Close()); err != nil || n != 3 {
				t.Fatal(n, err)
			}
			if all := dictionaryOf(t, path); !slices.Contains(all, "secret::frame()") {
				t.Fatalf("texts %q: the test tests nothing", all)
			}
			if _, _, err := Compact(context.Background(), path, Options{}, nil); err != nil {
				t.Fatal(err)
			}
			all := dictionaryOf(t, path)
			slices.Sort(all)
			if want := []string{"kept::frame()", "shared::frame()"}; !slices.Equal(all, want) {
				t.Errorf("texts %q, want %q", all, want)
			}
			content, err := os.ReadFile(path)
			if err != nil || strings.Contains(string(content), "secret::") {
				t.Errorf("the file still says what was deleted (%v)", err)
			}
			checkShared(t, path, []Entry{kept}, nil)
		})
	}
}

// Compacting keeps every record that is left as it was, whatever was deleted around it.
func TestCompactKeepsRecords(t *testing.T) {
	path, entries := fillShared(t, 400)
	c := openCache(t, path, Options{})
	var left []Entry
	var ids []string
	for i, e := range entries {
		if i%3 == 0 {
			left = append(left, e)
		} else {
			ids = append(ids, e.ID)
		}
	}
	_, err := c.Delete(context.Background(), ids)
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	before := dictionaryOf(t, path)
	for range 2 { // the second time has nothing to take out
		if _, _, err := Compact(context.Background(), path, Options{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if after := dictionaryOf(t, path); len(after) >= len(before) || slices.Contains(after, "") {
		t.Errorf("%d texts, %d before", len(after), len(before))
	}
	if damaged := checkShared(t, path, left, nil); damaged != 0 {
		t.Errorf("%d records are damaged", damaged)
	}
	report, err := Verify(context.Background(), path, Options{}, nil)
	if err != nil || len(report.Damaged) > 0 {
		t.Error(report.Damaged, err)
	}
}

// What is to be looked after must be there: no cache is made.
func TestRewriteOfNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	_, errRepair := Repair(context.Background(), path, Options{}, nil)
	_, _, errCompact := Compact(context.Background(), path, Options{}, nil)
	_, errVerify := Verify(context.Background(), path, Options{}, nil)
	for _, err := range []error{errRepair, errCompact, errVerify} {
		if !errors.Is(err, ErrNoCache) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
}
