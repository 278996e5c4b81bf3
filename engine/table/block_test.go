package table

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// blocks is a source of blocks, and of crashes beside them.
type blocks struct {
	blocks []stored
	beside crashdata.Crashes
	wanted map[string]bool // nil: all of the blocks
}

// stored is a block with the ids of its crashes, in the order in which they were added.
type stored struct {
	common []byte
	parts  []Part
	ids    []string
}

func (b *blocks) add(t interface{ Fatal(...any) }, crashes []*crashdata.Crash) {
	w, one := NewBlockWriter(), stored{}
	for _, c := range crashes {
		if err := w.Add(crashdata.NewRecord(c)); err != nil {
			t.Fatal(err)
		}
		one.ids = append(one.ids, c.ID())
	}
	one.common, one.parts = w.Block()
	b.blocks = append(b.blocks, one)
}

func (b *blocks) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	return EachCrash(ctx, b, workers, visit)
}

func (b *blocks) EachBlock(ctx context.Context, workers int, open OpenBlock, visit func(int, string, *crashdata.Record, error) error) error {
	for n, one := range b.blocks {
		take, err := open(one.common)
		if err != nil {
			return err
		}
		for _, p := range one.parts {
			var ids []string
			for _, i := range p.Crashes {
				ids = append(ids, one.ids[i])
			}
			if err := take(n%workers, p.Content, ids, func(i int) bool { return b.wanted == nil || b.wanted[ids[i]] }); err != nil {
				return err
			}
		}
	}
	return b.beside.Each(ctx, workers, visit)
}

// drawBlocks draws a source of blocks, and the crashes that it has.
func drawBlocks(t *rapid.T) (*blocks, map[string]*crashdata.Crash) {
	_, byID := drawTable(t)
	b := &blocks{}
	if rapid.Bool().Draw(t, "not all are wanted") {
		b.wanted = map[string]bool{}
	}
	in := make([][]*crashdata.Crash, rapid.IntRange(1, 3).Draw(t, "blocks"))
	for i := range len(byID) {
		id := enginetest.ID(i)
		c := byID[id]
		n := rapid.IntRange(0, len(in)).Draw(t, "block of "+id)
		if n == len(in) {
			b.beside = append(b.beside, c)
			continue
		}
		in[n] = append(in[n], c)
		if b.wanted == nil {
			continue
		}
		if b.wanted[id] = rapid.Bool().Draw(t, id+" is wanted"); !b.wanted[id] {
			delete(byID, id)
		}
	}
	for _, crashes := range in {
		b.add(t, crashes)
	}
	return b, byID
}

// recordsOf are the records of crashes, by id.
func recordsOf(t interface{ Fatal(...any) }, src crashdata.Source, workers int) map[string]string {
	all := make([]map[string]string, workers)
	err := src.Each(context.Background(), workers, func(worker int, id string, r *crashdata.Record, err error) error {
		if err != nil {
			return err
		}
		c, err := r.Crash()
		if err != nil {
			return err
		}
		if all[worker] == nil {
			all[worker] = map[string]string{}
		}
		all[worker][id] = fmt.Sprintf("%q", c.AppendRecord(nil))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]string{}
	for _, some := range all {
		maps.Copy(whole, some)
	}
	return whole
}

// Crashes come out of blocks as they went into them, one by one and in a table.
func TestBlocksKeepCrashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, byID := drawBlocks(t)
		want := map[string]string{}
		for id, c := range byID {
			want[id] = fmt.Sprintf("%q", c.AppendRecord(nil))
		}
		workers := rapid.IntRange(1, 3).Draw(t, "readers")
		same(t, "records", want, recordsOf(t, b, workers))
		table, err := Load(t.Context(), b, workers)
		if err != nil {
			t.Fatal(err)
		}
		if table.Crashes() != len(byID) {
			t.Fatalf("%d crashes in the table, of %d", table.Crashes(), len(byID))
		}
		loaded := map[string]string{}
		for _, s := range table.Shards() {
			reader := s.Reader()
			for i := range s.Inputs() {
				if s.Count(i) == 0 {
					t.Fatal("an input of no crash")
				}
				for _, m := range s.Metas(i) {
					c, err := reader.Crash(i)
					if err != nil {
						t.Fatal(err)
					}
					c.Meta = m
					loaded[m.ID] = fmt.Sprintf("%q", c.AppendRecord(nil))
				}
			}
		}
		same(t, "crashes of the table", want, loaded)
	})
}

// Signatures are those of the crashes, wherever they come from.
func TestBlocksMakeSignatures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, byID := drawBlocks(t)
		table, err := Load(t.Context(), b, 2)
		if err != nil {
			t.Fatal(err)
		}
		set, rules := enginetest.DrawSet(t, "lists"), signatures.DefaultRules()
		want, w := map[string]string{}, signatures.NewGenerator(set, rules).Worker()
		for id, c := range byID {
			r, err := w.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			want[id] = r.Signature
		}
		same(t, "signatures", want, signaturesOf(t, table, signatures.NewGenerator(set, rules).Worker))
	})
}

// someBlock is a block of a few crashes.
func someBlock(t interface{ Fatal(...any) }) stored {
	var b blocks
	var crashes []*crashdata.Crash
	for _, doc := range enginetest.Crashes(
		enginetest.NewStack(3, "poll a::run main", `, "product": "Firefox"`), enginetest.NewStack(1, "wait", `, "hang": 1`), enginetest.NewStack(2, "", ""),
	) {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	b.add(t, crashes)
	return b.blocks[0]
}

// A block of another version is told apart from one that is damaged; either gives nothing.
func TestBlocksRefused(t *testing.T) {
	block := someBlock(t)
	for at := range 2 {
		other := append([]byte(nil), block.common...)
		other[at]++
		if _, err := openBlock(other, crashdata.NewSymbols()); !errors.Is(err, crashdata.ErrRecordVersion) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
	for n := range block.common {
		if _, err := openBlock(block.common[:n], crashdata.NewSymbols()); err == nil {
			t.Errorf("%d of %d bytes of what is common open", n, len(block.common))
		}
	}
	b, err := openBlock(block.common, crashdata.NewSymbols())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openBlock(append(append([]byte(nil), block.common...), 0), crashdata.NewSymbols()); !errors.Is(err, ErrBlock) {
		t.Errorf("what is common with a byte behind it: %v", err)
	}
	content := block.parts[0].Content
	if _, _, err := b.part(append(append([]byte(nil), content...), 0), len(block.ids), new([]crashdata.Numbered)); !errors.Is(err, ErrBlock) {
		t.Errorf("a part with a byte behind it: %v", err)
	}
	for n := range content {
		if _, _, err := b.part(content[:n], len(block.ids), new([]crashdata.Numbered)); err == nil {
			t.Errorf("%d of %d bytes of a part are read", n, len(content))
		}
	}
	few := block
	few.ids, few.parts = nil, []Part{{Content: content}}
	for name, read := range map[string]func(*blocks) error{
		"Load": func(b *blocks) error { _, err := Load(t.Context(), b, 1); return err },
		"Each": func(b *blocks) error {
			return b.Each(t.Context(), 1, func(_ int, _ string, _ *crashdata.Record, err error) error { return err })
		},
	} {
		if err := read(&blocks{blocks: []stored{few}}); err == nil {
			t.Errorf("%s takes a part with other crashes than it says", name)
		}
	}
}

// damagedForms are some bytes cut off at each place, and with each one replaced.
func damagedForms(whole []byte) (all [][]byte) {
	for i := range whole {
		all = append(all, whole[:i])
		for _, other := range []byte{0, 1, 2, 0x7f, 0x80, 0xff} {
			all = append(all, slices.Replace(slices.Clone(whole), i, i+1, other))
		}
	}
	return all
}

// FuzzBlock: no bytes make a panic, or ask for much more memory than they are.
func FuzzBlock(f *testing.F) {
	block := someBlock(f)
	common, part := block.common, block.parts[0].Content
	f.Add(common, part)
	for _, damaged := range damagedForms(common) {
		f.Add(damaged, part)
	}
	for _, damaged := range damagedForms(part) {
		f.Add(common, damaged)
	}
	f.Add(append(binary.BigEndian.AppendUint32(nil, BlockVersion), 0, 0, 0, 0, 0), []byte{0, 0})
	f.Fuzz(func(t *testing.T, common, part []byte) {
		b, err := openBlock(common, crashdata.NewSymbols())
		if err != nil {
			return
		}
		r := blockReader{b: part}
		crashes, _, err := b.part(part, r.count(), new([]crashdata.Numbered))
		if err != nil {
			return
		}
		src := &blocks{blocks: []stored{{common: common, parts: []Part{{Content: part}}}}}
		for i := range crashes {
			src.blocks[0].ids = append(src.blocks[0].ids, enginetest.ID(i))
			src.blocks[0].parts[0].Crashes = append(src.blocks[0].parts[0].Crashes, i)
		}
		read := func(_ int, _ string, r *crashdata.Record, err error) error {
			if err == nil {
				var c *crashdata.Crash
				if c, err = r.Crash(); err == nil {
					for _, thread := range []*crashdata.Thread{&c.Stack, c.ThreadZero()} {
						for _, f := range thread.Frames {
							_ = thread.Frame(f)
						}
					}
				}
			}
			return nil
		}
		if err := src.Each(t.Context(), 1, read); err != nil {
			t.Error(err)
		}
		table, err := Load(t.Context(), src, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range table.Shards() {
			for i := range s.Inputs() {
				_, _ = s.Reader().Crash(i)
			}
		}
	})
}

// The parts of a shard have each of its inputs once, with its crashes.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, byID := drawTable(t)
		parts, seen := rapid.IntRange(1, 12).Draw(t, "parts"), map[string]string{}
		for _, s := range table.Shards() {
			for _, part := range s.split(parts) {
				reader := part.Reader()
				if part.Inputs() == 0 {
					t.Fatal("a part without an input")
				}
				for i := range part.Inputs() {
					n := 0
					for _, m := range part.Metas(i) {
						c, err := reader.Crash(i)
						if err != nil || seen[m.ID] != "" {
							t.Fatal(m.ID, seen[m.ID], err)
						}
						c.Meta = m
						seen[m.ID] = fmt.Sprintf("%q", c.AppendRecord(nil))
						n++
					}
					if n == 0 || n != part.Count(i) {
						t.Fatalf("%d crashes of %d", n, part.Count(i))
					}
				}
			}
		}
		want := map[string]string{}
		for id, c := range byID {
			want[id] = fmt.Sprintf("%q", c.AppendRecord(nil))
		}
		same(t, "crashes", want, seen)
	})
}
