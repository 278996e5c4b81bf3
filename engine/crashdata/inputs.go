package crashdata

import "github.com/sigdiff/sigdiff/internal/pyjson"

// Inputs are a crash record taken apart. Equal rests and equal frames make equal signatures.
type Inputs struct {
	Meta   Meta
	Rest   []byte     // what is neither meta data nor a frame
	Frames []Numbered // of the crashing thread, then of thread 0, where that is another
	Stack  int        // how many are of the crashing thread

	HasStack bool // as that of the crash
}

// Numbered is a frame by the number of its symbol. Below 0 the source line is none, or one of the odd lines of its thread.
type Numbered struct{ Number, Line int32 }

// StackFrame is the frame, with its symbol.
func (n Numbered) StackFrame(s *Symbol) StackFrame {
	return StackFrame{s, n.Number, sourceLine(n.Line)}
}

// Inputs takes a record apart, with the symbols of this decoder. They hold until its next call.
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
	if in.Frames, in.HasStack = r.numbered(in.Frames[:0], odd); java != nil {
		in.HasStack = !java.IsEmpty()
	}
	in.Stack = len(in.Frames)
	if !zero {
		from = r.b
		odd = r.skipHeader()
		in.Rest = append(in.Rest, from[:len(from)-len(r.b)]...)
		in.Frames, _ = r.numbered(in.Frames, odd)
	}
	if r.failed || len(r.b) > 0 {
		return nil, errRecord
	}
	return in, nil
}

// Crash puts a crash together again, without meta data, of frames that have these symbols. It holds until the decoder's next
// call, and as long as what it is put together from.
func (d *Decoder) Crash(in *Inputs, symbols []*Symbol) (*Crash, error) {
	r, c := recordReader{b: in.Rest, decoder: d}, &d.crash
	c.Meta = Meta{}
	r.scalars(c)
	r.header(&c.Stack)
	r.stackFrames(&c.Stack, in.Frames[:in.Stack], symbols)
	c.zero = nil
	if c.Crashing.Text != "0" {
		c.zero = &d.zero
		r.header(c.zero)
		r.stackFrames(c.zero, in.Frames[in.Stack:], symbols)
	}
	if r.failed || len(r.b) > 0 {
		return nil, errRecord
	}
	return c, nil
}

// stackFrames gives a thread, of which the header was read, its frames.
func (r *recordReader) stackFrames(t *Thread, frames []Numbered, symbols []*Symbol) {
	t.Frames = t.Frames[:0]
	for _, f := range frames {
		if int(f.Line) < int(noLine)-len(t.oddLines) {
			r.fail()
		}
		t.Frames = append(t.Frames, f.StackFrame(symbols[f.Number]))
	}
}

// skipScalars passes over what scalars reads, but for whether thread 0 is the crashing one, and the Java signature, which may
// be nil.
func (r *recordReader) skipScalars() (zero bool, java *JavaSignature) {
	zero = string(r.bytes()) == "0"
	r.bytes()
	r.byte()
	for range len(new(Crash).values()) {
		r.skipValue()
	}
	return zero, r.java()
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
