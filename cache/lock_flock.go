//go:build unix && !solaris && !aix

package cache

import (
	"errors"
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
	err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

// hasNoLocks tells from the error of flock that the file system can't lock.
func hasNoLocks(err error) bool {
	no := []error{syscall.ENOLCK, syscall.EOPNOTSUPP, syscall.ENOTSUP, syscall.ENOSYS}
	return slices.ContainsFunc(no, func(no error) bool { return errors.Is(err, no) })
}

// abandonFile gives up a file that bbolt can't close any more. Its lock belongs to
// the open file, which lives on in the memory mapping, so closing isn't enough.
func abandonFile(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}
