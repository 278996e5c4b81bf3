package crashdata

import "sync"

// Symbol is what frames share that differ in their source line alone.
type Symbol struct {
	Kind   FrameKind
	Text   string
	Number int32  // of a shared one
	key    string // kind and text, of a shared one
}

// Symbols are those that the decoders of several goroutines share, each distinct one once, numbered from 0.
type Symbols struct {
	mu   sync.Mutex
	all  map[string]*Symbol // by kind and text
	list []*Symbol          // by number
	room []Symbol           // for further ones
}

// NewSymbols makes symbols without any.
func NewSymbols() *Symbols { return &Symbols{all: map[string]*Symbol{}} }

// maxRoom is for how many symbols there is room made for at once.
const maxRoom = 256

// expect makes room for the names of some symbols, if there are none yet.
func (ss *Symbols) expect(symbols int) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if len(ss.all) == 0 {
		ss.all = make(map[string]*Symbol, symbols)
	}
}

// Intern is the symbol of a kind, a byte, and a text behind it.
func (ss *Symbols) Intern(text string) *Symbol {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s, ok := ss.all[text]
	if !ok {
		if len(ss.room) == 0 {
			ss.room = make([]Symbol, min(len(ss.list)+1, maxRoom))
		}
		s, ss.room = &ss.room[0], ss.room[1:]
		*s = Symbol{Kind: FrameKind(text[0]), Text: text[1:], Number: int32(len(ss.list)), key: text}
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
