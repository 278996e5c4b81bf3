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
	"syscall"
	"testing"
	"time"
)

// long is a wait that a test never sees the end of.
const long = time.Hour

// Who waits for a busy cache is told so once, and gets it when it is free.
func TestWaitForLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	for name, readOnly := range map[string]bool{"reader": true, "writer": false} {
		holder := openCache(t, path, Options{})
		put(t, holder, Entry{ID: someID, Record: []byte("x")})
		said := 0
		c, err := Open(path, Options{ReadOnly: readOnly, Timeout: long, Waiting: func() {
			said++
			if err := holder.Close(); err != nil {
				t.Error(err)
			}
		}})
		if err != nil || said != 1 {
			t.Fatalf("%s: told %d times, %v", name, said, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	said := 0
	for _, readOnly := range []bool{false, true, true} {
		c := openCache(t, path, Options{ReadOnly: readOnly, Waiting: func() { said++ }})
		if !readOnly {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if said != 0 {
		t.Error("a free cache was waited for, or one that is only read")
	}
}

func TestContextEndsWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	openCache(t, path, Options{})
	cause := errors.New("enough")
	for name, do := range map[string]func(context.Context, Options) error{
		"open":    func(ctx context.Context, o Options) error { o.Context = ctx; _, err := Open(path, o); return err },
		"verify":  func(ctx context.Context, o Options) error { _, err := Verify(ctx, path, o, nil); return err },
		"repair":  func(ctx context.Context, o Options) error { _, err := Repair(ctx, path, o, nil); return err },
		"compact": func(ctx context.Context, o Options) error { _, _, err := Compact(ctx, path, o, nil); return err },
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if err := do(ctx, Options{Timeout: long, Waiting: func() { cancel(cause) }}); !errors.Is(err, cause) {
			t.Errorf("%s: %v", name, err)
		}
		cancel(nil)
	}
}

// What the system says of a lock has a next step.
func TestLockError(t *testing.T) {
	if err := lockError("c.db", fmt.Errorf("locking: %w", syscall.ESTALE)); !errors.Is(err, syscall.ESTALE) || !strings.HasSuffix(err.Error(), elsewhere) {
		t.Errorf("%v", err)
	}
	for _, err := range []error{nil, context.Canceled} {
		if got := lockError("c.db", err); got != err {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}

// A file system without locks is named, with the next step.
func TestNoLocks(t *testing.T) {
	err := noLocks("/some/folder/c.db", syscall.ENOLCK)
	if !errors.Is(err, syscall.ENOLCK) || !strings.Contains(err.Error(), "file system of /some/folder has no locks") || !strings.Contains(err.Error(), "--cache") {
		t.Error(err)
	}
}

// Repairs and writers of one file at the same time: one repair repairs, the damaged file is kept once, as it was, and
// what was written is there.
func TestRepairsAtOnce(t *testing.T) {
	s := newSample(t, 20)
	for name, damage := range map[string]func([]byte) []byte{
		"no meta page": func(b []byte) []byte { clear(b[:2*4096]); return b },
		"a value":      s.damagedValue(t),
	} {
		for range 3 {
			s := s
			s.path = filepath.Join(t.TempDir(), "c.db")
			s.write(t, damage)
			s.repairAtOnce(t, name)
		}
	}
}

// damagedValue changes the only copy of a value that trees lead to.
func (s sample) damagedValue(t *testing.T) func([]byte) []byte {
	value := contentOf("accepted", 5000)[:16]
	if !bytes.Contains(s.content, value) {
		t.Fatal("the sample doesn't hold the value as it is")
	}
	return func(b []byte) []byte { return bytes.ReplaceAll(b, value, bytes.Repeat([]byte{1}, len(value))) }
}

func (s sample) repairAtOnce(t *testing.T, name string) {
	t.Helper()
	damaged, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	repaired := make([]Repaired, 4)
	written := make([]bool, 4)
	for i := range repaired {
		all.Go(func() {
			var err error
			if repaired[i], err = Repair(t.Context(), s.path, Options{Timeout: long}, nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		all.Go(func() { written[i] = writeOne(t, s.path, idN(100+i)) })
	}
	all.Wait()
	kept := 0
	for _, r := range repaired {
		if r.Old != "" {
			kept++
		}
	}
	files, err := os.ReadDir(filepath.Dir(s.path))
	if kept != 1 || len(files) != 2 || err != nil {
		t.Errorf("%s: %d repairs, %d files, %v", name, kept, len(files), err)
	}
	old, err := os.ReadFile(s.path + ".damaged")
	if name == "no meta page" && !bytes.Equal(old, damaged) || len(old) < len(damaged) {
		t.Errorf("%s: the old file isn't as it was, %v", name, err)
	}
	if r, err := Verify(t.Context(), s.path, Options{}, nil); err != nil || len(r.Damaged) > 0 {
		t.Errorf("%s: %v, %v", name, r, err)
	}
	c := openCache(t, s.path, Options{ReadOnly: true})
	for i, ok := range written {
		if _, err := c.Get(idN(100+i), Record); ok && err != nil {
			t.Errorf("%s: what was written is gone: %v", name, err)
		}
	}
}

// writeOne stores a crash, unless the file is damaged still.
func writeOne(t *testing.T, path, id string) bool {
	c, err := Open(path, Options{Timeout: long})
	if errors.Is(err, ErrDamaged) {
		return false
	}
	if err != nil {
		t.Error(err)
		return false
	}
	w := c.Writer(t.Context())
	err = errors.Join(w.Put(t.Context(), Entry{ID: id, Record: []byte("r")}), w.Close(), c.Close())
	if err != nil {
		t.Error(err)
	}
	return err == nil
}

// Writers that make one cache at the same time make one.
func TestCreatedAtOnce(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "a", "c.db")
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if !writeOne(t, path, idN(i)) {
					t.Error("refused as damaged")
				}
			})
		}
		all.Wait()
		c := openCache(t, path, Options{ReadOnly: true})
		if ids, err := c.IDs(t.Context(), Record); err != nil || len(ids) != 6 {
			t.Errorf("%d crashes of 6, %v", len(ids), err)
		}
	}
}

// The damaged file never takes the place of another, on file systems without links neither.
func TestKeepAs(t *testing.T) {
	dir := t.TempDir()
	path, taken := filepath.Join(dir, "c.db"), filepath.Join(dir, "c.db.damaged")
	for name, content := range map[string]string{path: "mine", taken: "theirs"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := renameNew(path, taken); !errors.Is(err, os.ErrExist) {
		t.Error(err)
	}
	if kept, err := keepAs(path, taken); err != nil || kept != taken+".2" {
		t.Errorf("%q, %v", kept, err)
	}
	if err := renameNew(path, taken+".3"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{taken: "theirs", taken + ".2": "mine", taken + ".3": "mine"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", filepath.Base(name), got, err)
		}
	}
}

// A file that another takes the place of while it is written, or that changes while it is read, is told.
func TestFileChangedWhileOpen(t *testing.T) {
	s := newSample(t, 20)
	c, err := Open(s.path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	older := newSample(t, 10)
	s.write(t, func([]byte) []byte { return older.content })
	if err := c.Close(); err != nil || !strings.Contains(c.Damage(), s.path) {
		t.Errorf("%q, %v", c.Damage(), err)
	}
	if c, err = Open(s.path, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(older.path, s.path); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("writing to a file that isn't there any more: %v", err)
	}
}
