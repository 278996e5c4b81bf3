package cache

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childVar makes the test binary do a job in a process of its own.
const childVar = "CACHE_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVar) {
	case "":
		goleak.VerifyTestMain(m)
	case "write":
		childWrite(os.Args[len(os.Args)-1])
	case "limited":
		childLimited(os.Args[len(os.Args)-1])
	case "compact":
		childCompact(os.Args[len(os.Args)-1])
	case "hold":
		childHold(os.Args[len(os.Args)-1])
	}
}

// child prepares a process that does a job with a cache.
func child(t *testing.T, job, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), childVar+"="+job)
	cmd.Stderr = os.Stderr
	return cmd
}

// childWrite writes until it is killed; it prints each id once that is committed.
func childWrite(path string) {
	c, err := Open(path, Options{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	ctx := context.Background()
	r := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	for {
		w := c.Writer(ctx)
		var ids []string
		for range 50 {
			id := madeUpID(r, 30)
			ids = append(ids, id)
			if err := w.Put(ctx, Entry{ID: id, Processed: contentOf(id, 20_000), Record: contentOf(id, 500)}); err != nil {
				fmt.Println("error", err)
			}
		}
		if err := w.Close(); err != nil {
			fmt.Println("error", err)
		}
		for _, id := range ids {
			fmt.Println(id)
		}
	}
}

// childLimited writes until the limit on the size of its files stops it.
func childLimited(path string) {
	c, err := Open(path, Options{})
	if err != nil {
		fmt.Println("open", err)
		os.Exit(1)
	}
	if err := limitFileSize(4 << 20); err != nil {
		fmt.Println("limit", err)
		os.Exit(1)
	}
	ctx := context.Background()
	w := c.Writer(ctx)
	r := rand.New(rand.NewPCG(1, 1))
	for {
		blob := make([]byte, 50_000)
		for i := range blob {
			blob[i] = byte(r.Uint32())
		}
		id := madeUpID(r, 30)
		if err := w.Put(ctx, Entry{ID: id, Raw: blob}); err != nil {
			fmt.Println("put:", err)
			break
		}
		if err := w.Flush(ctx); err == nil {
			fmt.Println(id)
		}
	}
	fmt.Println("close:", w.Close())
	_ = c.Close()
}

// childCompact compacts until it is killed.
func childCompact(path string) {
	for {
		_, _, err := Compact(context.Background(), path, Options{}, nil)
		fmt.Println("compact", err)
	}
}

// childHold opens a cache for writing, says so, and waits to be killed.
func childHold(path string) {
	_, err := Open(path, Options{})
	fmt.Println("open", err)
	time.Sleep(time.Hour)
}

// contentOf is what the tests store for an id: anyone can tell whether it is
// right, and it compresses a little.
func contentOf(id string, size int) []byte {
	out := make([]byte, size)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(id))).Read(out)
	for i := range out {
		out[i] &= 0x3f
	}
	return out
}

// newCache opens a cache in a fresh folder.
func newCache(t testing.TB) *Cache {
	t.Helper()
	return openCache(t, filepath.Join(t.TempDir(), "c.db"), Options{})
}

func openCache(t testing.TB, path string, o Options) *Cache {
	t.Helper()
	c, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// put writes entries and commits them.
func put(t testing.TB, c *Cache, entries ...Entry) {
	t.Helper()
	w := c.Writer(context.Background())
	for _, e := range entries {
		if err := w.Put(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// idN is the n-th of a series of crash ids.
func idN(n int) string {
	return madeUpID(rand.New(rand.NewPCG(uint64(n), 7)), 30)
}
