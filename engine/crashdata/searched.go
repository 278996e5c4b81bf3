package crashdata

import "github.com/sigdiff/sigdiff/internal/pyjson"

// SearchColumns are what Super Search knows of what signatures are made from, and of what Meta says, beside uuid and
// date, which every search brings.
func SearchColumns() []string {
	return []string{
		"signature", "proto_signature", "product", "version", "release_channel", "platform", "process_type", "cpu_arch", "startup_crash", "crashing_thread", "last_error_value",
		"reason", "hang", "js_large_allocation_failure", "abort_message", "async_shutdown_timeout", "ipc_channel_error", "ipc_message_name",
		"moz_crash_reason", "oom_allocation_size", "java_stack_trace",
	}
}

// Searched makes the crash that a row of a search is of, as far as the row says: it has no threads. What search doesn't
// carry is not there: mdsw_status_string, additional_minidumps, java_exception.
func Searched(row pyjson.Value) (*Crash, error) {
	column := func(name string) pyjson.Value { v, _ := row.Get(name); return v }
	text := func(name string) string {
		if v := column(name); v.Kind == pyjson.KindStr {
			return v.Text
		}
		return ""
	}
	size, err := newOOMSize(column("oom_allocation_size"))
	if err != nil {
		return nil, err
	}
	c := &Crash{
		Meta: Meta{
			ID: text("uuid"), Signature: text("signature"), Product: text("product"), Version: text("version"),
			Channel: text("release_channel"), Platform: text("platform"), Process: text("process_type"), CPU: text("cpu_arch"),
			Startup: startupOf(column("startup_crash")), Processed: text("date"),
		},
		Crashing: ThreadIndex{Text: "0"},
		Reason:   column("reason"), Hang: column("hang"), JSLargeAllocationFailure: column("js_large_allocation_failure"),
		AbortMessage: column("abort_message"), AsyncShutdownTimeout: column("async_shutdown_timeout"), IPCChannelError: column("ipc_channel_error"),
		IPCMessageName: column("ipc_message_name"), MozCrashReason: column("moz_crash_reason"), OOMAllocationSize: size,
		Java:  newJavaSignature(column("java_stack_trace"), pyjson.Value{}),
		Stack: Thread{LastError: text("last_error_value")},
	}
	return c, nil
}

// WithThreads is the crash with other frames: of thread 0, which crashed, or of another thread that did, and of thread 0.
func (c *Crash) WithThreads(stack []StackFrame, zero []StackFrame, crashing string) *Crash {
	other := *c
	other.Crashing.Text, other.Stack.Frames, other.zero = crashing, stack, nil
	if crashing != "0" {
		other.zero = &Thread{Frames: zero}
	}
	return &other
}
