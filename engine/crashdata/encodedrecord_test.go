package crashdata

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// encoder encodes records.
type encoder struct{ Dictionary }

// encode leaves what is shared in the record where keep is true.
func (e *encoder) encode(crash *Crash, keep func(shared int) bool) Encoded {
	record, all := crash.Record()
	var places [][2]int
	for i, at := range all {
		if !keep(i) {
			places = append(places, at)
		}
	}
	return e.Encode(record, places)
}

// recordOf is the record that an encoded one stands for.
func recordOf(p Encoded) []byte {
	r := recordReader{dictionary: p.Dictionary}
	r.text(p.Layout)
	var record []byte
	for {
		record = append(record, r.b...)
		r.b = nil
		number, ok := r.reference()
		if !ok {
			return record
		}
		record = append(record, p.Dictionary[number]...)
	}
}

func keepNone(int) bool { return false }

// A crash from an encoded record, whatever of it is in the dictionary, is the crash from the whole record.
func TestEncodedIsTheRecord(t *testing.T) {
	decoder, whole := NewDecoder(), NewDecoder()
	var e encoder
	rapid.Check(t, func(t *rapid.T) {
		parsed := parsed(t, enginetest.DrawOddCrash(t, 1))
		record := parsed.AppendRecord(nil)
		kept := rapid.Uint64().Draw(t, "kept")
		r, err := decoder.OpenEncoded(e.encode(parsed, func(shared int) bool { return kept>>(shared%64)&1 == 1 }))
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

// FuzzOpenEncoded: no layout makes a panic, and what is read from it is read from what it stands for, too.
func FuzzOpenEncoded(f *testing.F) {
	var e encoder
	for _, doc := range []string{`{}`, `{"product": "Firefox", "hang": [1, {"a": null}], "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{"function": "f"}]}, {"frames": [{"function": "f", "line": 3}, {"function": "g", "line": "x"}]}]}}`} {
		crash, err := ParseProcessed([]byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(e.encode(crash, keepNone).Layout, strings.Join(e.texts, "|"))
	}
	f.Fuzz(func(t *testing.T, layout []byte, texts string) {
		p := Encoded{Layout: layout, Dictionary: strings.Split(texts, "|")}
		crash, record := openedEncoded(p)
		if crash == nil {
			return
		}
		plain, err := DecodeRecord(record)
		if err != nil || !bytes.Equal(plain.AppendRecord(nil), crash.AppendRecord(nil)) {
			t.Errorf("%v: %q, %q encoded", err, plain.AppendRecord(nil), crash.AppendRecord(nil))
		}
	})
}

// openedEncoded is the crash from an encoded record, and the record that it stands for.
func openedEncoded(p Encoded) (*Crash, []byte) {
	r, err := NewDecoder().OpenEncoded(p)
	if err != nil {
		return nil, nil
	}
	crash, err := r.Crash()
	if err != nil {
		return nil, nil
	}
	return crash, recordOf(p)
}

// Broken layouts, and texts that no record has there, are errors.
func TestBrokenEncoded(t *testing.T) {
	crash, err := ParseProcessed([]byte(`{"product": "Firefox", "json_dump": {"crash_info": {"crashing_thread": 0}, "threads": [{"frames": [{"function": "f"}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var e encoder
	whole := e.encode(crash, keepNone)
	if got, _ := openedEncoded(whole); got == nil {
		t.Fatal("the encoded record itself is broken")
	}
	if len(e.texts) != 3 || e.texts[2] != "\x02\x01f" {
		t.Fatalf("texts %q", e.texts)
	}
	change := func(number int, text string) Encoded {
		texts := append([]string(nil), e.texts...)
		texts[number] = text
		return Encoded{Layout: whole.Layout, Dictionary: texts}
	}
	for name, p := range map[string]Encoded{
		"empty":              {},
		"cut short":          {Layout: whole.Layout[:len(whole.Layout)-1], Dictionary: e.texts},
		"too long":           {Layout: append(bytes.Clone(whole.Layout), 0), Dictionary: e.texts},
		"no texts":           {Layout: whole.Layout},
		"a lost text":        change(2, ""),
		"no kind of frame":   change(2, "\x02\x09f"),
		"a longer text":      change(2, "\x02\x01ff"),
		"a shorter text":     change(2, "\x02\x01"),
		"a product too long": change(0, "\x09Firefox"),
	} {
		if got, _ := openedEncoded(p); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := NewDecoder().OpenEncoded(Encoded{Layout: []byte{1, RecordVersion + 1}}); !errors.Is(err, ErrRecordVersion) {
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
