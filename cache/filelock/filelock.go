// Package filelock takes the lock of a file that bbolt takes, too, which then finds it taken by this very file.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// pause is how long to wait before a lock is asked for again.
const pause = 50 * time.Millisecond

// ErrTaken is returned when another process holds the lock and didn't let go in time.
var ErrTaken = errors.New("locked")

// Wait says how long a taken lock is waited for.
type Wait struct {
	Context  context.Context // ends the waiting
	Deadline time.Time
	Waiting  func() // unless it is nil, told once that another process holds the lock
}

// Take takes the lock of an open file: shared with other readers, or for this process alone. Errors: ErrTaken, one that is
// Unsupported, the context's, or the system's. A call that a signal interrupted is asked again.
func Take(f *os.File, shared bool, w Wait) error {
	return w.take(func() error { return flock(f, shared) })
}

// take takes the lock for which ask asks once.
func (w Wait) take(ask func() error) error {
	for said := false; ; {
		err := ask()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrTaken):
			if w.Waiting != nil && !said {
				w.Waiting()
			}
			said = true
		case !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("locking: %w", err)
		}
		if time.Now().Add(pause).After(w.Deadline) {
			return err
		}
		select {
		case <-w.Context.Done():
			return context.Cause(w.Context)
		case <-time.After(pause):
		}
	}
}
