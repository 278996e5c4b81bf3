package documents

import (
	"bufio"
	"fmt"
	"io"
)

// A compressed file may unpack to maxRatio times its size, and slack more. Crash documents shrink to about
// a seventeenth, and a hundred that are alike to a three hundredth; a bomb of gzip to a thousandth, and one
// of zstd to far less.
const (
	maxRatio = 500
	slack    = 2 << 20
	// lookAhead is how much of a file is unpacked before anything of it is taken for a document, which shows a small bomb.
	lookAhead = 3 * slack
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

// unpacked is what comes out of a compressed file, up to the limit or the first error, after which there is nothing more.
type unpacked struct {
	io.Reader
	from  *CountingReader // the file
	ahead *bufio.Reader   // what was read of it, and is not unpacked yet
	n     int64
	err   error
}

func (u *unpacked) Read(b []byte) (n int, err error) {
	if u.err != nil {
		return 0, u.err
	}
	n, u.err = u.Reader.Read(b)
	// Held against what was unpacked so far, since the size of a pipe is not known. What is read ahead does not
	// count: it would allow a bomb more.
	if u.n += int64(n); u.n > slack+maxRatio*(u.from.N-int64(u.ahead.Buffered())) {
		n, u.err = 0, errBomb
	}
	return n, u.err
}
