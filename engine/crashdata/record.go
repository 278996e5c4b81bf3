package crashdata

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// RecordVersion is the version of the crash records that AppendRecord writes. It changes whenever
// records do, or the meaning of what ParseProcessed puts into them.
const RecordVersion = 6

// ErrRecordVersion is returned for a crash record of another version. It has to be made again from the
// processed crash.
var ErrRecordVersion = errors.New("crash record of another version")

// errRecord is returned for bytes that are no crash record.
var errRecord = errors.New("not a crash record")

// AppendRecord appends the crash in the compact binary form that the cache keeps, 1 to 3 KB for a
// processed crash of 100 to 600 KB.
func (c *Crash) AppendRecord(b []byte) []byte {
	w := recordWriter{b: b}
	w.crash(c)
	return w.b
}

// crash writes a record. What many crashes have alike stands together behind its length, so that Decoder.Inputs takes it as
// it is; only a crash that is looked at has it read.
func (w *recordWriter) crash(c *Crash) {
	w.b = append(w.b, RecordVersion)
	for _, s := range c.Meta.fields() {
		w.str(*s)
	}
	// Tables count these crashes, and would have to read each rest to know.
	w.flag(c.HasStack())
	threads := []*Thread{&c.Stack}
	if c.Crashing.Text != "0" {
		threads = append(threads, c.ThreadZero())
	}
	var rest recordWriter
	rest.scalars(c)
	for _, t := range threads {
		rest.header(t)
	}
	w.str(string(rest.b))
	for _, t := range threads {
		w.frames(t.Frames)
	}
}

// scalars writes what is neither meta data nor of a thread.
func (w *recordWriter) scalars(c *Crash) {
	w.str(c.Crashing.Text)
	w.str(c.Crashing.Failure)
	w.b = append(w.b, byte(c.OOMAllocationSize))
	for _, v := range c.values() {
		w.value(*v)
	}
	w.java(c.Java)
}

// AppendInputs appends what signatures are made of: the record, but for what is in Meta.
func (c *Crash) AppendInputs(b []byte) []byte {
	bare := *c
	bare.Meta = Meta{}
	return bare.AppendRecord(b)
}

// DecodeRecord reads a crash record. Its version must be RecordVersion, else the error is
// ErrRecordVersion. The crash keeps no reference to record.
func DecodeRecord(record []byte) (*Crash, error) { return NewDecoder().Decode(record) }

// fields are in the order of metaMembers, which is that of the record.
func (m *Meta) fields() [11]*string {
	return [...]*string{&m.ID, &m.Signature, &m.Product, &m.Version, &m.Channel, &m.Platform, &m.Process, &m.CPU, &m.Startup, &m.Sent, &m.Completed}
}

// metaMembers are the members of a processed crash that Meta has.
var metaMembers = [...]string{
	"uuid", "signature", "product", "version", "release_channel", "os_name", "process_type", "cpu_arch", "startup_crash", "date_processed",
	"completed_datetime",
}

// values are in the order of valueMembers, which is that of the record.
func (c *Crash) values() [11]*pyjson.Value {
	return [...]*pyjson.Value{
		&c.OS, &c.Reason, &c.Hang, &c.JSLargeAllocationFailure, &c.AbortMessage, &c.MDSWStatusString,
		&c.AsyncShutdownTimeout, &c.IPCChannelError, &c.IPCMessageName, &c.AdditionalMinidumps, &c.MozCrashReason,
	}
}

// valueMembers are what crash data calls the values. A processed crash has the first two in its json_dump.
var valueMembers = [...]string{
	"os", "reason", "hang", "js_large_allocation_failure", "abort_message", "mdsw_status_string",
	"async_shutdown_timeout", "ipc_channel_error", "ipc_message_name", "additional_minidumps", "moz_crash_reason",
}

// recordWriter appends what recordReader reads. There is no version of anything but the whole: see RecordVersion.
type recordWriter struct{ b []byte }

func (w *recordWriter) uint(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *recordWriter) str(s string) {
	w.uint(len(s))
	w.b = append(w.b, s...)
}

// value writes the kind, and what the kind has behind it: null, true and false have nothing.
func (w *recordWriter) value(v pyjson.Value) {
	w.b = append(w.b, byte(v.Kind))
	switch v.Kind {
	case pyjson.KindInt, pyjson.KindFloat, pyjson.KindStr:
		w.str(v.Text)
	case pyjson.KindList, pyjson.KindDict:
		w.uint(len(v.Items()))
		for i, item := range v.Items() {
			if v.Kind == pyjson.KindDict {
				w.str(v.Keys()[i])
			}
			w.value(item)
		}
	}
}

// java writes the number of notes and one more, so that 0 is no Java crash.
func (w *recordWriter) java(j *JavaSignature) {
	if j == nil {
		w.uint(0)
		return
	}
	w.uint(1 + len(j.Notes))
	for _, note := range j.Notes {
		w.str(note)
	}
	w.str(j.Signature)
	w.str(j.Failure)
}

func (w *recordWriter) flag(on bool) {
	flag := byte(0)
	if on {
		flag = 1
	}
	w.b = append(w.b, flag)
}

// header writes a thread but for its frames.
func (w *recordWriter) header(t *Thread) {
	w.flag(t.Odd)
	w.str(t.Failure)
	w.str(t.LastError)
	w.uint(len(t.oddLines))
	for _, line := range t.oddLines {
		w.str(line)
	}
}

// frames writes those of a thread. The texts stand here once for each frame; blocks have each once.
func (w *recordWriter) frames(frames []StackFrame) {
	w.uint(len(frames))
	for _, f := range frames {
		// The kind and the text in one, since they are one symbol.
		w.uint(1 + len(f.Text))
		w.b = append(w.b, byte(f.Kind))
		w.b = append(w.b, f.Text...)
		if f.Kind != FrameText {
			w.line(f.line)
		}
	}
}

// line writes a source line: 0 for none, even numbers for odd lines, odd ones for plain lines.
func (w *recordWriter) line(line sourceLine) {
	switch {
	case line >= 0:
		w.uint(2*int(line) + 1)
	default:
		w.uint(-2 * (int(line) + 1))
	}
}

// openRecord reads the version of a record.
func openRecord(r recordReader) (recordReader, error) {
	if len(r.b) == 0 {
		return r, errRecord
	}
	if version := r.byte(); version != RecordVersion {
		return r, fmt.Errorf("%w: %d, this program knows %d", ErrRecordVersion, version, RecordVersion)
	}
	return r, nil
}
