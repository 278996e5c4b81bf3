package documents

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A compressed file may unpack to maxRatio times its size, and slack more. Crash documents shrink to about
// a seventeenth, and a hundred that are alike to a three hundredth; a bomb of gzip to a thousandth, and one
// of zstd to far less.
const (
	maxRatio = 500
	slack    = 2 << 20
	// smallFile is up to which size, in bytes, a file is unpacked a little before anything of it is taken.
	smallFile = 2 << 20
)

// errBomb is returned for a file that unpacks to more.
var errBomb = fmt.Errorf("unpacks to more than %d times its size and %d MB, the limit for a compressed file", maxRatio, slack>>20)

// CountingReader counts what is read from a file, and tells it.
type CountingReader struct {
	R    io.Reader
	N    int64
	Told func(bytes int) // may be nil
}

func (c *CountingReader) Read(p []byte) (int, error) {
	n, err := c.R.Read(p)
	c.N += int64(n)
	if c.Told != nil {
		c.Told(n)
	}
	return n, err
}

// packed is a compressed file, which is read ahead.
type packed struct {
	CountingReader
	ahead *bufio.Reader
}

// used is how many bytes of the file were unpacked.
func (p *packed) used() int64 { return p.N - int64(p.ahead.Buffered()) }

// unpacked is what comes out of it, up to the limit.
type unpacked struct {
	io.Reader
	from *packed
	n    int64
}

func (u *unpacked) Read(b []byte) (int, error) {
	n, err := u.Reader.Read(b)
	u.n += int64(n)
	if u.n > slack+maxRatio*u.from.used() {
		return 0, errBomb
	}
	return n, err
}

// lookAhead unpacks as much as shows a small bomb before anything of it is taken for a document. What is read
// lies in room, and holds until that is used again; without room nothing is read ahead.
func (u *unpacked) lookAhead(room *bytes.Buffer) (io.Reader, error) {
	if room == nil {
		return u, nil
	}
	room.Reset()
	if _, err := io.CopyN(room, u, 3*slack); errors.Is(err, errBomb) {
		return nil, err
	} else if err != nil && !errors.Is(err, io.EOF) { // for the reader to find where it is
		return io.MultiReader(bytes.NewReader(room.Bytes()), failing{err}), nil
	}
	return io.MultiReader(bytes.NewReader(room.Bytes()), u), nil
}

// failing is a reader that gives an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
