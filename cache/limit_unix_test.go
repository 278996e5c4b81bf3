//go:build unix

package cache

import (
	"os/signal"
	"syscall"
)

// limitFileSize limits the size of the files that this process writes, in bytes.
func limitFileSize(n uint64) error {
	signal.Ignore(syscall.SIGXFSZ)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
}
