package crashdata

import (
	"encoding/binary"
	"math"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// Bounds on what a record may claim to hold, so that a damaged one can't ask for gigabytes.
const (
	maxRecordItems = 1 << 20
	maxValueDepth  = pyjson.MaxDepth
)

// recordReader reads a record; after anything that doesn't fit, failed is set and the values are zero.
type recordReader struct {
	b       []byte   // what is left
	decoder *Decoder // whose records share texts and symbols
	failed  bool
	depth   int
}

// fail makes all further reads give nothing, so that only the end has to ask whether one failed.
func (r *recordReader) fail() {
	r.failed = true
	r.b = nil
}

func (r *recordReader) byte() byte {
	if len(r.b) == 0 {
		r.failed = true
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}

func (r *recordReader) uint() int {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > math.MaxUint32 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return int(n)
}

// count reads how many items follow, each at least a byte long.
func (r *recordReader) count() int {
	n := r.uint()
	// A damaged length would make room for more than the record can hold.
	if n > maxRecordItems || n > len(r.b) {
		r.fail()
		return 0
	}
	return n
}

// bytes reads a text that has its length in front.
func (r *recordReader) bytes() []byte {
	n := r.uint()
	if n > len(r.b) {
		r.fail()
		return nil
	}
	text := r.b[:n]
	r.b = r.b[n:]
	return text
}

func (r *recordReader) str() string { return r.decoder.text(r.bytes()) }

func (r *recordReader) meta(m *Meta) {
	for _, s := range m.fields() {
		if s == &m.ID || s == &m.Sent || s == &m.Completed { // which hardly any other crash has
			*s = string(r.bytes())
		} else {
			*s = r.str()
		}
	}
}

// scalars reads what stands between the meta data and the threads.
func (r *recordReader) scalars(c *Crash) {
	c.Crashing.Text = r.str()
	c.Crashing.Failure = r.str()
	c.OOMAllocationSize = OOMSize(r.byte())
	if c.OOMAllocationSize > OOMLarge {
		r.fail()
	}
	for _, v := range c.values() {
		*v = r.value()
	}
	c.Java = r.java()
}

func (r *recordReader) value() pyjson.Value {
	v := pyjson.Value{Kind: pyjson.Kind(r.byte())}
	switch {
	case v.Kind > pyjson.KindDict:
		r.fail()
	case v.Kind >= pyjson.KindList:
		r.items(&v)
	case v.Kind >= pyjson.KindInt:
		v.Text = r.str()
	}
	return v
}

// items reads those of a list or an object, as deep as pyjson reads documents.
func (r *recordReader) items(v *pyjson.Value) {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxValueDepth {
		r.fail()
		return
	}
	for range r.count() {
		if v.Kind == pyjson.KindDict {
			v.Put(r.str(), r.value())
			continue
		}
		v.Append(r.value())
	}
}

// java reads what recordWriter.java wrote.
func (r *recordReader) java() *JavaSignature {
	n := r.count()
	if n == 0 {
		return nil
	}
	j := &JavaSignature{}
	for range n - 1 {
		j.Notes = append(j.Notes, r.str())
	}
	j.Signature = r.str()
	j.Failure = r.str()
	return j
}

// header reads a thread up to its frames.
func (r *recordReader) header(t *Thread) {
	t.Odd = r.byte() == 1
	t.Failure = r.str()
	t.LastError = r.str()
	t.oddLines = t.oddLines[:0]
	for range r.count() {
		t.oddLines = append(t.oddLines, r.str())
	}
}

// numbered reads the frames of a thread. Whether it has the odd lines that they name is known where its header is read.
func (r *recordReader) numbered(to []Numbered) []Numbered {
	for range r.frameCount() {
		s := r.symbol()
		if s == nil {
			return to
		}
		f := Numbered{s.Number, int32(noLine)}
		if s.Kind != FrameText {
			f.Line = int32(r.line())
		}
		to = append(to, f)
	}
	return to
}

// frameCount reads how many frames follow.
func (r *recordReader) frameCount() int {
	n := r.count()
	if n > MaxFrames {
		r.fail()
		return 0
	}
	return n
}

// symbol reads a symbol; nil where there is none.
func (r *recordReader) symbol() *Symbol {
	if text := r.bytes(); IsSymbol(text) {
		return r.decoder.symbols.Intern(text)
	}
	r.fail()
	return nil
}

// IsSymbol tells whether a text is the kind and the text of a frame.
func IsSymbol[T string | []byte](text T) bool {
	return len(text) > 0 && FrameKind(text[0]) <= FrameRust
}

// line reads what recordWriter.line wrote.
func (r *recordReader) line() sourceLine {
	n := r.uint()
	switch {
	case n/2 > math.MaxInt32:
		r.fail()
		return noLine
	case n%2 == 1:
		return sourceLine(n / 2)
	}
	return sourceLine(-1 - n/2)
}
