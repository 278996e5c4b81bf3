package cache

import (
	"errors"
	"runtime"
	"testing"
)

// A length that is damaged has nobody ask for gigabytes: neither a key's nor a value's, in any leaf page.
func TestDamagedLengths(t *testing.T) {
	s := newSample(t, 30)
	const elementLen, keySize, valueSize = 16, 8, 12
	damaged := 0
	for at := 2 * 4096; at < len(s.content); at += 4096 {
		p := headAt(s.content, at)
		if p.flags != flagLeaf || p.id != uint64(at/4096) {
			continue
		}
		for _, field := range []int{keySize, valueSize} {
			element := at + pageHeader + elementLen*(p.count-1) + field
			s.write(t, func(b []byte) []byte { b[element+3] |= 0x40; return b }) // 1 GB more
			damaged++
			if asked := asksFor(func() { s.readAll(t) }); asked > 256<<20 {
				t.Errorf("page %d: reading it asked for %d MB", p.id, asked>>20)
			}
		}
	}
	if damaged < 20 {
		t.Fatalf("%d pages: too few", damaged)
	}
}

// asksFor is how many bytes are allocated meanwhile.
func asksFor(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// readAll reads by every way there is, and takes only what is right, or an error that damage may show as.
func (s sample) readAll(t *testing.T) {
	t.Helper()
	c, err := Open(s.path, Options{ReadOnly: true})
	if err != nil {
		if !tolerable(err) {
			t.Fatal(err)
		}
		return
	}
	defer c.Close()
	for _, ids := range [][]string{nil, s.ids} {
		for _, kind := range kinds {
			err := c.EachBlob(t.Context(), kind, ids, 2, func(_ int, b Blob) error {
				if !tolerable(b.Err) {
					t.Error(b.Err)
				}
				return nil
			})
			if !tolerable(err) {
				t.Error(err)
			}
		}
	}
	s.sameRecords(t, c)
	s.readRest(t, c)
}

// A leaf page that says it has a value less hides none: whoever asks for all gets all, or an error.
func TestDamagedCounts(t *testing.T) {
	s := newSample(t, 60)
	const count = 10
	refused := 0
	for at := 2 * 4096; at < len(s.content); at += 4096 {
		p := headAt(s.content, at)
		if p.flags != flagLeaf || p.id != uint64(at/4096) || p.count < 2 {
			continue
		}
		s.write(t, func(b []byte) []byte { b[at+count]--; return b })
		for version := range uint32(2) { // of which one has no blocks
			c, err := Open(s.path, Options{ReadOnly: true, BlockVersion: version})
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range sampled {
				switch ids, err := c.IDs(t.Context(), k); {
				case errors.Is(err, ErrDamaged):
					refused++
				case err != nil || len(ids) != len(s.ids):
					t.Errorf("page %d: %d of %d crashes, %v", p.id, len(ids), len(s.ids), err)
				}
			}
			switch records, others, err := arranged(t, c, nil, 2); {
			case errors.Is(err, ErrDamaged):
				refused++
			case err != nil || len(records)+len(others) != len(s.ids):
				t.Errorf("page %d: %d crashes in blocks and %d others of %d, %v", p.id, len(records), len(others), len(s.ids), err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if refused < 20 {
		t.Errorf("%d were refused: the test has lost its teeth", refused)
	}
}
