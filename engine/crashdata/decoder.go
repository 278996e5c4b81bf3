package crashdata

import "sync/atomic"

// maxShared is the length in bytes of the longest text that a Decoder keeps.
const maxShared = 256

// Decoder reads many crash records in one goroutine. Crashes share most of their frames and texts, and
// so do the crashes of a Decoder, in memory that is used again for the next crash.
type Decoder struct {
	record  Record
	crash   Crash
	zero    Thread // of the crash
	symbols *Symbols
	texts   map[string]string
	entries []atomic.Uint32 // what was known of the symbols' entries
	inputs  Inputs
	scratch []byte
	own     Texts
}

// NewDecoder makes a decoder.
func NewDecoder() *Decoder { return NewDecoders(1)[0] }

// NewDecoders makes decoders for as many goroutines, whose crashes share their frames. Numbers in dictionaries
// mean the same to all of them.
func NewDecoders(n int) []*Decoder {
	return NewSymbols().Decoders(n)
}

// Decoders makes decoders whose crashes have these symbols.
func (ss *Symbols) Decoders(n int) []*Decoder {
	decoders := make([]*Decoder, n)
	for i := range decoders {
		decoders[i] = &Decoder{symbols: ss, texts: map[string]string{}}
	}
	return decoders
}

// Encoded is a crash record of which what Crash.Record names as shared is given by number.
type Encoded struct {
	// Layout is in turn the length of a text and the text, then the number of one in the dictionary; it ends with a
	// text. Length and number are uvarints.
	Layout []byte
	// Dictionary has the texts by number. To the decoders of one NewDecoders a number always means the same
	// bytes. There may be more from record to record.
	Dictionary []string
}

// Open takes a crash record. It holds only until the next call, and only as long as record isn't written to.
// Errors are those of DecodeRecord.
func (d *Decoder) Open(record []byte) (*Record, error) {
	return d.open(recordReader{b: record, decoder: d})
}

// OpenEncoded is Open for an encoded record.
func (d *Decoder) OpenEncoded(e Encoded) (*Record, error) {
	r := recordReader{dictionary: e.Dictionary, decoder: d}
	r.text(e.Layout)
	return d.open(r)
}

func (d *Decoder) open(r recordReader) (*Record, error) {
	r, err := openRecord(r)
	if err != nil {
		return nil, err
	}
	d.record = Record{reader: r}
	return &d.record, nil
}

// Decode is DecodeRecord, but for the crash, which holds only until the next call, and only as long as
// record isn't written to.
func (d *Decoder) Decode(record []byte) (*Crash, error) {
	r, err := d.Open(record)
	if err != nil {
		return nil, err
	}
	return r.Crash()
}

// Record is a crash as a Source has it. What reads crashes one after the other can do without most of what is in
// a record.
type Record struct {
	crash  *Crash       // if it is known already
	reader recordReader // behind the version
}

// NewRecord is the record of a crash that is in memory.
func NewRecord(c *Crash) *Record { return &Record{crash: c} }

// Is tells whether the crash says that it has an id.
func (r *Record) Is(id string) bool {
	if r.crash != nil {
		return r.crash.ID() == id
	}
	reader := r.reader
	return string(reader.bytes()) == id
}

// Crash is the crash. It holds as long as the record.
func (r *Record) Crash() (*Crash, error) {
	if r.crash != nil {
		return r.crash, nil
	}
	d := r.reader.decoder
	in, err := d.Inputs(r)
	if err == nil {
		err = in.Read()
	}
	if err != nil {
		return nil, err
	}
	c, err := d.Crash(in, d.symbols.All())
	if err != nil {
		return nil, err
	}
	c.Meta, r.crash = in.Meta, c
	return c, nil
}

// frameEntry is the symbol that is the text with a number, 0 if that is none.
func (d *Decoder) frameEntry(number int, dictionary []string) (s symbolRef) {
	if number < len(d.entries) {
		s = symbolRef(d.entries[number].Load())
	}
	if s == 0 {
		s, d.entries = d.symbols.entry(number, dictionary)
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

// entryText is a text of the dictionary, which has its length in front.
func entryText(entry string) (string, bool) {
	n, shift := 0, 0
	for i := 0; i < len(entry) && shift < 35; i++ {
		n |= int(entry[i]&0x7f) << shift
		shift += 7
		if entry[i] < 0x80 {
			return entry[i+1:], n == len(entry)-i-1
		}
	}
	return "", false
}
