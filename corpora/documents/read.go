package documents

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// Document is one document of a file, or the reason why there is none.
type Document struct {
	File File
	Line int    // of a file with a document a line, from 1; else 0
	Data []byte // without white space at its end
	// Err says why the document, or what follows it in the file, can't be read.
	Err error
}

// errTooLarge is returned for a document larger than MaxDocument, errTooMany for one of more than MaxValues.
var (
	errTooLarge = fmt.Errorf("larger than %d MB, the limit for a document", MaxDocument>>20)
	errTooMany  = fmt.Errorf("more than %d values, the limit for a document", MaxValues)
)

// Read reads every document of the files, in order. What can't be read is handed to emit as a document
// with an error, and the rest goes on; an error of emit, or the context's, ends the reading. read is
// told the bytes read from disk, as they are read.
func Read(ctx context.Context, files []File, read func(bytes int), emit func(Document) error) error {
	u := unpacker{told: read}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := u.readFile(ctx, f, emit); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) readFile(ctx context.Context, f File, emit func(Document) error) error {
	report := func(err error) error { return emit(Document{File: f, Err: err}) }
	file, err := Open(ctx, f.Path)
	if err != nil {
		return report(err)
	}
	defer file.Close()
	in, closeIn, err := u.unpack(file)
	if err != nil {
		return report(err)
	}
	defer closeIn()
	// In a small file a bomb shows before its first document is taken in. In a large one some documents may come
	// first, and then the error.
	if in == u.text {
		if _, err := in.Peek(lookAhead); errors.Is(err, errBomb) {
			return report(err)
		}
	}
	if err := foreign(in); err != nil {
		return report(err)
	}
	// Lines there may be none of. A compressed file of none has some bytes.
	if in == u.plain && in.Buffered() == 0 && packedName().MatchString(f.Path) {
		return report(errEmpty)
	}
	if lines, err := holdsLines(f, in); err != nil {
		return report(err)
	} else if !lines {
		return emit(whole(f, in))
	}
	return lines(ctx, in, func(number int, line []byte, err error) error {
		return emit(Document{File: f, Line: number, Data: line, Err: err})
	})
}

// packedName is that of a file which promises to be compressed.
var packedName = lazyregexp.New(`(?i)\.(gz|zst)$`)

// errEmpty is returned for a file in which there must be something.
var errEmpty = errors.New("the file is empty")

// maxWindow is how far back zstd may refer, which is kept in memory: zstd -19 needs 8 MB, --long=26 this.
const maxWindow = 64 << 20

// readSize is how much is read at once. Most documents are shorter, so that a line is copied once.
const readSize = 1 << 20

// unpacker reads one file after the other. Its buffers are used again: a megabyte that is made anew takes longer than
// all that is done with a small file.
type unpacker struct {
	told func(bytes int) // of the bytes read; may be nil

	plain, text *bufio.Reader // the file as it is, and what it unpacks to; nil until there is one
}

// unpack undoes the compression that the first bytes tell, whatever the file is called. What it gives is text where it undid
// some.
func (u *unpacker) unpack(r io.Reader) (in *bufio.Reader, closeIn func(), err error) {
	if u.plain == nil {
		u.plain = bufio.NewReaderSize(nil, readSize)
	}
	from := &CountingReader{R: r, Told: u.told}
	u.plain.Reset(from)
	magic, err := u.plain.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(u.plain)
		if err != nil {
			return nil, nil, fmt.Errorf("reading gzip: %w", err)
		}
		return u.textOf(z, from), func() { z.Close() }, nil
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(u.plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, fmt.Errorf("reading zstd: %w", err)
		}
		return u.textOf(z, from), z.Close, nil
	}
	return u.plain, func() {}, nil
}

// textOf is what comes out of a compressed file.
func (u *unpacker) textOf(z io.Reader, from *CountingReader) *bufio.Reader {
	if u.text == nil {
		u.text = bufio.NewReaderSize(nil, lookAhead)
	}
	u.text.Reset(&unpacked{Reader: z, from: from, ahead: u.plain})
	return u.text
}

// CheckValues fails for a document of more than MaxValues.
func CheckValues(doc []byte) error {
	// Commas in texts count, too: the limit is far above what any crash has.
	if bytes.Count(doc, []byte(",")) > MaxValues {
		return errTooMany
	}
	return nil
}

// CheckObject fails for a document that is not one whole JSON object, or what Python takes for one.
func CheckObject(doc []byte) error {
	doc = pyjson.Text(doc)
	if pyjson.NewReader(doc).Kind() != '{' {
		return errors.New("not a JSON object")
	}
	return pyjson.Check(doc)
}

// indented is how a document starts that has a line for each of its members.
var indented = lazyregexp.New("^(?:\ufeff)?\\s*\\{[ \\t\\r]*\\n\\s*\"")

// holdsLines tells a file with a document a line from one that is a single document: by its name, or
// else by its first line, which is a whole document in the former.
func holdsLines(f File, in *bufio.Reader) (bool, error) {
	if f.ID != "" {
		return false, nil
	}
	if name := strings.ToLower(filepath.Base(f.Path)); strings.Contains(name, ".ndjson") || strings.Contains(name, ".jsonl") {
		// A document that was indented is in more lines than one, whatever its file is called.
		start, _ := in.Peek(min(in.Buffered(), 64))
		return !indented().Match(start), nil
	}
	start, err := in.Peek(readSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, readError(err)
	}
	// A document that is spread over lines begins with a line that is none by itself, such as a brace.
	first, rest, found := bytes.Cut(start, []byte("\n"))
	if !found {
		// A single line, or a first line longer than what was looked at: as a document or as lines
		// it comes to the same.
		return !errors.Is(err, io.EOF), nil
	}
	return pyjson.Check(pyjson.Text(first)) == nil && len(bytes.TrimSpace(rest)) > 0, nil
}

// Whole reads a single document, such as that on stdin.
func Whole(in io.Reader) ([]byte, error) {
	doc := whole(File{}, in)
	return doc.Data, doc.Err
}

func whole(f File, in io.Reader) Document {
	doc := Document{File: f}
	// One byte more than may be, which tells that there is more.
	doc.Data, doc.Err = io.ReadAll(io.LimitReader(in, MaxDocument+1))
	switch {
	case doc.Err != nil:
		doc.Err = readError(doc.Err)
	case len(doc.Data) > MaxDocument:
		doc.Err = errTooLarge
	case len(bytes.TrimSpace(doc.Data)) == 0:
		doc.Err = errEmpty
	default:
		doc.Err = CheckValues(doc.Data)
	}
	doc.Data = bytes.TrimRight(doc.Data, " \t\r\n")
	return doc
}

// Lines reads NDJSON and calls visit for every line that isn't empty, without white space at its end,
// numbered from 1, in memory that visit may keep. A line that is too large, or where reading ends too
// early, comes as an error. An error of visit, or the context's, ends the reading.
func Lines(ctx context.Context, r io.Reader, visit func(number int, line []byte, err error) error) error {
	in, closeIn, err := new(unpacker).unpack(r)
	if err != nil {
		return err
	}
	defer closeIn()
	if err := foreign(in); err != nil {
		return visit(1, nil, err)
	}
	return lines(ctx, in, visit)
}

// lines is Lines for text that isn't compressed.
func lines(ctx context.Context, in *bufio.Reader, visit func(int, []byte, error) error) error {
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := readLine(in)
		atEnd := errors.Is(err, io.EOF)
		if atEnd {
			err = nil
		}
		if err != nil && !errors.Is(err, errTooLarge) {
			if cancelled := ctx.Err(); cancelled != nil {
				return cancelled
			}
			return visit(number, nil, readError(err))
		}
		line = bytes.TrimRight(line, " \t\r\n")
		if err == nil {
			err = CheckValues(line)
		}
		if err != nil || len(bytes.TrimSpace(line)) > 0 {
			if err := visit(number, line, err); err != nil {
				return err
			}
		}
		if atEnd {
			return nil
		}
	}
}

// readLine reads a line. One that is too large is read to its end and dropped.
func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > MaxDocument {
			return nil, skipLine(in, err)
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func skipLine(in *bufio.Reader, err error) error {
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return errTooLarge
}
