package cache

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sigdiff/sigdiff/crashid"
)

func TestWriterManyGoroutines(t *testing.T) {
	c := newCache(t)
	ctx := context.Background()
	w := c.Writer(ctx)
	var wg sync.WaitGroup
	const each = 300
	for g := range 8 {
		wg.Go(func() {
			for i := range each {
				id := idN(g*each + i)
				if err := w.Put(ctx, Entry{ID: id, Processed: contentOf(id, 5000), Record: contentOf(id, 500)}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for n := range 8 * each {
		id := idN(n)
		for k, size := range map[Kind]int{Processed: 5000, Record: 500} {
			if got, err := c.Get(id, k); err != nil || !bytes.Equal(got, contentOf(id, size)) {
				t.Fatalf("%s of %s: %d bytes, %v", k, id, len(got), err)
			}
		}
	}
}

// Of several entries for one crash the last counts, also within a batch.
func TestWriterLastWins(t *testing.T) {
	c := newCache(t)
	ctx := context.Background()
	w := c.Writer(ctx)
	for _, err := range []error{
		w.Put(ctx, Entry{ID: someID, Record: []byte("one"), Raw: []byte("raw")}),
		w.MarkMissing(ctx, someID, Processed, time.Now()),
		w.Put(ctx, Entry{ID: someID, Record: []byte("two")}),
		w.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for k, want := range map[Kind]string{Record: "two", Raw: "raw"} {
		if got, err := c.Get(someID, k); err != nil || string(got) != want {
			t.Errorf("%s: %q, want %q, %v", k, got, want, err)
		}
	}
	has, err := c.Has(ctx, []string{someID})
	if err != nil || has[0].Stored != KindSet(0).With(Raw).With(Record) || has[0].Missing != KindSet(0).With(Processed) {
		t.Errorf("%+v, %v", has, err)
	}
}

// Entries are committed without anybody asking, so that a kill loses little.
func TestWriterCommitsByItself(t *testing.T) {
	c := newCache(t)
	ctx := context.Background()
	w := c.Writer(ctx)
	if err := w.Put(ctx, Entry{ID: someID, Record: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := c.Get(someID, Record); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("not committed in 20 s:", err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWriterRefuses(t *testing.T) {
	c := newCache(t)
	ctx := context.Background()
	w := c.Writer(ctx)
	for name, x := range map[string]struct {
		err  error
		want error
		says string
	}{
		"no id":         {w.Put(ctx, Entry{ID: "../../etc/passwd", Raw: []byte("x")}), ErrBadID, "passwd"},
		"marking no id": {w.MarkMissing(ctx, "x", Raw, time.Now()), ErrBadID, `"x"`},
		"large record":  {w.Put(ctx, Entry{ID: someID, Record: make([]byte, MaxRecord+1)}), ErrTooLarge, someID},
	} {
		if x.err == nil || x.want != nil && !errors.Is(x.err, x.want) || !strings.Contains(x.err.Error(), x.says) {
			t.Errorf("%s: %v", name, x.err)
		}
	}
	if err := w.Close(); err != nil {
		t.Error("what was refused must not stop the writer:", err)
	}
}

// When its context ends, a writer keeps what it took and takes no more.
func TestWriterContext(t *testing.T) {
	c := newCache(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	w := c.Writer(ctx)
	var taken []string
	cause := errors.New("interrupted")
	for n := range 500 {
		if n == 300 {
			cancel(cause)
		}
		id := idN(n)
		err := w.Put(context.Background(), Entry{ID: id, Record: contentOf(id, 300)})
		switch {
		case err == nil:
			taken = append(taken, id)
		case !errors.Is(err, cause):
			t.Fatalf("entry %d: %v", n, err)
		}
	}
	if len(taken) < 300 {
		t.Errorf("%d entries were taken before the context ended, want 300", len(taken))
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	for _, id := range taken {
		if _, err := c.Get(id, Record); err != nil {
			t.Error(err)
		}
	}
	if err := w.Flush(context.Background()); !errors.Is(err, cause) {
		t.Error(err)
	}
}

// Put waits while a batch is full and the one before it is being written, and stops waiting when its context ends.
func TestWriterBackPressure(t *testing.T) {
	c := newCache(t)
	w := c.Writer(context.Background())
	w.writing <- struct{}{} // as if a batch were
	for n := range batchEntries {
		if err := w.Put(context.Background(), Entry{ID: idN(n), Record: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := w.Put(ctx, Entry{ID: someID, Record: []byte("x")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	waiting := make(chan error, 1)
	go func() { waiting <- w.Put(context.Background(), Entry{ID: someID, Record: []byte("x")}) }()
	<-w.writing
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if ids, err := c.IDs(context.Background(), Record); err != nil || len(ids) != batchEntries+1 {
		t.Errorf("%d crashes, %v", len(ids), err)
	}
}

// An entry that takes more room than a batch has must get through.
func TestWriterLargeDocument(t *testing.T) {
	c := newCache(t)
	blob := make([]byte, 3*batchBytes)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range blob {
		blob[i] = byte(r.Uint32())
	}
	put(t, c, Entry{ID: someID, Raw: blob}, Entry{ID: someID, Processed: blob})
	if got, err := c.Get(someID, Raw); err != nil || !bytes.Equal(got, blob) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// A process that is killed while it writes loses nothing that was committed.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	var committed []string
	const rounds = 6
	for round := range rounds {
		cmd := child(t, "write", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		last := round == rounds-1 // which lives until it has committed something, however slow the machine
		if !last {
			time.AfterFunc(time.Duration(50+40*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		for lines.Scan() {
			if last {
				_ = cmd.Process.Kill()
			}
			if !crashid.Valid(lines.Text()) {
				t.Fatalf("the child says %q", lines.Text())
			}
			committed = append(committed, lines.Text())
		}
		_ = cmd.Wait()
		checkCommitted(t, path, committed)
	}
	if len(committed) == 0 {
		t.Fatal("no child lived long enough to commit anything")
	}
}

// A process can be killed after bbolt has made the file and before anything is written to it.
func TestNothingWrittenYet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	checkCommitted(t, path, nil)
	c := openCache(t, path, Options{})
	put(t, c, Entry{ID: someID, Record: contentOf(someID, 500)})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	checkCommitted(t, path, nil)
}

// checkCommitted checks that a cache is sound and has what childWrite wrote.
func checkCommitted(t *testing.T, path string, ids []string) {
	t.Helper()
	r, err := Verify(context.Background(), path, Options{}, nil)
	if errors.Is(err, ErrNoCache) || errors.Is(err, ErrNotCache) && len(ids) == 0 {
		return // killed before there was one
	}
	if err != nil || len(r.Damaged) > 0 {
		t.Fatalf("%v, %v", r, err)
	}
	c := openCache(t, path, Options{ReadOnly: true})
	defer c.Close()
	for k, size := range map[Kind]int{Processed: 20_000, Record: 500} {
		err := c.EachBlob(context.Background(), k, ids, 2, func(_ int, b Blob) error {
			if b.Err == nil && !bytes.Equal(b.Data, contentOf(b.ID, size)) {
				return errors.New(b.ID + " has another's content")
			}
			return b.Err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A full disk stops the writer with an error, and what was committed stays.
// (The limit on the size of a file stands in for the disk.)
func TestFileSizeLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	out, err := child(t, "limited", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	failures := 0
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if crashid.Valid(line) {
			ids = append(ids, line)
			continue
		}
		failures++
		if !strings.Contains(line, "writing cache "+path) || !strings.Contains(line, "file too large") {
			t.Errorf("the error reads %q", line)
		}
	}
	if len(ids) < 10 || failures != 2 {
		t.Fatalf("%d crashes and %d errors:\n%s", len(ids), failures, out)
	}
	r, err := Verify(context.Background(), path, Options{}, nil)
	if err != nil || len(r.Damaged) > 0 {
		t.Fatalf("%v, %v", r, err)
	}
	c := openCache(t, path, Options{})
	has, err := c.Has(context.Background(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range has {
		if !h.Stored.Has(Raw) {
			t.Errorf("crash %s was committed and is gone", ids[i])
		}
	}
	put(t, c, Entry{ID: someID, Raw: []byte("there is room again")})
}

// Stored is called for what a commit has put into the file, and for nothing else.
func TestStoredIsCommitted(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "c.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := c.Writer(t.Context())
	stored := 0
	put := func(n int) (err error) {
		for range n {
			err = errors.Join(err, w.Put(t.Context(), Entry{ID: someID, Raw: []byte("x"), Stored: func() { stored++ }}))
		}
		return err
	}
	if err := errors.Join(put(3), w.Flush(t.Context())); err != nil || stored != 3 {
		t.Fatalf("%d stored after a commit of 3, %v", stored, err)
	}
	if err := c.db.Close(); err != nil { // what a full disk is to a commit
		t.Fatal(err)
	}
	_ = put(2) // the writer may have stopped by then
	if err := w.Close(); err == nil || stored != 3 {
		t.Errorf("%d stored, and 3 committed; %v", stored, err)
	}
	_ = c.Close()
}

// Flush commits what was put before it.
func (w *Writer) Flush(ctx context.Context) error {
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	return w.write(ctx)
}
