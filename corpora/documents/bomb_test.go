package documents

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// spaces reads as n lines of 64 KB of spaces.
func spaces(n int) io.Reader {
	line := bytes.Repeat([]byte{' '}, 1<<16)
	line[len(line)-1] = '\n'
	readers := make([]io.Reader, n)
	for i := range readers {
		readers[i] = bytes.NewReader(line)
	}
	return io.MultiReader(readers...)
}

// A file that unpacks without end is given up, in every form, before anything of it is taken for a document.
func TestEndlessBombs(t *testing.T) {
	const lines = 1000
	var zipped, zstandard bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	zs, err := zstd.NewWriter(&zstandard, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{gz, zs} {
		if _, err := io.WriteString(w, "{}\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, spaces(lines)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, bomb := range map[string][]byte{"bomb.ndjson.gz": zipped.Bytes(), "bomb.ndjson.zst": zstandard.Bytes(), "bomb.json": zstandard.Bytes()} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, bomb, 0o600); err != nil {
				t.Fatal(err)
			}
			want := name + ":0 error unpacks to more than 500 times its size and 2 MB, the limit for a compressed file"
			if got := read(t, path); len(got) != 1 || got[0] != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// The limit is of what was read, not of a file's name or header: a large file of little redundancy passes.
func TestRatio(t *testing.T) {
	from, ahead := &CountingReader{N: 10}, bufio.NewReader(nil)
	out := &unpacked{Reader: io.LimitReader(zeroReader{}, slack+10*maxRatio+1), from: from, ahead: ahead}
	n, err := io.Copy(io.Discard, out)
	if !errors.Is(err, errBomb) || n > slack+10*maxRatio {
		t.Errorf("%d bytes, %v", n, err)
	}
	from.N = 11
	out = &unpacked{Reader: io.LimitReader(zeroReader{}, slack+10*maxRatio+1), from: from, ahead: ahead}
	if n, err := io.Copy(io.Discard, out); err != nil || n != slack+10*maxRatio+1 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { return len(p), nil }

// FuzzLines: every line comes once, in order, numbered, no larger than what was given, and plain text comes
// as it is.
func FuzzLines(f *testing.F) {
	for _, seed := range [][]byte{
		[]byte("{}\n{}\r\n\n{\"a\":1}"), {}, []byte("\n"), []byte("\xfe\xff"), []byte("BZh"), {0x1f, 0x8b}, {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}, {0x28, 0xb5, 0x2f, 0xfd, 0}, bytes.Repeat([]byte{'a'}, 3000), []byte("\x00\xff\n\x1b"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		last, size := 0, 0
		var got []byte
		err := Lines(context.Background(), bytes.NewReader(text), func(number int, line []byte, err error) error {
			if number <= last {
				return fmt.Errorf("line %d after %d", number, last)
			}
			last = number
			size += len(line)
			got = append(got, bytes.TrimSpace(line)...)
			return nil
		})
		packed := bytes.HasPrefix(text, []byte{0x1f, 0x8b}) || bytes.HasPrefix(text, []byte{0x28, 0xb5, 0x2f, 0xfd})
		if foreign(bufio.NewReader(bytes.NewReader(text))) != nil {
			return // which says what it is
		}
		if packed {
			if size > slack+maxRatio*len(text) {
				t.Errorf("%d bytes out of %d", size, len(text))
			}
			return
		}
		var want []byte
		for _, line := range bytes.Split(text, []byte("\n")) {
			want = append(want, bytes.TrimSpace(line)...)
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	})
}
