// Package memory readies the heap for commands that work on many crashes, and then end.
package memory

import (
	"runtime/debug"
	"sync"
)

// size is in bytes: comparing 17,000 crashes takes about as much.
const size = 48 << 20

// Prepare makes memory cheap to use for the rest of the process: little of it is collected as garbage, and the system gives
// it in large pages where it has them. All works without, and takes longer.
func Prepare() { prepared() }

// prepared is alive and never touched, so that it takes no memory. Garbage is collected when the heap is twice what was alive:
// small heaps, as comparing has, are not collected at all then.
var prepared = sync.OnceValue(func() []byte {
	// Each of the allocations would begin a collection.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	alive := make([]byte, size)
	largePages()
	return alive
})
