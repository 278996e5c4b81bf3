package crashdata

import (
	"encoding/json"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// MarshalJSON shows what the record of the crash holds, for people to read.
func (c *Crash) MarshalJSON() ([]byte, error) {
	return json.Marshal(recordView{
		Meta: c.Meta, RecordVersion: RecordVersion, CrashingThread: c.Crashing.Text, Scalars: c.scalars(),
		OOM: [...]string{"", "zero", "small", "large"}[c.OOMAllocationSize], Java: c.Java,
		Crashing: c.Stack.view(), Zero: c.ThreadZero().view(),
	})
}

// recordView is what the record has, for somebody who wonders why a crash has its signature.
type recordView struct {
	Meta
	RecordVersion  int
	CrashingThread string
	Scalars        map[string]string `json:",omitempty"` // as Python formats them
	OOM            string            `json:",omitempty"`
	Java           *JavaSignature    `json:",omitempty"`
	Crashing       threadView        // the crashing thread
	Zero           threadView        // thread 0
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
	given := map[string]string{}
	for i, v := range c.values() {
		if v.Kind != pyjson.KindNone {
			given[valueMembers[i]] = v.String()
		}
	}
	return given
}

func (t *Thread) view() threadView {
	v := threadView{LastErrorValue: t.LastError, Failure: t.Failure}
	for _, stacked := range t.Frames {
		f := t.Frame(stacked)
		v.Frames = append(v.Frames, frameView{[...]string{"text", "cpp", "rust"}[f.Kind], f.Text, f.Line})
	}
	return v
}
