package crashdata

// maxShared is the length in bytes of the longest text that a Decoder keeps.
const maxShared = 256

// Decoder reads many crash records in one goroutine. Crashes share most of their frames and texts, and
// so do the crashes of a Decoder, in memory that is used again for the next crash.
type Decoder struct {
	record  Record
	crash   Crash
	zero    Thread // of the crash, when it is needed
	symbols *Symbols
	known   map[string]*Symbol // of the symbols, by kind and text
	texts   map[string]string
	pieces  []*string     // texts by the number of the piece, where known
	frames  []pieceSymbol // by the number of the piece, where known
	inputs  Inputs
	scratch []byte
	own     Texts
}

// NewDecoder makes a decoder.
func NewDecoder() *Decoder { return NewDecoders(1)[0] }

// NewDecoders makes decoders for as many goroutines, whose crashes share their frames. Numbers of pieces
// mean the same to all of them.
func NewDecoders(n int) []*Decoder {
	return NewSymbols().Decoders(n)
}

// Decoders makes decoders whose crashes have these symbols.
func (ss *Symbols) Decoders(n int) []*Decoder {
	decoders := make([]*Decoder, n)
	for i := range decoders {
		decoders[i] = &Decoder{symbols: ss, known: map[string]*Symbol{}, texts: map[string]string{}}
	}
	return decoders
}

// Parts are a crash record of which some of the parts that AppendPieces names are given by number.
type Parts struct {
	// Layout is in turn the length of a text and the text, then the number of a part that AppendPieces
	// named; it ends with a text. Length and number are uvarints.
	Layout []byte
	// Pieces are the parts by number. To the decoders of one NewDecoders a number always means the same
	// bytes. There may be more from record to record.
	Pieces []string
}

// Open takes a crash record. It holds only until the next call, and only as long as record isn't written to.
// Errors are those of DecodeRecord.
func (d *Decoder) Open(record []byte) (*Record, error) {
	return d.open(recordReader{b: record, decoder: d})
}

// OpenParts is Open for a record in parts.
func (d *Decoder) OpenParts(p Parts) (*Record, error) {
	r := recordReader{pieces: p.Pieces, decoder: d}
	r.text(p.Layout)
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
	if err := r.reader.decode(&d.crash); err != nil {
		return nil, err
	}
	r.crash = &d.crash
	return r.crash, nil
}

func (d *Decoder) symbol(text []byte) *Symbol {
	s, ok := d.known[string(text)]
	if !ok {
		s = d.symbols.Intern(string(text))
		d.known[s.key] = s
	}
	return s
}

// pieceSymbol is the symbol that is a piece, and what is asked of it most.
type pieceSymbol struct {
	*Symbol
	number int32
	kind   FrameKind
	known  bool // has a text
}

func newPieceSymbol(s *Symbol) pieceSymbol { return pieceSymbol{s, s.Number, s.Kind, s.Text != ""} }

// framePiece is the symbol that is the piece with a number; there is none of a piece that is none.
func (d *Decoder) framePiece(number int, pieces []string) pieceSymbol {
	if number < len(d.frames) && d.frames[number].Symbol != nil {
		return d.frames[number]
	}
	text, ok := pieceText(pieces[number])
	if !ok || !isSymbol(text) {
		return pieceSymbol{}
	}
	if len(d.frames) < len(pieces) {
		d.symbols.expect(len(pieces))
		d.frames = append(d.frames, make([]pieceSymbol, len(pieces)-len(d.frames))...)
	}
	d.frames[number] = newPieceSymbol(d.symbols.Intern(text))
	return d.frames[number]
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

// textPiece is the text of the piece with a number.
func (d *Decoder) textPiece(number int, piece string) (string, bool) {
	if number >= len(d.pieces) {
		d.pieces = append(d.pieces, make([]*string, number+1-len(d.pieces))...)
	}
	if d.pieces[number] == nil {
		text, ok := pieceText(piece)
		if !ok {
			return "", false
		}
		d.pieces[number] = &text
	}
	return *d.pieces[number], true
}

// pieceText is the text that a piece is, with its length in front.
func pieceText(piece string) (string, bool) {
	n, shift := 0, 0
	for i := 0; i < len(piece) && shift < 35; i++ {
		n |= int(piece[i]&0x7f) << shift
		shift += 7
		if piece[i] < 0x80 {
			return piece[i+1:], n == len(piece)-i-1
		}
	}
	return "", false
}
