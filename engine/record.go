package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// RecordVersion is the version of the crash records that AppendRecord writes. It changes whenever
// records do, or the meaning of what ParseProcessed puts into them.
const RecordVersion = 1

// ErrRecordVersion is returned for a crash record of another version. It has to be made again from the
// processed crash.
var ErrRecordVersion = errors.New("crash record of another version")

// errRecord is returned for bytes that are no crash record.
var errRecord = errors.New("not a crash record")

// Bounds on what a record may claim to hold, so that a damaged one can't ask for gigabytes.
const (
	maxRecordItems = 1 << 20
	maxValueDepth  = maxJSONDepth
)

// AppendRecord appends the crash in the compact binary form that the cache keeps, 1 to 3 KB for a
// processed crash of 100 to 600 KB.
func (c *Crash) AppendRecord(b []byte) []byte {
	w := recordWriter{b: append(b, RecordVersion)}
	for _, s := range c.meta.fields() {
		w.str(*s)
	}
	w.str(c.crashing.text)
	w.str(c.crashing.failure)
	w.b = append(w.b, byte(c.oomAllocationSize))
	for _, v := range c.values() {
		w.value(*v)
	}
	w.java(c.java)
	w.thread(&c.threads[1])
	if c.crashing.text != "0" {
		w.thread(&c.threads[0])
	}
	return w.b
}

// DecodeRecord reads a crash record. Its version must be RecordVersion, else the error is
// ErrRecordVersion. The crash keeps no reference to record.
func DecodeRecord(record []byte) (*Crash, error) {
	if len(record) == 0 {
		return nil, errRecord
	}
	if record[0] != RecordVersion {
		return nil, fmt.Errorf("%w: %d, this program knows %d", ErrRecordVersion, record[0], RecordVersion)
	}
	r := recordReader{s: string(record[1:])}
	c := r.crash()
	if r.failed || r.s != "" {
		return nil, errRecord
	}
	return c, nil
}

func (m *Meta) fields() []*string {
	return []*string{&m.ID, &m.Signature, &m.Product, &m.Version, &m.Channel, &m.Platform, &m.Build, &m.Processed}
}

func (c *Crash) values() []*value {
	return []*value{
		&c.os, &c.reason, &c.hang, &c.jsLargeAllocationFailure, &c.abortMessage, &c.mdswStatusString,
		&c.asyncShutdownTimeout, &c.ipcChannelError, &c.ipcMessageName, &c.additionalMinidumps, &c.mozCrashReason,
	}
}

type recordWriter struct{ b []byte }

func (w *recordWriter) uint(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *recordWriter) str(s string) {
	w.uint(len(s))
	w.b = append(w.b, s...)
}

func (w *recordWriter) value(v value) {
	w.b = append(w.b, byte(v.kind))
	switch v.kind {
	case kindInt, kindFloat, kindStr:
		w.str(v.text)
	case kindList, kindDict:
		w.uint(len(v.items))
		for i, item := range v.items {
			if v.kind == kindDict {
				w.str(v.keys[i])
			}
			w.value(item)
		}
	}
}

func (w *recordWriter) java(j *javaSignature) {
	if j == nil {
		w.uint(0)
		return
	}
	w.uint(1 + len(j.notes))
	for _, note := range j.notes {
		w.str(note)
	}
	w.str(j.signature)
	w.str(j.failure)
}

func (w *recordWriter) thread(t *thread) {
	flags := 0
	if t.odd {
		flags = 1
	}
	w.uint(flags)
	w.str(t.failure)
	w.str(t.lastError)
	w.uint(len(t.frames))
	for _, f := range t.frames {
		w.b = append(w.b, byte(f.Kind))
		w.str(f.Text)
		if f.Kind != FrameText {
			w.line(f.Line)
		}
	}
}

// line writes a source line: 0 for None, 1 and the text for the odd ones, else the number plus 2.
func (w *recordWriter) line(line string) {
	n, err := strconv.ParseUint(line, 10, 31)
	switch {
	case line == noLine:
		w.uint(0)
	case err != nil || strconv.FormatUint(n, 10) != line:
		w.uint(1)
		w.str(line)
	default:
		w.uint(int(n) + 2)
	}
}

// noLine is how Python formats a source line that isn't there.
const noLine = "None"

// recordReader reads a record; after anything that doesn't fit, failed is set and the values are zero.
type recordReader struct {
	s      string
	failed bool
	depth  int
}

func (r *recordReader) fail() {
	r.failed = true
	r.s = ""
}

func (r *recordReader) byte() byte {
	if r.s == "" {
		r.failed = true
		return 0
	}
	b := r.s[0]
	r.s = r.s[1:]
	return b
}

func (r *recordReader) uint() int {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if n > 1<<40 {
				r.fail()
				return 0
			}
			return int(n)
		}
	}
	r.fail()
	return 0
}

// count reads how many items follow, each at least a byte long.
func (r *recordReader) count() int {
	n := r.uint()
	if n > maxRecordItems || n > len(r.s) {
		r.fail()
		return 0
	}
	return n
}

func (r *recordReader) str() string {
	n := r.uint()
	if n > len(r.s) {
		r.fail()
		return ""
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s
}

func (r *recordReader) crash() *Crash {
	c := &Crash{}
	for _, s := range c.meta.fields() {
		*s = r.str()
	}
	c.crashing.text = r.str()
	c.crashing.failure = r.str()
	c.oomAllocationSize = oomSize(r.byte())
	for _, v := range c.values() {
		*v = r.value()
	}
	c.java = r.java()
	c.threads[1] = r.thread()
	c.threads[0] = c.threads[1]
	if c.crashing.text != "0" {
		c.threads[0] = r.thread()
	}
	return c
}

func (r *recordReader) value() value {
	v := value{kind: kind(r.byte())}
	switch {
	case v.kind > kindDict:
		r.fail()
	case v.kind >= kindList:
		r.items(&v)
	case v.kind >= kindInt:
		v.text = r.str()
	}
	return v
}

func (r *recordReader) items(v *value) {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxValueDepth {
		r.fail()
		return
	}
	for range r.count() {
		if v.kind == kindDict {
			v.keys = append(v.keys, r.str())
		}
		v.items = append(v.items, r.value())
	}
}

func (r *recordReader) java() *javaSignature {
	n := r.count()
	if n == 0 {
		return nil
	}
	j := &javaSignature{}
	for range n - 1 {
		j.notes = append(j.notes, r.str())
	}
	j.signature = r.str()
	j.failure = r.str()
	return j
}

func (r *recordReader) thread() thread {
	t := thread{odd: r.uint() == 1, failure: r.str(), lastError: r.str()}
	n := r.count()
	if n > MaxFrames {
		r.fail()
		return t
	}
	t.frames = make([]Frame, n)
	for i := range t.frames {
		f := &t.frames[i]
		f.Kind = FrameKind(r.byte())
		f.Text = r.str()
		switch {
		case f.Kind > FrameRust:
			r.fail()
		case f.Kind != FrameText:
			f.Line = r.line()
		}
	}
	return t
}

func (r *recordReader) line() string {
	switch n := r.uint(); n {
	case 0:
		return noLine
	case 1:
		return r.str()
	default:
		return strconv.Itoa(n - 2)
	}
}
