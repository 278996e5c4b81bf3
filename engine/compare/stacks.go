package compare

import (
	"cmp"
	"slices"
	"sync"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/table"
)

// names number the normalised frames of a comparison, as the candidate has them, without source lines. All workers
// share them, and all edits of a base that keep texts.
type names struct {
	mu      sync.Mutex
	of      []int32 // by the number of the symbol; -1 for one that has no text
	numbers map[string]int32
	symbols []int32  // a symbol that has the name, of each
	hashes  []uint64 // of the texts
}

func newNames() *names { return &names{numbers: map[string]int32{}} }

// over numbers the frames of an edit over more symbols. What it returns doesn't change.
func (n *names) over(e *table.Edit) (of []int32, hashes []uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	// Most comparisons meet nearly all of their frames in the first shard, and growing a map copies it.
	if len(n.of) == 0 {
		n.numbers = make(map[string]int32, e.Symbols())
	}
	for symbol := len(n.of); symbol < e.Symbols(); symbol++ {
		n.of = append(n.of, n.number(e, symbol))
	}
	return n.of, n.hashes
}

// number numbers a name when its first symbol comes. Functions that differ only in their arguments share one.
func (n *names) number(e *table.Edit, symbol int) int32 {
	c := e.After(symbol)
	if c.Text == "" {
		return -1
	}
	number, ok := n.numbers[c.Text]
	if !ok {
		number = int32(len(n.symbols))
		n.numbers[c.Text] = number
		n.symbols = append(n.symbols, int32(symbol))
		n.hashes = append(n.hashes, hashText(c.Text))
	}
	return number
}

// stacks are what one goroutine knows of the stacks of all crashes, changed or not.
type stacks struct {
	names   *names
	of      []int32  // names.of, as far as it is needed
	hashes  []uint64 // names.hashes, likewise
	counted bool     // by another: only the stack at hand is wanted
	crashes int
	symbols []int // crashes that have each symbol, by number
	frames  []int // crashes that have each name
	last    []int32
	now     int32
	calls   []*calls  // each of one goroutine
	stack   []int32   // of the crash at hand
	hash    uint64    // of it
	weights []float64 // of the frames, by name, those that are irrelevant included; nil where they aren't known yet
}

// sample are a few different stacks of the crashes with a pair of signatures: those with the smallest hashes, so that
// they are the same in whatever order the crashes come.
type sample []sampled

type sampled struct {
	hash    uint64
	crashes int
	frames  []int32 // by their names
}

// maxSample is how many stacks stand for the crashes with a pair of signatures.
const maxSample = 20

func newStacks(n *names) *stacks {
	return &stacks{names: n, calls: []*calls{{}}}
}

// over makes room for the names of more symbols.
func (s *stacks) over(of []int32, hashes []uint64) {
	s.of, s.hashes = of, hashes
	if s.counted {
		return
	}
	s.symbols, s.frames, s.last = grown(s.symbols, len(of)), grown(s.frames, len(hashes)), grown(s.last, len(hashes))
	s.calls[0].expect(len(hashes))
}

// add counts a number of crashes with the threads that their signature is made from. The last has their stack.
func (s *stacks) add(threads []*crashdata.Thread, crashes int) {
	frames := crashdata.LastStack(threads)
	// What was last met in another crash need not be forgotten: its mark is another.
	s.now++
	s.crashes += crashes
	s.stack = s.stack[:0]
	hash := uint64(len(frames))
	for _, f := range frames {
		name := s.of[f.Number]
		if name < 0 {
			continue
		}
		if !s.counted {
			s.count(f.Number, name, crashes)
		}
		s.stack = append(s.stack, name)
		hash = (hash ^ s.hashes[name]) * 1099511628211
	}
	s.hash = hash
	if len(threads) > 1 && !s.counted {
		s.above(threads[0], crashes)
	}
}

// above counts the frames of another thread of the crash at hand, of which nobody asks who calls them.
func (s *stacks) above(t *crashdata.Thread, crashes int) {
	for _, f := range t.Frames {
		if name := s.of[f.Number]; name >= 0 {
			s.meet(f.Number, name, crashes)
		}
	}
}

// count counts a frame of the crash at hand, the next on its stack.
func (s *stacks) count(symbol, name int32, crashes int) {
	if s.meet(symbol, name, crashes) {
		s.frames[name] += crashes
	}
	if n := len(s.stack); n > 0 {
		s.calls[0].add(call{frame: s.stack[n-1], caller: name, crashes: crashes})
	}
}

// meet counts a frame of the crash at hand if it is the first with its name, and tells whether it is.
func (s *stacks) meet(symbol, name int32, crashes int) bool {
	if s.last[name] == s.now {
		return false
	}
	s.last[name] = s.now
	s.symbols[symbol] += crashes
	return true
}

// grown is a list of n items at least.
func grown[T any](list []T, n int) []T { return append(list, make([]T, max(0, n-len(list)))...) }

// merge takes others in.
func (all sample) merge(others sample) sample {
	for _, one := range others {
		all = all.add(one)
	}
	return all
}

// add takes a stack in, if it is one of those that stand for all.
func (all sample) add(one sampled) sample {
	at, found := slices.BinarySearchFunc(all, one.hash, func(s sampled, hash uint64) int { return cmp.Compare(s.hash, hash) })
	switch {
	case found:
		all[at].crashes += one.crashes
	case at < maxSample:
		one.frames = slices.Clone(one.frames)
		all = slices.Insert(all, at, one)
		all = all[:min(len(all), maxSample)]
	}
	return all
}

// merge adds what another goroutine found.
func (s *stacks) merge(other *stacks) {
	s.crashes += other.crashes
	s.symbols, s.frames = added(s.symbols, other.symbols), added(s.frames, other.frames)
	s.calls = append(s.calls, other.calls...)
}

// added adds counts to others, of which there may be more on either side: workers meet symbols as they come.
func added(to, from []int) []int {
	to = grown(to, len(from))
	for i, n := range from {
		to[i] += n
	}
	return to
}
