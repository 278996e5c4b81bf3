package documents

import (
	"context"
	"io"
	"io/fs"
	"os"
)

// Interruptible is a stream whose reads end with the context. Those of a terminal or a pipe else last until its other
// end writes something.
func Interruptible(ctx context.Context, r io.Reader) io.Reader {
	return &interruptible{ctx: ctx, in: r}
}

type interruptible struct {
	ctx  context.Context
	in   io.Reader
	room []byte // that in is read into: what is given up may still be written to, when the caller's is used again
}

func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	if len(i.room) < len(p) {
		i.room = make([]byte, len(p))
	}
	room := i.room[:len(p)]
	n, err := within(i.ctx, func() (int, error) { return i.in.Read(room) })
	return copy(p, room[:n]), err
}

// Open opens a file to read. That of a pipe, whose other end may be slow to come and to write, ends with the context,
// and so do its reads.
func Open(ctx context.Context, path string) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) == 0 {
		return os.Open(path)
	}
	f, err := within(ctx, func() (*os.File, error) { return os.Open(path) })
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{Interruptible(ctx, f), f}, nil
}

// within does what may last. With the context it is given up, which leaves it to itself.
func within[T any](ctx context.Context, do func() (T, error)) (got T, err error) {
	type outcome struct {
		got T
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		got, err := do()
		done <- outcome{got, err}
	}()
	select {
	case o := <-done:
		return o.got, o.err
	case <-ctx.Done():
		return got, ctx.Err()
	}
}
