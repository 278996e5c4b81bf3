package crashdata

import (
	"cmp"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// SearchColumns are what Super Search knows of what signatures are made from, and of what Meta says, beside uuid and
// date, which every search brings.
func SearchColumns() []string {
	return []string{
		"signature", "proto_signature", "product", "version", "release_channel", "platform", "process_type", "cpu_arch", "startup_crash", "last_error_value",
		"reason", "hang", "js_large_allocation_failure", "abort_message", "async_shutdown_timeout", "ipc_channel_error", "ipc_message_name",
		"moz_crash_reason", "oom_allocation_size", "java_stack_trace",
	}
}

// searchedAs are the columns that a processed crash has under another name.
var searchedAs = map[string]string{"platform": "os_name", "date": "date_processed"}

// Searched makes the crash that a row of a search is of, as far as the row says: it has no threads. What search doesn't
// carry is not there: mdsw_status_string, additional_minidumps, java_exception.
func Searched(row pyjson.Value) (*Crash, error) {
	p := &processed{top: map[string]pyjson.Value{}}
	for _, column := range append(SearchColumns(), "uuid", "date") {
		p.top[cmp.Or(searchedAs[column], column)], _ = row.Get(column)
	}
	// The only column that a processed crash has in its json_dump.
	p.dump.reason = p.top["reason"]
	c, err := p.crash()
	if err == nil {
		c.Stack.LastError = textIn(p.top["last_error_value"])
	}
	return c, err
}

// WithThreads is the crash with other frames: of thread 1, which crashed, and of thread 0.
func (c *Crash) WithThreads(stack, zero []StackFrame) *Crash {
	other := *c
	other.Crashing.Text, other.Stack.Frames, other.zero = "1", stack, &Thread{Frames: zero}
	return &other
}
