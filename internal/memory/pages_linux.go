package memory

import (
	"runtime"
	"syscall"
	"unsafe"
)

// largePage is how many bytes a large page has on most processors. Where it has more, the system refuses, or rounds.
const largePage = 2 << 20

// largePages has what the heap uses next be in large pages. The system gives a page when it is first touched, which takes a
// fifth of the time of a comparison where pages are small.
// Go has no call for it: memory is taken, the system is told of it, and the heap gets it back, which uses the lowest first.
func largePages() {
	room := make([]byte, size)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(room))) % largePage)
	// An error is that there are no large pages.
	_ = syscall.Madvise(room[skip:skip+(size-skip)/largePage*largePage], syscall.MADV_HUGEPAGE)
	runtime.GC() // of a heap that has little more
}
