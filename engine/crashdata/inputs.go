package crashdata

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
		// A crash in memory goes the way of all others, so that there is one way to number frames.
		d.scratch = record.crash.AppendRecord(d.scratch[:0])
		var err error
		if r, err = openRecord(recordReader{b: d.scratch}); err != nil {
			return nil, err
		}
	}
	r.decoder = d
	in := &d.inputs
	r.meta(&in.Meta)
	in.HasStack, in.Rest = r.byte() == 1, r.bytes()
	in.Frames = r.numbered(in.Frames[:0])
	if in.Stack = len(in.Frames); len(r.b) > 0 {
		in.Frames = r.numbered(in.Frames)
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
	// The crash before this one, in the same memory, may have had a thread 0 of its own.
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
		// Frames are read where the odd lines of their thread are not known yet: a damaged record may name more than there are.
		if int(f.Line) < int(noLine)-len(t.oddLines) {
			r.fail()
		}
		t.Frames = append(t.Frames, f.StackFrame(symbols[f.Number]))
	}
}
