package filelock

import (
	"errors"
	"syscall"
	"testing"
	"time"
)

// What the system says of a lock, and what comes of it.
func TestTake(t *testing.T) {
	odd := errors.New("odd")
	for name, x := range map[string]struct {
		answers     []error // the last for ever
		want        error
		asked, told int
	}{
		"free":                    {[]error{nil}, nil, 1, 0},
		"interrupted":             {[]error{syscall.EINTR, syscall.EINTR, nil}, nil, 3, 0},
		"busy, interrupted, free": {[]error{ErrTaken, syscall.EINTR, ErrTaken, nil}, nil, 4, 1},
		"no locks":                {[]error{syscall.ENOLCK}, syscall.ENOLCK, 1, 0},
		"no locks here":           {[]error{syscall.EOPNOTSUPP}, syscall.EOPNOTSUPP, 1, 0},
		"interrupted, no locks":   {[]error{syscall.EINTR, syscall.ENOSYS}, syscall.ENOSYS, 2, 0},
		"odd":                     {[]error{odd}, odd, 1, 0},
	} {
		asked, told := 0, 0
		err := Wait{t.Context(), time.Now().Add(time.Hour), func() { told++ }}.take(func() error {
			asked++
			return x.answers[min(asked, len(x.answers))-1]
		})
		if !errors.Is(err, x.want) || asked != x.asked || told != x.told {
			t.Errorf("%s: asked %d times, told %d, %v", name, asked, told, err)
		}
	}
	for _, always := range []error{syscall.EINTR, ErrTaken} {
		if err := (Wait{Context: t.Context()}).take(func() error { return always }); !errors.Is(err, always) {
			t.Errorf("%v for ever: %v", always, err)
		}
	}
}
