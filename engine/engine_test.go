package engine_test

import (
	"errors"
	"testing"

	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/siglists"
)

// A document of another shape is never taken for a processed crash without a stack, whose signature would look right.
func TestSignatureOfEveryShape(t *testing.T) {
	lists, err := siglists.LoadDir("../siglists/testdata/tricky/plain")
	if err != nil {
		t.Fatal(err)
	}
	const threads = `"threads": [{"frames": [{"function": "foo"}]}]`
	for name, document := range map[string]string{
		"a processed crash":  `{"json_dump": {` + threads + `}}`,
		"wrapped":            `{"processed_crash": {"json_dump": {` + threads + `}}}`,
		"crash data":         `{"os": "Linux", ` + threads + `}`,
		"minidump-stackwalk": `{"system_info": {"os": "Linux"}, "crash_info": {"crashing_thread": 0}, ` + threads + `}`,
	} {
		result, err := engine.Signature([]byte(document), lists, engine.DefaultRules())
		// The proto signature is what all other ways answer with, too.
		if err != nil || result.Signature != "foo" || result.ProtoSignature != "foo" || !result.HasProto {
			t.Errorf("%s: %+v, %v; want foo", name, result, err)
		}
	}
	elsewhere := []byte(`{"report": {` + threads + `}}`)
	if result, err := engine.Signature(elsewhere, lists, engine.DefaultRules()); !errors.Is(err, crashdata.ErrShape) {
		t.Errorf("a stack elsewhere: %q, %v; want %v", result.Signature, err, crashdata.ErrShape)
	}
}

// TestSignatureOfPings: the expected signatures are those of siggen, given what crash-ping-ingest makes of the row. What that
// can't read of a Java exception leaves the stack.
func TestSignatureOfPings(t *testing.T) {
	lists, err := siglists.LoadDir("../siglists/testdata/tricky/plain")
	if err != nil {
		t.Fatal(err)
	}
	const stack, frames = `[{"function": "foo", "module_offset": "0x1"}]`, `[{\"className\": \"a.C\", \"methodName\": \"m\", \"file\": \"C.kt\", \"line\": 1}]`
	for _, test := range []struct{ stack, member, want string }{
		{stack, `"java_exception": null`, "foo"},
		{stack, `"java_exception": "null"`, "foo"},
		{stack, `"java_exception": "{\"messages\": 5}"`, "foo"},
		{stack, `"java_exception": "[1]"`, "foo"},
		{stack, `"java_exception": "{}"`, "None"},
		{stack, `"java_exception": {"throwables": []}`, "None"},
		{"[]", `"java_exception": null`, "EMPTY: no frame data available"},
		{"null", `"java_exception": null`, "EMPTY: no frame data available"},
		{"null", `"java_exception": "{\"messages\": [\"java.lang.Error: it\"], \"stack\": ` + frames + `}"`, "None: at a.C.m(C.kt)"},
		{"null", `"java_exception": "{\"messages\": [\"a.AnException: it\"], \"stack\": ` + frames + `}"`, "a.AnException: at a.C.m(C.kt)"},
		{"null", `"java_exception": "{\"throwables\": [{\"type_name\": \"E\", \"stack\": ` + frames + `}]}"`, "E: at a.C.m(C.kt)"},
		{"null", `"java_exception": {"throwables": [{"typeName": "a.E", "stack": [{"module": "a.C", "function": "m", "filename": null}]}]}`, "a.E: at a.C.m"},
		{"null", `"java_exception": {"exception": {"values": [{"stacktrace": {"type": "E", "module": "java.lang"}}]}}`, "java.lang.E"},
		{stack, `"async_shutdown_timeout": "{\"phase\": \"p\", \"conditions\": \"[\\\"c\\\"]\"}"`, "AsyncShutdownTimeout | p | c"},
		{stack, `"async_shutdown_timeout": {"phase": "p", "conditions": "[{\"name\": \"c\"}]"}`, "AsyncShutdownTimeout | p | c"},
	} {
		row := `{"document_id": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeffffff", "submission_timestamp": "2026-11-01T00:03:12.5", "stack": ` + test.stack + `, ` + test.member + `}`
		result, err := engine.Signature([]byte(row), lists, engine.DefaultRules())
		if err != nil || result.Signature != test.want {
			t.Errorf("%s: %q, %v; want %q", row, result.Signature, err, test.want)
		}
	}
}
