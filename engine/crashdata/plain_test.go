package crashdata

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// plainly is a document as Python would write it that had read it: each member once.
func plainly(v pyjson.Value) string {
	var parts []string
	for i, item := range v.Items() {
		if parts = append(parts, plainly(item)); v.Kind == pyjson.KindDict {
			parts[i] = string(pyjson.Dumps(v.Keys()[i])) + ": " + parts[i]
		}
	}
	switch v.Kind {
	case pyjson.KindDict:
		return "{" + strings.Join(parts, ", ") + "}"
	case pyjson.KindList:
		return "[" + strings.Join(parts, ", ") + "]"
	case pyjson.KindStr:
		return string(pyjson.Dumps(v.Text))
	}
	return strings.NewReplacer("None", "null", "True", "true", "False", "false", "nan", "NaN", "inf", "Infinity").Replace(v.String())
}

// sameAsPlain checks that a document gives the crash that it gives when all of it was read at once.
func sameAsPlain(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, doc []byte,
) {
	t.Helper()
	text := pyjson.Text(doc)
	got, gotErr := ParseProcessed(doc)
	if err := pyjson.Check(text); err != nil {
		if gotErr == nil && !errors.Is(err, pyjson.ErrDepth) {
			t.Fatalf("%q is taken, want %v", doc, err)
		}
		return
	}
	v, err := pyjson.NewReader(text).Value()
	if err != nil || !utf8.Valid(text) {
		return // Python doesn't read it
	}
	want, wantErr := ParseProcessed([]byte(plainly(v)))
	if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
		t.Fatalf("%q: error %v, want %v", doc, gotErr, wantErr)
	}
	if wantErr == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%q:\n%q, want\n%q", doc, got.AppendRecord(nil), want.AppendRecord(nil))
	}
}

// The documents of the vectors, which are what the reference was given.
func TestPlainVectors(t *testing.T) {
	files, err := filepath.Glob("../signatures/testdata/vectors/*.ndjson.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		enginetest.EachVector(t, file, func(v enginetest.Vector) {
			if v.LoadError == "" {
				sameAsPlain(t, v.ProcessedCrash)
			}
		})
	}
}

// oddValues are JSON values.
var oddValues = []string{
	`null`, `true`, `false`, `0`, `-0`, `7`, `12.50`, `1e3`, `-1E-2`, `1e999`, `18446744073709551616`, strings.Repeat("9", 4300), strings.Repeat("9", 4301),
	`NaN`, `Infinity`, `-Infinity`, `[NaN]`, `{"a": [-Infinity, "NaN"], "function": NaN}`, "\"\xed\xa0\x80\"", "[\"\xed\xbf\xbf\", NaN]",
	`""`, `"f"`, `"a<b>(c)"`, `"hg:h:a/b.rs:1"`, `"[m]"`, `"Windows NT"`, `"C:\\a\\b.cpp"`, `"\ud800"`, `"\uDC00\ud800x"`, `"\ud83d\ude00"`, `"\u00e9\n\/\""`, `"é\u0000€😀"`,
	`[]`, `{}`, `[[]]`, `[{}]`, `[null]`, `[1, "x", {"a": [true]}]`, `[{"module": "u.dll"}]`, `[{"function": "i", "file": "x:y.rs", "line": 3}, {"function": "j\t"}, 4]`,
	`{"a": 1, "\u0061": 2, "b": 3}`, `{"function": "f", "function": "g"}`, manyMembers(100), manyMembers(101),
	nested(200), nested(201), nested(pyjson.MaxDepth), nested(pyjson.MaxDepth + 1),
}

// notJSON is nearly that.
var notJSON = []string{
	nested(10_001), `01`, `-`, `1.`, `.5`, `1e`, `+1`, `0x1`, `-NaN`, `+Infinity`, `NaN1`, `1NaN`, `nan`, `nul`, `nulll`, `True`, `'f'`, `"`, `"\x"`, `"\u12g4"`, `"\u123"`, `"\u123g"`, "\"\x80\"", "\"\x9f\"", "\"\t\"", "\"\x1f\"", "\"\x7f\"",
	"\"\xff\"", "\"\xe2\x82\"", "\"\xed\xa0\"", "\u00a0", `[1,]`, `[,1]`, `[1 2]`, `{"a"}`, `{"a":}`, `{"a": 1,}`, `{a: 1}`, `{1: 1}`, `[1}`, `{"a": 1]`, `]`, ``, "\ufeff1", "\x00",
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func manyMembers(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"%d": %d`, i, i))
	}
	return "{" + strings.Join(append(all, `"0": 0`), ",") + "}"
}

// oddNames are those of members that are read, and others.
var oddNames = []string{
	`"function"`, `"file"`, `"line"`, `"module"`, `"offset"`, `"inlines"`, `"unloaded_modules"`, `"function"`, `"l\u0069ne"`, `"registers"`, `""`, "\"\xff\"", `"\ud800"`, `"é"`,
	`"frames"`, `"last_error_value"`, `"hang"`, `"uuid"`, `"java_exception"`, `"oom_allocation_size"`, `"crashing_thread"`, `"type"`, `"os"`, `"processed_crash"`,
}

// oddDocument puts a made-up object where processed crashes have one that is read.
var oddDocument = []string{
	`%s`, `{"json_dump": %s}`, `{"json_dump": {"crash_info": %s}}`, `{"json_dump": {"system_info": %s, "threads": [%[1]s]}}`, `{"json_dump": {"threads": %s}}`,
	`{"json_dump": {"threads": [{"frames": [%s, {"function": "g"}]}, {"last_error_value": "é", "frames": {"0": %[1]s}}], "crash_info": {"crashing_thread": 1}}}`,
	`{"json_dump": {"threads": [{"frames": [{"inlines": [%s]}, %[1]s]}], "system_info": {"os": "Windows NT"}}}`, `{"json_dump": {"threads": {"0": %s}}}`, `{"processed_crash": %s}`, `%s {}`, "\ufeff%s", "\ufeff{\"hang\": %s}", " \ufeff%s", `["java_exception", %s]`, `"java_exception" %s`,
	`{"json_dump": {"crash_info": {"crashing_thread": 1, "type": "t"}, "system_info": {"os": "Linux"}, "threads": [{}, {"frames": [{"function": "g"}]}]}, "json_dump": %s}`,
	`{"json_dump": {"crash_info": {"crashing_thread": 1, "type": "t"}, "crash_info": %s, "system_info": {"os": "Linux"}, "system_info": %[1]s, "threads": [{"frames": [{"function": "g"}]}]}}`,
	`{"json_dump": {"threads": [{"frames": [{}, %s]}], "threads": [%[1]s, {"frames": [%[1]s, 1]}], "crash_info": {"crashing_thread": -1}}, "java_exception": %[1]s}`,
}

// TestProcessedIsPlain: what is read of a document doesn't depend on how its members are repeated, ordered in it and written.
func TestProcessedIsPlain(t *testing.T) {
	for _, form := range oddDocument {
		for _, value := range slices.Concat(oddValues, notJSON) {
			sameAsPlain(t, fmt.Appendf(nil, form, value))
			for _, name := range oddNames {
				sameAsPlain(t, fmt.Appendf(nil, form, "{"+name+": "+value+"}"))
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			form := rapid.SampledFrom(oddDocument).Draw(t, "form")
			sameAsPlain(t, fmt.Appendf(nil, form, drawObject(t)))
		}
	})
}

func drawObject(t *rapid.T) string {
	space := rapid.SampledFrom([]string{"", "", " ", " ", " ", "\n", "\t\r\n "})
	var b strings.Builder
	b.WriteString("{" + space.Draw(t, "space"))
	for i := range rapid.IntRange(0, 12).Draw(t, "members") {
		if i > 0 {
			b.WriteString("," + space.Draw(t, "space"))
		}
		b.WriteString(rapid.SampledFrom(oddNames).Draw(t, "name") + space.Draw(t, "space") + ":" + space.Draw(t, "space"))
		values := oddValues
		if rapid.IntRange(0, 30).Draw(t, "wrong") == 0 {
			values = notJSON
		}
		b.WriteString(rapid.SampledFrom(values).Draw(t, "value"))
	}
	return b.String() + space.Draw(t, "space") + "}" + rapid.SampledFrom([]string{"", "", "", "", "\v", ","}).Draw(t, "end")
}

// FuzzProcessed: the same for documents of all kinds.
func FuzzProcessed(f *testing.F) {
	for _, value := range slices.Concat(oddValues, notJSON) {
		if len(value) < 100 {
			f.Add(fmt.Appendf(nil, oddDocument[6], `{"function": "f", "file": `+value+`}`))
			f.Add(fmt.Appendf(nil, oddDocument[5], `{"function": `+value+`, "line": 7}`))
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) { sameAsPlain(t, doc) })
}
