package crashdata

// maxShared is the length in bytes of the longest text that a Decoder keeps.
// Longer ones, such as the messages of aborts, are mostly of one crash, and would only fill the memory.
const maxShared = 256

// Decoder reads many crash records in one goroutine. Crashes share most of their frames and texts, and
// so do the crashes of a Decoder, in memory that is used again for the next crash.
type Decoder struct {
	record  Record
	crash   Crash
	zero    Thread // of the crash
	symbols *Symbols
	texts   map[string]string
	inputs  Inputs
	scratch []byte
}

// NewDecoder makes a decoder.
func NewDecoder() *Decoder { return NewSymbols().Decoders(1)[0] }

// Decoders makes decoders for as many goroutines, whose crashes have these symbols.
func (ss *Symbols) Decoders(n int) []*Decoder {
	decoders := make([]*Decoder, n)
	for i := range decoders {
		decoders[i] = &Decoder{symbols: ss, texts: map[string]string{}}
	}
	return decoders
}

// Open takes a crash record. It holds only until the next call, and only as long as record isn't written to.
// Errors are those of DecodeRecord.
func (d *Decoder) Open(record []byte) (*Record, error) {
	r, err := openRecord(recordReader{b: record, decoder: d})
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
	if err != nil {
		return nil, err
	}
	c, err := d.Crash(in, d.symbols.All())
	switch {
	case err != nil:
		return nil, err
	case c.HasStack() != in.HasStack: // a table would count it wrongly
		return nil, errRecord
	}
	c.Meta, r.crash = in.Meta, c
	return c, nil
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
