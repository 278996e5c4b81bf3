package crashdata

import (
	"sync"
	"sync/atomic"
)

// Symbol is what frames share that differ in their source line alone.
type Symbol struct {
	Kind   FrameKind
	Text   string
	Owner  *Symbols // nil for a symbol that is not shared
	Number int      // among those of the owner
	key    string   // kind and text, of a shared one
}

// Symbols are those that the decoders of several goroutines share, numbered from 0. Each distinct one is
// there once, but for those that are pieces of records: these are there once for each number of a piece,
// which saves looking them up by what they are.
type Symbols struct {
	next   atomic.Int64 // number
	pieces Table[Symbol]

	mu   sync.Mutex
	all  map[string]*Symbol // but for pieces, by kind and text
	list []*Symbol          // of NewSymbols, by number
}

// NewSymbols makes symbols that know no pieces of records.
func NewSymbols() *Symbols { return &Symbols{all: map[string]*Symbol{}} }

// Intern is the symbol of a kind and a text.
func (ss *Symbols) Intern(kind FrameKind, text string) *Symbol {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	key := string([]byte{byte(kind)}) + text
	s, ok := ss.all[key]
	if !ok {
		s = ss.make([]byte(key))
		ss.all[key] = s
		ss.list = append(ss.list, s)
	}
	return s
}

// Len is how many symbols were interned.
func (ss *Symbols) Len() int { return len(ss.list) }

// At is the symbol with a number. It must not be called while symbols are interned.
func (ss *Symbols) At(number int) *Symbol { return ss.list[number] }

// intern is the symbol of a kind and a text.
func (ss *Symbols) intern(text []byte) *Symbol {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s, ok := ss.all[string(text)]
	if !ok {
		s = ss.make(text)
		ss.all[s.key] = s
	}
	return s
}

// piece is the symbol that is the piece with a number; nil for a piece that is none.
func (ss *Symbols) piece(number int, piece string) *Symbol {
	if s := ss.pieces.Get(number); s != nil {
		return s
	}
	text, ok := pieceText(piece)
	if !ok || !isSymbol(text) {
		return nil
	}
	return ss.pieces.Put(number, ss.make([]byte(text)))
}

func (ss *Symbols) make(text []byte) *Symbol {
	key := string(text)
	return &Symbol{Kind: FrameKind(key[0]), Text: key[1:], Owner: ss, Number: int(ss.next.Add(1) - 1), key: key}
}

// tableChunk is how many values a table makes room for at once.
const tableChunk = 1024

// Table holds a value for each symbol of one owner, by number. Several goroutines use it.
type Table[T any] struct {
	mu     sync.Mutex // of who makes it larger
	chunks atomic.Pointer[[]*[tableChunk]atomic.Pointer[T]]
}

// Get is nil where no value is.
func (t *Table[T]) Get(number int) *T {
	chunks := t.chunks.Load()
	if chunks == nil || number/tableChunk >= len(*chunks) {
		return nil
	}
	return (*chunks)[number/tableChunk][number%tableChunk].Load()
}

// Put puts a value where none is, and returns the one that is there then.
func (t *Table[T]) Put(number int, v *T) *T {
	at := &t.grown(number / tableChunk)[number%tableChunk]
	if at.CompareAndSwap(nil, v) {
		return v
	}
	return at.Load()
}

// grown is a chunk that may have to be made.
func (t *Table[T]) grown(chunk int) *[tableChunk]atomic.Pointer[T] {
	t.mu.Lock()
	defer t.mu.Unlock()
	var chunks []*[tableChunk]atomic.Pointer[T]
	if old := t.chunks.Load(); old != nil {
		chunks = *old
	}
	if chunk < len(chunks) {
		return chunks[chunk]
	}
	// Whoever reads the shorter slice goes on with it, so a longer one takes its place.
	longer := make([]*[tableChunk]atomic.Pointer[T], chunk+1)
	for i := copy(longer, chunks); i < len(longer); i++ {
		longer[i] = new([tableChunk]atomic.Pointer[T])
	}
	t.chunks.Store(&longer)
	return longer[chunk]
}

// Each visits the values.
func (t *Table[T]) Each(visit func(*T)) {
	chunks := t.chunks.Load()
	if chunks == nil {
		return
	}
	for _, chunk := range *chunks {
		for i := range chunk {
			if v := chunk[i].Load(); v != nil {
				visit(v)
			}
		}
	}
}
