package cache

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// madeUpID returns the n-th of a series of crash ids, on one of days days.
func madeUpID(r *rand.Rand, days int) string {
	day := r.IntN(days)
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%06x%02d%02d%02d", r.Uint32(), r.Uint32()&0xffff, r.Uint32()&0xffff,
		r.Uint32()&0xffff, r.Uint32()&0xffffff, 24, 1+day/28%12, 1+day%28)
}

// madeUpRecord is a record of about 2 KB that compresses as real ones do: eighty
// frames out of a few thousand.
func madeUpRecord(r *rand.Rand) []byte {
	var out []byte
	for range 40 {
		n := r.IntN(3000)
		n = n * n / 3000
		name := fmt.Sprintf("mozilla::dom::Module%d::Function%x<T>::operator%d", n%97, n*7919, n%7)
		out = append(out, byte(len(name)))
		out = append(out, name...)
		out = binary.AppendUvarint(out, uint64(r.IntN(3000)))
	}
	return out
}

// madeUpDocument is about 170 KB of JSON, as a processed crash is.
func madeUpDocument(r *rand.Rand) []byte {
	out := []byte(`{"json_dump":{"threads":[`)
	for thread := range 40 {
		if thread > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"frames":[`...)
		for frame := range 25 {
			if frame > 0 {
				out = append(out, ',')
			}
			out = fmt.Appendf(out, `{"frame":%d,"function":"mozilla::Function%d","module":"xul.dll","offset":"0x%x","line":%d,"trust":"cfi"}`,
				frame, r.IntN(5000), r.Uint32(), r.IntN(4000))
		}
		out = append(out, `]}`...)
	}
	return append(out, `]}}`...)
}

// fill writes n crashes by two goroutines and returns their ids.
func fill(tb testing.TB, c *Cache, n, days int, blobs func(*rand.Rand) Entry) []string {
	tb.Helper()
	ids := make([]string, n)
	ctx := context.Background()
	w := c.Writer(ctx)
	var wg sync.WaitGroup
	var next atomic.Int64
	for g := range 2 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				e := blobs(r)
				e.ID = madeUpID(r, days)
				ids[i] = e.ID
				if err := w.Put(ctx, e); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return ids
}

func benchCache(b *testing.B) *Cache {
	b.Helper()
	c, err := Open(filepath.Join(b.TempDir(), "c.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	return c
}

// records makes entries with one of a thousand made-up records.
func records() func(*rand.Rand) Entry {
	r := rand.New(rand.NewPCG(3, 3))
	some := make([][]byte, 1000)
	for i := range some {
		some[i] = madeUpRecord(r)
	}
	return func(r *rand.Rand) Entry { return Entry{Record: some[r.IntN(len(some))]} }
}

func BenchmarkPutRecords(b *testing.B) {
	c := benchCache(b)
	blobs := records()
	b.ResetTimer()
	fill(b, c, b.N, 30, blobs)
}

func BenchmarkPutDocuments(b *testing.B) {
	c := benchCache(b)
	doc := madeUpDocument(rand.New(rand.NewPCG(1, 2)))
	b.SetBytes(int64(len(doc)))
	b.ResetTimer()
	fill(b, c, b.N, 30, func(*rand.Rand) Entry { return Entry{Processed: doc} })
}

func BenchmarkEachBlob(b *testing.B) {
	for _, n := range []int{17_000, 100_000} {
		c := benchCache(b)
		ids := fill(b, c, n, 30, records())
		b.Run(fmt.Sprintf("ids/%d", n), func(b *testing.B) { benchEach(b, c, ids, n) })
	}
}

func benchEach(b *testing.B, c *Cache, ids []string, n int) {
	var bytes atomic.Int64
	for b.Loop() {
		bytes.Store(0)
		err := c.EachBlob(context.Background(), Record, ids, 2, func(_ int, blob Blob) error {
			bytes.Add(int64(len(blob.Data)))
			return blob.Err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(bytes.Load())
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
}

func BenchmarkHas(b *testing.B) {
	c := benchCache(b)
	ids := fill(b, c, 17_000, 30, records())
	for b.Loop() {
		if _, err := c.Has(context.Background(), ids); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	c := benchCache(b)
	fill(b, c, 100_000, 30, records())
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
	for name, readOnly := range map[string]bool{"reading": true, "writing": false} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c, err := Open(c.Path(), Options{ReadOnly: readOnly})
				if err != nil {
					b.Fatal(err)
				}
				_ = c.Close()
			}
		})
	}
}
