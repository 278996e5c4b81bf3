package corpora

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// ExportOptions say what goes into an exported corpus.
type ExportOptions struct {
	// Documents puts the raw and processed crashes in, as far as they are cached.
	Documents bool
	// Progress is told of every item written; it may be nil.
	Progress func(items int)
}

// Export writes a corpus to w as one file: its crash ids and records, provenance and accepted results.
// A crash without record, or that can't be read, goes in as missing. It holds one document at a time. Errors are the
// cache's, such as cache.ErrNoCorpus, and w's.
func Export(ctx context.Context, c *cache.Cache, name string, w io.Writer, o ExportOptions) (Archived, error) {
	corpus, err := c.Corpus(name)
	if err != nil {
		return Archived{}, err
	}
	out, err := newArchiveWriter(w)
	if err != nil {
		return Archived{}, err
	}
	e := &exporter{cache: c, out: out, options: o, done: Archived{Name: name, Crashes: len(corpus.IDs)}}
	if err := e.corpus(ctx, corpus); err != nil {
		return Archived{}, fmt.Errorf("exporting corpus %q: %w", name, err)
	}
	e.done.Compressed = out.written
	return e.done, nil
}

// exporter writes one corpus.
type exporter struct {
	cache   *cache.Cache
	out     *archiveWriter
	options ExportOptions
	done    Archived
	sum     uint64
}

func (e *exporter) corpus(ctx context.Context, corpus cache.Corpus) error {
	// Neither a date nor the path of the cache: the same corpus gives the same file.
	head := archiveHead{Name: corpus.Name, Crashes: len(corpus.IDs), Documents: e.options.Documents, Provenance: corpus.Provenance}
	e.out.head(head)
	if err := e.accepted(ctx, corpus.Name); err != nil {
		return err
	}
	if err := e.records(ctx, corpus.IDs); err != nil {
		return err
	}
	if e.options.Documents {
		if err := e.documents(ctx, corpus.IDs, cache.Processed, tagProcessed, &e.done.Processed); err != nil {
			return err
		}
		if err := e.documents(ctx, corpus.IDs, cache.Raw, tagRaw, &e.done.Raw); err != nil {
			return err
		}
	}
	e.done.Digest = DigestOf(e.sum)
	return e.out.end(e.done.ArchiveEnd)
}

func (e *exporter) accepted(ctx context.Context, name string) error {
	data, err := e.cache.Accepted(name)
	switch {
	case errors.Is(err, cache.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	// Results of another version could not be imported, and would make the whole file useless.
	if err := checkAccepted(ctx, data); err != nil {
		return err
	}
	e.done.Accepted = true
	e.out.write([]byte{tagAccepted})
	e.out.sized(data)
	return e.out.err
}

// eachID calls fn with a blob of each of the ids, in the order of the cache file, which is read once from its beginning to its end.
func (e *exporter) eachID(ctx context.Context, ids []string, kind cache.Kind, fn func(cache.Blob) error) error {
	return e.cache.EachBlob(ctx, kind, ids, 1, func(_ int, b cache.Blob) error {
		if err := fn(b); err != nil {
			return err
		}
		if e.options.Progress != nil {
			e.options.Progress(1)
		}
		return e.out.err
	})
}

func (e *exporter) records(ctx context.Context, ids []string) error {
	presence, err := e.cache.Has(ctx, ids, cache.Processed)
	if err != nil {
		return err
	}
	return e.eachID(ctx, ids, cache.Record, func(b cache.Blob) error {
		_, record, err := hold(e.cache, b.ID, b.Data, b.Err)
		switch {
		case err == nil:
			e.done.Records++
			e.out.item(tagCrash, b.Key, record)
		case !errors.Is(err, crashdata.ErrMissing):
			e.done.Failed = append(e.done.Failed, compare.Failure{ID: b.ID, Err: err.Error()})
			e.out.mark(tagMissing, b.Key)
		case presence[b.Index].Missing.Has(cache.Processed):
			e.out.mark(tagNone, b.Key)
		default:
			e.out.mark(tagMissing, b.Key)
		}
		e.sum += cache.Sum(b.ID, record)
		return nil
	})
}

func (e *exporter) documents(ctx context.Context, ids []string, kind cache.Kind, tag byte, count *int) error {
	return e.eachID(ctx, ids, kind, func(b cache.Blob) error {
		switch {
		case errors.Is(b.Err, cache.ErrNotFound), slices.ContainsFunc(e.done.Failed, func(f compare.Failure) bool { return f.ID == b.ID }):
			return nil
		case b.Err != nil:
			return b.Err
		}
		*count++
		e.out.item(tag, b.Key, b.Data)
		return nil
	})
}

// archiveWriter writes the content of an exported corpus, compressed, and keeps the first error.
type archiveWriter struct {
	w       io.Writer
	encoder *zstd.Encoder
	sum     hash.Hash
	frame   []byte // content of the next frame
	packed  []byte
	written int64
	err     error
}

// newArchiveWriter starts a file. One goroutine compresses, so that the same content always gives the
// same bytes.
func newArchiveWriter(w io.Writer) (*archiveWriter, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(frameBytes), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return nil, fmt.Errorf("preparing to compress: %w", err)
	}
	return &archiveWriter{w: w, encoder: encoder, sum: sha256.New(), frame: make([]byte, 0, frameBytes)}, nil
}

func (a *archiveWriter) write(p []byte) {
	// Before it is cut into frames: the checksum is over the content, however it is packed.
	_, _ = a.sum.Write(p)
	for len(p) > 0 {
		n := min(len(p), frameBytes-len(a.frame))
		a.frame = append(a.frame, p[:n]...)
		p = p[n:]
		if len(a.frame) == frameBytes {
			a.flush()
		}
	}
}

// flush writes the frame. Frames are independent of each other: that bounds how far crashes which
// are all alike can shrink, so that nothing which is written exceeds maxRatio.
func (a *archiveWriter) flush() {
	a.packed = a.encoder.EncodeAll(a.frame, a.packed[:0])
	n, err := a.w.Write(a.packed)
	a.written += int64(n)
	a.err = cmp.Or(a.err, err)
	a.frame = a.frame[:0]
}

func (a *archiveWriter) sized(p []byte) {
	a.write(binary.AppendUvarint(nil, uint64(len(p))))
	a.write(p)
}

func (a *archiveWriter) json(v any) {
	text, err := json.Marshal(v)
	a.err = cmp.Or(a.err, err)
	a.sized(text)
}

func (a *archiveWriter) head(h archiveHead) {
	a.write([]byte(archiveMagic))
	a.write(binary.AppendUvarint(nil, archiveVersion))
	a.json(h)
}

func (a *archiveWriter) mark(tag byte, key crashid.Key) {
	a.write(append([]byte{tag}, key[:]...))
}

func (a *archiveWriter) item(tag byte, key crashid.Key, content []byte) {
	a.mark(tag, key)
	a.sized(content)
}

func (a *archiveWriter) end(e ArchiveEnd) error {
	a.write([]byte{tagEnd})
	a.json(e)
	a.write(a.sum.Sum(nil))
	a.flush()
	return a.err
}
