//go:build unix

package cache

import "syscall"

// limitFileSize limits the size of the files that this process writes, in bytes.
func limitFileSize(n uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
}
