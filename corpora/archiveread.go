package corpora

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/crashid"
)

// archiveItem is a part of an exported corpus.
type archiveItem struct {
	tag  byte
	key  crashid.Key // of a crash
	at   int         // which of the file's crashes that is
	data []byte      // valid until the next item
}

// archiveReader reads an exported corpus and believes nothing in it: sizes are bounded, ids ascend,
// and after the last item the counts, the digest of the crashes and the checksum have been compared.
type archiveReader struct {
	in      *documents.CountingReader
	zr      *zstd.Decoder
	content *bufio.Reader
	hash    hash.Hash
	read    int64 // bytes of content
	data    []byte

	head  archiveHead
	phase int         // of the last item, as in phases
	key   crashid.Key // of the last item; ids ascend within a phase
	seen  int         // items of this phase
	ids   []crashid.Key
	at    int    // which of them was the last item's
	sum   uint64 // digest of the crashes
	count map[byte]int
	done  Archived
}

// newArchiveReader reads the head. The caller closes.
func newArchiveReader(f io.Reader, told func(bytes int)) (*archiveReader, error) {
	in := &documents.CountingReader{R: f, Told: told}
	// What a decoder may take is limited here: the file says itself how much memory it needs.
	zr, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(2*frameBytes))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotExport, err)
	}
	r := &archiveReader{in: in, zr: zr, content: bufio.NewReaderSize(zr, 1<<16), hash: sha256.New(), count: map[byte]int{}}
	if err := r.start(); err != nil {
		zr.Close()
		return nil, err
	}
	return r, nil
}

func (r *archiveReader) start() error {
	magic := make([]byte, len(archiveMagic))
	if err := r.full(magic); err != nil || string(magic) != archiveMagic {
		if err == nil || r.in.N == 0 || errors.Is(err, zstd.ErrMagicMismatch) {
			return ErrNotExport
		}
		return err
	}
	// Before the head, which may be another one in another version.
	version, err := r.uvarint()
	if err != nil {
		return err
	}
	if version != archiveVersion {
		return fmt.Errorf("format %d, %w", version, ErrOtherExport)
	}
	if err := r.json(&r.head); err != nil {
		return err
	}
	if r.head.Crashes < 0 || cache.CheckName(r.head.Name) != nil {
		return damagedExport("its head makes no sense")
	}
	r.done = Archived{Name: r.head.Name, Crashes: r.head.Crashes}
	return nil
}

// full reads content, as much as p holds.
func (r *archiveReader) full(p []byte) error {
	n, err := io.ReadFull(r.content, p)
	if err != nil {
		return readError(err)
	}
	_, _ = r.hash.Write(p)
	r.read += int64(n)
	// Looked at with every read, and not in the end: a bomb would have filled the disk or the memory by then.
	if r.read > slack+maxRatio*r.in.N {
		return damagedExport("it expands to more than %d times its size and %d MB", maxRatio, slack>>20)
	}
	return nil
}

// readError is an error of decompressing or of the file itself.
func readError(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damagedExport("it ends too early")
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return damagedExport("it needs more memory than any exported corpus")
	}
	return fmt.Errorf("%w: %w", ErrDamagedExport, err)
}

// ReadByte reads a byte of content.
func (r *archiveReader) ReadByte() (byte, error) {
	var b [1]byte
	err := r.full(b[:])
	return b[0], err
}

func (r *archiveReader) uvarint() (uint64, error) {
	// One byte after the other, so that each is hashed, and none is read ahead.
	n, err := binary.ReadUvarint(r)
	if err != nil && !errors.Is(err, ErrDamagedExport) {
		err = damagedExport("an impossible length")
	}
	return n, err
}

// sized reads content with its length in front. Room is made as content comes, not as promised.
func (r *archiveReader) sized(limit int) ([]byte, error) {
	n, err := r.uvarint()
	switch {
	case err != nil:
		return nil, err
	case n > uint64(limit):
		return nil, damagedExport("%d bytes in one piece; the limit is %d", n, limit)
	}
	r.data = r.data[:0]
	for left := int(n); left > 0; {
		step := min(left, 1<<20)
		at := len(r.data)
		r.data = append(r.data, make([]byte, step)...)
		if err := r.full(r.data[at:]); err != nil {
			return nil, err
		}
		left -= step
	}
	return r.data, nil
}

func (r *archiveReader) json(v any) error {
	text, err := r.sized(maxHead)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields() // whatever adds a field is another format
	if err := dec.Decode(v); err != nil {
		return damagedExport("reading what it says of itself: %v", err)
	}
	return nil
}

// phases are the tags in the order in which they come; those of one phase may mix.
var phases = map[byte]int{
	tagAccepted: 1, tagCrash: 2, tagMissing: 2, tagNone: 2, tagProcessed: 3, tagRaw: 4, tagEnd: 5,
}

// each calls fn with each item, and returns nil only when all has been checked.
func (r *archiveReader) each(ctx context.Context, fn func(archiveItem) error) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		tag, err := r.ReadByte()
		if err == nil {
			err = r.enter(tag)
		}
		if tag == tagEnd {
			return r.end()
		}
		var item archiveItem
		if err == nil {
			item, err = r.item(tag)
		}
		if err == nil {
			err = fn(item)
		}
		if err != nil {
			return err
		}
	}
}

// item reads what follows a tag.
func (r *archiveReader) item(tag byte) (item archiveItem, err error) {
	item.tag = tag
	if tag != tagAccepted {
		if item.key, err = r.crashKey(); err != nil {
			return item, err
		}
		if item.at, err = r.place(item); err != nil {
			return item, err
		}
	}
	if item.data, err = r.body(tag); err == nil {
		r.add(item)
	}
	return item, err
}

// enter checks that an item may stand here.
func (r *archiveReader) enter(tag byte) error {
	phase, known := phases[tag]
	switch {
	case !known:
		return damagedExport("an unknown part %q", tag)
	case phase < r.phase || phase == r.phase && tag == tagAccepted:
		return damagedExport("part %q in a wrong place", tag)
	case !r.head.Documents && (tag == tagProcessed || tag == tagRaw):
		return damagedExport("documents where there should be none")
	// Ids begin anew with each kind of items.
	case phase != r.phase:
		r.phase, r.seen, r.at = phase, 0, 0
	}
	r.seen++
	return nil
}

func (r *archiveReader) crashKey() (k crashid.Key, err error) {
	if err := r.full(k[:]); err != nil {
		return k, err
	}
	switch {
	case !crashid.Valid(k.String()):
		return k, damagedExport("%s is no crash id", k)
	case r.seen > 1 && k.Compare(r.key) <= 0:
		return k, damagedExport("crash %s is in a wrong place", k)
	case r.seen > maxTiny && int64(r.seen) > r.in.N/minPerCrash:
		return k, damagedExport("more crashes than a file of its size can hold")
	case r.seen > r.head.Crashes:
		return k, damagedExport("more than the %d crashes it promises", r.head.Crashes)
	}
	r.key = k
	return k, nil
}

// place is which of the file's crashes an item is of. Documents come behind all crashes, in the order of these.
func (r *archiveReader) place(item archiveItem) (int, error) {
	if phases[item.tag] == phases[tagCrash] {
		r.ids = append(r.ids, item.key)
		return len(r.ids) - 1, nil
	}
	for r.at < len(r.ids) && r.ids[r.at].Compare(item.key) < 0 {
		r.at++
	}
	if r.at == len(r.ids) || r.ids[r.at] != item.key {
		return 0, damagedExport("a document of crash %s, which is not in the corpus", item.key)
	}
	return r.at, nil
}

func (r *archiveReader) body(tag byte) ([]byte, error) {
	switch tag {
	case tagAccepted:
		return r.sized(min(maxAccepted, slack+heldRatio*int(r.in.N)))
	case tagCrash:
		return r.sized(cache.MaxRecord)
	case tagProcessed, tagRaw:
		return r.sized(documents.MaxDocument)
	}
	return nil, nil
}

// add counts an item.
func (r *archiveReader) add(item archiveItem) {
	r.count[item.tag]++
	switch item.tag {
	case tagCrash, tagMissing, tagNone:
		r.sum += cache.Sum(item.key.String(), item.data)
	}
}

// end compares what was read with what should have been.
func (r *archiveReader) end() error {
	var want ArchiveEnd
	if err := r.json(&want); err != nil {
		return err
	}
	// Taken before the checksum itself is read, which is hashed as well.
	sum := r.hash.Sum(nil)
	given := make([]byte, len(sum))
	if err := r.full(given); err != nil {
		return err
	}
	got := ArchiveEnd{r.count[tagCrash], r.count[tagProcessed], r.count[tagRaw], DigestOf(r.sum)}
	crashes := r.count[tagCrash] + r.count[tagMissing] + r.count[tagNone]
	switch {
	case !bytes.Equal(sum, given):
		return damagedExport("its checksum does not match")
	case got != want || crashes != r.head.Crashes:
		return damagedExport("it does not hold what it says it does")
	}
	// zstd frames can be put one behind the other, and what is behind the end was checked by nothing.
	if _, err := r.content.ReadByte(); !errors.Is(err, io.EOF) {
		return damagedExport("there is more after its end")
	}
	r.done.ArchiveEnd, r.done.Accepted, r.done.Compressed = got, r.count[tagAccepted] > 0, r.in.N
	return nil
}
