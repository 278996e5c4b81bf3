package crashdata

import (
	"errors"
	"strings"
	"testing"
)

// A document that has a stack where signatures are not made from it, or is known to be something else, is refused
// by name; a processed crash passes, also one that has no stack since its dump could not be walked.
func TestCheckShape(t *testing.T) {
	const frames = `[{"frames": [{"function": "a::b", "module": "xul.dll"}]}]`
	for _, test := range []struct{ doc, want string }{
		{`{"uuid": "x", "json_dump": {"threads": ` + frames + `}}`, ""},
		{`{"uuid": "x", "java_exception": {"exception": {"values": [{"stacktrace": {"type": "E", "frames": []}}]}}, "threads": ` + frames + `}`, ""},
		{`{"uuid": "x", "java_exception": {"exception": {"values": [{}, {"stacktrace": {"type": "E", "frames": [{"function": "a"}]}}]}}}`, ""},
		{`{"uuid": "x", "java_exception": {"exception": {"values": [{"stacktrace": null}, {"stacktrace": {"frames": [{"function": "a"}]}}]}}}`, ""},
		{`{"uuid": "x", "java_exception": {"exception": {"values": {"1": {"stacktrace": {"frames": [{"function": "a"}]}}}}}}`, ""},
		{`{"uuid": "x", "date_processed": "2026-11-01", "proto_signature": "a", "json_dump": {}}`, ""},
		{`{"uuid": "x", "date_processed": "2026-11-01", "proto_signature": "a", "mdsw_status_string": "ERROR_NO_MINIDUMP_HEADER"}`, ""},
		{`{"uuid": "x", "signature": "EMPTY: no frame data available", "json_dump": {"modules": [{"filename": "xul.dll", "base_addr": "0x1"}], "threads": []}}`, ""},
		{`{"uuid": "x", "json_dump": {"crash_info": {"crashing_thread": 7}, "threads": ` + frames + `}}`, ""},
		{`{"uuid": "x", "json_dump": {}, "upload_file_minidump_browser": {"json_dump": {"threads": ` + frames + `}}}`, ""},
		{`{"uuid": "x", "async_shutdown_timeout": "{\"conditions\": [{\"frames\": 1}]}"}`, ""},
		{`{"uuid": "x", "AsyncShutdownTimeout": "{\"conditions\": [{\"name\": \"a\", \"stack\": [\"resource://a.sys.mjs:f:1\"]}]}"}`, ""},
		{`{"uuid": "x", "json_dump": {"mac_crash_info": {"records": [{"module": "a.dylib", "backtrace": ["1 a.dylib"]}]}}}`, ""},
		{`{"uuid": "x", "json_dump": {"crash_info": {"crashing_thread": 7}, "threads": [{"frames": [{"frame": 0, "module": null, "module_offset": "0x1", "inlines": [{"function": "a"}]}]}]}}`, ""},
		{`{"uuid": "x", "json_dump": {"unloaded_modules": [{"filename": "a.dll", "base_addr": "0x1"}], "threads": [{"frames": []}]}, "telemetry_environment": "{\"a\": [{\"name\": \"b\"}]}"}`, ""},
		{`"no object"`, ""},

		{`{"uuid": "x", "threads": ` + frames + `, "os": "Linux"}`, "crash data"},
		{`{"uuid": "x", "crashing_thread": 0, "threads": []}`, "crash data"},
		{`{"uuid": "x", "crash_info": {}, "threads": ` + frames + `}`, "minidump-stackwalk"},
		{`{"status": "OK", "system_info": {}, "threads": []}`, "minidump-stackwalk"},
		{`{"uuid": "x", "ProductName": "Firefox", "BuildID": "20261101000000"}`, "raw crash"},
		{`{"uuid": "x", "date": "2026-11-01", "signature": "a"}`, "Super Search"},
		{`{"uuid": "x", "proto_signature": "a | b"}`, "Super Search"},
		{`{"uuid": "x", "build_id": 20261101000000, "platform": "Linux"}`, "Super Search"},
		{`{"uuid": "x", "stackwalk": {"threads": ` + frames + `}}`, "stackwalk.threads[].frames"},
		{`{"uuid": "x", "json_dump": null, "date_processed": "2026-11-01", "dump": {"result": {"threads": ` + frames + `}}}`, "dump.result.threads[].frames"},
		{`{"uuid": "x", "json_dump": {"stacks": ` + frames + `}}`, "json_dump.stacks[].frames"},
		{`{"uuid": "x", "json_dump": {"threads": [{"frames": []}], "crashing_thread": {"frames": [{"module": "a.dll", "offset": "0x1"}]}}}`, "json_dump.crashing_thread.frames"},
		{`{"uuid": "x", "json_dump": "{\"threads\": [{\"frames\": [{\"function\": \"a\"}]}]}"}`, "json_dump (JSON in a text).threads[].frames"},
		{`{"uuid": "x", "json_dump": " {\"threads\": [{\"frames\": [{\"function\": \"a\"}]}]}"}`, "json_dump (JSON in a text).threads[].frames"},
		{`{"uuid": "x", "json_dump": "[{\"frames\": [{\"function\": \"a\"}]}]"}`, "json_dump (JSON in a text)[].frames"},
		{`{"uuid": "x", "json_dump": [{"threads": ` + frames + `}]}`, "json_dump[].threads[].frames"},
		{`{"uuid": "x", "json_dump": {"threads": [{"stack": [{"function": "a"}]}]}}`, "json_dump.threads[].stack"},
		{`{"uuid": "x", "json_dump": {"threads": {"0": {"stack": ["a"]}}}}`, "json_dump.threads.0.stack"},
		{`{"uuid": "x", "json_dump": {"threads": [{"frames": ["a", "b"]}]}}`, "json_dump.threads[].frames"},
		{`{"uuid": "x", "json_dump": {"threads": [{"frames": {"0": {"function": "a"}}}]}}`, "json_dump.threads[].frames"},
		{`{"uuid": "x", "json_dump": {"threads": [{"frames": [{"frame": 0, "function_name": "a", "module_name": "b"}]}]}}`, "json_dump.threads[].frames"},
		{`{"uuid": "x", "json_dump": {"threads": [{"frames": [{"ip": "0x7f01", "module_index": 0, "trust": "cfi"}]}]}}`, "json_dump.threads[].frames"},
		{`{"uuid": "x", "json_dump": {"threads": [{"frames": [{"instructionAddr": "0x7f01", "package": "xul.dll"}]}]}}`, "json_dump.threads[].frames"},
		{`{"uuid": "x", "json_dump": {"thread": [{"list": [{"offset": "0x1"}]}]}}`, "json_dump.thread[].list"},
		{`{"uuid": "x", "json_dump": {}, "dump": {"threads": [{"frames": [{"module_offset": 4096}]}]}}`, "dump.threads[].frames"},
		{`{"uuid": "x", "json_dump": {}, "dump": [{"functionName": "a"}]}`, "its stack is in dump"},
		{`{"uuid": "x", "json_dump": {}, "crash": {"frames": ["a", "b"]}}`, "crash.frames"},
		{`{"uuid": "x", "JavaStackTrace": "Exception: it\n at x"}`, "JavaStackTrace"},
		{`{"uuid": "x", "java_stack_trace": ["Exception: it", " at x"]}`, "java_stack_trace"},
		{`{"uuid": "x", "java_exception": {"exception": {"values": [{"stack": {"frames": [{"function": "a"}]}}]}}}`, "values[].stack.frames"},
		{`{"uuid": "x", "java_exception": {"stacktrace": {"frames": [{"function": "a"}]}}}`, "java_exception.stacktrace.frames"},
		{`{"uuid": "x", "java_exception": "{\"exception\": {\"values\": [{\"stacktrace\": {\"frames\": [{\"function\": \"a\"}]}}]}}"}`, "java_exception (JSON in a text)"},
		{`{"hits": [{"uuid": "x"}], "total": 1, "facets": {}}`, "Super Search"},
		{`"{\"json_dump\": {\"threads\": [{\"frames\": [{\"function\": \"a\"}]}]}}"`, "JSON in a text"},
		{`[{"uuid": "x", "json_dump": {"threads": ` + frames + `}}]`, "JSON array"},
		{" \n[]", "JSON array"},
	} {
		c, err := ParseProcessed([]byte(test.doc))
		if err != nil {
			t.Fatalf("%s: %v", test.doc, err)
		}
		err = CheckShape([]byte(test.doc), c)
		switch {
		case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", test.doc, err, test.want)
		case err != nil && errors.Is(err, ErrShape) == errors.Is(err, ErrNotProcessedCrash):
			t.Errorf("%s: of two kinds, or none: %v", test.doc, err)
		}
	}
}

// What has no frame that is known by something has no stack.
func TestHasStack(t *testing.T) {
	for doc, want := range map[string]bool{
		`{}`:                             false,
		`{"json_dump": {"threads": []}}`: false,
		`{"json_dump": {"threads": [{"frames": []}]}}`:                                                                   false,
		`{"json_dump": {"threads": [{"frames": [{}, {"function": ""}]}]}}`:                                               false,
		`{"json_dump": {"threads": [{"frames": "none"}]}}`:                                                               false,
		`{"json_dump": {"threads": [{"frames": [{}, {"offset": "0x1"}]}]}}`:                                              true,
		`{"json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{"function": "a"}]}]}}`:            false,
		`{"json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{}, {"frames": [{"function": "a"}]}]}}`:        true,
		`{"java_stack_trace": "Exception: it\n at x"}`:                                                                   true,
		`{"java_exception": {"exception": {"values": [{"stacktrace": {"type": "E", "module": "m", "frames": []}}]}}}`:    true,
		`{"java_exception": {}, "java_stack_trace": ""}`:                                                                 false,
		`{"java_exception": {"exception": {"values": []}}, "json_dump": {"threads": [{"frames": [{"function": "a"}]}]}}`: false,
	} {
		c, err := ParseProcessed([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeRecord(c.AppendRecord(nil))
		if err != nil || c.HasStack() != want || again.HasStack() != want {
			t.Errorf("%s: %v, from its record %v, want %v", doc, c.HasStack(), again.HasStack(), want)
		}
		in, err := NewDecoder().Inputs(NewRecord(c))
		if err != nil || in.HasStack != want {
			t.Errorf("%s: %v of its record taken apart, %v; want %v", doc, in.HasStack, err, want)
		}
	}
}
