package crashdata

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// Nothing goes along that signature generation doesn't read.
func TestCrashDataHoldsNothingElse(t *testing.T) {
	frame := `{"function":"f","file":"a.c","line":1,"module":"m","offset":"0x1","registers":{"rip":"SECRET"},"inlines":[{"function":"g","file":"b.c","line":2,"x":"SECRET"},"odd"],"unloaded_modules":[{"module":"u","offsets":["SECRET"]}]}`
	doc := `{"uuid":"SECRET","user_comments":"SECRET","url":"SECRET","signature":"SECRET","oom_allocation_size":" 1_000 ","hang":"plugin",
		"json_dump":{"pid":"SECRET","modules":["SECRET"],"system_info":{"os":"Linux","cpu_info":"SECRET"},
		"crash_info":{"type":"SIGSEGV","address":"SECRET","crashing_thread":"2"},
		"threads":[{"thread_name":"SECRET","frames":[` + strings.Repeat(frame+",", MaxFrames) + `"SECRET"]},{"frames":["SECRET"]},
		{"last_error_value":"ERROR_X","frames":[` + frame + `]}, "SECRET"]}}`
	data, err := CrashData([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("SECRET")) {
		t.Errorf("%s", data)
	}
	for _, want := range []string{`"oom_allocation_size":1000`, `"crashing_thread":"2"`, `"last_error_value":"ERROR_X"`, `"odd"`, `"reason":"SIGSEGV"`, `"os":"Linux"`, `"additional_minidumps":[]`, `"ipc_message_name":null`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("no %s in %s", want, data)
		}
	}
	if n := bytes.Count(data, []byte(`"function":"f"`)); n != MaxFrames+1 {
		t.Errorf("%d frames, want %d", n, MaxFrames+1)
	}
	for _, bad := range []string{`[]`, `"x"`, `null`, `{`, ``, `{"oom_allocation_size": 1e999}`} {
		if _, err := CrashData([]byte(bad)); !errors.Is(err, ErrNotProcessedCrash) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestCrashDataOfPython: numbers that JSON doesn't have are no matter where they go, and else an error.
func TestCrashDataOfPython(t *testing.T) {
	data, err := CrashData([]byte("\ufeff" + `{"x": NaN, "oom_allocation_size": NaN, "reason": "Infinity", "json_dump": {"y": -Infinity, "threads": [{"frames": [{"function": "f", "trust": NaN}]}]}}`))
	if err != nil || !bytes.Contains(data, []byte(`{"function":"f"}`)) || bytes.Contains(data, []byte("Inf")) {
		t.Errorf("%s, %v", data, err)
	}
	for _, bad := range []string{`{"hang": NaN}`, `{"json_dump": {"threads": [{"frames": [{"line": Infinity}]}]}}`} {
		if data, err := CrashData([]byte(bad)); err == nil || errors.Is(err, ErrNotProcessedCrash) {
			t.Errorf("%s: %s, %v", bad, data, err)
		}
	}
}
