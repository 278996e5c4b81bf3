package engine

import "encoding/json"

// MarshalJSON shows what the record of the crash holds, for people to read.
func (c *Crash) MarshalJSON() ([]byte, error) {
	zero, err := c.threadZero()
	if err != nil {
		return nil, err
	}
	return json.Marshal(recordView{
		Meta: c.meta, RecordVersion: RecordVersion, CrashingThread: c.crashing.text, Scalars: c.scalars(),
		OOM: [...]string{"", "zero", "small", "large"}[c.oomAllocationSize], Java: c.java.view(),
		Crashing: c.stack.view(), Zero: zero.view(),
	})
}

type recordView struct {
	Meta
	RecordVersion  int
	CrashingThread string
	Scalars        map[string]string `json:",omitempty"` // as Python formats them
	OOM            string            `json:",omitempty"`
	Java           *javaView         `json:",omitempty"`
	Crashing       threadView        // the crashing thread
	Zero           threadView        // thread 0
}

type javaView struct {
	Signature string
	Notes     []string `json:",omitempty"`
	Failure   string   `json:",omitempty"`
}

type threadView struct {
	LastErrorValue string      `json:",omitempty"`
	Failure        string      `json:",omitempty"`
	Frames         []frameView `json:",omitempty"`
}

type frameView struct {
	Kind string // cpp, rust or text
	Text string
	Line string `json:",omitempty"`
}

func (c *Crash) scalars() map[string]string {
	all := map[string]value{
		"os": c.os, "reason": c.reason, "hang": c.hang, "js_large_allocation_failure": c.jsLargeAllocationFailure,
		"abort_message": c.abortMessage, "mdsw_status_string": c.mdswStatusString,
		"async_shutdown_timeout": c.asyncShutdownTimeout, "ipc_channel_error": c.ipcChannelError,
		"ipc_message_name": c.ipcMessageName, "additional_minidumps": c.additionalMinidumps,
		"moz_crash_reason": c.mozCrashReason,
	}
	given := map[string]string{}
	for name, v := range all {
		if v.kind != kindNone {
			given[name] = v.String()
		}
	}
	return given
}

func (j *javaSignature) view() *javaView {
	if j == nil {
		return nil
	}
	return &javaView{j.signature, j.notes, j.failure}
}

func (t *thread) view() threadView {
	v := threadView{LastErrorValue: t.lastError, Failure: t.failure}
	for _, stacked := range t.frames {
		f := t.frame(stacked)
		v.Frames = append(v.Frames, frameView{[...]string{"text", "cpp", "rust"}[f.Kind], f.Text, f.Line})
	}
	return v
}
