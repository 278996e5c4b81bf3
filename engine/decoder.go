package engine

// maxShared is the length in bytes of the longest text that a Decoder keeps.
const maxShared = 256

// Decoder reads many crash records in one goroutine. Crashes share most of their frames and texts, and
// so do the crashes of a Decoder, in memory that is used again for the next crash.
type Decoder struct {
	crash   Crash
	zero    thread // of the crash, when it is needed
	symbols *symbols
	known   map[string]*symbol // of the symbols, by kind and text
	texts   map[string]string
	pieces  []*string // texts by the number of the piece, where known
}

// NewDecoder makes a decoder.
func NewDecoder() *Decoder { return NewDecoders(1)[0] }

// NewDecoders makes decoders for as many goroutines, whose crashes share their frames. Numbers of pieces
// mean the same to all of them.
func NewDecoders(n int) []*Decoder {
	shared := &symbols{all: map[string]*symbol{}}
	decoders := make([]*Decoder, n)
	for i := range decoders {
		decoders[i] = &Decoder{symbols: shared, known: map[string]*symbol{}, texts: map[string]string{}}
	}
	return decoders
}

// Decode is DecodeRecord, but for the crash, which holds only until the next call, and only as long as
// record isn't written to.
func (d *Decoder) Decode(record []byte) (*Crash, error) { return d.DecodePieces(record, nil) }

// DecodePieces is Decode for a record of which some of the parts that AppendPieces names have numbers,
// so that they need not be looked up by what they are: at holds where a part starts, and its number, in
// the order of the record. A number must always mean the same bytes.
func (d *Decoder) DecodePieces(record []byte, at [][2]uint32) (*Crash, error) {
	if err := decodeRecord(&d.crash, recordReader{b: record, size: len(record), decoder: d, numbered: at}); err != nil {
		return nil, err
	}
	return &d.crash, nil
}

func (d *Decoder) symbol(text []byte) *symbol {
	s, ok := d.known[string(text)]
	if !ok {
		s = d.symbols.intern(text)
		d.known[s.key] = s
	}
	return s
}

// text is a text of which there may be many equal ones.
func (d *Decoder) text(text []byte) string {
	if len(text) > maxShared {
		return string(text)
	}
	s, ok := d.texts[string(text)]
	if !ok {
		s = string(text)
		d.texts[s] = s
	}
	return s
}

// textPiece is a text that is the piece with a number.
func (d *Decoder) textPiece(number uint32, text []byte) string {
	if int(number) >= len(d.pieces) {
		d.pieces = append(d.pieces, make([]*string, int(number)+1-len(d.pieces))...)
	}
	if d.pieces[number] == nil {
		s := string(text)
		d.pieces[number] = &s
	}
	return *d.pieces[number]
}
