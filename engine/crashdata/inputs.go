package crashdata

import "github.com/sigdiff/sigdiff/internal/pyjson"

// Inputs are a crash record taken apart. Equal rests and equal frames make equal signatures.
type Inputs struct {
	Meta   Meta
	Rest   []byte       // what is neither meta data nor a frame
	Frames []StackFrame // of the crashing thread
	Zero   []StackFrame // of thread 0, where that is another

	HasStack bool // as that of the crash
}

// Line is the source line that the frame is at; below 0 it is none, or one of the odd lines of its thread.
func (f StackFrame) Line() int32 { return int32(f.line) }

// NewStackFrame is a frame on the source line that Line gave.
func NewStackFrame(s *Symbol, line int32) StackFrame { return StackFrame{s, sourceLine(line)} }

// Inputs takes a record apart, with the symbols of this decoder. They hold until its next call. Numbers of pieces must
// mean the same in all records that it reads.
func (d *Decoder) Inputs(record *Record) (*Inputs, error) {
	r := record.reader
	if record.crash != nil {
		d.scratch = record.crash.AppendRecord(d.scratch[:0])
		var err error
		if r, err = openRecord(recordReader{b: d.scratch}); err != nil {
			return nil, err
		}
	}
	r.decoder = d
	in := &d.inputs
	r.meta(&in.Meta)
	from := r.b
	zero, java := r.skipScalars()
	odd := r.skipHeader()
	in.Rest = append(in.Rest[:0], from[:len(from)-len(r.b)]...)
	in.Frames, in.Zero = r.frames(in.Frames[:0], odd), in.Zero[:0]
	if !zero {
		from = r.b
		odd = r.skipHeader()
		in.Rest = append(in.Rest, from[:len(from)-len(r.b)]...)
		in.Zero = r.frames(in.Zero, odd)
	}
	if r.failed || r.left() > 0 {
		return nil, errRecord
	}
	in.HasStack = java || hasStack(in.Frames)
	return in, nil
}

// Crash puts a crash together again, without meta data. It holds until the decoder's next call, and as long as what it is
// put together from.
func (d *Decoder) Crash(rest []byte, frames, zero []StackFrame) (*Crash, error) {
	r, c := recordReader{b: rest, decoder: d}, &d.crash
	c.Meta = Meta{}
	r.scalars(c)
	r.header(&c.Stack)
	c.Stack.Frames = frames
	c.zero, c.rest = nil, recordReader{}
	if c.Crashing.Text != "0" {
		c.zero = &d.zero
		r.header(c.zero)
		c.zero.Frames = zero
	}
	if r.failed || r.left() > 0 {
		return nil, errRecord
	}
	return c, nil
}

// skipScalars passes over what scalars reads, and tells whether thread 0 is the crashing one, and whether there is a Java
// signature of a stack.
func (r *recordReader) skipScalars() (zero, java bool) {
	zero = string(r.bytes()) == "0"
	r.bytes()
	r.byte()
	for range len(new(Crash).values()) {
		r.skipValue()
	}
	j := r.java()
	return zero, j != nil && !j.IsEmpty()
}

// skipHeader passes over what header reads, and returns how many odd lines the thread has.
func (r *recordReader) skipHeader() (oddLines int) {
	r.uint()
	r.bytes()
	r.bytes()
	oddLines = r.count()
	for range oddLines {
		r.bytes()
	}
	return oddLines
}

// skipValue passes over a value.
func (r *recordReader) skipValue() {
	switch k := pyjson.Kind(r.byte()); {
	case k > pyjson.KindDict:
		r.fail()
	case k >= pyjson.KindList:
		r.depth++
		if r.depth > maxValueDepth {
			r.fail()
		}
		for range r.count() {
			if k == pyjson.KindDict {
				r.bytes()
			}
			r.skipValue()
		}
		r.depth--
	case k >= pyjson.KindInt:
		r.bytes()
	}
}
