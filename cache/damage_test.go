package cache

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/sigdiff/sigdiff/crashid"
)

// sample is a cache with everything in it, to be damaged.
type sample struct {
	path    string
	content []byte
	ids     []string
}

// sampled are the kinds of blobs that each crash of a sample has. One that has a record has no screen record.
var sampled = []Kind{Raw, Processed, Record}

// newSample makes a cache of some hundred pages, with pages that were freed.
func newSample(t testing.TB, n int) sample {
	t.Helper()
	s := sample{path: filepath.Join(t.TempDir(), "sample.db")}
	c, err := Open(s.path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var entries []Entry
	for i := range n {
		id := idN(i)
		s.ids = append(s.ids, id)
		entries = append(entries, Entry{ID: id, Raw: contentOf(id, 300), Processed: contentOf(id, 9000), Record: contentOf(id, 700)})
	}
	put(t, c, entries[:n/2]...)
	put(t, c, entries[n/3:]...)
	slices.Sort(s.ids)
	if err := arrange(c, 50); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		c.PutCorpus(Corpus{Name: "all", IDs: s.ids}), c.PutCorpus(Corpus{Name: "few", IDs: s.ids[:3]}),
		c.PutAccepted("all", contentOf("accepted", 5000)), c.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s.content, err = os.ReadFile(s.path); err != nil {
		t.Fatal(err)
	}
	return s
}

// write writes the file anew with a change.
func (s sample) write(t testing.TB, change func([]byte) []byte) {
	t.Helper()
	if err := os.WriteFile(s.path, change(bytes.Clone(s.content)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tolerable are the errors that damage may show as.
func tolerable(err error) bool {
	return err == nil || errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrNotCache) ||
		errors.Is(err, ErrNoCorpus) || errors.Is(err, ErrNewerFormat)
}

// changes damage a file in random places: single bits, runs of bytes, whole
// pages swapped or zeroed, cuts.
func changes(r *rand.Rand, size int) func([]byte) []byte {
	at := r.IntN(size)
	length := min(1+r.IntN(6000), size-at)
	page, other := r.IntN(size/4096), r.IntN(size/4096)
	bit := r.IntN(8)
	switch r.IntN(6) {
	case 0, 1:
		return func(b []byte) []byte { b[at] ^= 1 << bit; return b }
	case 2:
		return func(b []byte) []byte {
			for i := range length {
				b[at+i] = byte(r.Uint32())
			}
			return b
		}
	case 3:
		return func(b []byte) []byte { clear(b[at : at+length]); return b }
	case 4:
		return func(b []byte) []byte { copy(b[page*4096:(page+1)*4096], b[other*4096:]); return b }
	}
	return func(b []byte) []byte { return b[:at] }
}

// Whatever happens to the file: no panic, nothing wrong taken for right; and
// Verify notices when anything went wrong; and Repair saves the rest.
func TestDamage(t *testing.T) {
	s := newSample(t, 60)
	r := rand.New(rand.NewPCG(3, 4))
	noticed, opened := 0, 0
	const rounds = 100
	for round := range rounds {
		change := changes(r, len(s.content))
		if round%3 == 0 { // where it hurts most: headers and elements of pages in use
			at := r.IntN(len(s.content)/4096)*4096 + r.IntN(80)
			change = func(b []byte) []byte { b[at] ^= byte(1 << r.IntN(8)); return b }
		}
		damaged := change(bytes.Clone(s.content))
		s.write(t, func([]byte) []byte { return damaged })
		whole := s.read(t, true)
		if whole != nil {
			opened++
		}
		s.use(t)
		s.write(t, func([]byte) []byte { return damaged })
		if s.verifyAndRepair(t, whole) {
			noticed++
		}
	}
	if noticed < rounds/6 || opened < rounds/4 {
		t.Errorf("of %d damaged files %d were noticed and %d opened: the test has lost its teeth", rounds, noticed, opened)
	}
}

// read reads everything and checks that what comes is right. It returns how many
// blobs of each kind could be read, nil if the file can't be opened.
func (s sample) read(t *testing.T, readOnly bool) map[Kind]int {
	t.Helper()
	c, err := Open(s.path, Options{ReadOnly: readOnly})
	if err != nil {
		if !tolerable(err) || !strings.Contains(err.Error(), s.path) {
			t.Fatal(err)
		}
		return nil
	}
	defer c.Close()
	read := map[Kind]int{}
	for k, size := range map[Kind]int{Raw: 300, Processed: 9000, Record: 700} {
		for _, ids := range [][]string{s.ids, nil} {
			n := 0
			err := c.EachBlob(context.Background(), k, ids, 1, func(_ int, b Blob) error {
				if !tolerable(b.Err) {
					t.Fatal(b.Err)
				}
				if b.Err == nil && !bytes.Equal(b.Data, contentOf(b.ID, size)) {
					t.Fatalf("%s of %s: wrong content", k, b.ID)
				}
				if b.Err == nil {
					n++
				}
				return nil
			})
			if !tolerable(err) || ids != nil && err != nil {
				t.Fatal(err)
			}
			if ids != nil {
				read[k] = n
			}
		}
	}
	s.sameRecords(t, c)
	s.readRest(t, c)
	return read
}

func (s sample) readRest(t *testing.T, c *Cache) {
	t.Helper()
	for _, id := range s.ids {
		got, err := c.Get(id, Processed)
		if !tolerable(err) || err == nil && !bytes.Equal(got, contentOf(id, 9000)) {
			t.Fatalf("%s: %d bytes, %v", id, len(got), err)
		}
	}
	corpus, err := c.Corpus("all")
	if !tolerable(err) || err == nil && !slices.Equal(corpus.IDs, s.ids) {
		t.Fatalf("corpus of %d, %v", len(corpus.IDs), err)
	}
	accepted, err := c.Accepted("all")
	if !tolerable(err) || err == nil && !bytes.Equal(accepted, contentOf("accepted", 5000)) {
		t.Fatalf("accepted: %d bytes, %v", len(accepted), err)
	}
	for _, err := range []error{
		errOf(c.IDs(context.Background(), Record)), errOf(c.Has(context.Background(), s.ids)), errOf(c.Corpora()), errOf(c.Stats()),
	} {
		if !tolerable(err) {
			t.Fatal(err)
		}
	}
}

// use writes to the damaged file.
func (s sample) use(t *testing.T) {
	t.Helper()
	c, err := Open(s.path, Options{})
	if err != nil {
		if !tolerable(err) {
			t.Fatal(err)
		}
		return
	}
	c.db.NoSync = true
	ctx := context.Background()
	w := c.Writer(ctx)
	for i, id := range s.ids {
		_ = w.Put(ctx, Entry{ID: id, Processed: contentOf(id, 9000)})
		_ = w.Put(ctx, Entry{ID: idN(1000 + i), Processed: contentOf(idN(1000+i), 9000)})
	}
	_, errDelete := c.Delete(ctx, s.ids[:10], Raw)
	for _, err := range []error{w.Close(), c.PutCorpus(Corpus{Name: "new", IDs: s.ids}), errDelete, c.Close()} {
		if !tolerable(err) {
			t.Fatal(err)
		}
	}
	s.read(t, true)
}

// verifyAndRepair checks that Verify notices if not everything could be read,
// and that a repaired file is sound and has all that could be read before.
func (s sample) verifyAndRepair(t *testing.T, whole map[Kind]int) (noticed bool) {
	t.Helper()
	ctx := context.Background()
	report, err := Verify(ctx, s.path, Options{}, nil)
	if err != nil {
		if !tolerable(err) {
			t.Fatal(err)
		}
		return true
	}
	repaired, err := Repair(ctx, s.path, Options{}, nil)
	if err != nil {
		t.Fatalf("%v; damage: %v", err, report.Damaged)
	}
	if (len(report.Damaged) == 0) != (repaired.Old == "") {
		t.Fatalf("verified: %v; repaired: %+v", report.Damaged, repaired)
	}
	complete := whole != nil
	for _, n := range whole {
		complete = complete && n == len(s.ids)
	}
	if len(report.Damaged) == 0 {
		if !complete {
			t.Fatalf("verified, yet only %v could be read", whole)
		}
		return false
	}
	if after, err := Verify(ctx, s.path, Options{}, nil); err != nil || len(after.Damaged) > 0 {
		t.Fatalf("after repair: %v, %v", after, err)
	}
	s.checkRepaired(t, repaired, whole)
	if err := os.Remove(repaired.Old); err != nil {
		t.Fatal(err)
	}
	return true
}

func (s sample) checkRepaired(t *testing.T, r Repaired, before map[Kind]int) {
	t.Helper()
	after := s.read(t, false)
	for _, d := range r.Damaged {
		if strings.Contains(d.Why, "an element that can't be where it says") { // it may have led to the same file, mapped by an earlier round
			return
		}
	}
	lost := map[Kind]int{}
	for _, l := range r.Lost {
		lost[l.Kind]++
	}
	for _, k := range sampled {
		if after[k] < before[k] || int(r.Saved[k]) != after[k] {
			t.Fatalf("%d %s blobs could be read before, %d after repair, which says %d; %v", before[k], k, after[k], r.Saved[k], r.Damaged)
		}
		if any := after[Raw] + after[Processed] + after[Record]; any > 0 && lost[k] < len(s.ids)-after[k] && after[Record] == len(s.ids) {
			t.Fatalf("%d %s blobs are gone, %d are listed; %v", len(s.ids)-after[k], k, lost[k], r.Damaged)
		}
	}
}

// A file that is cut short while it is open.
func TestCutWhileOpen(t *testing.T) {
	s := newSample(t, 60)
	for _, size := range []int64{0, 4096, 6 * 4096} {
		s.write(t, func(b []byte) []byte { return b })
		c, err := Open(s.path, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Get(s.ids[0], Record); err != nil { // the tree is known to be sound
			t.Fatal(err)
		}
		if err := os.Truncate(s.path, size); err != nil {
			t.Fatal(err)
		}
		failed := 0
		for _, id := range s.ids {
			got, err := c.Get(id, Record)
			if !tolerable(err) || err == nil && !bytes.Equal(got, contentOf(id, 700)) {
				t.Fatal(err)
			}
			if err != nil {
				failed++
			}
		}
		if failed == 0 {
			t.Errorf("cut to %d bytes: everything could be read", size)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if again, err := Open(s.path, Options{Timeout: patient}); errors.Is(err, ErrInUse) {
			t.Error("the lock outlives the cache")
		} else if err == nil {
			_ = again.Close()
		}
	}
}

// Without a readable meta page nobody knows where the trees begin; the values are
// found all the same.
func TestRepairWithoutMeta(t *testing.T) {
	s := newSample(t, 60)
	s.write(t, func(b []byte) []byte {
		for _, at := range []int{0, 4096} {
			b[at+pageHeader+metaLen-1] ^= 1
		}
		return b
	})
	if _, err := Open(s.path, Options{}); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	if r, err := Verify(context.Background(), s.path, Options{}, nil); err != nil || len(r.Damaged) == 0 {
		t.Errorf("%v, %v", r, err)
	}
	r, err := Repair(context.Background(), s.path, Options{}, nil)
	if err != nil || len(r.Damaged) == 0 || len(r.Lost) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	for k, n := range s.read(t, false) {
		if n != len(s.ids) {
			t.Errorf("%d of %d %s blobs", n, len(s.ids), k)
		}
	}
	c := openCache(t, s.path, Options{ReadOnly: true})
	if corpus, err := c.Corpus("all"); err != nil || !slices.Equal(corpus.IDs, s.ids) {
		t.Errorf("corpus of %d, %v", len(corpus.IDs), err)
	}
}

// Damage to one value is told with its crash id and kind, and nothing else is lost.
func TestDamagedValue(t *testing.T) {
	s := newSample(t, 60)
	victim := s.ids[7]
	c, err := Open(s.path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	k, _ := packID(victim)
	v, err := recordBucket.seal(k[:], contentOf(victim, 700), c.now())
	if err != nil {
		t.Fatal(err)
	}
	v[len(v)-1] ^= 1
	if err := errors.Join(errOf(c.apply([]op{{bucket: recordBucket, key: k[:], value: v}}, nil)), c.Close()); err != nil {
		t.Fatal(err)
	}
	c = openCache(t, s.path, Options{ReadOnly: true})
	_, err = c.Get(victim, Record)
	if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), victim) || !strings.Contains(err.Error(), "record") || !strings.Contains(err.Error(), "cache repair") {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(context.Background(), s.path, Options{}, nil); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), victim) {
		t.Error("compacting would lose it without a word:", err)
	}
	r, err := Repair(context.Background(), s.path, Options{}, nil)
	want := []LostBlob{{victim, Record}}
	if err != nil || !slices.Equal(r.Lost, want) || r.Saved[Record] != 59 || r.Saved[Raw] != 60 || r.Old == "" {
		t.Errorf("%+v, %v", r, err)
	}
	if info, err := os.Stat(s.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// Where the key of a value is damaged, so that no crash has it any more, the crash that it belonged to is lost. What the
// key says now is no crash, and can't be fetched.
func TestDamagedKey(t *testing.T) {
	for _, kind := range sampled {
		s := newSample(t, 60)
		k, _ := packID(s.ids[7])
		other := k
		other[1] = 0xdd // the month
		if crashid.Valid(other.String()) {
			t.Fatalf("%s is a crash id", other.String())
		}
		c, err := Open(s.path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var value []byte
		err = c.view(func(tx *bolt.Tx) error {
			value = bytes.Clone(tx.Bucket([]byte(bucketOf(kind).name)).Get(k[:]))
			return nil
		})
		moved := []op{{bucket: bucketOf(kind), key: k[:]}, {bucket: bucketOf(kind), key: other[:], value: value}}
		if err := errors.Join(err, errOf(c.apply(moved, nil)), c.Close()); err != nil || value == nil {
			t.Fatal(err)
		}
		r, err := Repair(t.Context(), s.path, Options{}, nil)
		if want := []LostBlob{{s.ids[7], kind}}; err != nil || !slices.Equal(r.Lost, want) {
			t.Errorf("lost of %s: %v, want %v, %v", kind, r.Lost, want, err)
		}
	}
}

// A bbolt file that leads in circles must not lead into them.
func TestLoop(t *testing.T) {
	s := newSample(t, 300)
	loops := 0
	for at := 2 * 4096; at < len(s.content); at += 4096 {
		p := headAt(s.content, at)
		if p.flags != flagBranch || p.id != uint64(at/4096) {
			continue
		}
		s.write(t, func(b []byte) []byte {
			native.PutUint64(b[at+pageHeader+8:], p.id) // its first child is itself
			return b
		})
		loops++
		whole := s.read(t, true)
		s.use(t)
		s.write(t, func(b []byte) []byte { native.PutUint64(b[at+pageHeader+8:], p.id); return b })
		s.verifyAndRepair(t, whole)
	}
	if loops == 0 {
		t.Fatal("no branch page in the sample")
	}
}

// bbolt writes into pages that its list of free pages names.
func TestFreelistThatLies(t *testing.T) {
	s := newSample(t, 60)
	f, err := os.Open(s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pages, err := statPages(f)
	if err != nil {
		t.Fatal(err)
	}
	free, err := pages.FreePages()
	if err != nil || len(free) == 0 {
		t.Fatal(len(free), err)
	}
	at := int(pages.Freelist)*int(pages.PageSize) + pageHeader
	for id := uint64(2); id < pages.Pages; id++ {
		if slices.Contains(free, id) {
			continue
		}
		list := append([]uint64{id}, free[1:]...)
		slices.Sort(list)
		s.write(t, func(b []byte) []byte {
			for i, id := range list {
				native.PutUint64(b[at+8*i:], id)
			}
			return b
		})
		if c, err := Open(s.path, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("page %d is in use and on the list of free pages: %v", id, err)
			_ = c.Close()
		}
	}
}

func FuzzDamagedFile(f *testing.F) {
	s := newSample(f, 20)
	f.Add(uint32(4096*3+8), uint32(1), []byte{1, 2, 3})
	f.Add(uint32(16), uint32(0), []byte{0})
	f.Add(uint32(4096*5), uint32(4096*6), []byte{})
	f.Fuzz(func(t *testing.T, at, cut uint32, with []byte) {
		s := s
		s.path = filepath.Join(t.TempDir(), "c.db")
		s.write(t, func(b []byte) []byte {
			copy(b[int(at)%len(b):], with)
			if cut%7 == 0 {
				b = b[:int(cut)%len(b)]
			}
			return b
		})
		whole := s.read(t, true)
		s.verifyAndRepair(t, whole)
	})
}
