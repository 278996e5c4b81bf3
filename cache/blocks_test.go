package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/crashid"
)

// arrange puts records into blocks, of a few crashes each, of which each part has three. A block's content is the records.
func arrange(c *Cache, crashes int) error {
	c.blockCrashes = crashes
	return c.Arrange(context.Background(), func(ids []string) (*Block, error) {
		b := &Block{Common: fmt.Append(nil, "version ", c.blockVersion)}
		for some := range slices.Chunk(ids, 3) {
			var p Part
			for _, id := range some {
				record, err := c.Get(id, Record)
				if errors.Is(err, ErrDamaged) {
					return nil, nil
				} else if err != nil {
					return nil, err
				}
				p.IDs, p.Sums = append(p.IDs, id), append(p.Sums, Sum(id, record))
				p.Content = append(binary.AppendUvarint(p.Content, uint64(len(record))), record...)
			}
			b.Parts = append(b.Parts, p)
		}
		return b, nil
	})
}

// arranged is what EachBlock gives: records of wanted crashes, and the other crashes.
func arranged(t interface{ Errorf(string, ...any) }, c *Cache, ids []string, workers int) (records map[string][]byte, others []string, err error) {
	var mu sync.Mutex
	records = map[string][]byte{}
	others, err = c.EachBlock(context.Background(), ids, workers, func(common []byte) (func(int, *Part) error, error) {
		if want := fmt.Sprint("version ", c.blockVersion); string(common) != want {
			t.Errorf("%q is common, want %q", common, want)
		}
		return func(_ int, p *Part) error {
			mu.Lock()
			defer mu.Unlock()
			content := p.Content
			for i, id := range p.IDs {
				n, used := binary.Uvarint(content)
				record := content[used : used+int(n)]
				content = content[used+int(n):]
				if p.Sums[i] != Sum(id, record) || p.Key(i).String() != id {
					t.Errorf("%s has the sum %x of %d bytes, and the key of %s", id, p.Sums[i], len(record), p.Key(i))
				}
				if _, twice := records[id]; twice {
					t.Errorf("%s comes twice", id)
				}
				if p.Wanted(i) {
					records[id] = record
				}
			}
			return nil
		}, nil
	})
	slices.Sort(others)
	return records, others, err
}

// checkArranged compares what EachBlock gives with the records that there should be.
func checkArranged(t interface {
	Errorf(string, ...any)
	Fatal(...any)
}, c *Cache, want map[string][]byte, ids []string,
) (inBlocks int) {
	records, others, err := arranged(t, c, ids, 2)
	if err != nil {
		t.Fatal(err)
	}
	wanted := slices.Sorted(maps.Keys(want))
	if ids != nil {
		wanted = slices.Sorted(slices.Values(ids))
	}
	all := slices.Sorted(slices.Values(slices.Concat(others, slices.Collect(maps.Keys(records)))))
	if !slices.Equal(all, wanted) {
		t.Fatal(fmt.Sprintf("%d crashes in blocks and %q beside them, want %d", len(records), others, len(wanted)))
	}
	for id, record := range records {
		if !bytes.Equal(record, want[id]) {
			t.Errorf("%s: %d bytes, want %d", id, len(record), len(want[id]))
		}
	}
	return len(records)
}

// Blocks hold what the records are, whatever was written and deleted between arranging them, and whichever version they were of.
func TestBlocksAreRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	rapid.Check(t, func(t *rapid.T) {
		c, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.db.NoSync = true
		if _, err := c.Delete(context.Background(), idsUpTo(60)); err != nil {
			t.Fatal(err)
		}
		want := map[string][]byte{}
		crashes := rapid.IntRange(1, 20).Draw(t, "to a block")
		for step := range rapid.IntRange(1, 6).Draw(t, "steps") {
			changeRecords(t, c, want)
			c.blockVersion = rapid.Uint32Range(0, 1).Draw(t, "version")
			if rapid.Bool().Draw(t, "arrange") {
				if err := arrange(c, crashes); err != nil {
					t.Fatal(err)
				}
				if in := checkArranged(t, c, want, nil); in != len(want) {
					t.Fatalf("step %d: %d of %d are in blocks", step, in, len(want))
				}
			}
			checkArranged(t, c, want, nil)
			checkArranged(t, c, want, rapid.SliceOf(rapid.SampledFrom(idsUpTo(70))).Draw(t, "list"))
			checkArranged(t, c, want, idsUpTo(70))
		}
	})
}

func idsUpTo(n int) (ids []string) {
	for i := range n {
		ids = append(ids, idN(i))
	}
	return ids
}

// changeRecords writes and deletes some.
func changeRecords(t *rapid.T, c *Cache, want map[string][]byte) {
	ids := rapid.SliceOfN(rapid.SampledFrom(idsUpTo(60)), 1, 30).Draw(t, "changed")
	if rapid.Bool().Draw(t, "delete") {
		if _, err := c.Delete(context.Background(), ids); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			delete(want, id)
		}
		return
	}
	w := c.Writer(context.Background())
	for _, id := range ids {
		want[id] = contentOf(id, rapid.IntRange(1, 400).Draw(t, "size"))
		if err := w.Put(context.Background(), Entry{ID: id, Record: want[id]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// blocked is a cache of so many crashes in blocks, and their records.
func blocked(t *testing.T, n int) (*Cache, map[string][]byte) {
	t.Helper()
	c, want := newCache(t), map[string][]byte{}
	var entries []Entry
	for _, id := range idsUpTo(n) {
		want[id] = contentOf(id, 300)
		entries = append(entries, Entry{ID: id, Record: want[id]})
	}
	put(t, c, entries...)
	if err := arrange(c, 20); err != nil {
		t.Fatal(err)
	}
	return c, want
}

// A block that is of no use, and an error, are told apart.
func TestBlocksRefused(t *testing.T) {
	c, want := blocked(t, 100)
	if s, err := c.Stats(); err != nil || s.Blocks != 5 || s.Blocked != 100 {
		t.Errorf("%d blocks with %d crashes, %v", s.Blocks, s.Blocked, err)
	}
	for _, ids := range [][]string{nil, idsUpTo(100)} {
		var opened atomic.Int64
		others, err := c.EachBlock(t.Context(), ids, 2, func([]byte) (func(int, *Part) error, error) {
			opened.Add(1)
			return nil, errors.New("of another version")
		})
		if err != nil || opened.Load() < 5 || len(others) != len(want) {
			t.Errorf("%d blocks opened, %d others, %v", opened.Load(), len(others), err)
		}
		enough := errors.New("enough")
		_, err = c.EachBlock(t.Context(), ids, 2, func([]byte) (func(int, *Part) error, error) {
			return func(int, *Part) error { return enough }, nil
		})
		if !errors.Is(err, enough) {
			t.Errorf("%v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		parts := 0
		_, err = c.EachBlock(ctx, ids, 1, func([]byte) (func(int, *Part) error, error) {
			return func(int, *Part) error { parts++; cancel(); return nil }, nil
		})
		if !errors.Is(err, context.Canceled) || parts > 10 {
			t.Errorf("%d parts, %v", parts, err)
		}
	}
}

// Of few crashes of a block, and of what is no crash id, nothing is looked for in blocks.
func TestFewAreNotReadInBlocks(t *testing.T) {
	c, _ := blocked(t, 100)
	records, others, err := arranged(t, c, []string{idN(3), "no id", idN(50), idN(5000)}, 1)
	if err != nil || len(records) != 0 || len(others) != 4 {
		t.Errorf("%d records, %q, %v", len(records), others, err)
	}
}

// TestOtherThanTheBlock: as many crashes as a block has are wanted, and one of them is not one that the block has.
func TestOtherThanTheBlock(t *testing.T) {
	c, _ := blocked(t, 20)
	spans, err := c.spans()
	if err != nil || len(spans) == 0 {
		t.Fatalf("%d blocks, %v", len(spans), err)
	}
	first, last := spans[0].first, spans[0].last
	records, _, err := arranged(t, c, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for id := range records {
		if k, _ := packID(id); k.Compare(first) >= 0 && k.Compare(last) <= 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	other := first // lies in the block, and has no record
	other[len(other)-1]++
	gone := ids[len(ids)/2]
	for i, id := range ids {
		if id == gone {
			ids[i] = other.String()
		}
	}
	records, others, err := arranged(t, c, ids, 1)
	if err != nil || !slices.Equal(others, []string{other.String()}) || len(records) != len(ids)-1 || records[gone] != nil {
		t.Errorf("%d records, %q beside them, %v", len(records), others, err)
	}
}

// What is in a block is not put into one again, but for a small block that others come behind.
func TestArrangedOnce(t *testing.T) {
	c := newCache(t)
	made := func(crashes ...int) string {
		ids := []string{}
		for _, n := range crashes {
			ids = append(ids, fmt.Sprintf("%08x-0000-4000-8000-000000261101", n))
		}
		return fmt.Sprint(ids)
	}
	c.blockCrashes = 4
	for _, step := range []struct{ put, again int }{{1, 1}, {0, 0}, {2, 1}, {3, 3}, {4, 3}, {5, 5}} { // of 4 crashes 2 are many enough
		if step.put > 0 {
			put(t, c, Entry{ID: strings.Trim(made(step.put), "[]"), Record: []byte("x")})
		}
		var got []string
		err := c.Arrange(t.Context(), func(ids []string) (*Block, error) {
			got = append(got, fmt.Sprint(ids))
			return &Block{Parts: []Part{{IDs: ids, Sums: make([]uint64, len(ids))}}}, nil
		})
		var want []string
		if step.put > 0 {
			var crashes []int
			for n := step.again; n <= step.put; n++ {
				crashes = append(crashes, n)
			}
			want = []string{made(crashes...)}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("with crash %d blocks are made of %s, want %s, %v", step.put, got, want, err)
		}
	}
}

// Records that change while blocks are made of them are in none.
func TestArrangedMeanwhile(t *testing.T) {
	c, want := blocked(t, 100)
	id := idN(30)
	if _, err := c.Delete(t.Context(), []string{id}); err != nil {
		t.Fatal(err)
	}
	delete(want, id)
	if in := checkArranged(t, c, want, nil); in >= len(want) {
		t.Errorf("%d in blocks", in)
	}
	changed := false
	err := c.Arrange(t.Context(), func(ids []string) (*Block, error) {
		if !changed {
			changed = true
			put(t, c, Entry{ID: ids[0], Record: []byte("another")})
			want[ids[0]] = []byte("another")
		}
		b := &Block{Common: []byte("common")}
		b.Parts = []Part{{IDs: ids, Sums: make([]uint64, len(ids))}}
		return b, nil
	})
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	if in := checkArranged(t, c, want, nil); in >= len(want) {
		t.Errorf("%d in blocks", in)
	}
}

// Records that change in a transaction that isn't committed yet when blocks are begun to be made are in none, either: what is read
// meanwhile is what was before.
func TestArrangedWithinATransaction(t *testing.T) {
	c, want := blocked(t, 40)
	id := idN(3)
	if _, err := c.Delete(t.Context(), []string{id}); err != nil {
		t.Fatal(err)
	}
	k, err := packID(id)
	if err != nil {
		t.Fatal(err)
	}
	put(t, c, Entry{ID: id, Record: []byte("before")})
	begun, commit, committed := make(chan struct{}), make(chan struct{}), make(chan error)
	want[id] = []byte("after")
	v, err := recordBucket.seal(k[:], want[id], c.now())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		committed <- c.update(func(tx *bolt.Tx) error {
			ops := []op{{bucket: recordBucket, key: k[:], value: v}}
			if err := c.dropBlocks(tx, ops); err != nil {
				return err
			}
			close(begun)
			<-commit
			return tx.Bucket([]byte(recordBucket.name)).Put(k[:], v)
		})
	}()
	<-begun
	made := false
	err = c.Arrange(t.Context(), func(ids []string) (*Block, error) {
		b := &Block{Common: []byte("common"), Parts: []Part{{IDs: ids}}}
		for _, id := range ids {
			record, err := c.Get(id, Record)
			if err != nil {
				return nil, err
			}
			p := &b.Parts[0]
			p.Sums = append(p.Sums, Sum(id, record))
			p.Content = append(binary.AppendUvarint(p.Content, uint64(len(record))), record...)
		}
		if !made {
			made = true
			close(commit)
			if err := <-committed; err != nil {
				return nil, err
			}
		}
		return b, nil
	})
	if err != nil || !made {
		t.Fatal(made, err)
	}
	checkArranged(t, c, want, nil)
}

// A crash that none can be made of leaves the others of its block out of blocks, and nothing else.
func TestArrangedWithout(t *testing.T) {
	c, want := blocked(t, 100)
	for _, id := range []string{idN(10), idN(70)} {
		want[id] = contentOf(id, 30)
		put(t, c, Entry{ID: id, Record: want[id]})
	}
	err := c.Arrange(t.Context(), func([]string) (*Block, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	if in := checkArranged(t, c, want, nil); in == 0 || in == len(want) {
		t.Errorf("%d in blocks", in)
	}
	broken := errors.New("broken")
	if err := c.Arrange(t.Context(), func([]string) (*Block, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// A block that has lost a part is of no use: its crashes are read by their records.
func TestBlockWithoutAPart(t *testing.T) {
	for name, spoil := range map[string]func(*Cache, *bolt.Bucket, span) error{
		"the last part":  func(_ *Cache, bb *bolt.Bucket, s span) error { return bb.Delete(s.key(7)) },
		"a part between": func(_ *Cache, bb *bolt.Bucket, s span) error { return bb.Delete(s.key(3)) },
		"what is common": func(_ *Cache, bb *bolt.Bucket, s span) error { return bb.Delete(s.key(0)) },
		"its checksum": func(_ *Cache, bb *bolt.Bucket, s span) error {
			v := bytes.Clone(bb.Get(s.key(2)))
			v[len(v)-1]++
			return bb.Put(s.key(2), v)
		},
	} {
		c, want := blocked(t, 100)
		spans, err := c.spans()
		if err != nil || len(spans) != 5 {
			t.Fatal(spans, err)
		}
		if err := c.update(func(tx *bolt.Tx) error { return spoil(c, tx.Bucket([]byte(blockBucket.name)), spans[1]) }); err != nil {
			t.Fatal(err)
		}
		for _, ids := range [][]string{nil, idsUpTo(100)} {
			if in := checkArranged(t, c, want, ids); in != 80 {
				t.Errorf("without %s: %d crashes in blocks", name, in)
			}
		}
	}
}

// A key that can't be read is a crash that can't be, wherever it lies, and in no block.
func TestUnreadableKeysAreNotInBlocks(t *testing.T) {
	c, _ := blocked(t, 100)
	id := idN(50)
	k, err := packID(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Delete(t.Context(), []string{id}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := c.update(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte(recordBucket.name)).Put(append(k[:], 'x'), []byte("x"))
		})
		if err != nil {
			t.Fatal(err)
		}
		_, others, err := arranged(t, c, nil, 1)
		if err != nil || !slices.Contains(others, unreadable) {
			t.Errorf("%q, %v", others, err)
		}
		err = c.EachBlob(t.Context(), Record, others, 1, func(_ int, b Blob) error {
			if (b.ID == unreadable) != errors.Is(b.Err, ErrDamaged) {
				t.Errorf("%s: %v", b.ID, b.Err)
			}
			return nil
		})
		if err := errors.Join(err, arrange(c, 20)); err != nil {
			t.Fatal(err)
		}
	}
}

// The first crash that there can be lies in a block, too.
func TestFirstCrashInBlock(t *testing.T) {
	c, want := newCache(t), map[string][]byte{}
	for _, id := range []string{crashid.Key{}.String(), idN(1)} {
		want[id] = contentOf(id, 30)
		put(t, c, Entry{ID: id, Record: want[id]})
	}
	if err := arrange(c, 2); err != nil {
		t.Fatal(err)
	}
	if in := checkArranged(t, c, want, nil); in != 2 {
		t.Errorf("%d in blocks", in)
	}
}

// sameRecords checks that nothing that blocks of a damaged file hold is wrong.
func (s sample) sameRecords(t *testing.T, c *Cache) {
	t.Helper()
	for _, ids := range [][]string{nil, s.ids} {
		records, _, err := arranged(t, c, ids, 2)
		if !tolerable(err) {
			t.Error(err)
		}
		for id, record := range records {
			if !bytes.Equal(record, contentOf(id, 700)) {
				t.Errorf("%s: wrong content", id)
			}
		}
	}
}
