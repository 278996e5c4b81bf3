package engine

import (
	"sync"
	"sync/atomic"
)

// symbol is what frames share that differ in their source line alone.
type symbol struct {
	kind   FrameKind
	text   string
	owner  *symbols // nil for a symbol that is not shared
	number int      // among those of the owner
	key    string   // kind and text, of a shared one
}

// symbols are those that the decoders of several goroutines share, numbered from 0. Each distinct one is
// there once, but for those that are pieces of records: these are there once for each number of a piece,
// which saves looking them up by what they are.
type symbols struct {
	next   atomic.Int64 // number
	pieces table[symbol]

	mu  sync.Mutex
	all map[string]*symbol // but for pieces, by kind and text
}

// intern is the symbol of a kind and a text.
func (ss *symbols) intern(text []byte) *symbol {
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
func (ss *symbols) piece(number int, piece string) *symbol {
	if s := ss.pieces.get(number); s != nil {
		return s
	}
	text, ok := pieceText(piece)
	if !ok || !isSymbol(text) {
		return nil
	}
	return ss.pieces.put(number, ss.make([]byte(text)))
}

func (ss *symbols) make(text []byte) *symbol {
	key := string(text)
	return &symbol{kind: FrameKind(key[0]), text: key[1:], owner: ss, number: int(ss.next.Add(1) - 1), key: key}
}

// tableChunk is how many values a table makes room for at once.
const tableChunk = 1024

// table holds a value for each symbol of one owner, by number. Several goroutines use it.
type table[T any] struct {
	mu     sync.Mutex // of who makes it larger
	chunks atomic.Pointer[[]*[tableChunk]atomic.Pointer[T]]
}

// get is nil where no value is.
func (t *table[T]) get(number int) *T {
	chunks := t.chunks.Load()
	if chunks == nil || number/tableChunk >= len(*chunks) {
		return nil
	}
	return (*chunks)[number/tableChunk][number%tableChunk].Load()
}

// put puts a value where none is, and returns the one that is there then.
func (t *table[T]) put(number int, v *T) *T {
	at := &t.grown(number / tableChunk)[number%tableChunk]
	if at.CompareAndSwap(nil, v) {
		return v
	}
	return at.Load()
}

// grown is a chunk that may have to be made.
func (t *table[T]) grown(chunk int) *[tableChunk]atomic.Pointer[T] {
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

// each visits the values.
func (t *table[T]) each(visit func(*T)) {
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
