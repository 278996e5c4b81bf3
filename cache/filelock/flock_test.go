//go:build unix && !solaris && !aix

package filelock

import (
	"errors"
	"syscall"
	"testing"
)

// Some file systems without locks call the question wrong.
func TestAnswer(t *testing.T) {
	if err := answer(syscall.EINVAL); !Unsupported(err) || !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a question that it doesn't know: %v", err)
	}
	if err := answer(syscall.EWOULDBLOCK); !errors.Is(err, ErrTaken) {
		t.Errorf("a taken lock: %v", err)
	}
	if err := answer(syscall.EIO); Unsupported(err) || !errors.Is(err, syscall.EIO) {
		t.Errorf("a failure: %v", err)
	}
}
