package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/fileio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/corpora/documents"
)

func init() {
	register.DoFn3x1[context.Context, fileio.FileMetadata, func(int, Entry), error](&readFn{})
	register.Emitter2[int, Entry]()
	beam.RegisterType(reflect.TypeFor[Entry]())
}

// readFn reads one file into entries by shard. A file is read in one place: many files are what spreads
// the reading.
type readFn struct{ Shards int }

// ProcessElement reads a file. Lines that can't be read become entries; a file that can't be, and an
// exported corpus that is damaged, fails the pipeline.
func (f *readFn) ProcessElement(ctx context.Context, file fileio.FileMetadata, emit func(int, Entry)) error {
	r := &reader{path: file.Path, emit: func(e Entry) {
		e.File = file.Path
		emit(shard(e.ID, f.Shards), e)
	}}
	name, err := r.read(ctx)
	if err != nil {
		return fmt.Errorf("reading %s: %w", file.Path, err)
	}
	// To one shard, whichever: names only have to be told once. It comes last, when the file is known to be
	// whole.
	emit(0, Entry{Kind: entryFile, ID: name})
	return nil
}

// reader reads one file.
type reader struct {
	path string
	emit func(Entry)
}

// read reads the file, and gives the name of the corpus if that is what it holds.
func (r *reader) read(ctx context.Context) (name string, err error) {
	// What is not called so is opened as an export first, and once more if it is none.
	if documents.IsListName(path.Base(r.path)) {
		return "", r.open(ctx, r.lines)
	}
	err = r.open(ctx, func(ctx context.Context, in io.Reader) error {
		done, err := corpora.EachExported(ctx, in, r.exported)
		name = done.Name
		return err
	})
	if errors.Is(err, corpora.ErrNotExport) {
		return "", r.open(ctx, r.lines)
	}
	return name, err
}

func (r *reader) exported(id string, record []byte) error {
	if record == nil {
		r.emit(Entry{Kind: entryMissing, ID: id})
		return nil
	}
	r.emit(Entry{Kind: entryExported, ID: id, Record: bytes.Clone(record)})
	return nil
}

// lines reads NDJSON. What is wrong with the data is an entry.
func (r *reader) lines(ctx context.Context, in io.Reader) error {
	err := documents.Lines(ctx, in, func(number int, line []byte, err error) error {
		e := Entry{Kind: entryLine, Line: number}
		if err == nil {
			e.ID, e.Record, err = corpora.ReadProcessed(line)
		}
		if err != nil {
			r.failed(number, err)
			return nil
		}
		r.emit(e)
		return nil
	})
	// An import counts such a file as one failure, and so does this.
	if err != nil && ctx.Err() == nil {
		r.failed(0, err) // it can't be unpacked at all
		return nil
	}
	return err
}

// failed notes what can't be read as an import does: by its place.
func (r *reader) failed(line int, err error) {
	place := r.path
	if line > 0 {
		place = fmt.Sprintf("%s:%d", r.path, line)
	}
	r.emit(Entry{Kind: entryFailure, ID: place, Line: line, Text: err.Error()})
}

// open opens the file and reads it. Trouble with reading the file's bytes is an error whatever read makes
// of it, since reading it once more may go well.
func (r *reader) open(ctx context.Context, read func(context.Context, io.Reader) error) (err error) {
	fs, err := filesystem.New(ctx, r.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fs.Close()) }()
	file, err := fs.OpenRead(ctx, r.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	in := &watched{r: file}
	err = read(ctx, in)
	if in.err != nil {
		return in.err
	}
	return err
}

// watched remembers the error of a reader.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}
