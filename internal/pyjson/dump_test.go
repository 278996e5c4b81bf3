package pyjson

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// The texts are what json.dumps of Python 3 prints.
func TestDumps(t *testing.T) {
	for text, want := range map[string]string{
		"":                         `""`,
		"a b/<c>&'~":               `"a b/<c>&'~"`,
		`"\`:                       `"\"\\"`,
		"\b\f\n\r\t":               `"\b\f\n\r\t"`,
		"\x00\x01\x0b\x1f\x7f\x80": `"\u0000\u0001\u000b\u001f\u007f\ufffd"`,
		"é\u2028\ufffd\uffff":      `"\u00e9\u2028\ufffd\uffff"`,
		"😀\U0010ffff":              `"\ud83d\ude00\udbff\udfff"`,
	} {
		if got := string(Dumps(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// What is written is printable ASCII, and is read back as the same text.
func TestDumpsIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		out := Dumps(text)
		for _, b := range out {
			if b < ' ' || b > '~' {
				t.Fatalf("%q holds %q", out, b)
			}
		}
		var back string
		if err := json.Unmarshal(out, &back); err != nil || back != text {
			t.Fatalf("%q, %v, of %q", back, err, text)
		}
		v, err := Parse(string(out) + " ")
		if err != nil || v.Text != text {
			t.Fatalf("%q, %v, of %q", v.Text, err, text)
		}
	})
}
