package crashdata

import (
	"encoding/json"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// MarshalJSON shows what the record of the crash holds, for people to read.
func (c *Crash) MarshalJSON() ([]byte, error) {
	return json.Marshal(recordView{
		Meta: c.Meta, RecordVersion: RecordVersion, CrashingThread: c.Crashing.Text, Scalars: c.scalars(),
		OOM: [...]string{"", "zero", "small", "large"}[c.OOMAllocationSize], Java: c.Java.view(),
		Crashing: c.Stack.view(), Zero: c.ThreadZero().view(),
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
	all := map[string]pyjson.Value{
		"os": c.OS, "reason": c.Reason, "hang": c.Hang, "js_large_allocation_failure": c.JSLargeAllocationFailure,
		"abort_message": c.AbortMessage, "mdsw_status_string": c.MDSWStatusString,
		"async_shutdown_timeout": c.AsyncShutdownTimeout, "ipc_channel_error": c.IPCChannelError,
		"ipc_message_name": c.IPCMessageName, "additional_minidumps": c.AdditionalMinidumps,
		"moz_crash_reason": c.MozCrashReason,
	}
	given := map[string]string{}
	for name, v := range all {
		if v.Kind != pyjson.KindNone {
			given[name] = v.String()
		}
	}
	return given
}

func (j *JavaSignature) view() *javaView {
	if j == nil {
		return nil
	}
	return &javaView{j.Signature, j.Notes, j.Failure}
}

func (t *Thread) view() threadView {
	v := threadView{LastErrorValue: t.LastError, Failure: t.Failure}
	for _, stacked := range t.Frames {
		f := t.Frame(stacked)
		v.Frames = append(v.Frames, frameView{[...]string{"text", "cpp", "rust"}[f.Kind], f.Text, f.Line})
	}
	return v
}
