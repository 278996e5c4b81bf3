package report

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// partLines and partFrames are few, so that they meet.
var (
	partLines  = []string{"a", "foo", ".*Wait", `f\w+`, "zz", "RunWatchdog", "qux|b", "__x"}
	partFrames = []string{"a", "_a", "foo", "foo::bar", "PR_Wait", "zz", "b", "RunWatchdog", "_qux", "x", "@0x1f"}
)

func drawGenerator(t *rapid.T, label string) *signatures.Generator {
	files := fstest.MapFS{}
	for _, name := range siglists.Names() {
		lines := rapid.SliceOfN(rapid.SampledFrom(partLines), 0, 3).Draw(t, label+" "+string(name))
		files[name.File()] = &fstest.MapFile{Data: []byte(strings.Join(append(lines, "never"), "\n"))}
	}
	set, err := siglists.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return signatures.NewGenerator(set, signatures.DefaultRules())
}

func drawCrashes(t *rapid.T) crashdata.Crashes {
	var crashes crashdata.Crashes
	for i := range rapid.IntRange(0, 15).Draw(t, "crashes") {
		frames := rapid.SliceOfN(rapid.SampledFrom(partFrames), 1, 5).Draw(t, "frames")
		c, err := crashdata.ParseProcessed(fmt.Appendf(nil, `{"uuid": "%s", "json_dump": {"threads": [{"frames": [{"function": "%s"}]}]}}`,
			crashIDs(i, 1)[0], strings.Join(frames, `"}, {"function": "`)))
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	return crashes
}

// partOf compares the crashes of a shard.
func partOf(t interface{ Fatal(...any) }, base, candidate *signatures.Generator, all crashdata.Crashes, shard compare.Shard) *Part {
	p := &Part{PartHead: PartHead{
		Program: "v1", Base: Side{Spec: "old", Kind: "dir", Digest: "1"}, Candidate: Side{Spec: "new", Kind: "dir", Digest: "2", Notes: []string{"n"}},
		Corpus: "c", Crashes: len(all), IDs: 1 << 63, Shard: shard,
	}}
	var crashes crashdata.Crashes
	for _, c := range all {
		if shard.Has(c.ID()) {
			crashes = append(crashes, c)
			p.Sum += xxhash.Sum64String(c.ID())
		}
	}
	var err error
	p.Tally, err = compare.Compare(context.Background(), crashes, base, candidate, compare.Options{Workers: 2, Examples: 3, Changed: true, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func packed(t interface{ Fatal(...any) }, p *Part) []byte {
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func unpacked(t interface{ Fatal(...any) }, file []byte) *Part {
	p, err := new(Merger).read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMergedReportIsWhole: in every format, the report of parts in any order is that of one run.
func TestMergedReportIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, candidate, crashes := drawGenerator(t, "base"), drawGenerator(t, "candidate"), drawCrashes(t)
		whole := unpacked(t, packed(t, partOf(t, base, candidate, crashes, compare.Shard{Index: 1, Count: 1})))
		n := rapid.IntRange(1, 5).Draw(t, "shards")
		var m Merger
		for _, i := range rapid.Permutation(crashIDs(1, n)).Draw(t, "order") {
			shard := compare.Shard{Index: 1 + slices.Index(crashIDs(1, n), i), Count: n}
			if err := m.Add(i, unpacked(t, packed(t, partOf(t, base, candidate, crashes, shard)))); err != nil {
				t.Fatal(err)
			}
		}
		merged, err := m.Whole()
		if err != nil {
			t.Fatal(err)
		}
		if merged.Sum != whole.Sum {
			t.Fatal("the digests don't add up")
		}
		for _, format := range ComparisonFormats().Names() {
			for _, by := range []string{ByCrash, ByGroup} {
				var reports [2]bytes.Buffer
				for i, p := range []*Part{whole, merged} {
					r, err := p.Report(context.Background(), "d")
					if err != nil {
						t.Fatal(err)
					}
					if err := ComparisonFormats().Render(&reports[i], format, r, Options{Limit: 2, Host: testHost, By: by}); err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(reports[0].Bytes(), reports[1].Bytes()) {
					t.Fatalf("%s of one run:\n%s\nof %d parts:\n%s", format, &reports[0], n, &reports[1])
				}
			}
		}
	})
}

func smallPart(t interface{ Fatal(...any) }, shard compare.Shard) *Part {
	set, err := siglists.Load(fstest.MapFS{
		siglists.Sentinels.File(): {}, siglists.Irrelevant.File(): {Data: []byte("a")},
		siglists.Prefix.File(): {Data: []byte("b")}, siglists.LineNumbers.File(): {Data: []byte("c")},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := signatures.NewGenerator(set, signatures.DefaultRules())
	return partOf(t, g, g, nil, shard)
}

// TestMergeRefuses: parts that don't make one comparison, each with what is wrong.
func TestMergeRefuses(t *testing.T) {
	first, second := compare.Shard{Index: 1, Count: 2}, compare.Shard{Index: 2, Count: 2}
	for want, change := range map[string]func(*Part){
		"both part 1 of 2":             func(p *Part) { p.Shard = first },
		"the number of parts differs":  func(p *Part) { p.Shard.Count = 3 },
		"the version of sigdiff":       func(p *Part) { p.Program = "v2" },
		"the base's siglists":          func(p *Part) { p.Base.Digest = "3" },
		"the candidate's siglists":     func(p *Part) { p.Candidate.Digest = "3" },
		"what was accepted differs":    func(p *Part) { p.Base.Results = "3" },
		"what was accepted":            func(p *Part) { p.Candidate.Results = "3" },
		"the base's rules":             func(p *Part) { p.Base.Rules = "2023" },
		"the candidate's rules":        func(p *Part) { p.Candidate.Rules = "2023" },
		"the base differs":             func(p *Part) { p.Base.Spec = "older" },
		"the candidate differs":        func(p *Part) { p.Candidate.Notes = nil },
		"the corpus' name":             func(p *Part) { p.Corpus = "d" },
		"which crashes the corpus has": func(p *Part) { p.IDs++ },
		"which crashes the corpus":     func(p *Part) { p.Crashes++ },
		"what is noted differs":        func(p *Part) { p.Notes = []Note{{Text: say("n")}} },
		"Socorro's code differs":       func(p *Part) { p.Code = &CodeChange{} },
		"what lint finds differs":      func(p *Part) { p.Lint = []lint.Finding{{Message: "m"}} },
		"--stale-before differs":       func(p *Part) { p.StaleBefore = "2020-01-01T00:00:00Z" },
		"different comparisons: other options": func(p *Part) {
			p.Tally, _ = compare.Compare(t.Context(), crashdata.Crashes{}, signatures.Recorded{}, signatures.Recorded{}, compare.Options{Workers: 1})
		},
	} {
		var m Merger
		if err := m.Add("one", smallPart(t, first)); err != nil {
			t.Fatal(err)
		}
		other := smallPart(t, second)
		change(other)
		if err := m.Add("two", other); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "two") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	var m Merger
	if _, err := m.Whole(); err == nil {
		t.Error("no parts make a whole")
	}
	if err := m.Add("two", smallPart(t, second)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Whole(); err == nil || err.Error() != "1 of 2 parts are missing, the first of them part 1" {
		t.Errorf("a part is missing: %v", err)
	}
	short := smallPart(t, compare.Shard{Index: 1, Count: 1})
	short.Crashes++
	m = Merger{}
	if err := m.Add("short", short); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Whole(); err == nil || !strings.Contains(err.Error(), "0 crashes, the corpus 1") {
		t.Errorf("a crash is lost: %v", err)
	}
}

// zeros is a file without an end, such as /dev/zero.
type zeros struct{ read int }

func (z *zeros) Read(p []byte) (int, error) {
	clear(p)
	z.read += len(p)
	return len(p), nil
}

// TestReadPartOfAnotherFile: what is no part is refused by its start, however long it is.
func TestReadPartOfAnotherFile(t *testing.T) {
	z := &zeros{}
	if _, err := new(Merger).read(z); !errors.Is(err, ErrPart) || z.read > 1<<16 {
		t.Errorf("%d bytes were read: %v", z.read, err)
	}
	broken := errors.New("the disk is broken")
	if _, err := new(Merger).read(iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.Is(err, ErrPart) {
		t.Error(err)
	}
}

// TestReadPartHostile: no byte can be lost or flipped unnoticed, and a small file asks for little memory.
func TestReadPartHostile(t *testing.T) {
	file := packed(t, smallPart(t, compare.Shard{Index: 1, Count: 1}))
	refused := func(what string, b []byte) {
		if _, err := new(Merger).read(bytes.NewReader(b)); !errors.Is(err, ErrPart) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := range file {
		refused(fmt.Sprintf("the first %d of %d bytes", n, len(file)), file[:n])
		for bit := range 8 {
			b := slices.Clone(file)
			b[n] ^= 1 << bit
			refused(fmt.Sprintf("bit %d of byte %d flipped", bit, n), b)
		}
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	refused("a bomb", sealed(encoder.EncodeAll(make([]byte, 1<<27), nil)))
	for _, head := range []string{"", "null", "{}", "[]", `{"Shard": {"Index": 2, "Count": 1}}`, `{"Shard": {"Index": 1, "Count": 1}, "Later": 1}`} {
		body := append(binary.AppendUvarint(nil, uint64(len(head))), head...)
		refused(head, sealed(encoder.EncodeAll(body, nil)))
	}
	refused("a long head", sealed(encoder.EncodeAll([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, nil)))
}

// sealed is a part file with a right checksum, whatever is in it.
func sealed(content []byte) []byte { return sealedAs(partVersion, content) }

func sealedAs(version byte, content []byte) []byte {
	file := append([]byte(partMagic), version)
	file = append(file, content...)
	return binary.LittleEndian.AppendUint64(file, xxhash.Sum64(file))
}

// TestPartsThatTakeTooMuch: what parts take in memory is bounded by their size, all parts of a merge together.
func TestPartsThatTakeTooMuch(t *testing.T) {
	body := func(head string, ids int) []byte {
		b := append(binary.AppendUvarint(nil, uint64(len(head))), head...)
		return fmt.Appendf(b, `{"Version":%d,"Missing":[""%s]}`+"\n", compare.PartVersion, strings.Repeat(`,""`, ids))
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	const head = `{"Shard":{"Index":1,"Count":2}}`
	half := sealed(encoder.EncodeAll(body(head, maxSmall/80), nil)) // ids that are empty
	for name, c := range map[string]struct {
		want  string
		files [][]byte
	}{
		"few":               {"both part 1", [][]byte{sealed(encoder.EncodeAll(body(head, 1), nil)), half}},
		"many ids":          {errRoom.Error(), [][]byte{sealed(encoder.EncodeAll(body(head, maxSmall/10), nil))}},
		"many bytes":        {errRoom.Error(), [][]byte{sealed(encoder.EncodeAll(make([]byte, 2*maxSmall), nil))}},
		"two together":      {errRoom.Error(), [][]byte{half, half}},
		"the other version": {"its form is version 0, not ", [][]byte{sealedAs(0, encoder.EncodeAll(body(head, 1), nil))}},
		"half a number":     {"its head is cut off", [][]byte{sealed(encoder.EncodeAll([]byte{0x80}, nil))}},
		"half a head":       {"its head is cut off", [][]byte{sealed(encoder.EncodeAll([]byte(head), nil))}},
		"part 0":            {"a number that can't be", [][]byte{sealed(encoder.EncodeAll(body(`{"Shard":{"Index":0,"Count":2}}`, 1), nil))}},
		"part 3 of 2":       {"a number that can't be", [][]byte{sealed(encoder.EncodeAll(body(`{"Shard":{"Index":3,"Count":2}}`, 1), nil))}},
		"less than nothing": {"a number that can't be", [][]byte{sealed(encoder.EncodeAll(body(`{"Crashes":-1,"Shard":{"Index":1,"Count":2}}`, 1), nil))}},
		"fetchable":         {"a number that can't be", [][]byte{sealed(encoder.EncodeAll(body(`{"Fetchable":-1,"Shard":{"Index":1,"Count":2}}`, 1), nil))}},
		"a large head":      {"its head has", [][]byte{sealed(encoder.EncodeAll(body(strings.Repeat(" ", 2<<20), 1), nil))}},
	} {
		t.Run(name, func(t *testing.T) {
			var m Merger
			var err error
			for _, file := range c.files {
				if err = m.Read("the.part", bytes.NewReader(file)); err != nil {
					break
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "the.part") {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// FuzzReadPart: no file makes a panic, and a part that is read is written and read again as it was.
func FuzzReadPart(f *testing.F) {
	file := packed(f, smallPart(f, compare.Shard{Index: 1, Count: 1}))
	body, err := unpackPart(file, maxSmall)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body, true)
	f.Add(file[len(partMagic)+1:len(file)-8], false)
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte, pack bool) {
		if pack {
			content = encoder.EncodeAll(content, nil)
		}
		p, err := new(Merger).read(bytes.NewReader(sealed(content)))
		if err != nil {
			if !errors.Is(err, ErrPart) {
				t.Error(err)
			}
			return
		}
		once := packed(t, p)
		if !bytes.Equal(packed(t, unpacked(t, once)), once) {
			t.Error("a part that was read again has other bytes")
		}
	})
}
