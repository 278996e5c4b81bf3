package crashdata_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

func TestPings(t *testing.T) {
	const id = `"document_id": "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeffffff", "submission_timestamp": "2026-11-01 00:03:12.5 UTC"`
	const kept = `"date_processed":"2026-11-01T00:03:12.5+00:00",`
	const uuid = `"uuid":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeee261101"`
	for name, test := range map[string]struct{ row, want string }{
		"stack, reason, system and version": {
			`{` + id + `, "crash_type": "SIGSEGV", "os": "Windows", "version": "146.0", "channel": "release", "signature": "f",
				"stack": [{"function": "f()", "function_offset": "0x1", "file": "a.cpp", "line": 3, "module": "xul.dll", "module_offset": "0x2"}, {"omitted": 5}, {"error": "no symbols"}, {"module": "b.dll"}]}`,
			`{` + kept + `"json_dump":{"crash_info":{"crashing_thread":0,"type":"SIGSEGV"},"system_info":{"os":"Windows"},"threads":[{"frames":[{"file":"a.cpp","function":"f()","line":3,"module":"xul.dll"},{},{},{"module":"b.dll"}]}]},` +
				`"os_name":"Windows","release_channel":"release","signature":"f",` + uuid + `,"version":"146.0"}`,
		},
		"inputs of rules": {
			`{` + id + `, "stack": [], "oom_size": 9, "ipc_channel_error": "e", "hang": null, "async_shutdown_timeout": "{\"phase\": \"p\", \"conditions\": \"[{\\\"name\\\": \\\"n\\\"}]\"}"}`,
			`{"async_shutdown_timeout":"{\"conditions\":[{\"name\": \"n\"}],\"phase\":\"p\"}",` + kept + `"ipc_channel_error":"e","json_dump":{"crash_info":{"crashing_thread":0,"type":null},"system_info":{"os":null},"threads":[{"frames":[]}]},"oom_allocation_size":9,` + uuid + `}`,
		},
		"a name that Go would quote otherwise than JSON": {
			`{` + id + `, "stack": [], "async_shutdown_timeout": "{\"a\\u0007\": 1, \"conditions\": \"[]\"}"}`,
			`{"async_shutdown_timeout":"{\"a\\u0007\":1,\"conditions\":[]}",` + kept + `"json_dump":{"crash_info":{"crashing_thread":0,"type":null},"system_info":{"os":null},"threads":[{"frames":[]}]},` + uuid + `}`,
		},
		"a Java exception": {
			`{` + id + `, "stack": null, "java_exception": "{\"throwables\": [{\"typeName\": \"java.lang.E\", \"stack\": [{\"className\": \"a.C\", \"methodName\": \"m\", \"file\": \"C.kt\"}]}]}"}`,
			`{` + kept + `"java_exception":{"exception":{"values":[{"stacktrace":{"frames":[{"filename":"C.kt","function":"m","module":"a.C"}],"module":"java.lang","type":"E"}}]}},` +
				`"json_dump":{"crash_info":{"crashing_thread":0,"type":null},"system_info":{"os":null},"threads":[{}]},` + uuid + `}`,
		},
		"an older Java exception": {
			`{` + id + `, "stack": null, "java_exception": "{\"messages\": [\"java.lang.OldException: it\"], \"stack\": [{\"class_name\": \"a.C\", \"method_name\": \"m\"}]}"}`,
			`{` + kept + `"java_exception":{"exception":{"values":[{"stacktrace":{"frames":[{"function":"m","module":"a.C"}],"module":"java.lang","type":"OldException"}}]}},` +
				`"json_dump":{"crash_info":{"crashing_thread":0,"type":null},"system_info":{"os":null},"threads":[{}]},` + uuid + `}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, processed, err := crashdata.Read([]byte(test.row), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(processed)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.ID() != "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee261101" {
				t.Errorf("id %q", c.ID())
			}
		})
	}
	for _, row := range []string{
		`{"document_id": "x", "submission_timestamp": "2026-11-01", "stack": [{"function": "f"}]}`,
		`{"document_id": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeffffff", "stack": [{"function": "f"}]}`,
	} {
		if c, _, err := crashdata.Read([]byte(row), nil); err != nil || c.ID() != "" {
			t.Errorf("%s: id %q, %v", row, c.ID(), err)
		}
	}
	if _, _, err := crashdata.Read([]byte(`{"stack": [{"function": "f"}]}`), nil); err == nil {
		t.Error("a stack alone is taken for a ping")
	}
}
