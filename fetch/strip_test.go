package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pythonNumber is what encoding/json can't read.
var pythonNumber = regexp.MustCompile(`-?(NaN|Infinity)`)

func TestStrip(t *testing.T) {
	for _, test := range []struct {
		name, in, want string
		raw            bool
	}{
		{name: "people's data goes", in: `{"uuid":"x","user_comments":"I was here","email":"a@b.c","url":"https://bank.example/","signature":"s"}`, want: `{"uuid":"x","signature":"s"}`},
		{name: "what is not known goes", in: `{"new_field":1,"signature":"s"}`, want: `{"signature":"s"}`},
		{name: "nested", in: `{"json_dump":{"sensitive":{"exploitability":"high"},"threads":[{"frames":[{"function":"f","registers":{"rax":"0x1"}}],"stack":"..."}]}}`, want: `{"json_dump":{"threads":[{"frames":[{"function":"f"}]}]}}`},
		{name: "the exception's message", in: `{"java_exception":{"exception":{"values":[{"stacktrace":{"type":"T","value":"my name"}}]}}}`, want: `{"java_exception":{"exception":{"values":[{"stacktrace":{"type":"T"}}]}}}`},
		{
			name: "an exception, or a stack, of which nothing may be kept is one",
			in:   `{"java_exception":{"exception":{"values":[{"stacktrace":{"value":"my name"}},{"stacktrace":{}}]}},"json_dump":{"java_exception":{"x":1}}}`,
			want: `{"java_exception":{"exception":{"values":[{"stacktrace":{"":null}},{"stacktrace":{}}]}},"json_dump":{}}`,
		},
		{name: "numbers stay as they are", in: ` { "uptime" : 1.50e+3 , "install_age":12345678901234567890 , "success" : true,"hang":null}` + "\n", want: `{"uptime":1.50e+3,"install_age":12345678901234567890,"success":true,"hang":null}`},
		{name: "strings stay as they are", in: `{"signature":"a\u0020\/\"b\\\"","reason":"\ud83d"}`, want: `{"signature":"a\u0020\/\"b\\\"","reason":"\ud83d"}`},
		{name: "an escaped name", in: `{"user_\u0063omments":"x","sign\u0061ture":"s"}`, want: `{"sign\u0061ture":"s"}`},
		{name: "a repeated name", in: `{"signature":1,"email":2,"signature":3}`, want: `{"signature":1,"signature":3}`},
		{name: "an object where a text should be", in: `{"version":{"email":"a@b.c"},"reason":[1,{"x":2},[3]]}`, want: `{"version":{},"reason":[1,{},[3]]}`},
		{name: "a text where an object should be", in: `{"json_dump":"none","additional_minidumps":[]}`, want: `{"json_dump":"none","additional_minidumps":[]}`},
		{name: "any name", in: `{"telemetry_environment":{"addons":{"activeAddons":{"x@y":{"name":"n","secret":1}}}}}`, want: `{"telemetry_environment":{"addons":{"activeAddons":{"x@y":{"name":"n"}}}}}`},
		{
			name: "objects in a list with other members, or the same ones written otherwise",
			in: `{"json_dump":{"threads":[{"frames":[{"file":1,"line":2,"x":3},{"file":1,"x":3,"line":2},{"file" :1, "lines":2},{"f\u0069le": 1,"line":2},{"line":2,"file":1},` +
				`{"file":1,"file":2,"line":3},{"x":{"file":1},"file":"\"line\":1"},{}]}]}}`,
			want: `{"json_dump":{"threads":[{"frames":[{"file":1,"line":2},{"file":1,"line":2},{"file":1},{"f\u0069le":1,"line":2},{"line":2,"file":1},` +
				`{"file":1,"file":2,"line":3},{"file":"\"line\":1"},{}]}]}}`,
		},
		{
			name: "what Python takes for JSON", in: "\ufeff" + `{"uptime":NaN,"email":NaN,"json_dump":{"x":-Infinity,"crash_info":{"type":"-Infinity"},"threads":[{"frames":[{"line":Infinity}]}]},"reason":"` + "\xed\xa0\x80" + `"}`,
			want: `{"uptime":NaN,"json_dump":{"crash_info":{"type":"-Infinity"},"threads":[{"frames":[{"line":Infinity}]}]},"reason":"�"}`,
		},
		{name: "a thread that no signature is made from", in: `{"json_dump":{"crashing_thread":{"frames":[{"function":{"a":1},"line":2}]}}}`, want: `{"json_dump":{"crashing_thread":{"frames":[{"function":{},"line":2}]}}}`},
		{name: "empty", in: `{}`, want: `{}`},
		{name: "raw", raw: true, in: `{"ProductName":"Firefox","Email":"a@b.c","URL":"u","Comments":"c","uuid":"x"}`, want: `{"ProductName":"Firefox","uuid":"x"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Strip([]byte(test.in), test.raw)
			if err != nil || compact(t, pythonNumber.ReplaceAll(got, []byte("0"))) != pythonNumber.ReplaceAllString(test.want, "0") {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

// compact is a document without the space between its parts.
func compact(t *testing.T, doc []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestStripRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)
	for _, in := range []string{"", " ", "null", "[]", `"x"`, `{`, `{"a":1`, `{"a":1}}`, `{"a":1} {"b":2}`, "<html>", `{"a":01}`, `["a":1}`, `{"uptime":`, `{"reason":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}", deep, strings.Repeat("[", 100_000)} {
		if got, err := Strip([]byte(in), false); !errors.Is(err, errDocument) || got != nil {
			t.Errorf("%.40q: %q, %v", in, got, err)
		}
	}
}

// Everything that signature generation reads is public.
func TestSignatureFieldsAreKept(t *testing.T) {
	doc := `{"uuid":"x","signature":"s","hang":1,"js_large_allocation_failure":"Reporting","abort_message":"a","mdsw_status_string":"OK","async_shutdown_timeout":"{}",` +
		`"ipc_channel_error":"e","ipc_message_name":"m","additional_minidumps":["browser"],"java_stack_trace":"j","oom_allocation_size":17,"moz_crash_reason":"r",` +
		`"json_dump":{"crash_info":{"crashing_thread":1,"type":"t"},"system_info":{"os":"Linux"},"threads":[{"last_error_value":"v","frames":[` +
		`{"function":"f","file":"g","line":1,"module":"m","offset":"0x1","inlines":[{"function":"f","file":"g","line":2}],"unloaded_modules":[{"module":"u"}]}]}]}}`
	got, err := Strip([]byte(doc), false)
	if err != nil || string(got) != doc {
		t.Errorf("got %s, %v", got, err)
	}
}

// On the documents of the reference vectors nothing is lost of what signatures are made from, apart from members that signatures are not made from.
func TestStripReferenceVectors(t *testing.T) {
	name := filepath.Join("..", "..", "shared", "vectors", "suite.ndjson.gz")
	f, err := os.Open(name)
	if err != nil {
		t.Skipf("the reference vectors are not here: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	n := 0
	for lines.Scan() {
		var vector struct {
			Processed json.RawMessage `json:"processed_crash"`
		}
		if err := json.Unmarshal(lines.Bytes(), &vector); err != nil || vector.Processed == nil {
			continue
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, vector.Processed); err != nil || compact.Bytes()[0] != '{' {
			continue
		}
		got, err := Strip(vector.Processed, false)
		if err != nil {
			t.Fatalf("%.200s: %v", vector.Processed, err)
		}
		before := decode(t, vector.Processed)
		without(before, "registers", "threads_index", "value")
		if diff := cmp.Diff(before, decode(t, got)); diff != "" {
			t.Errorf("(-before +after)\n%.2000s", diff)
		}
		n++
	}
	if n < 10 {
		t.Errorf("only %d documents", n)
	}
}

// without takes members out at every level: those that are protected, or made up for a test.
func without(v any, names ...string) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range names {
			delete(v, name)
		}
		for _, inner := range v {
			without(inner, names...)
		}
	case []any:
		for _, inner := range v {
			without(inner, names...)
		}
	}
}

func decode(t *testing.T, doc []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// naive is what strip must do, by way of maps.
func naive(v any, allowed *fields) any {
	if m, ok := v.(map[string]any); ok && allowed.asObject != nil {
		return naiveObject(m, allowed.asObject)
	}
	return naiveItem(v, allowed)
}

// naiveItem is naive for the item of an array.
func naiveItem(v any, allowed *fields) any {
	if allowed == whole {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		return naiveObject(v, allowed)
	case []any:
		out := make([]any, 0, len(v))
		for _, inner := range v {
			out = append(out, naiveItem(inner, allowed))
		}
		return out
	}
	return v
}

func naiveObject(v map[string]any, allowed *fields) any {
	if allowed == whole {
		return v
	}
	out := map[string]any{}
	for name, inner := range v {
		s := allowed.members[name]
		if s == nil {
			s = allowed.others
		}
		if s != nil {
			out[name] = naive(inner, s)
		}
	}
	if len(out) == 0 && len(v) > 0 && allowed.filled {
		out[""] = nil
	}
	return out
}

func FuzzStrip(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"signature":"s","email":"e"}`, `{"json_dump":{"threads":[{"frames":[{"function":"\\\"","registers":{}}]}]}}`, `{"a":[],"uuid":""}`, `{"a":{"b":[1,2,{"c":null}]}}`,
		"{\"sign\\u0061ture\" : 1.0 }", `{"telemetry_environment":{"experiments":{"x":{"branch":1,"y":2}}}}`, `{"":""}`, `[{}]`, `{"a":"`,
		`{"json_dump": {"threads": [{"frames": [{"file": "a", "line": 1, "x": null}, {"file": null, "line" :2}, {"fil\u0065": true, "x": [1], "line": "\\"}]}]}, "uuid": "u"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := Strip(doc, false)
		if err != nil {
			if !errors.Is(err, errDocument) {
				t.Errorf("error: %v", err)
			}
			return
		}
		want := naive(decode(t, doc), publicProcessed())
		if diff := cmp.Diff(want, decode(t, got)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		again, err := Strip(got, false)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("stripped again: %q, %v; want %q", again, err, got)
		}
	})
}
