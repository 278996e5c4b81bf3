package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sigdiff/sigdiff/cache/filelock"
)

// lock takes the lock of an open file until deadline.
func (o Options) lock(f *os.File, deadline time.Time) error {
	return lockError(f.Name(), filelock.Take(f, o.ReadOnly, filelock.Wait{Context: o.Context, Deadline: deadline, Waiting: o.Waiting}))
}

// lockError says what came of asking for the lock of the file at a path.
func lockError(path string, err error) error {
	switch {
	case filelock.Unsupported(err):
		return noLocks(path, err)
	case errors.Is(err, filelock.ErrTaken):
		return ErrInUse
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return fmt.Errorf("%w; %s", err, elsewhere)
	}
	return err
}

// noLocks is the error of a file system that can't lock.
func noLocks(path string, err error) error {
	return fmt.Errorf("the file system of %s has no locks (a network file system?); --cache or $SIGDIFF_CACHE names a file on another: %w", filepath.Dir(path), err)
}

// openLocked opens a file that bbolt can't, with its lock taken. It is nil if the file was replaced meanwhile.
func (o Options) openLocked(path string) (*os.File, error) {
	mode := os.O_RDWR // some network file systems lock for writing only what is open for it
	if o.ReadOnly {
		mode = os.O_RDONLY
	}
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return nil, err
	}
	if err := o.lock(f, time.Now().Add(o.Timeout)); err != nil {
		return nil, errors.Join(fmt.Errorf("cache %s: %w", path, err), f.Close())
	}
	// The lock may be that of a file which a repair has replaced while this one waited.
	if !isAt(f, path) {
		return nil, f.Close()
	}
	return f, nil
}

// isAt reports whether an open file is the one at the path.
func isAt(f *os.File, path string) bool {
	mine, err1 := f.Stat()
	there, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(mine, there)
}
