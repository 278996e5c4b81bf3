package cache

import (
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// forgetPages tells the system that the process has done with the pages of the file that it has read. They
// stay in the system's page cache, from where they come back when they are read again. tx must be open,
// which keeps bbolt from mapping the file elsewhere meanwhile.
func forgetPages(tx *bolt.Tx) {
	// That it is refused changes nothing.
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, tx.DB().Info().Data, uintptr(tx.Size()), syscall.MADV_DONTNEED)
}
