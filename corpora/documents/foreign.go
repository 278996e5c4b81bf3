package documents

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// foreigners are kinds of files that hold no documents as they are: where their first bytes stand, and what to do.
var foreigners = []struct {
	at    int
	magic string
	what  string
}{
	{0, "BZh", "it is packed by bzip2: unpack it first, or pack it by gzip or zstd"},
	{0, "\xfd7zXZ", "it is packed by xz: unpack it first, or pack it by gzip or zstd"},
	{0, "PK\x03\x04", "it is a zip archive: unpack it, and name the folder"},
	{257, "ustar", "it is a tar archive: unpack it, and name the folder"},
	{0, "MDMP", "it is a minidump: 'minidump-stackwalk --json' makes of it what can be read"},
	{0, "sigdiff corpus\n", "it is a corpus: 'sigdiff corpus import' takes it"},
	{0, "sigdiff part\n", "it is a part of a comparison: 'sigdiff merge' takes it"},
	{16, "\xed\xda\x0c\xed", "it is a cache: 'sigdiff --cache' with it reads it"},
	{0, "\xff\xfe\x00\x00", "it is in UTF-32, and crash documents are in UTF-8"},
	{0, "\xff\xfe", "it is in UTF-16, and crash documents are in UTF-8"},
	{0, "\xfe\xff", "it is in UTF-16, and crash documents are in UTF-8"},
}

// foreign is the error for what holds no documents as it is. It looks at what has come, since the other end of a pipe may
// wait for an answer to that.
func foreign(in *bufio.Reader) error {
	if _, err := in.Peek(1); err != nil {
		return nil // the error comes again
	}
	// Peeking for more would wait for it.
	start, _ := in.Peek(in.Buffered())
	for _, f := range foreigners {
		if len(start) >= f.at && bytes.HasPrefix(start[f.at:], []byte(f.magic)) {
			return errors.New(f.what)
		}
	}
	return nil
}

// ErrDamaged is wrapped by the error for a compressed file of which what was read before may be wrong.
var ErrDamaged = errors.New("damaged, so that what was read of it before may be wrong")

// readError says in words what decoders say in terms of their own.
func readError(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the file is cut short or %w: %w", ErrDamaged, err)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch), errors.As(err, &corrupt):
		return fmt.Errorf("the file is %w: %w", ErrDamaged, err)
	}
	return err
}
