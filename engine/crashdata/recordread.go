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
	b          []byte   // what is left, up to the next text of the dictionary
	layout     []byte   // from the number of that on; empty where none follows
	dictionary []string // by number
	decoder    *Decoder // whose records share texts and symbols
	failed     bool
	depth      int
}

func (r *recordReader) fail() {
	r.failed = true
	r.b, r.layout = nil, nil
}

// left is at most how many bytes are left; 0 where none are.
func (r *recordReader) left() int { return len(r.b) + len(r.layout) }

// uvarint is binary.Uvarint, sooner done with small numbers.
func uvarint(b []byte) (uint64, int) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		return uint64(b[0]), 1
	case len(b) > 1 && b[1] < 0x80:
		return uint64(b[0]&0x7f) | uint64(b[1])<<7, 2
	case len(b) > 2 && b[2] < 0x80:
		return uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7 | uint64(b[2])<<14, 3
	}
	return binary.Uvarint(b)
}

// text starts with the text that stands in front of a layout.
func (r *recordReader) text(layout []byte) {
	n, used := uvarint(layout)
	if used <= 0 || n > uint64(len(layout)-used) {
		r.fail()
		return
	}
	r.b, r.layout = layout[used:used+int(n)], layout[used+int(n):]
}

// reference reads the number of a text in the dictionary, if one is next.
func (r *recordReader) reference() (number int, ok bool) {
	if len(r.b) > 0 || len(r.layout) == 0 {
		return 0, false
	}
	n, used := uvarint(r.layout)
	if used <= 0 || n >= uint64(len(r.dictionary)) {
		r.fail()
		return 0, false
	}
	r.text(r.layout[used:])
	return int(n), !r.failed
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
	b := r.byte()
	if b < 0x80 {
		return int(b)
	}
	n := int(b & 0x7f)
	for shift := 7; shift < 35; shift += 7 {
		b = r.byte()
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail()
	return 0
}

// count reads how many items follow, each at least a byte long.
func (r *recordReader) count() int {
	n := r.uint()
	if n > maxRecordItems || n > r.left() {
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
		switch {
		case !m.isOwn(s):
			*s = r.sharedText()
		case s == &m.Signature: // which many crashes of a file have
			*s = r.str()
		default:
			*s = r.decoder.own.Add(r.bytes())
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

// sharedText reads a text that many records share.
func (r *recordReader) sharedText() string {
	if number, ok := r.reference(); ok {
		text, ok := entryText(r.dictionary[number])
		if !ok {
			r.fail()
		}
		return text
	}
	return r.str()
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
	t.Odd = r.uint() == 1
	t.Failure = r.str()
	t.LastError = r.str()
	t.oddLines = t.oddLines[:0]
	for range r.count() {
		t.oddLines = append(t.oddLines, r.str())
	}
}

// numbered reads the frames of a thread with a number of odd lines. It tells whether one of them is known by something.
func (r *recordReader) numbered(to []Numbered, oddLines int) (frames []Numbered, known bool) {
	for range r.frameCount() {
		s := r.symbol()
		f := Numbered{s.number(), int32(noLine)}
		if !s.has(refIsText) {
			f.Line = int32(r.line(oddLines))
		}
		to, known = append(to, f), known || s.has(refKnown)
	}
	return to, known
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

func (r *recordReader) symbol() (s symbolRef) {
	if number, ok := r.reference(); ok {
		s = r.decoder.frameEntry(number, r.dictionary)
	} else if text := r.bytes(); isSymbol(text) {
		s = newSymbolRef(r.decoder.symbols.Intern(text))
	}
	if s == 0 {
		r.fail()
	}
	return s
}

// isSymbol tells whether a text is the kind and the text of a frame.
func isSymbol[T string | []byte](text T) bool {
	return len(text) > 0 && FrameKind(text[0]) <= FrameRust
}

func (r *recordReader) line(odd int) sourceLine {
	n := r.uint()
	switch {
	case n/2 > math.MaxInt32, n%2 == 0 && n/2 > odd:
		r.fail()
		return noLine
	case n%2 == 1:
		return sourceLine(n / 2)
	}
	return sourceLine(-1 - n/2)
}
