package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// patient is how long tests wait for a lock that nobody will let go of.
const patient = 100 * time.Millisecond

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, x := range map[string]struct {
		path string
		o    Options
		want error
	}{
		"missing, to read":        {filepath.Join(dir, "none.db"), Options{ReadOnly: true}, ErrNoCache},
		"missing folder, to read": {filepath.Join(dir, "no", "none.db"), Options{ReadOnly: true}, ErrNoCache},
		"missing, to be there":    {filepath.Join(dir, "none.db"), Options{Existing: true}, ErrNoCache},
		"empty, to be there":      {file("nothing", ""), Options{Existing: true}, ErrNotCache},
		"directory":               {dir, Options{}, ErrNotCache},
		"directory, to read":      {dir, Options{ReadOnly: true}, ErrNotCache},
		"empty, to read":          {file("empty", ""), Options{ReadOnly: true}, ErrNotCache},
		"text":                    {file("text", "hello\n"), Options{}, ErrNotCache},
		"long text":               {file("long", strings.Repeat("hello\n", 50_000)), Options{}, ErrNotCache},
		"zeros":                   {file("zeros", string(make([]byte, 64<<10))), Options{}, ErrNotCache},
		"sqlite":                  {file("sqlite", "SQLite format 3\x00"+strings.Repeat("\x00", 8192)), Options{}, ErrNotCache},
		"another bbolt file":      {foreignBolt(t, dir, false), Options{}, ErrNotCache},
		"one without a freelist":  {foreignBolt(t, dir, true), Options{}, ErrNotCache},
		"newer":                   {formatCache(t, dir, formatVersion+1), Options{}, ErrNewerFormat},
		"newer, to read":          {formatCache(t, dir, formatVersion+1), Options{ReadOnly: true}, ErrNewerFormat},
		"file as its folder":      {filepath.Join(file("plain", "x"), "c.db"), Options{}, nil},
	} {
		c, err := Open(x.path, x.o)
		if err == nil {
			_ = c.Close()
			t.Errorf("%s: no error", name)
			continue
		}
		if x.want != nil && !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
		if !strings.Contains(err.Error(), x.path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q isn't a line that names the path", name, err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "text")); err != nil || string(got) != "hello\n" {
		t.Errorf("a refused file was changed: %q, %v", got, err)
	}
}

// foreignBolt makes a bbolt file that isn't ours.
func foreignBolt(t *testing.T, dir string, noFreelist bool) string {
	t.Helper()
	path := filepath.Join(dir, "foreign.db")
	if noFreelist {
		path = filepath.Join(dir, "nofreelist.db")
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoFreelistSync: noFreelist})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// formatCache makes a cache of some format.
func formatCache(t *testing.T, dir string, format byte) string {
	t.Helper()
	path := filepath.Join(dir, "other.db")
	_ = os.Remove(path)
	c, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = c.update(func(tx *bolt.Tx) error { return c.put(tx, metaBucket, metaFormat, []byte{format}) })
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenMakesFileAndFolders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "c.db")
	c := openCache(t, path, Options{})
	put(t, c, Entry{ID: someID, Record: []byte("x")})
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(p)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v, %v", p, info.Mode().Perm(), want, err)
		}
	}
}

// An empty file, and one whose first opening was interrupted, become caches.
func TestOpenStartsOver(t *testing.T) {
	for _, half := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "c.db")
		if half {
			db, err := bolt.Open(path, 0o600, nil)
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			c := openCache(t, path, Options{ReadOnly: true})
			if ids, err := c.IDs(context.Background(), Record); err != nil || len(ids) != 0 {
				t.Errorf("reading a file without buckets: %v, %v", ids, err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		c := openCache(t, path, Options{})
		put(t, c, Entry{ID: someID, Record: []byte("x")})
		if got, err := c.Get(someID, Record); err != nil || string(got) != "x" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// A file that was cut short while it was made never held anything, and becomes a cache. One that held something is damaged.
func TestOpenCutShort(t *testing.T) {
	page := int64(os.Getpagesize())
	for _, size := range []int64{page, page + 512, 2 * page, 3 * page, 4*page - 1} {
		path := filepath.Join(t.TempDir(), "c.db")
		db, err := bolt.Open(path, 0o600, nil)
		if err := errors.Join(err, db.Close(), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, ErrNotCache) {
			t.Errorf("%d bytes, reading: %v", size, err)
		}
		if _, err := Open(path, Options{Existing: true}); !errors.Is(err, ErrNotCache) {
			t.Errorf("%d bytes, to be there: %v", size, err)
		}
		c := openCache(t, path, Options{})
		put(t, c, Entry{ID: someID, Record: []byte("x")})
		if err := errors.Join(c.Close(), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes of a cache: %v", size, err)
		}
	}
}

// A writer excludes everybody, readers only writers.
func TestOpenTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	w := openCache(t, path, Options{})
	put(t, w, Entry{ID: someID, Record: []byte("x")})
	for _, readOnly := range []bool{true, false} {
		_, err := Open(path, Options{ReadOnly: readOnly, Timeout: patient})
		if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), path) {
			t.Errorf("read only %t, beside a writer: %v", readOnly, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	one := openCache(t, path, Options{ReadOnly: true})
	two := openCache(t, path, Options{ReadOnly: true, Timeout: patient})
	for _, c := range []*Cache{one, two} {
		if got, err := c.Get(someID, Record); err != nil || string(got) != "x" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := Open(path, Options{Timeout: patient}); !errors.Is(err, ErrInUse) {
		t.Errorf("a writer beside readers: %v", err)
	}
}

// Another process's hold ends with the process.
func TestOpenWhileAnotherProcessWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	cmd := child(t, "hold", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{ReadOnly: true, Timeout: patient}); !errors.Is(err, ErrInUse) {
		t.Error(err)
	}
	if _, err := Verify(context.Background(), path, Options{}, nil); !errors.Is(err, ErrInUse) {
		t.Error(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	openCache(t, path, Options{})
}

func TestReadOnlyRefusesWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	w := openCache(t, path, Options{})
	put(t, w, Entry{ID: someID, Record: []byte("x")})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c := openCache(t, path, Options{ReadOnly: true})
	ctx := context.Background()
	writer := c.Writer(ctx)
	_, errDelete := c.Delete(ctx, []string{someID})
	_, errPrune := c.Prune(ctx, time.Now().Add(time.Hour))
	for name, err := range map[string]error{
		"Put":          writer.Put(ctx, Entry{ID: someID, Record: []byte("y")}),
		"MarkMissing":  writer.MarkMissing(ctx, someID, Raw, time.Now()),
		"Flush":        writer.Flush(ctx),
		"PutCorpus":    c.PutCorpus(Corpus{Name: "c", IDs: []string{someID}}),
		"DeleteCorpus": c.DeleteCorpus("c"),
		"PutAccepted":  c.PutAccepted("c", nil),
		"Delete":       errDelete,
		"Prune":        errPrune,
	} {
		if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Errorf("closing a writer that wrote nothing: %v", err)
	}
}

func TestOpenWithoutPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("the superuser may open anything")
	}
	path := filepath.Join(t.TempDir(), "c.db")
	if err := openCache(t, path, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, Options{})
	if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	openCache(t, path, Options{ReadOnly: true})
}

func TestUseAfterClose(t *testing.T) {
	c := newCache(t)
	w := c.Writer(context.Background())
	if err := w.Put(context.Background(), Entry{ID: someID, Record: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil { // commits
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error("closing twice:", err)
	}
	if err := w.Put(context.Background(), Entry{ID: someID, Record: []byte("x")}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := c.Get(someID, Record); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	again := openCache(t, c.Path(), Options{ReadOnly: true})
	if got, err := again.Get(someID, Record); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
}

// A cache that was replaced while a second opener waited for its lock must not
// be written to: nobody would see that again.
func TestOpenFollowsReplacement(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	c := openCache(t, path, Options{})
	put(t, c, Entry{ID: someID, Record: []byte("old")})
	other := openCache(t, path+".new", Options{})
	put(t, other, Entry{ID: someID, Record: []byte("new")})
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		waiting, err := Open(path, Options{Timeout: 10 * time.Second})
		if err == nil {
			var got []byte
			got, err = waiting.Get(someID, Record)
			if string(got) != "new" {
				err = errors.Join(err, errors.New("opened the file that was replaced"))
			}
			err = errors.Join(err, waiting.Close())
		}
		opened <- err
	}()
	time.Sleep(200 * time.Millisecond) // let it wait
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("what was written to the file that was replaced is lost: %v", err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}
