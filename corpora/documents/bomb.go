package documents

import (
	"fmt"
	"io"
)

// A compressed file may unpack to maxRatio times its size, and slack more. Crash documents shrink to about
// a seventeenth, and a hundred that are alike to a three hundredth; a bomb of gzip to a thousandth, and one
// of zstd to far less.
const (
	maxRatio = 500
	slack    = 256 << 20
)

// errBomb is returned for a file that unpacks to more.
var errBomb = fmt.Errorf("unpacks to more than %d times its size", maxRatio)

// packed counts what is read of a compressed file.
type packed struct {
	r io.Reader
	n int64
}

func (p *packed) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.n += int64(n)
	return n, err
}

// unpacked is what comes out of it, up to the limit.
type unpacked struct {
	io.Reader
	from *packed
	n    int64
}

func (u *unpacked) Read(b []byte) (int, error) {
	n, err := u.Reader.Read(b)
	u.n += int64(n)
	if u.n > slack+maxRatio*u.from.n {
		return 0, errBomb
	}
	return n, err
}
