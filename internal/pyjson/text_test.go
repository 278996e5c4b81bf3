package pyjson

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestText(t *testing.T) {
	for doc, want := range map[string]string{
		"": "", "{}": "{}", "\ufeff{}": "{}", "\ufeff": "", "\ufeff\ufeff1": "\ufeff1", " \ufeff1": " \ufeff1",
		"\"\xed\xa0\x80\xed\xb0\x80x\xed\xbf\xbf\"": "\"\ufffd\ufffdx\ufffd\"", "\ufeff\xed\xa0\xbd": "\ufffd",
		"\"\ud7ff\"": "\"\ud7ff\"", "\xed": "\xed", "\xed\xa0": "\xed\xa0", "\xed\xed\xa0\x80": "\xed\ufffd", "\xed\xa0\xff": "\xed\xa0\xff", "\xff": "\xff",
	} {
		given := []byte(doc)
		if got := Text(given); string(got) != want {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
		if string(given) != doc {
			t.Errorf("%q has become %q", doc, given)
		}
	}
}

// TestStrict: what Python takes becomes JSON in its place, and what it refuses stays none.
func TestStrict(t *testing.T) {
	for doc, want := range map[string]string{
		"NaN": "0.0", "{\"a\": NaN}": "{\"a\": 0.0}", "[NaN,-Infinity ,\tInfinity]": "[0.0,-0.000000 ,\t0.000000]",
		`{"NaN": "a NaN\" NaN", "b":NaN}`: `{"NaN": "a NaN\" NaN", "b":0.0}`, `["\\",NaN]`: `["\\",0.0]`,
		`["NaN, Infinity", -1]`: `["NaN, Infinity", -1]`, "{}": "{}",
		"[1NaN]": "", "[NaN0]": "", "[-NaN]": "", "[+Infinity]": "", "[--Infinity]": "", "[- Infinity]": "", "[NaN NaN]": "", "{NaN: 1}": "", "{NaN}": "", "[nan]": "",
		"[NaN.0]": "", "[1.NaN]": "", "[Infinity1]": "", "[InfinityNaN]": "", "NaN}": "", "\"NaN": "",
	} {
		got := Strict([]byte(doc))
		if json.Valid(got) != (want != "") || want != "" && string(got) != want || len(got) != len(doc) {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
	}
}

// FuzzStrict: JSON stays as it is, and nothing moves.
func FuzzStrict(f *testing.F) {
	for _, doc := range []string{`{"a": [NaN, -Infinity], "NaN\"": Infinity}`, `"NaN"`, "\"\\", "-"} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got := Strict(doc)
		if len(got) != len(doc) || json.Valid(doc) && !bytes.Equal(got, doc) {
			t.Errorf("%q became %q", doc, got)
		}
	})
}
