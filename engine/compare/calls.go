package compare

import (
	"iter"
	"math/bits"
)

// calls counts the crashes in which one frame calls another. It is a table of its own, since a map of this size takes
// several times as long.
type calls struct {
	slots []call // a power of two of them, an eighth of them free at least; a free one has no crashes
	used  int
	room  int // slots to begin with
}

// call is a frame and its caller, by their names, and how many crashes have both.
type call struct {
	frame, caller int32
	crashes       int
}

// expect has the table begin with room for the calls of some frames, which have a few callers each.
func (c *calls) expect(frames int) { c.room = 2 << bits.Len(uint(frames)) }

// add counts the crashes of a call.
func (c *calls) add(one call) {
	if 8*c.used >= 7*len(c.slots) {
		c.resize(max(2, c.room, 2*len(c.slots)))
	}
	s := c.slot(one)
	if s.crashes == 0 {
		c.used++
		*s = one
		return
	}
	s.crashes += one.crashes
}

// slot is that of a call, or the free one that it may have.
func (c *calls) slot(one call) *call {
	// 2^64 by the golden ratio, as Fibonacci hashing has it (Knuth, The Art of Computer Programming, volume 3, 6.4): names
	// are small numbers in a row, whose high bits it spreads.
	const spread = 0x9e3779b97f4a7c15
	last := uint64(len(c.slots) - 1)
	h := (uint64(uint32(one.frame))<<32 | uint64(uint32(one.caller))) * spread
	for i := h >> 32; ; i++ {
		s := &c.slots[i&last]
		if s.crashes == 0 || s.frame == one.frame && s.caller == one.caller {
			return s
		}
	}
}

// resize makes a larger table of the same calls.
func (c *calls) resize(slots int) {
	full := calls{slots: c.slots}
	c.slots = make([]call, slots)
	clear(c.slots) // a page of it that is read before it is written to costs two page faults
	for one := range full.each() {
		*c.slot(one) = one
	}
}

// callersOf are the counts of each frame's callers over some tables, in no order, by the frame's name, of so many.
func callersOf(tables []*calls, names int) [][]int {
	var all calls
	all.expect(names)
	for _, t := range tables {
		for one := range t.each() {
			all.add(one)
		}
	}
	// The counts are put together by frame as a counting sort does it: a list for each frame would be tens of thousands of
	// small ones.
	ends := make([]int, names+1)
	for one := range all.each() {
		ends[one.frame+1]++
	}
	for name := range names {
		ends[name+1] += ends[name]
	}
	counts, callers := make([]int, all.used), make([][]int, names)
	for name := range callers {
		callers[name] = counts[ends[name]:ends[name]:ends[name+1]]
	}
	for one := range all.each() {
		callers[one.frame] = append(callers[one.frame], one.crashes)
	}
	return callers
}

// each are the calls, in no order.
func (c *calls) each() iter.Seq[call] {
	return func(yield func(call) bool) {
		for _, one := range c.slots {
			if one.crashes > 0 && !yield(one) {
				return
			}
		}
	}
}
