package crashdata

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// What a document is shows in its members, and what is made of it is a processed crash.
func TestRead(t *testing.T) {
	const threads = `"threads":[{"frames":[{"function":"a::b"}]}]`
	for _, test := range []struct{ doc, annotations, want string }{
		{`{"uuid":"x","json_dump":{` + threads + `},"threads":[]}`, "", `{"uuid":"x","json_dump":{` + threads + `},"threads":[]}`},
		{`{"processed_crash":{"uuid":"x","json_dump":{` + threads + `}},"threads":[]}`, "", `{"uuid":"x","json_dump":{` + threads + `}}`},
		{`{"uuid":"x","os":"Linux","other":1,"original_signature":"s",` + threads + `}`, "", `{"json_dump":{"crash_info":{"crashing_thread":null,"type":null},"system_info":{"os":"Linux"},` + threads + `},"signature":"s","uuid":"x"}`},
		{`{"uuid":"x","java_stack_trace":"E: a","original_signature":"s"}`, "", `{"java_stack_trace":"E: a","json_dump":{"crash_info":{"crashing_thread":null,"type":null},"system_info":{"os":null},"threads":null},"signature":"s","uuid":"x"}`},
		{`{"crash_info":{},` + threads + `}`, "", `{"json_dump":{"crash_info":{},` + threads + `},"mdsw_status_string":"unknown error"}`},
		{`{"system_info":{},"status":"OK",` + threads + `}`, `{"uuid":"x","Hang":"ui","URL":"u"}`, `{"hang":"ui","json_dump":{"system_info":{},"status":"OK",` + threads + `},"mdsw_status_string":"OK","process_type":"parent","uuid":"x"}`},
		{`{"system_info":{},"threads":[]}`, `{"JavaException":"{\"exception\":{}}"}`, `{"java_exception":{"exception":{}},"json_dump":{"system_info":{},"threads":[]},"mdsw_status_string":"unknown error","process_type":"parent"}`},
		{`{"system_info":{},"threads":[]}`, `{"JavaException":"{\"exception\""}`, `{"json_dump":{"system_info":{},"threads":[]},"mdsw_status_string":"unknown error","process_type":"parent"}`},
		{`{"system_info":{},"threads":[]}`, `{"JavaException":"{} x","JavaStackTrace":""}`, `{"json_dump":{"system_info":{},"threads":[]},"mdsw_status_string":"unknown error","process_type":"parent"}`},
		{`{"system_info":{},"threads":[]}`, `{"JavaException":{"exception":{}},"JavaStackTrace":null}`, `{"json_dump":{"system_info":{},"threads":[]},"mdsw_status_string":"unknown error","process_type":"parent"}`},
		{`{"system_info":{},"threads":[]}`, `{"JavaStackTrace":"E: secret\n\tat a\nCaused by: more"}`, `{"java_stack_trace":"E\n\tat a","json_dump":{"system_info":{},"threads":[]},"mdsw_status_string":"unknown error","process_type":"parent"}`},
		{`{"system_info":{},"threads":[]}`, `{"Hang":"ui \u001f\n","IPCMessageName":" \u2003","MozCrashReason":" a","OOMAllocationSize":5,"ProcessType":"main"}`, `{"hang":"ui","ipc_message_name":"","json_dump":{"system_info":{},"threads":[]},"mdsw_status_string":"unknown error","moz_crash_reason":" a","oom_allocation_size":5,"process_type":"parent"}`},
		{`{"uuid":"x","date_processed":"2026-11-01",` + threads + `}`, "", "no stack where a processed crash has one"},
		{`{"system_info":{},"threads":[]}`, "Hang=ui", "reading annotations: they are no JSON object"},
		{`{"system_info":{},"threads":[]}`, "{\"Hang\":\"\xff\"}", "reading annotations: they are no JSON object in UTF-8"},
		{`{"system_info":{},` + threads, "", "reading processed crash"},
		{`[{` + threads + `}]`, "", "JSON array"},
	} {
		crash, processed, err := Read([]byte(test.doc), func() ([]byte, error) {
			if test.annotations == "" {
				return nil, nil
			}
			return []byte(test.annotations), nil
		})
		if err != nil && !strings.Contains(err.Error(), test.want) || err == nil && string(processed) != test.want {
			t.Errorf("%s: %s, %v, want %s", test.doc, processed, err, test.want)
		}
		if err == nil && crash == nil {
			t.Errorf("%s: no crash", test.doc)
		}
	}
	broken := errors.New("broken")
	if _, _, err := Read([]byte(`{"system_info":{},"threads":[]}`), func() ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("annotations that can't be read: %v", err)
	}
}

// ReadData takes what has no json_dump for crash data, whatever it lacks, and reads the other shapes.
func TestReadData(t *testing.T) {
	for doc, frames := range map[string]int{
		`{}`:                    0,
		`{"threads": null}`:     0,
		`{"reason": "SIGSEGV"}`: 0,
		`{"threads": [{"frames": [{"function": "f"}, {"function": "g"}]}]}`:                                           2,
		`{"date_processed": "2026-01-01", "threads": [{"frames": [{"function": "f"}]}]}`:                              1,
		`{"json_dump": {"threads": [{"frames": [{"function": "f"}]}]}, "threads": []}`:                                1,
		`{"processed_crash": {"json_dump": {"threads": [{"frames": [{"function": "f"}]}]}}}`:                          1,
		`{"crash_info": {"crashing_thread": 1}, "threads": [{"frames": []}, {"frames": [{"function": "f"}]}]}`:        1,
		`{"crashing_thread": 1, "threads": [{"frames": []}, {"frames": [{"function": "f"}, {"module": "libc.so"}]}]}`: 2,
		"\ufeff" + `{"threads": [{"frames": [{"function": "f"}]}]}`:                                                   1,
		`{"oom_allocation_size": "5"}`:   0,
		`{"oom_allocation_size": 0.0}`:   0,
		`{"oom_allocation_size": false}`: 0,
		`{"oom_allocation_size": []}`:    0,
	} {
		c, err := ReadData([]byte(doc))
		if err != nil || len(c.Stack.Frames) != frames {
			t.Errorf("%s: %+v, %v, want %d frames", doc, c, err, frames)
		}
	}
	for _, doc := range []string{
		``, `[]`, `"threads"`, `3`, `null`, `{`, `{}{}`, `{"a": }`,
		// Wrapped is a processed crash, and nothing else: crash data would lose its stack.
		`{"processed_crash": {"threads": [{"frames": [{"function": "f"}]}]}}`, `{"processed_crash": {"stack": [{"function": "f"}]}}`, `{"processed_crash": []}`,
		// What Socorro's rule makes of these sizes is not what it makes of any size of a processed crash.
		`{"oom_allocation_size": "x"}`, `{"oom_allocation_size": ""}`, `{"oom_allocation_size": "0"}`, `{"oom_allocation_size": 0.5}`,
		`{"oom_allocation_size": NaN}`, `{"oom_allocation_size": [1]}`, `{"oom_allocation_size": {"a": 1}}`,
	} {
		if c, err := ReadData([]byte(doc)); err == nil {
			t.Errorf("%s: %+v", doc, c)
		}
	}
}

// TestReadDataOfEachShape: what is read from each.
func TestReadDataOfEachShape(t *testing.T) {
	const threads = `"threads":[{},{"frames":[{"function":"a::b"}]}]`
	type crash struct{ thread, os, reason, top string }
	for _, test := range []struct {
		doc  string
		want crash
	}{
		{`{}`, crash{thread: "0"}},
		{`{"os":"Linux","reason":"SIGSEGV"}`, crash{"0", "Linux", "SIGSEGV", ""}},
		{`{"os":"Linux","reason":"SIGSEGV","crashing_thread":1,` + threads + `}`, crash{"1", "Linux", "SIGSEGV", "a::b"}},
		{`{"uuid":"x","signature":"s"}`, crash{thread: "0"}},
		{`{"json_dump":{"crash_info":{"crashing_thread":1,"type":"SIGBUS"},"system_info":{"os":"Mac"},` + threads + `},"os":"Linux"}`, crash{"1", "Mac", "SIGBUS", "a::b"}},
		{`{"processed_crash":{"json_dump":{"crash_info":{"crashing_thread":1},` + threads + `}}}`, crash{thread: "1", top: "a::b"}},
		{`{"crash_info":{"crashing_thread":1},` + threads + `}`, crash{thread: "1", top: "a::b"}},
		{`{"document_id":"x","os":"Linux","reason":"SIGSEGV","stack":[{"function":"a::b"}]}`, crash{"0", "Linux", "SIGSEGV", "a::b"}},
	} {
		c, err := ReadData([]byte(test.doc))
		if err != nil {
			t.Errorf("%s: %v", test.doc, err)
			continue
		}
		got := crash{thread: c.Crashing.Text, os: c.OS.Text, reason: c.Reason.Text}
		if len(c.Stack.Frames) > 0 {
			got.top = c.Stack.Frame(c.Stack.Frames[0]).Text
		}
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", test.doc, got, test.want)
		}
	}
}

// FuzzReadData: the processed crash that Read gives is the one that it has read, and crash data that says what it is is the same to ReadData.
func FuzzReadData(f *testing.F) {
	for _, doc := range []string{
		`{}`, `{"threads":null,"os":null,"crashing_thread":null,"reason":null}`, `{"original_signature":"a"}`, `{"original_signature":"a","signature":null}`,
		`{"signature":"b","original_signature":"a"}`, `{"original_signature":null}`, `{"threads":[{"frames":[{"function":"f"}]}],"threads":{"0":{"frames":[]}}}`,
		`{"crashing_thread":1,"os":"Windows NT","reason":"x","threads":[{},{"last_error_value":"ERROR_SUCCESS","frames":[{"function":"f","module":"m.dll"},3]}]}`,
		`{"threads":{"1":{"frames":[{"function":"f"}]}},"crashing_thread":"1"}`, `{"threads":3,"crashing_thread":NaN}`, `{"crashing_thread":1e400}`,
		`{"oom_allocation_size":1,"abort_message":["a"],"java_exception":{"exception":{}},"additional_minidumps":["browser"]}`, `{"os":"\ud800","threads":[1,"a"]}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, processed, err := Read(doc, nil)
		if err != nil {
			return
		}
		want, err := ParseProcessed(processed)
		if err != nil || !bytes.Equal(got.AppendRecord(nil), want.AppendRecord(nil)) {
			t.Errorf("%s:\n%+v\n%s:\n%+v, %v", doc, got, processed, want, err)
		}
		if p, _ := newProcessed(doc); !p.isCrashData() {
			return
		}
		if data, err := ReadData(doc); err != nil || !bytes.Equal(data.AppendRecord(nil), want.AppendRecord(nil)) {
			t.Errorf("%s:\n%+v, %v\n%+v", doc, data, err, want)
		}
	})
}

// TestPublicStack: the expected texts are those of Socorro's own code.
func TestPublicStack(t *testing.T) {
	for stack, want := range map[string]string{
		"java.lang.E: secret\n\tat a.b(C.java:1)\n\tat c.d(E.java:2)\nCaused by: x: secret\n\tat z(Z.java:3)": "java.lang.E\n\tat a.b(C.java:1)\n\tat c.d(E.java:2)",
		"java.lang.E\n\tat a.b(C.java:1)":                                       "java.lang.E\n\tat a.b(C.java:1)",
		"java.lang.E: secret\nmore: secret\n  \n\tat a.b(C.java:1)\r\n\n\tat c": "java.lang.E\n\tat a.b(C.java:1)\n\tat c",
		"E: x": "E\n", "E": "E\n", "\n\n": "\n", "\n \nE: a\n\tat b": "E\n\tat b", "E: x\n at a\n\tat b": "E\n\tat b",
		"E: x\n\tat a\nb": "malformed", "E: x\n\tat a\n\nCaused by: y": "malformed", " E : x\n\tat a\u2028\tat b\x1cq": "malformed",
		"E: x\n\tat a\n\tSuppressed: y\n\tat z": "E\n\tat a", "E: x\n\tat a\n\n\tSuppressed: y": "E\n\tat a\n\tSuppressed: y",
	} {
		if got := publicStack(stack); got != want {
			t.Errorf("%q: %q, want %q", stack, got, want)
		}
	}
}
