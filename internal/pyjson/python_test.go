package pyjson

import (
	"errors"
	"strings"
	"testing"
)

// TestParseJSON: the errors of Python's json module end in notes, so their words and places count.
func TestParseJSON(t *testing.T) {
	for text, want := range map[string]string{
		"":            "Expecting value: line 1 column 1 (char 0)",
		"{":           "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
		`{"a"`:        "Expecting ':' delimiter: line 1 column 5 (char 4)",
		`{"a":1 "b"}`: "Expecting ',' delimiter: line 1 column 8 (char 7)",
		"[1,\n 2":     "Expecting ',' delimiter: line 2 column 3 (char 6)",
		`"abc`:        "Unterminated string starting at: line 1 column 1 (char 0)",
		"\"a\tb\"":    "Invalid control character at: line 1 column 3 (char 2)",
		`"\x"`:        `Invalid \escape: line 1 column 2 (char 1)`,
		`"\u12x4"`:    `Invalid \uXXXX escape: line 1 column 3 (char 2)`,
		"é1":          "Expecting value: line 1 column 1 (char 0)",
		"1 2":         "Extra data: line 1 column 3 (char 2)",
		"\ufeff{}":    "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
		"[1,]":        "Expecting value: line 1 column 4 (char 3)",
		"-":           "Expecting value: line 1 column 1 (char 0)",
	} {
		_, err := Parse(text)
		var bad *jsonError
		if !errors.As(err, &bad) || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	digits := strings.Repeat("9", 4301)
	if _, err := Parse(digits); err == nil || !strings.Contains(err.Error(), "Exceeds the limit (4300 digits)") {
		t.Errorf("4301 digits: %v", err)
	}
	if _, err := Parse(strings.Repeat("[", 100000)); !errors.Is(err, ErrDepth) {
		t.Errorf("deep nesting: %v", err)
	}
}

// TestPythonStr: how Python formats what JSON can hold.
func TestPythonStr(t *testing.T) {
	for text, want := range map[string]string{
		`null`: "None", `true`: "True", `false`: "False", `-0`: "0", `12`: "12", `1.0`: "1.0", `1e22`: "1e+22", `1e16`: "1e+16",
		`123456789.5`: "123456789.5", `1e-5`: "1e-05", `0.0001`: "0.0001", `1e999`: "inf", `-1e999`: "-inf", `NaN`: "nan",
		`"a'b"`: "a'b", `["a'b"]`: `["a'b"]`, `["a'\"b"]`: `['a\'"b']`, `["\n\t\\\u0001\u00a0\u200b\ud83d\ude00"]`: "['\\n\\t\\\\\\x01\\xa0\\u200b😀']",
		`{"a": [1, null], "b": {}, "a": 2}`: "{'a': 2, 'b': {}}", `"\ud83d\ude00"`: "😀",
	} {
		v, err := Parse(text)
		if err != nil || v.String() != want {
			t.Errorf("%s: %q, %v, want %q", text, v.String(), err, want)
		}
	}
	if got := NotesList([]string{"a", "it's"}); got != `['a', "it's"]` {
		t.Errorf("NotesList: %s", got)
	}
}
