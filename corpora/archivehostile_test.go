package corpora

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// TestDamagedExportIsRefused cuts an exported corpus short and flips bits of it, all over the file. What is left must be refused, or mean the same, and leave no trace in the cache.
func TestDamagedExportIsRefused(t *testing.T) {
	here := newCache(t)
	ids := fill(t, here, 2)
	file, want := export(t, here, ExportOptions{Documents: true})
	there := newCache(t)
	check := func(what string, at int, damaged []byte) {
		t.Helper()
		done, err := ReadExport(t.Context(), there, bytes.NewReader(damaged), ReadOptions{})
		if err == nil { // bits of zstd's frame header that mean nothing
			if done.Digest != want.Digest || digestOf(t, there, ids) != want.Digest {
				t.Fatalf("%s at %d: taken, with other content", what, at)
			}
			if _, err := Remove(t.Context(), there, "night", true); err != nil {
				t.Fatal(err)
			}
			return
		}
		if !errors.Is(err, ErrDamagedExport) && !errors.Is(err, ErrNotExport) && !errors.Is(err, ErrOtherExport) {
			t.Fatalf("%s at %d: error %v", what, at, err)
		}
		if left, err := there.IDs(t.Context(), cache.Record); err != nil || len(left) > 0 {
			t.Fatalf("%s at %d: refused, but %d records were stored (%v)", what, at, len(left), err)
		}
	}
	for n := 0; n < len(file); n += 5 {
		check("cut", n, file[:n])
	}
	for i := 0; i < len(file); i += 3 {
		damaged := slices.Clone(file)
		damaged[i] ^= 1 << (i % 8)
		check("bit flipped", i, damaged)
	}
	for _, more := range [][]byte{{0}, []byte("more"), file} {
		refused(t, append(slices.Clone(file), more...), "there is more after its end")
	}
}

func TestNotAnExport(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	var wide bytes.Buffer
	stream, err := zstd.NewWriter(&wide, zstd.WithWindowSize(32<<20))
	if err != nil {
		t.Fatal(err)
	}
	for range 33 {
		if _, err := stream.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, wide.Bytes(), "it needs more memory than any exported corpus")
	for name, content := range map[string][]byte{
		"empty": {}, "text": []byte("hello\n"), "gzip": {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0},
		"other zstd": encoder.EncodeAll([]byte(`{"uuid": "a processed crash of some length"}`), nil),
		"short zstd": encoder.EncodeAll([]byte(`x`), nil),
	} {
		_, err := ReadExport(t.Context(), newCache(t), bytes.NewReader(content), ReadOptions{})
		if !errors.Is(err, ErrNotExport) && name != "short zstd" || err == nil {
			t.Errorf("%s: error %v, want ErrNotExport", name, err)
		}
	}
}

// crafted is an exported corpus made by hand.
type crafted struct {
	file bytes.Buffer
	*archiveWriter
	end ArchiveEnd
	sum uint64
}

func craft(t *testing.T, h archiveHead) *crafted {
	t.Helper()
	c := &crafted{}
	w, err := newArchiveWriter(&c.file)
	if err != nil {
		t.Fatal(err)
	}
	c.archiveWriter = w
	w.head(h)
	return c
}

func (c *crafted) crash(id string, record []byte) *crafted {
	key, ok := crashid.Pack(id)
	if !ok {
		key[0] = 0xff // a date of hexadecimal digits
	}
	c.item(tagCrash, key, record)
	c.end.Records++
	c.sum += cache.Sum(id, record)
	return c
}

func (c *crafted) missing(id string) *crafted {
	key, _ := crashid.Pack(id)
	c.mark(tagMissing, key)
	c.sum += cache.Sum(id, nil)
	return c
}

func (c *crafted) document(tag byte, id, doc string) *crafted {
	key, _ := crashid.Pack(id)
	c.item(tag, key, []byte(doc))
	if tag == tagRaw {
		c.end.Raw++
	} else {
		c.end.Processed++
	}
	return c
}

func (c *crafted) accepted(results string) *crafted {
	c.write([]byte{tagAccepted})
	c.sized([]byte(results))
	return c
}

func (c *crafted) done(t *testing.T) []byte {
	t.Helper()
	c.end.Digest = DigestOf(c.sum)
	if err := c.archiveWriter.end(c.end); err != nil {
		t.Fatal(err)
	}
	return c.file.Bytes()
}

// recordOf makes the record of a crash that has nothing but an id.
func recordOf(t *testing.T, id string) []byte {
	t.Helper()
	crash, err := crashdata.ParseProcessed([]byte(`{"uuid": "` + id + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	return crash.AppendRecord(nil)
}

func TestHostileExports(t *testing.T) {
	const one, two = "aaaaaaaa-0000-4000-8000-000000261001", "00000000-0000-4000-8000-000000261002"
	head := archiveHead{Name: "n", Crashes: 2, Documents: true}
	record1, record2 := recordOf(t, one), recordOf(t, two)
	good := func() *crafted { return craft(t, head).crash(one, record1).crash(two, record2) }
	more := good()
	more.end.Raw++
	tests := []struct {
		name, want string
		file       *crafted
	}{
		{"good", "", good().document(tagProcessed, two, `{"uuid": "`+two+`"}`).document(tagRaw, one, `{}`)},
		{"another crash's record", "is that of", craft(t, head).crash(one, record2).crash(two, record2)},
		{"no record", "not a crash record", craft(t, head).crash(one, record1).crash(two, []byte{crashdata.RecordVersion, 1})},
		{"a record that nobody writes so", "not as it is written", craft(t, head).crash(one, slices.Concat(record1[:1], []byte{record1[1] | 0x80, 0}, record1[2:])).crash(two, record2)},
		{"wrong order", "in a wrong place", craft(t, head).crash(two, record2).crash(one, record1)},
		{"a crash twice", "in a wrong place", craft(t, head).crash(one, record1).crash(one, record1)},
		{"too many crashes", "more than the 2", good().missing("ffffffff-0000-4000-8000-000000261003")},
		{"too few crashes", "does not hold", craft(t, head).crash(one, record1)},
		{"no crash id", "is no crash id", craft(t, head).crash("zz", record1)},
		{"document of a stranger", "not in the corpus", good().document(tagProcessed, absentID, `{}`)},
		{"document of a later stranger", "not in the corpus", good().document(tagProcessed, noneID, `{}`)},
		{"document of another crash", "of another crash", good().document(tagProcessed, one, `{"uuid": "`+two+`"}`)},
		{"record that is not of its document", "is not that of its processed crash", good().document(tagProcessed, one, `{"uuid": "`+one+`", "signature": "x"}`)},
		{
			"document of too many values", "more than 500000 values",
			good().document(tagProcessed, one, `{"uuid": "`+one+`", "hang": [`+strings.Repeat("0,", documents.MaxValues)+`0]}`),
		},
		{"document that is no JSON", "a document of crash", good().document(tagProcessed, one, `{"uuid":`)},
		{"raw crash that is no object", "a document of crash", good().document(tagRaw, one, `[]`)},
		{"records after documents", "wrong place", craft(t, head).crash(one, record1).document(tagProcessed, one, `{}`).crash(two, record2)},
		{
			"documents where there should be none", "where there should be none",
			craft(t, archiveHead{Name: "n", Crashes: 1}).crash(one, record1).document(tagProcessed, one, `{}`),
		},
		{
			"raw crashes where there should be none", "where there should be none",
			craft(t, archiveHead{Name: "n", Crashes: 1}).crash(one, record1).document(tagRaw, one, `{}`),
		},
		{"a wrong count", "does not hold", more},
		{"no name", "makes no sense", craft(t, archiveHead{Crashes: 1}).crash(one, record1)},
		{"a name that steers terminals", "makes no sense", craft(t, archiveHead{Name: "\x1b[2J", Crashes: 1}).crash(one, record1)},
		{"less than no crashes", "makes no sense", craft(t, archiveHead{Name: "n", Crashes: -1})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refused(t, tt.file.done(t), tt.want) })
	}
	unended, cut, altered := good(), good(), good()
	unended.flush()
	refused(t, unended.file.Bytes(), "it ends too early")
	key, _ := crashid.Pack(two)
	cut.mark(tagRaw, key)
	cut.write([]byte{0xff}) // a length goes on
	cut.flush()
	refused(t, cut.file.Bytes(), "it ends too early")
	altered.write([]byte{tagEnd})
	altered.json(ArchiveEnd{Records: 2, Digest: DigestOf(altered.sum)})
	altered.write(make([]byte, sha256.Size))
	altered.flush()
	refused(t, altered.file.Bytes(), "its checksum does not match")
}

// refused checks that a file is refused with a word in the error, and that nothing of it is stored. An
// empty word means that it is taken.
func refused(t *testing.T, file []byte, want string) {
	t.Helper()
	c := newCache(t)
	_, err := ReadExport(t.Context(), c, bytes.NewReader(file), ReadOptions{})
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want %q", err, want)
	case want != "" && len(everything(t, c)) > 0:
		t.Errorf("refused, but stored: %v", everything(t, c))
	}
}

// packed compresses the content of an exported corpus and puts the right checksum behind it.
func packed(t testing.TB, content []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(content)
	var file bytes.Buffer
	w, err := newArchiveWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	w.write(append(slices.Clone(content), sum[:]...))
	w.flush()
	if w.err != nil {
		t.Fatal(w.err)
	}
	return file.Bytes()
}

func TestHostileContent(t *testing.T) {
	start := binary.AppendUvarint([]byte(archiveMagic), archiveVersion)
	head := appendSized(slices.Clone(start), []byte(`{"name":"n","crashes":1,"documents":true}`))
	huge := binary.AppendUvarint(nil, 1<<40)
	key, _ := crashid.Pack(absentID)
	tests := []struct {
		name, want string
		content    []byte
	}{
		{"another version", "another version", append([]byte(archiveMagic), archiveVersion-1)},
		{"a far later version", "another version", binary.AppendUvarint([]byte(archiveMagic), 1<<60)},
		{"an endless number", "impossible length", append([]byte(archiveMagic), bytes.Repeat([]byte{0xff}, 20)...)},
		{"a head of a terabyte", "limit", append(slices.Clone(start), huge...)},
		{"an unknown field in the head", "unknown field", appendSized(slices.Clone(start), []byte(`{"name":"n","crashes":1,"shell":"rm"}`))},
		{"a head that is no JSON", "what it says of itself", appendSized(slices.Clone(start), []byte(`{`))},
		{"an unknown part", "unknown part", append(slices.Clone(head), 'x')},
		{"a record of a terabyte", "limit", append(append(append(slices.Clone(head), tagCrash), key[:]...), huge...)},
		{"a document of 200 MB", "the limit is 33554432", slices.Concat(head, []byte{tagMissing}, key[:], []byte{tagProcessed}, key[:], binary.AppendUvarint(nil, 200<<20))},
		{"accepted results of 200 MB", "the limit is 167", append(append(slices.Clone(head), tagAccepted), binary.AppendUvarint(nil, 200<<20)...)},
		{"a record longer than the file", "too early", append(append(append(slices.Clone(head), tagCrash), key[:]...), 0xff, 0xff, 0x7f)},
		{"accepted results that are none", "not accepted results", append(appendSized(append(slices.Clone(head), tagAccepted), []byte("{")), tagEnd)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refused(t, packed(t, tt.content), tt.want) })
	}
}

// TestBomb reads a file that expands ten thousand times, of which nothing but its size is wrong.
func TestBomb(t *testing.T) {
	c := craft(t, archiveHead{Name: "n", Crashes: 1, Documents: true}).crash(absentID, recordOf(t, absentID))
	doc := `{"uuid": "` + absentID + `"` + strings.Repeat(" ", 31<<20) + `}`
	file := c.document(tagProcessed, absentID, doc).done(t)
	if len(file) > 64<<10 {
		t.Fatalf("the bomb has %d bytes", len(file))
	}
	refused(t, file, "expands to more than")
}

// TestTooManyCrashesForTheFile: ids are random and don't shrink, so that a small file that unpacks to very
// many is made to fill the memory. As many as maxTiny may be in any file, and more where the ids are random.
func TestTooManyCrashesForTheFile(t *testing.T) {
	for _, test := range []struct {
		n      int
		random bool
		want   error
	}{{maxTiny, false, nil}, {maxTiny + 1, false, ErrDamagedExport}, {10 * maxTiny, false, ErrDamagedExport}, {maxTiny + 1, true, nil}} {
		c, random := craft(t, archiveHead{Name: "many", Crashes: test.n}), uint64(0)
		for i := range test.n {
			if test.random {
				random = rand.Uint64()
			}
			c.missing(fmt.Sprintf("%08x-%04x-%04x-8000-%06x261121", i, random>>48, random>>32&0xffff, random&0xffffff))
		}
		here := newCache(t)
		done, err := ReadExport(t.Context(), here, bytes.NewReader(c.done(t)), ReadOptions{})
		if !errors.Is(err, test.want) || test.want == nil && done.Crashes != test.n {
			t.Errorf("%+v: %d, %v", test, done.Crashes, err)
		}
	}
}

func appendSized(b, content []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(content))), content...)
}
