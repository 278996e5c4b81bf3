package crashdata

import "sync"

// Symbol is what frames share that differ in their source line alone.
type Symbol struct {
	Kind   FrameKind
	Text   string
	Number int    // of a shared one
	key    string // kind and text, of a shared one
}

// Symbols are those that the decoders of several goroutines share, each distinct one once, numbered from 0.
type Symbols struct {
	mu   sync.Mutex
	all  map[string]*Symbol // by kind and text
	list []*Symbol          // by number
}

// NewSymbols makes symbols without any.
func NewSymbols() *Symbols { return &Symbols{all: map[string]*Symbol{}} }

// Intern is the symbol of a kind, a byte, and a text behind it.
func (ss *Symbols) Intern(text string) *Symbol {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s, ok := ss.all[text]
	if !ok {
		s = &Symbol{Kind: FrameKind(text[0]), Text: text[1:], Number: len(ss.list), key: text}
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
