//go:build unix && !solaris && !aix

package filelock

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
)

// flock asks once for a file's lock, the one that bbolt takes.
func flock(f *os.File, shared bool) error {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	return answer(syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB))
}

// answer tells a lock that another process has, and a file system that refuses what it doesn't know.
func answer(err error) error {
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return ErrTaken
	case errors.Is(err, syscall.EINVAL):
		return fmt.Errorf("%w: %w", syscall.ENOTSUP, err)
	}
	return err
}

// Unsupported tells from an error of Take, or of bbolt's own asking, that the file system can't lock.
func Unsupported(err error) bool {
	no := []error{syscall.ENOLCK, syscall.EOPNOTSUPP, syscall.ENOTSUP, syscall.ENOSYS}
	return slices.ContainsFunc(no, func(no error) bool { return errors.Is(err, no) })
}

// Abandon closes a file that bbolt can't close any more, and frees its lock. That belongs to the open file,
// which lives on in the memory mapping, so closing isn't enough.
func Abandon(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}
