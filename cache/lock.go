package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockPause is how long to wait before a lock is asked for again.
const lockPause = 50 * time.Millisecond

// errLocked is returned while another process holds a lock.
var errLocked = errors.New("locked")

// lock takes the lock of an open file until deadline, as bbolt does, which finds it taken by this very file then:
// shared with other readers, or for this process alone. A call that a signal interrupted is asked again.
func (o Options) lock(f *os.File, deadline time.Time) error {
	return o.lockBy(func() error { return flock(f, o.ReadOnly) }, f.Name(), deadline)
}

// lockBy takes the lock of the file at path, for which ask asks once.
func (o Options) lockBy(ask func() error, path string, deadline time.Time) error {
	for said := false; ; {
		err := ask()
		switch {
		case err == nil:
			return nil
		case hasNoLocks(err):
			return noLocks(path, err)
		case errors.Is(err, errLocked):
			if o.Waiting != nil && !said {
				o.Waiting()
			}
			said, err = true, ErrInUse
		case !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("locking: %w", err)
		}
		if time.Now().Add(lockPause).After(deadline) {
			return err
		}
		select {
		case <-o.Context.Done():
			return context.Cause(o.Context)
		case <-time.After(lockPause):
		}
	}
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
