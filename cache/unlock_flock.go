//go:build unix && !solaris && !aix

package cache

import (
	"errors"
	"os"
	"syscall"
)

// abandonFile gives up a file that bbolt can't close any more. Its lock belongs to
// the open file, which lives on in the memory mapping, so closing isn't enough.
func abandonFile(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}
