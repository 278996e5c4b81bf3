package crashdata

import (
	"sync"
	"sync/atomic"
)

// Symbol is what frames share that differ in their source line alone.
type Symbol struct {
	Kind   FrameKind
	Text   string
	Number int32 // of a shared one
}

// Symbols are those that the decoders of several goroutines share, each distinct one once, numbered from 0.
type Symbols struct {
	mu      sync.Mutex
	all     map[string]*Symbol // by kind and text
	list    []*Symbol          // by number
	room    []Symbol           // for further ones
	entries []atomic.Uint32    // symbolRefs by number in the dictionary, where known
}

// NewSymbols makes symbols without any.
func NewSymbols() *Symbols { return &Symbols{all: map[string]*Symbol{}} }

// maxRoom is for how many symbols there is room made for at once.
const maxRoom = 256

// Intern is the symbol of a kind, a byte, and a text behind it.
func (ss *Symbols) Intern(text []byte) *Symbol {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if s, ok := ss.all[string(text)]; ok {
		return s
	}
	return ss.intern(string(text))
}

func (ss *Symbols) intern(text string) *Symbol {
	s, ok := ss.all[text]
	if !ok {
		if len(ss.room) == 0 {
			ss.room = make([]Symbol, min(len(ss.list)+1, maxRoom))
		}
		s, ss.room = &ss.room[0], ss.room[1:]
		*s = Symbol{Kind: FrameKind(text[0]), Text: text[1:], Number: int32(len(ss.list))}
		ss.all[text] = s
		ss.list = append(ss.list, s)
	}
	return s
}

// All are the symbols that there are, by number. More may come; these stay.
func (ss *Symbols) All() []*Symbol {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.list
}

// symbolRef is a shared symbol by its number, and what is asked of it most. 0 is none.
type symbolRef uint32

const (
	refValid  symbolRef = 1 << iota
	refIsText           // the kind is FrameText
	refKnown            // it has a text
	refNumber = iota    // how far the number is shifted
)

func newSymbolRef(s *Symbol) symbolRef {
	ref := refValid | symbolRef(s.Number)<<refNumber
	if s.Kind == FrameText {
		ref |= refIsText
	}
	if s.Text != "" {
		ref |= refKnown
	}
	return ref
}

func (s symbolRef) number() int32 { return int32(s >> refNumber) }

func (s symbolRef) has(what symbolRef) bool { return s&what != 0 }

// entry is the symbol that is the text with a number in the dictionary, 0 if that is none, and what is known of the others.
func (ss *Symbols) entry(number int, dictionary []string) (symbolRef, []atomic.Uint32) {
	text, ok := entryText(dictionary[number])
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if !ok || !isSymbol(text) {
		return 0, ss.entries
	}
	if len(ss.list) == 0 {
		ss.all = make(map[string]*Symbol, len(dictionary))
	}
	if len(ss.entries) < len(dictionary) {
		more := make([]atomic.Uint32, max(len(dictionary), 2*len(ss.entries)))
		for i := range ss.entries {
			more[i].Store(ss.entries[i].Load())
		}
		ss.entries = more
	}
	s := newSymbolRef(ss.intern(text))
	ss.entries[number].Store(uint32(s))
	return s, ss.entries
}
