package pyjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// isJSON are JSON values.
var isJSON = []string{
	`null`, `true`, `false`, `0`, `-0`, `7`, `12.50`, `-1E-2`, `1e999`, `18446744073709551616`, strings.Repeat("9", 4300), `""`, `"f"`, `"a longer text "`,
	`"C:\\a\\b.cpp"`, `"\ud800"`, `"\uDC00\ud800x"`, `"\ud83d\ude00"`, `"\u00e9\n\/\"\b"`, `"é\u0000€😀"`, "\"\x7f\"", "\"\xff\"", "\"é\xe2\x82\"", "\"\xed\xa0\x80 long enough\"",
	`[]`, `{}`, `[[]]`, `[1, "x", {"a": [true]}]`, " [ 1 ,\t2\n, 3\r ] ", `{"a": 1, "\u0061": 2, "b": 3}`, `{ "" : {} , "" : [ ] }`, "{\"\xff\": 1}", `{"\\ud800":{"\ud800":1}}`, manyMembers(300), nested(MaxDepth),
}

// notPython are what is nearly JSON, and which Python doesn't take.
var notPython = []string{
	`01`, `-`, `1.`, `.5`, `1e`, `1e+`, `+1`, `0x1`, `-NaN`, `+Infinity`, `--Infinity`, `- Infinity`, `NaN1`, `1NaN`, `NaN.0`, `1.NaN`, `InfinityNaN`, `NaN NaN`, `NaN}`, `{NaN: 1}`, `nan`, `nul`, `nulll`, `True`, `'f'`,
	`"`, `"NaN`, `"\`, `"\x"`, `"\u12g4"`, `"\u123"`, `"\u123g"`, `"\u1234`, "\"\t\"", "\"\x1f\"", "\"long enough\x1f\"", "\u00a0", `[1,]`, `[,1]`, `[1 2]`, `[`, `[1`, `{`, `{"a"`, `{"a":1`, `{"a"}`, `{"a":}`,
	`{"a": 1,}`, `{a: 1}`, `{1: 1}`, `[1}`, `{"a": 1]`, `]`, ``, "\ufeff1", "\x00", `{} {}`, nested(MaxPassed + 1),
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func manyMembers(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"%d": %d`, i, i))
	}
	return "{" + strings.Join(append(all, `"0": 0`), ",") + "}"
}

// sameAsJSON checks a reader against encoding/json, which knows all but the words of Python.
func sameAsJSON(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, doc []byte,
) {
	t.Helper()
	hasWord := bytes.Contains(doc, []byte("NaN")) || bytes.Contains(doc, []byte("Infinity"))
	if err := Check(doc); (err == nil) != json.Valid(doc) && !hasWord {
		t.Fatalf("%.200q: %v, and valid is %v", doc, err, json.Valid(doc))
	}
	in := NewReader(doc)
	v, err := in.Value()
	var long *tooManyDigitsError
	if err = errors.Join(err, in.End()); errors.As(err, &long) || errors.Is(err, ErrDepth) || hasWord {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(doc))
	decoder.UseNumber()
	var want any
	if wantErr := decoder.Decode(&want); err == nil && (wantErr != nil || plainOf(v) != plainOf(valueOf(want))) {
		t.Fatalf("%.200q: %s, want %s, %v", doc, plainOf(v), plainOf(valueOf(want)), wantErr)
	}
}

// valueOf is what encoding/json made, as a Value.
func valueOf(v any) Value {
	switch v := v.(type) {
	case json.Number:
		n, _ := scalar(string(v))
		return n
	case string:
		return Str(v)
	case bool:
		return map[bool]Value{true: {Kind: KindTrue}, false: {Kind: KindFalse}}[v]
	case []any:
		list := Value{Kind: KindList}
		for _, item := range v {
			list.Append(valueOf(item))
		}
		return list
	case map[string]any:
		dict := Value{Kind: KindDict}
		for key, item := range v {
			dict.Put(key, valueOf(item))
		}
		return dict
	}
	return Value{}
}

// plainOf is a value as a text, the keys of dicts in order.
func plainOf(v Value) string {
	var parts []string
	for i, item := range v.Items() {
		if parts = append(parts, plainOf(item)); v.Kind == KindDict {
			parts[i] = fmt.Sprintf("%q: %s", v.Keys()[i], parts[i])
		}
	}
	if v.Kind == KindDict {
		slices.Sort(parts)
	}
	return fmt.Sprintf("%d %q %s", v.Kind, v.Text, parts)
}

func TestReaderIsJSON(t *testing.T) {
	for _, value := range isJSON {
		if err := Check([]byte(value)); err != nil {
			t.Errorf("%.100q: %v", value, err)
		}
	}
	for _, value := range notPython {
		if err := Check([]byte(value)); err == nil {
			t.Errorf("%.100q is taken for JSON", value)
		}
	}
	for _, value := range slices.Concat(isJSON, notPython) {
		for _, form := range []string{"%s", "[%s]", "[1,%s ,2]", `{"a":%s}`, `{"a": {"b" :%s, "c": 1}, "a": [%[1]s]}`} {
			sameAsJSON(t, fmt.Appendf(nil, form, value))
		}
	}
	rapid.Check(t, func(t *rapid.T) { sameAsJSON(t, []byte(drawValue(t, 0))) })
}

// drawValue draws a value, which is wrong now and then.
func drawValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 40).Draw(t, "kind")
	switch {
	case kind == 0:
		return rapid.SampledFrom(notPython).Draw(t, "wrong")
	case kind < 20 || depth == 4:
		return rapid.SampledFrom(isJSON).Draw(t, "value")
	}
	space := rapid.SampledFrom([]string{"", "", " ", " ", " ", "\n", "\t\r\n "})
	var parts []string
	for range rapid.IntRange(0, 5).Draw(t, "parts") {
		part := drawValue(t, depth+1)
		if kind < 30 {
			part = rapid.SampledFrom([]string{`"a"`, `"b"`, `"\u0061"`, `""`, "\"\xff\""}).Draw(t, "name") + space.Draw(t, "space") + ":" + space.Draw(t, "space") + part
		}
		parts = append(parts, space.Draw(t, "space")+part+space.Draw(t, "space"))
	}
	if kind < 30 {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// The numbers of Python that JSON doesn't have.
func TestPythonNumbers(t *testing.T) {
	for doc, want := range map[string]string{
		"NaN": "nan", `{"a": NaN}`: "{'a': nan}", "[NaN,-Infinity ,\tInfinity]": "[nan, -inf, inf]", `{"NaN": "a NaN\" NaN", "b":NaN}`: `{'NaN': 'a NaN" NaN', 'b': nan}`,
	} {
		if v, err := NewReader([]byte(doc)).Value(); err != nil || v.String() != want || Check([]byte(doc)) != nil {
			t.Errorf("%s: %s, %v, want %s", doc, v, err, want)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, value := range slices.Concat(isJSON, notPython) {
		if len(value) < 100 {
			f.Add([]byte(value))
			f.Add([]byte(`{"function": ` + value + `, "line": [7]}`))
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) { sameAsJSON(t, doc) })
}
