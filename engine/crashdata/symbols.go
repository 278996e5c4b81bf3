package crashdata

import (
	"strings"
	"sync"
)

// Symbol is what frames share that differ in their source line alone.
type Symbol struct {
	Kind   FrameKind
	Text   string
	Bare   string // what [signatures.Bare] makes of it, where that is known; else empty
	Number int32  // of a shared one
}

// Symbols are those that the decoders of several goroutines share, each distinct one once, numbered from 0.
type Symbols struct {
	mu    sync.Mutex
	list  []*Symbol                        // by number
	known map[FrameKind]map[string]*Symbol // by kind and text; nil until one is looked for
	room  []Symbol                         // for further ones
}

// NewSymbols makes symbols without any.
func NewSymbols() *Symbols { return &Symbols{} }

// maxRoom is for how many symbols there is room made for at once.
const maxRoom = 256

// Intern is the symbol of a kind, a byte, and a text behind it.
func (ss *Symbols) Intern(text []byte) *Symbol {
	ss.mu.Lock()
	// A lock for each frame is cheap next to a symbol that would be there twice.
	defer ss.mu.Unlock()
	ss.look()
	if s, ok := ss.known[FrameKind(text[0])][string(text[1:])]; ok {
		return s
	}
	return ss.add(FrameKind(text[0]), string(text[1:]), "")
}

// InternAll are the numbers of the symbols of some texts, which are distinct, each a kind, a byte, and what is behind it. bare is
// what is known of each.
func (ss *Symbols) InternAll(texts, bare []string) []int32 {
	numbers := make([]int32, len(texts))
	ss.mu.Lock()
	defer ss.mu.Unlock()
	// The first block of a comparison, which mostly has all of it: its texts are distinct and stay, so that no map is needed
	// until something else comes.
	if len(ss.list) == 0 { // there is nothing to look for
		ss.list, ss.room = make([]*Symbol, 0, len(texts)), make([]Symbol, len(texts))
		for i, text := range texts {
			numbers[i] = ss.add(FrameKind(text[0]), text[1:], bare[i]).Number
		}
		return numbers
	}
	ss.look()
	for i, text := range texts {
		s, ok := ss.known[FrameKind(text[0])][text[1:]]
		if !ok {
			s = ss.add(FrameKind(text[0]), strings.Clone(text[1:]), strings.Clone(bare[i])) // a few of many
		}
		numbers[i] = s.Number
	}
	return numbers
}

// look makes it possible to look for symbols.
func (ss *Symbols) look() {
	if ss.known == nil {
		ss.known = map[FrameKind]map[string]*Symbol{}
		for _, s := range ss.list {
			ss.know(s)
		}
	}
}

// know makes it possible to look for a symbol.
func (ss *Symbols) know(s *Symbol) {
	if ss.known[s.Kind] == nil {
		ss.known[s.Kind] = make(map[string]*Symbol, len(ss.list))
	}
	ss.known[s.Kind][s.Text] = s
}

// add adds a symbol, in memory that many share: tens of thousands by themselves take longer to make and to collect.
func (ss *Symbols) add(kind FrameKind, text, bare string) *Symbol {
	if len(ss.room) == 0 {
		ss.room = make([]Symbol, min(len(ss.list)+1, maxRoom))
	}
	s := &ss.room[0]
	ss.room = ss.room[1:]
	*s = Symbol{Kind: kind, Text: text, Bare: bare, Number: int32(len(ss.list))}
	ss.list = append(ss.list, s)
	if ss.known != nil {
		ss.know(s)
	}
	return s
}

// All are the symbols that there are, by number. More may come; these stay.
func (ss *Symbols) All() []*Symbol {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.list
}
