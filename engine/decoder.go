package engine

// maxShared is the length in bytes of the longest text that a Decoder keeps.
const maxShared = 256

// Decoder reads many crash records in one goroutine. Crashes share most of their frames and texts, and
// so do the crashes of a Decoder, in memory that is used again for the next crash.
type Decoder struct {
	crash   Crash
	zero    thread             // of the crash, when it is needed
	symbols map[string]*symbol // by kind and text
	texts   map[string]string
}

// NewDecoder makes a decoder.
func NewDecoder() *Decoder {
	return &Decoder{symbols: map[string]*symbol{}, texts: map[string]string{}}
}

// Decode is DecodeRecord, but for the crash, which holds only until the next call, and only as long as
// record isn't written to.
func (d *Decoder) Decode(record []byte) (*Crash, error) {
	if err := decodeRecord(&d.crash, record, d); err != nil {
		return nil, err
	}
	return &d.crash, nil
}

func (d *Decoder) symbol(piece []byte) *symbol {
	if s, ok := d.symbols[string(piece)]; ok {
		return s
	}
	key := string(piece)
	s := &symbol{kind: FrameKind(key[0]), text: key[1:], owner: d, number: len(d.symbols)}
	d.symbols[key] = s
	return s
}

// text is a text of which there may be many equal ones.
func (d *Decoder) text(piece []byte) string {
	if len(piece) > maxShared {
		return string(piece)
	}
	if s, ok := d.texts[string(piece)]; ok {
		return s
	}
	s := string(piece)
	d.texts[s] = s
	return s
}
