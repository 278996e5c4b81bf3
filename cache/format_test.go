package cache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the files in testdata anew (never those of older formats)")

// Files of every format that was ever released open. The files of older formats
// must not be written again: nothing makes such any more.
func TestFormats(t *testing.T) {
	const current = "testdata/format-3.db"
	if *update {
		writeFormat(t, current)
	}
	files, err := filepath.Glob("testdata/format-*.db")
	if err != nil || !slices.Contains(files, current) {
		t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "c.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, readOnly := range []bool{true, false, true} {
			checkFormatFile(t, openCache(t, path, Options{ReadOnly: readOnly}))
		}
		c := openCache(t, path, Options{ReadOnly: true})
		if s, err := c.Stats(); err != nil || s.Format != formatVersion {
			t.Errorf("%s, when it has been opened for writing: format %d, %v", file, s.Format, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if r, err := Verify(context.Background(), path, Options{}, nil); err != nil || len(r.Damaged) > 0 {
			t.Errorf("%s: %v, %v", file, r, err)
		}
	}
}

var (
	formatTime   = time.Unix(1_780_000_000, 0).UTC()
	formatRecord = bytes.Repeat([]byte("mozilla::Shutdown "), 40)
	formatCorpus = Corpus{Name: "c", IDs: []string{idN(1), idN(2)}, Created: formatTime, Provenance: json.RawMessage(`{"from":"a test"}`)}
)

// writeFormat writes a file with everything that a cache can hold, by every codec.
func writeFormat(t *testing.T, path string) {
	t.Helper()
	_ = os.Remove(path)
	c, err := Open(path, Options{Now: func() time.Time { return formatTime }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	w := c.Writer(ctx)
	for _, err := range []error{
		w.Put(ctx, Entry{ID: idN(1), Raw: []byte("small"), Processed: contentOf(idN(1), 5000), Record: formatRecord}),
		w.MarkMissing(ctx, idN(2), Raw, formatTime),
		w.Close(),
		c.SetDictionary(Record, formatRecord),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	put(t, c, Entry{ID: idN(2), Record: formatRecord})
	put(t, c, Entry{ID: idN(4), Screen: formatRecord})
	put(t, c, cutRecord(idN(3), 30))
	for _, err := range []error{
		c.PutCorpus(formatCorpus), c.PutAccepted("c", contentOf("accepted", 1000)), c.PutMeta("name", []byte("value")), c.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkFormatFile(t *testing.T, c *Cache) {
	t.Helper()
	defer c.Close()
	raw, err1 := c.Get(idN(1), Raw)
	processed, err2 := c.Get(idN(1), Processed)
	one, err3 := c.Get(idN(1), Record)
	two, err4 := c.Get(idN(2), Record)
	cut, err10 := c.Get(idN(3), Record)
	corpus, err5 := c.Corpus("c")
	accepted, at, err6 := c.Accepted("c")
	meta, err7 := c.Meta("name")
	missing, err8 := c.MissingSince(idN(2), Raw)
	stats, err9 := c.Stats()
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10); err != nil {
		t.Fatal(err)
	}
	slices.Sort(formatCorpus.IDs)
	for name, ok := range map[string]bool{
		"raw": string(raw) == "small", "processed": bytes.Equal(processed, contentOf(idN(1), 5000)),
		"record": bytes.Equal(one, formatRecord), "record, by dictionary": bytes.Equal(two, formatRecord),
		"record, in pieces": bytes.Equal(cut, cutRecord(idN(3), 30).Record),
		"corpus":            slices.Equal(corpus.IDs, formatCorpus.IDs) && corpus.Created.Equal(formatTime) && bytes.Equal(corpus.Provenance, formatCorpus.Provenance),
		"accepted":          bytes.Equal(accepted, contentOf("accepted", 1000)) && at.Equal(formatTime),
		"meta":              string(meta) == "value", "mark": missing.Equal(formatTime), "created": stats.Created.Equal(formatTime),
	} {
		if !ok {
			t.Errorf("%s: %s is not as it was written", c.Path(), name)
		}
	}
}

// The file of each format has a value by every codec that there was.
func TestFormatsHaveEveryCodec(t *testing.T) {
	for file, codecs := range map[string][]byte{
		"testdata/format-1.db": {codecPlain, codecZstd, codecZstdDict, codecS2, codecOldParts},
		"testdata/format-2.db": {codecPlain, codecZstd, codecZstdDict, codecS2, codecParts},
		"testdata/format-3.db": {codecPlain, codecZstd, codecZstdDict, codecS2, codecParts},
	} {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		pages, err := statPages(f)
		if err != nil {
			t.Fatal(err)
		}
		found := map[byte]int{}
		s := survey{ctx: t.Context(), bad: func(d Damage) { t.Errorf("%s: %s", file, d) }}
		s.value = func(_ bucket, _, v []byte) error { found[v[0]&15]++; return nil }
		if err := s.run(pages); err != nil {
			t.Fatal(err)
		}
		for _, codec := range codecs {
			if found[codec] == 0 {
				t.Errorf("%s has no value by codec %d", file, codec)
			}
		}
	}
}
