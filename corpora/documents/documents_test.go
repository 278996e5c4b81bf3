package documents

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

const id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101"

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t *testing.T, text string) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll([]byte(text), nil)
}

// tree writes files into a new folder.
func tree(t *testing.T, files map[string][]byte) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// read reads everything at path, and tells each document as name:line content, or its error.
func read(t *testing.T, path string) []string {
	t.Helper()
	files, _, err := List(context.Background(), []string{path})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = Read(context.Background(), files, func(int) {}, func(d Document) error {
		text := fmt.Sprintf("%s:%d %s", filepath.Base(d.File.Path), d.Line, bytes.TrimSpace(d.Data))
		if d.Err != nil {
			text = fmt.Sprintf("%s:%d error %v", filepath.Base(d.File.Path), d.Line, d.Err)
		}
		got = append(got, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// flipped is content with one bit of a byte flipped, counted from the end.
func flipped(content []byte, at int) []byte {
	content[len(content)+at] ^= 1
	return content
}

func TestRead(t *testing.T) {
	archive := "a.ndjson" + strings.Repeat("\x00", 249) + "ustar\x0000{}\n"
	for _, test := range []struct {
		file    string
		content []byte
		want    []string
	}{
		{"a.ndjson", []byte("{}\n\n{\"a\":1}\r\n"), []string{"a.ndjson:1 {}", `a.ndjson:3 {"a":1}`}},
		{"a.ndjson", []byte("{broken\n{}"), []string{"a.ndjson:1 {broken", "a.ndjson:2 {}"}},
		{"a.ndjson.gz", zipped(t, "{}\n{}\n"), []string{"a.ndjson.gz:1 {}", "a.ndjson.gz:2 {}"}},
		{"a.jsonl.zst", zstandard(t, "{}\n"), []string{"a.jsonl.zst:1 {}"}},
		{"lines.json", []byte("{}\n{}\n"), []string{"lines.json:1 {}", "lines.json:2 {}"}},
		{"lines.json", []byte("\ufeff{\"a\": NaN}\n{}\n"), []string{"lines.json:1 \ufeff{\"a\": NaN}", "lines.json:2 {}"}},
		{"one.json", []byte("{\n \"a\": 1\n}\n"), []string{"one.json:0 {\n \"a\": 1\n}"}},
		{"one.json", []byte(`{"a": 1}`), []string{`one.json:0 {"a": 1}`}},
		{"indented.ndjson", []byte("{\r\n \"a\": 1\r\n}\r\n"), []string{"indented.ndjson:0 {\r\n \"a\": 1\r\n}"}},
		{"not-indented.ndjson", []byte("{\n{}\n"), []string{"not-indented.ndjson:1 {", "not-indented.ndjson:2 {}"}},
		{"in.ndjson/folded.json", []byte("{\"a\": 1,\n\"b\": 2}\n"), []string{"folded.json:0 {\"a\": 1,\n\"b\": 2}"}},
		{"indented.jsonl.gz", zipped(t, "\ufeff{\n \"a\": 1\n}\n"), []string{"indented.jsonl.gz:0 \ufeff{\n \"a\": 1\n}"}},
		{"empty.json", nil, []string{"empty.json:0 error the file is empty"}},
		{id, []byte("{}\n{}"), []string{id + ":0 {}\n{}"}},
		{"gzipped-in-secret.json", zipped(t, "{}"), []string{"gzipped-in-secret.json:0 {}"}},
		{"none.ndjson", nil, nil},
		{"none.ndjson.gz", zipped(t, ""), nil},
		{"none.ndjson.zst", zstandard(t, ""), nil},
		{"lost.ndjson.gz", nil, []string{"lost.ndjson.gz:0 error the file is empty"}},
		{"lost.JSONL.ZST", nil, []string{"lost.JSONL.ZST:0 error the file is empty"}},
		{"cut.ndjson.gz", zipped(t, strings.Repeat("{}\n", 3))[:12], []string{"cut.ndjson.gz:1 error the file is cut short or damaged, so that what was read of it before may be wrong: unexpected EOF"}},
		{"cut.json.zst", zstandard(t, strings.Repeat("{}\n", 300))[:9], []string{"cut.json.zst:0 error the file is cut short or damaged, so that what was read of it before may be wrong: unexpected EOF"}},
		{"flipped.ndjson.gz", flipped(zipped(t, "{}\n{}\n"), -6), []string{"flipped.ndjson.gz:1 {}", "flipped.ndjson.gz:2 {}", "flipped.ndjson.gz:3 error the file is damaged, so that what was read of it before may be wrong: gzip: invalid checksum"}},
		{"flipped.ndjson.zst", flipped(zstandard(t, "{}\n{}\n"), -1), []string{"flipped.ndjson.zst:1 error the file is damaged, so that what was read of it before may be wrong: CRC check failed"}},
		{"corrupt.ndjson.gz", append(zipped(t, "{}")[:10], 6), []string{"corrupt.ndjson.gz:1 error the file is damaged, so that what was read of it before may be wrong: flate: corrupt input before offset 1"}},
		{"a.ndjson.bz2", []byte("BZh91AY&SY..."), []string{"a.ndjson.bz2:0 error it is packed by bzip2: unpack it first, or pack it by gzip or zstd"}},
		{"a.json", []byte("MDMP\x93\xa7"), []string{"a.json:0 error it is a minidump: 'minidump-stackwalk --json' makes of it what can be read"}},
		{"a.json", []byte("sigdiff corpus\n\x01"), []string{"a.json:0 error it is a corpus: 'sigdiff corpus import' takes it"}},
		{"a.json", []byte("sigdiff part\n\x01"), []string{"a.json:0 error it is a part of a comparison: 'sigdiff merge' takes it"}},
		{"a.json", []byte("0123456789abcdef\xed\xda\x0c\xed"), []string{"a.json:0 error it is a cache: 'sigdiff --cache' with it reads it"}},
		{"a.json", []byte("\xff\xfe\x00\x00{\x00\x00\x00"), []string{"a.json:0 error it is in UTF-32, and crash documents are in UTF-8"}},
		{"a.ndjson.xz", []byte("\xfd7zXZ\x00\x00"), []string{"a.ndjson.xz:0 error it is packed by xz: unpack it first, or pack it by gzip or zstd"}},
		{"a.zip", []byte("PK\x03\x04\x14"), []string{"a.zip:0 error it is a zip archive: unpack it, and name the folder"}},
		{"a.tar", []byte(archive), []string{"a.tar:0 error it is a tar archive: unpack it, and name the folder"}},
		{"a.tar.gz", zipped(t, archive), []string{"a.tar.gz:0 error it is a tar archive: unpack it, and name the folder"}},
		{"a.json", []byte("\xff\xfe{\x00}\x00"), []string{"a.json:0 error it is in UTF-16, and crash documents are in UTF-8"}},
		{"a.jsonl", []byte("\xfe\xff\x00{\x00}"), []string{"a.jsonl:0 error it is in UTF-16, and crash documents are in UTF-8"}},
	} {
		t.Run(test.file, func(t *testing.T) {
			root := tree(t, map[string][]byte{test.file: test.content})
			if diff := cmp.Diff(test.want, read(t, filepath.Join(root, test.file))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLinesOneByOne: a line that comes through a pipe is answered before the next one is sent, and also where a file of lines would be told from others by more of it.
func TestLinesOneByOne(t *testing.T) {
	in, out := io.Pipe()
	answered := make(chan int)
	go func() {
		for range 3 {
			_, _ = io.WriteString(out, "{\"a\": 1}\n")
			<-answered
		}
		out.Close()
	}()
	err := Lines(t.Context(), in, func(number int, line []byte, err error) error {
		answered <- number
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestBombs: what unpacks to more than a document can be is an error, and the rest goes on.
func TestBombs(t *testing.T) {
	line := strings.Repeat("x", MaxDocument+1)
	values := "[" + strings.Repeat("0,", MaxValues+1) + "0]"
	other := "b" + id[1:]
	root := tree(t, map[string][]byte{
		"a.ndjson": []byte("{}\n" + line + "\n{}\n"), "b.json": []byte(line), other: []byte(line), "c.ndjson": []byte(values + "\n{}\n"),
		id: []byte(values), "z.ndjson.gz": zipped(t, "{}\n"+line+"\n{}\n"), "z.json.gz": zipped(t, line),
	})
	const large, many = "error larger than 32 MB, the limit for a document", "error more than 500000 values, the limit for a document"
	const bomb = "error unpacks to more than 500 times its size and 2 MB, the limit for a compressed file"
	want := []string{
		"a.ndjson:1 {}", "a.ndjson:2 " + large, "a.ndjson:3 {}", id + ":0 " + many, "b.json:1 " + large, other + ":0 " + large,
		"c.ndjson:1 " + many, "c.ndjson:2 {}", "z.json.gz:0 " + bomb, "z.ndjson.gz:0 " + bomb,
	}
	if diff := cmp.Diff(want, read(t, root)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestList(t *testing.T) {
	upper := strings.ToUpper(strings.Replace(id, "4", "5", 1))
	root := tree(t, map[string][]byte{
		"v1/processed_crash/" + id:              []byte("{}"),
		"v1/raw_crash/20150101/" + id + ".json": []byte("{}"),
		"v1/processed_crash/" + upper:           []byte("{}"),
		"raw_crash/of/processed_crash/" + id:    []byte("{}"),
		"v1/dump/" + upper:                      []byte("MDMP"),
		"v1/dump_names/" + id:                   []byte(`["upload_file_minidump", "memory_report"]`),
		"v1/dump/" + id:                         []byte("MDMP"),
		"v1/memory_report/" + id:                zipped(t, "{}"),
		"more/crashes.ndjson.gz":                zipped(t, "{}"),
		"more/readme.txt":                       nil,
		"v1/more/crashes.ndjson":                []byte("{}"),
	})
	outside := tree(t, map[string][]byte{id: []byte("{}")})
	if err := os.Symlink(filepath.Join(outside, id), filepath.Join(root, "more", "link.json")); err != nil {
		t.Fatal(err)
	}
	files, skipped, err := List(context.Background(), []string{root})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		rel, err := filepath.Rel(root, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s id %v raw %v", rel, f.ID != "" && f.ID == strings.ToLower(f.ID), f.Raw))
	}
	want := []string{
		"more/crashes.ndjson.gz id false raw false",
		"raw_crash/of/processed_crash/" + id + " id true raw false",
		"v1/more/crashes.ndjson id false raw false",
		"v1/processed_crash/" + upper + " id true raw false",
		"v1/processed_crash/" + id + " id true raw false",
		"v1/raw_crash/20150101/" + id + ".json id true raw true",
	}
	if diff := cmp.Diff(want, got); diff != "" || skipped != 6 {
		t.Errorf("passed over %d (-want +got):\n%s", skipped, diff)
	}
	if named, passed, err := List(context.Background(), []string{filepath.Join(root, "v1", "memory_report")}); err != nil || len(named) != 1 || passed != 0 {
		t.Errorf("a folder that is named: %v, passed over %d, %v", named, passed, err)
	}
	link := filepath.Join(outside, "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	if linked, passed, err := List(context.Background(), []string{link}); err != nil || len(linked) != len(files) || passed != skipped {
		t.Errorf("by a link: %v, passed over %d, %v", linked, passed, err)
	}
	if _, _, err := List(context.Background(), []string{root + "/nowhere"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestReadStops(t *testing.T) {
	root := tree(t, map[string][]byte{"a.ndjson": []byte("{}\n{}\n")})
	files, _, err := List(context.Background(), []string{root})
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	calls := 0
	err = Read(context.Background(), files, func(int) {}, func(Document) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, error %v", calls, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Read(ctx, files, func(int) {}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	in := io.MultiReader(strings.NewReader("{}\n{}\n"), readerFunc(func([]byte) (int, error) { cancel(); return 0, ctx.Err() }))
	err = Lines(ctx, in, func(number int, _ []byte, err error) error {
		if err != nil {
			t.Errorf("line %d: %v", number, err)
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a read that ends with the context: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestCheckObject(t *testing.T) {
	for doc, ok := range map[string]bool{"\ufeff{\"a\": [-Infinity, NaN]}": true, "{\"a\": \"\xed\xa0\x80\"}": true, `{"a": nan}`: false, `{}`: true, ` {"a": [1]} `: true, `[]`: false, `{`: false, `{} {}`: false, ``: false} {
		if err := CheckObject([]byte(doc)); (err == nil) != ok {
			t.Errorf("%q: %v", doc, err)
		}
	}
}

// TestSmallFilesTakeLittle: a file takes memory by what it holds, however many come one after the other, packed or not.
func TestSmallFilesTakeLittle(t *testing.T) {
	const n = 60
	files := map[string][]byte{}
	for i := range n {
		doc := fmt.Sprintf("{\"number\": %d}\n{}\n", i)
		files[fmt.Sprintf("%02d.json", 3*i)] = []byte(doc)
		files[fmt.Sprintf("%02d.json.gz", 3*i+1)] = zipped(t, doc)
		files[fmt.Sprintf("%02d.ndjson.gz", 3*i+2)] = zipped(t, "")
	}
	root := tree(t, files)
	listed, _, err := List(t.Context(), []string{root})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := 0
	err = Read(t.Context(), listed, func(int) {}, func(d Document) error {
		if d.Err != nil {
			t.Errorf("%s: %v", d.File.Path, d.Err)
		}
		got++
		return nil
	})
	runtime.ReadMemStats(&after)
	if err != nil || got != 2*2*n {
		t.Errorf("%d documents, %v", got, err)
	}
	const buffers, each = readSize + lookAhead, 100 << 10 // gzip alone takes 40 KB
	if took := after.TotalAlloc - before.TotalAlloc; took > buffers+each*uint64(len(listed)) {
		t.Errorf("%d bytes for %d files", took, len(listed))
	}
}
