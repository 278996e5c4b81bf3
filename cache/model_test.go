package cache

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/crashid"
)

// model is what a cache should hold.
type model struct {
	blobs   map[Kind]map[string][]byte
	stored  map[Kind]map[string]time.Time
	missing map[Kind]map[string]time.Time
	corpora map[string][]string
	clock   time.Time
}

// TestModel compares a cache with maps over random sequences of everything that
// changes one, opening anew, compacting and verifying in between.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "cache-model")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := &machine{path: filepath.Join(dir, "c.db")}
		m.model = model{
			blobs: map[Kind]map[string][]byte{}, stored: map[Kind]map[string]time.Time{},
			missing: map[Kind]map[string]time.Time{}, corpora: map[string][]string{}, clock: time.Unix(1_600_000_000, 0),
		}
		for _, k := range kinds {
			m.model.blobs[k], m.model.stored[k], m.model.missing[k] = map[string][]byte{}, map[string]time.Time{}, map[string]time.Time{}
		}
		m.open(t)
		defer func() { _ = m.cache.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"put": m.put, "mark": m.mark, "delete": m.delete, "prune": m.prune, "corpus": m.corpus,
			"dropCorpus": m.dropCorpus, "reopen": m.reopen, "compact": m.compact, "arrange": m.arrange, "": m.check,
		})
		m.reopen(t)
		m.check(t)
		if err := m.cache.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := Verify(context.Background(), m.path, Options{}, nil); err != nil || len(r.Damaged) > 0 {
			t.Fatalf("%v, %v", r, err)
		}
	})
}

type machine struct {
	path  string
	cache *Cache
	model model
}

func (m *machine) open(t *rapid.T) {
	c, err := Open(m.path, Options{Now: func() time.Time { return m.model.clock }, Timeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	c.db.NoSync = true // nobody kills this process
	m.cache = c
}

func (m *machine) reopen(t *rapid.T) {
	if err := m.cache.Close(); err != nil {
		t.Fatal(err)
	}
	m.open(t)
}

func (m *machine) tick() { m.model.clock = m.model.clock.Add(time.Second) }

// ids are few, so that they meet again.
func (m *machine) id(t *rapid.T) string { return idN(rapid.IntRange(0, 30).Draw(t, "id")) }

func (m *machine) put(t *rapid.T) {
	m.tick()
	w := m.cache.Writer(context.Background())
	for range rapid.IntRange(1, 20).Draw(t, "entries") {
		id := m.id(t)
		var e Entry
		e.ID = id
		for _, k := range kinds {
			if !rapid.Bool().Draw(t, "has") {
				continue
			}
			content := contentOf(id, rapid.SampledFrom([]int{0, 1, 70, 900, 30_000}).Draw(t, "size"))
			switch k {
			case Raw:
				e.Raw = content
			case Processed:
				e.Processed = content
			case Record:
				e.Record = content
			case Screen:
				e.Screen = content
			}
			m.model.blobs[k][id], m.model.stored[k][id] = content, m.model.clock
			delete(m.model.missing[k], id)
		}
		if e.Record != nil {
			delete(m.model.blobs[Screen], id)
		}
		if err := w.Put(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) mark(t *rapid.T) {
	m.tick()
	id, k := m.id(t), rapid.SampledFrom(kinds[:]).Draw(t, "kind")
	w := m.cache.Writer(context.Background())
	if err := errors.Join(w.MarkMissing(context.Background(), id, k, m.model.clock), w.Flush(context.Background()), w.Close()); err != nil {
		t.Fatal(err)
	}
	m.model.missing[k][id] = m.model.clock
}

func (m *machine) delete(t *rapid.T) {
	id, k := m.id(t), rapid.SampledFrom(kinds[:]).Draw(t, "kind")
	want := 0
	if _, ok := m.model.blobs[k][id]; ok {
		want++
	}
	if _, ok := m.model.missing[k][id]; ok {
		want++
	}
	delete(m.model.blobs[k], id)
	delete(m.model.missing[k], id)
	if n, err := m.cache.Delete(context.Background(), []string{id, id}, k); err != nil || n != want {
		t.Fatalf("deleted %d, want %d, %v", n, want, err)
	}
}

func (m *machine) prune(t *rapid.T) {
	before := m.model.clock.Add(-time.Duration(rapid.IntRange(0, 10).Draw(t, "age")) * time.Second)
	want := 0
	old := func(_ string, at time.Time) bool { return at.Before(before) }
	for _, k := range kinds {
		for id, at := range m.model.stored[k] {
			if _, ok := m.model.blobs[k][id]; ok && old(id, at) {
				delete(m.model.blobs[k], id)
				want++
			}
		}
		was := len(m.model.missing[k])
		maps.DeleteFunc(m.model.missing[k], old)
		want += was - len(m.model.missing[k])
	}
	if n, err := m.cache.Prune(context.Background(), before); err != nil || n != want {
		t.Fatalf("pruned %d, want %d, %v", n, want, err)
	}
}

func (m *machine) corpus(t *rapid.T) {
	name := rapid.SampledFrom([]string{"a", "b", "weiß"}).Draw(t, "name")
	var ids []string
	for range rapid.IntRange(1, 40).Draw(t, "ids") {
		ids = append(ids, m.id(t))
	}
	if err := m.cache.PutCorpus(Corpus{Name: name, IDs: ids}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	m.model.corpora[name] = slices.Compact(ids)
}

func (m *machine) dropCorpus(t *rapid.T) {
	_, there := m.model.corpora["a"]
	err := m.cache.DeleteCorpus("a")
	if there == (err != nil) || !there && !errors.Is(err, ErrNoCorpus) {
		t.Fatal(err)
	}
	delete(m.model.corpora, "a")
}

func (m *machine) compact(t *rapid.T) {
	if err := m.cache.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(context.Background(), m.path, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	m.open(t)
}

func (m *machine) arrange(t *rapid.T) {
	if err := arrange(m.cache, rapid.IntRange(1, 10).Draw(t, "to a block")); err != nil {
		t.Fatal(err)
	}
}

// check compares everything that can be asked.
func (m *machine) check(t *rapid.T) {
	stats, err := m.cache.Stats()
	if err != nil {
		t.Fatal(err)
	}
	marks := 0
	for _, k := range kinds {
		m.checkKind(t, k)
		var sum uint64
		for id := range m.model.blobs[k] {
			crash, _ := crashid.Pack(id)
			sum += IDSum(crash)
		}
		if got, want := stats.Blobs[k], len(m.model.blobs[k]); got.Count != int64(want) || got.IDs != sum {
			t.Fatalf("%+v of %s blobs in the stats, want %d with the sum %x", got, k, want, sum)
		}
		marks += len(m.model.missing[k])
	}
	if stats.Missing != int64(marks) || stats.Corpora != len(m.model.corpora) {
		t.Fatalf("%+v; want %d marks and %d corpora", stats, marks, len(m.model.corpora))
	}
	checkArranged(t, m.cache, m.model.blobs[Record], nil)
	for name, want := range m.model.corpora {
		if got, err := m.cache.Corpus(name); err != nil || !slices.Equal(got.IDs, want) {
			t.Fatalf("corpus %s: %v, want %v, %v", name, got.IDs, want, err)
		}
	}
}

func (m *machine) checkKind(t *rapid.T, k Kind) {
	ctx := context.Background()
	ids, err := m.cache.IDs(ctx, k)
	if want := slices.Sorted(maps.Keys(m.model.blobs[k])); err != nil || !slices.Equal(ids, want) {
		t.Fatalf("%s blobs of %v, want %v, %v", k, ids, want, err)
	}
	var all []string
	for i := range 31 {
		all = append(all, idN(i))
	}
	has, err := m.cache.Has(ctx, all, k)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range all {
		want, stored := m.model.blobs[k][id]
		_, missing := m.model.missing[k][id]
		if has[i].Stored.Has(k) != stored || has[i].Missing.Has(k) != missing {
			t.Fatalf("%s blob of %s: %+v, want stored %t, missing %t", k, id, has[i], stored, missing)
		}
		got, err := m.cache.Get(id, k)
		if stored && (err != nil || !bytes.Equal(got, want)) || !stored && !errors.Is(err, ErrNotFound) {
			t.Fatalf("%s blob of %s: %d bytes, want %d, %v", k, id, len(got), len(want), err)
		}
	}
}
