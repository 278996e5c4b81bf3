package engine

import "math"

// Bounds on what a record may claim to hold, so that a damaged one can't ask for gigabytes.
const (
	maxRecordItems = 1 << 20
	maxValueDepth  = maxJSONDepth
)

// recordReader reads a record; after anything that doesn't fit, failed is set and the values are zero.
type recordReader struct {
	b        []byte      // what is left
	decoder  *Decoder    // nil: strings and symbols are not shared
	pieces   *pieces     // notes the shared parts, if anybody wants to know
	numbered [][2]uint32 // where the parts that have numbers start, and their numbers, as far as they are left
	size     int         // of the record, when there are numbered parts
	failed   bool
	depth    int
}

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
	if n > maxRecordItems || n > len(r.b) {
		r.fail()
		return 0
	}
	return n
}

// bytes reads a piece that has its length in front.
func (r *recordReader) bytes() []byte {
	n := r.uint()
	if n > len(r.b) {
		r.fail()
		return nil
	}
	piece := r.b[:n]
	r.b = r.b[n:]
	return piece
}

func (r *recordReader) str() string {
	piece := r.bytes()
	if r.decoder != nil {
		return r.decoder.text(piece)
	}
	return string(piece)
}

func (r *recordReader) crash(c *Crash) {
	for _, s := range c.meta.fields() {
		switch s {
		case &c.meta.ID, &c.meta.Processed: // each crash's own
			*s = string(r.bytes())
		case &c.meta.Signature:
			*s = r.str()
		default:
			*s = r.sharedText()
		}
	}
	c.crashing.text = r.str()
	c.crashing.failure = r.str()
	c.oomAllocationSize = oomSize(r.byte())
	if c.oomAllocationSize > oomLarge {
		r.fail()
	}
	for _, v := range c.values() {
		*v = r.value()
	}
	c.java = r.java()
	r.thread(&c.stack)
	c.zero, c.rest = nil, *r
	if c.crashing.text == "0" && len(r.b) > 0 {
		r.fail()
	}
}

// number is the number of the part that starts here, if it has one.
func (r *recordReader) number() (uint32, bool) {
	here := uint32(r.size - len(r.b))
	for len(r.numbered) > 0 && r.numbered[0][0] < here {
		r.numbered = r.numbered[1:]
	}
	if len(r.numbered) == 0 || r.numbered[0][0] != here {
		return 0, false
	}
	return r.numbered[0][1], true
}

// sharedText reads a text that many records share.
func (r *recordReader) sharedText() string {
	number, numbered := r.number()
	before := len(r.b)
	text := r.bytes()
	r.pieces.note(before, len(r.b))
	switch {
	case r.pieces != nil:
		return ""
	case r.decoder == nil:
		return string(text)
	case numbered:
		return r.decoder.textPiece(number, text)
	}
	return r.decoder.text(text)
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

// thread reads a thread over what was there.
func (r *recordReader) thread(t *thread) {
	t.odd = r.uint() == 1
	t.failure = r.str()
	t.lastError = r.str()
	t.oddLines = t.oddLines[:0]
	for range r.count() {
		t.oddLines = append(t.oddLines, r.str())
	}
	t.frames = t.frames[:0]
	n := r.count()
	if n > MaxFrames {
		r.fail()
		return
	}
	for range n {
		f := stackFrame{symbol: r.symbol(), line: noLine}
		if f.kind != FrameText {
			f.line = r.line(len(t.oddLines))
		}
		t.frames = append(t.frames, f)
	}
}

func (r *recordReader) symbol() *symbol {
	number, numbered := r.number()
	before := len(r.b)
	text := r.bytes()
	r.pieces.note(before, len(r.b))
	switch {
	case len(text) == 0 || FrameKind(text[0]) > FrameRust:
		r.fail()
		return &symbol{}
	case r.pieces != nil:
		return r.pieces.symbol(FrameKind(text[0]))
	case r.decoder == nil:
		return &symbol{kind: FrameKind(text[0]), text: string(text[1:])}
	case numbered:
		return r.decoder.symbols.piece(number, text)
	}
	return r.decoder.symbol(text)
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
