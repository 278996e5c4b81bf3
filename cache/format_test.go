package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the file in testdata anew")

// formatFile is a cache that an earlier program of the same format wrote.
const formatFile = "testdata/format-7.db"

// TestFormat: the format does not change without its number.
func TestFormat(t *testing.T) {
	if *update {
		writeFormat(t, formatFile)
	}
	content, err := os.ReadFile(formatFile)
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
	if r, err := Verify(t.Context(), path, Options{}, nil); err != nil || len(r.Damaged) > 0 {
		t.Errorf("%v, %v", r, err)
	}
}

// TestOtherFormats: a file of another format is refused, whatever is done with it, and stays as it is.
func TestOtherFormats(t *testing.T) {
	for format, want := range map[byte]error{formatVersion - 1: ErrOlderFormat, formatVersion + 1: ErrNewerFormat} {
		path := formatCache(t, t.TempDir(), format)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err1 := Open(path, Options{})
		_, err2 := Open(path, Options{ReadOnly: true})
		_, err3 := Verify(t.Context(), path, Options{}, nil)
		_, err4 := Repair(t.Context(), path, Options{}, nil)
		_, _, err5 := Compact(t.Context(), path, Options{}, nil)
		for _, err := range []error{err1, err2, err3, err4, err5} {
			if !errors.Is(err, want) {
				t.Errorf("format %d: %v", format, err)
			}
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("format %d: the file has changed, %v", format, err)
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
	w := c.Writer(t.Context())
	for _, err := range []error{
		w.Put(t.Context(), Entry{ID: idN(1), Raw: []byte("small"), Processed: contentOf(idN(1), 5000), Record: formatRecord}),
		w.MarkMissing(t.Context(), idN(2), Raw, formatTime),
		w.Put(t.Context(), Entry{ID: idN(3), Record: contentOf(idN(3), 60), Processed: formatRecord}),
		w.Put(t.Context(), Entry{ID: idN(4), Screen: formatRecord}),
		w.Close(), arrange(c, 1), c.PutCorpus(formatCorpus), c.PutAccepted("c", contentOf("accepted", 1000)), c.Close(),
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
	record, err3 := c.Get(idN(1), Record)
	cut, err4 := c.Get(idN(3), Record)
	screen, err5 := c.Get(idN(4), Screen)
	corpus, err6 := c.Corpus("c")
	accepted, err7 := c.Accepted("c")
	missing, err8 := c.MissingSince(idN(2), Raw)
	stats, err9 := c.Stats()
	other, err10 := c.Get(idN(3), Processed)
	blocks, _, err11 := arranged(t, c, nil, 1)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11); err != nil {
		t.Fatal(err)
	}
	slices.Sort(formatCorpus.IDs)
	for name, ok := range map[string]bool{
		"raw": string(raw) == "small", "processed": bytes.Equal(processed, contentOf(idN(1), 5000)),
		"record": bytes.Equal(record, formatRecord), "small record": bytes.Equal(cut, contentOf(idN(3), 60)),
		"compressed": bytes.Equal(other, formatRecord), "blocks": bytes.Equal(blocks[idN(1)], formatRecord) && bytes.Equal(blocks[idN(3)], cut),
		"screen record": bytes.Equal(screen, formatRecord),
		"corpus":        slices.Equal(corpus.IDs, formatCorpus.IDs) && corpus.Created.Equal(formatTime) && bytes.Equal(corpus.Provenance, formatCorpus.Provenance),
		"accepted":      bytes.Equal(accepted, contentOf("accepted", 1000)),
		"mark":          missing.Equal(formatTime), "format": stats.Format == formatVersion,
	} {
		if !ok {
			t.Errorf("%s: %s is not as it was written", c.Path(), name)
		}
	}
}

// TestFormatHasEveryCodec: the file has a value by every codec.
func TestFormatHasEveryCodec(t *testing.T) {
	f, err := os.Open(formatFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pages, err := statPages(f)
	if err != nil {
		t.Fatal(err)
	}
	found := map[byte]int{}
	s := survey{ctx: t.Context()}
	s.value = func(_ bucket, _, v []byte) error { found[v[0]&15]++; return nil }
	if err := s.run(pages); err != nil || len(s.damaged) > 0 {
		t.Fatal(s.damaged, err)
	}
	for _, codec := range []byte{codecPlain, codecZstd, codecS2} {
		if found[codec] == 0 {
			t.Errorf("no value by codec %d", codec)
		}
	}
}
