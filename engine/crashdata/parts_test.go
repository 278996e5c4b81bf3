package crashdata

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// cutter cuts records.
type cutter struct{ Cutter }

// cut leaves parts in the record for which keep is true.
func (c *cutter) cut(crash *Crash, keep func(part int) bool) Parts {
	record, all := crash.Record()
	var places [][2]int
	for i, at := range all {
		if !keep(i) {
			places = append(places, at)
		}
	}
	return c.Cut(record, places)
}

// recordOf is the record that parts stand for.
func recordOf(p Parts) []byte {
	r := recordReader{pieces: p.Pieces}
	r.text(p.Layout)
	var record []byte
	for {
		record = append(record, r.b...)
		r.b = nil
		number, ok := r.piece()
		if !ok {
			return record
		}
		record = append(record, p.Pieces[number]...)
	}
}

func keepNone(int) bool { return false }

// A crash from parts, whatever parts have numbers, is the crash from the whole record.
func TestPartsAreTheRecord(t *testing.T) {
	decoder, whole := NewDecoder(), NewDecoder()
	var c cutter
	rapid.Check(t, func(t *rapid.T) {
		parsed := parsed(t, enginetest.DrawOddCrash(t, 1))
		record := parsed.AppendRecord(nil)
		kept := rapid.Uint64().Draw(t, "kept")
		r, err := decoder.OpenParts(c.cut(parsed, func(part int) bool { return kept>>(part%64)&1 == 1 }))
		if err != nil {
			t.Fatal(err)
		}
		crash, err := r.Crash()
		if err != nil {
			t.Fatal(err)
		}
		if again := crash.AppendRecord(nil); !bytes.Equal(again, record) {
			t.Fatalf("%q, want %q", again, record)
		}
		plain, err := whole.Decode(record)
		if err != nil || plain.Meta != crash.Meta || !r.Is(plain.ID()) || r.Is("other") {
			t.Fatal(plain, err)
		}
	})
}

// FuzzOpenParts: no layout makes a panic, and what is read from it is read from what it stands for, too.
func FuzzOpenParts(f *testing.F) {
	var c cutter
	for _, doc := range []string{`{}`, `{"product": "Firefox", "hang": [1, {"a": null}], "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{"function": "f"}]}, {"frames": [{"function": "f", "line": 3}, {"function": "g", "line": "x"}]}]}}`} {
		crash, err := ParseProcessed([]byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.cut(crash, keepNone).Layout, strings.Join(c.pieces, "|"))
	}
	f.Fuzz(func(t *testing.T, layout []byte, pieces string) {
		p := Parts{Layout: layout, Pieces: strings.Split(pieces, "|")}
		crash, record := openedParts(p)
		if crash == nil {
			return
		}
		plain, err := DecodeRecord(record)
		if err != nil || !bytes.Equal(plain.AppendRecord(nil), crash.AppendRecord(nil)) {
			t.Errorf("%v: %q, %q in parts", err, plain.AppendRecord(nil), crash.AppendRecord(nil))
		}
	})
}

// openedParts is the crash from parts, and the record that they stand for.
func openedParts(p Parts) (*Crash, []byte) {
	r, err := NewDecoder().OpenParts(p)
	if err != nil {
		return nil, nil
	}
	crash, err := r.Crash()
	if err != nil {
		return nil, nil
	}
	return crash, recordOf(p)
}

// Broken layouts, and pieces that are no parts of a record, are errors.
func TestBrokenParts(t *testing.T) {
	crash, err := ParseProcessed([]byte(`{"product": "Firefox", "json_dump": {"crash_info": {"crashing_thread": 0}, "threads": [{"frames": [{"function": "f"}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var c cutter
	whole := c.cut(crash, keepNone)
	if got, _ := openedParts(whole); got == nil {
		t.Fatal("the parts themselves are broken")
	}
	if len(c.pieces) != 3 || c.pieces[2] != "\x02\x01f" {
		t.Fatalf("pieces %q", c.pieces)
	}
	change := func(number int, piece string) Parts {
		pieces := append([]string(nil), c.pieces...)
		pieces[number] = piece
		return Parts{Layout: whole.Layout, Pieces: pieces}
	}
	for name, p := range map[string]Parts{
		"empty":              {},
		"cut short":          {Layout: whole.Layout[:len(whole.Layout)-1], Pieces: c.pieces},
		"too long":           {Layout: append(bytes.Clone(whole.Layout), 0), Pieces: c.pieces},
		"no pieces":          {Layout: whole.Layout},
		"a lost piece":       change(2, ""),
		"no kind of frame":   change(2, "\x02\x09f"),
		"a longer piece":     change(2, "\x02\x01ff"),
		"a shorter piece":    change(2, "\x02\x01"),
		"a product too long": change(0, "\x09Firefox"),
	} {
		if got, _ := openedParts(p); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := NewDecoder().OpenParts(Parts{Layout: []byte{1, RecordVersion + 1}}); !errors.Is(err, ErrRecordVersion) {
		t.Error(err)
	}
}

func parsed(t *rapid.T, doc []byte) *Crash {
	c, err := ParseProcessed(doc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
