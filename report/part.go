package report

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// A part file is partMagic, the version of the form (a byte), zstd of the part's head (JSON, its length
// before it as a varint) and of its tally (compare.Tally.AppendPart), and the xxHash64 of all before it, in
// little endian.
const (
	partMagic   = "sigdiff part\n"
	partVersion = 4
	// maxPart is how many bytes a part may have: 4 GB.
	maxPart = 1 << 32
	// maxHead is how many bytes its head may have.
	maxHead = 1 << 20
	// Parts, unpacked and in memory, may have maxRatio times their size, all together, and maxSmall. Parts of
	// real comparisons have up to 15 times.
	maxRatio = 200
	maxSmall = 16 << 20
)

// errRoom is what is wrong with parts that take more memory than they may.
var errRoom = fmt.Errorf("it takes more memory than all parts so far may: %d times their size and %d MB", maxRatio, maxSmall>>20)

// ErrPart is the error over a file that is no part, is damaged, or is of another version.
var ErrPart = errors.New("not a part that this version of sigdiff can read")

// PartHead is what parts of one comparison have in common, but for Shard, Sum and Fetchable.
type PartHead struct {
	Program         string         // the version of sigdiff, as far as it is known
	Base, Candidate Side           //
	Code            *CodeChange    // as Report.Code
	Notes           []Note         // as Report.Notes
	Lint            []lint.Finding // as Report.Lint
	Corpus          string         // its name
	Crashes         int            // how many ids the whole corpus has
	IDs             uint64         // identifies the ids of the whole corpus, in whatever order
	StaleBefore     string         // as Report.StaleBefore
	Shard           compare.Shard  // which part this is
	Sum             uint64         // the part's share of the corpus' digest: shares add up
	Fetchable       int            // how many of its missing crashes another run may be able to get
}

// Unknown is what the comparison can't speak of, whatever its crashes, a sentence each.
func (p PartHead) Unknown() []string {
	return Unknown(NotesOf(p.Base, p.Candidate, p.Code, p.Notes...))
}

// Part is the comparison of a part of the crashes.
type Part struct {
	PartHead
	Tally *compare.Tally
}

// Write writes the part as a file.
func (p *Part) Write(w io.Writer) error {
	head, err := json.Marshal(p.PartHead)
	if err != nil {
		return fmt.Errorf("writing a part: %w", err)
	}
	body := binary.AppendUvarint(nil, uint64(len(head)))
	body = p.Tally.AppendPart(append(body, head...))
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		return fmt.Errorf("writing a part: %w", err)
	}
	file := encoder.EncodeAll(body, append([]byte(partMagic), partVersion))
	// Over the packed bytes, so that damage is found before they are unpacked.
	file = binary.LittleEndian.AppendUint64(file, xxhash.Sum64(file))
	_, err = w.Write(file)
	return err
}

// read reads a part, in the room that is left for the parts of a merge. What is not one of this version is ErrPart, as is
// one that takes more memory.
func (m *Merger) read(r io.Reader) (*Part, error) {
	in := bufio.NewReader(r)
	// Another file may be of any size, or have no end, and is told before all of it is in memory.
	start, err := in.Peek(len(partMagic))
	if string(start) != partMagic && (err == nil || errors.Is(err, io.EOF)) {
		return nil, fmt.Errorf("%w: it starts with something else", ErrPart)
	}
	file, err := io.ReadAll(io.LimitReader(in, maxPart))
	if err != nil {
		return nil, fmt.Errorf("reading a part: %w", err)
	}
	if m.whole == nil {
		m.room = maxSmall
	}
	// A small file that unpacks to gigabytes is refused before it has them.
	m.room += maxRatio * len(file)
	body, err := unpackPart(file, m.room)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPart, err)
	}
	p, err := decodePart(body, &m.room)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPart, err)
	}
	return p, nil
}

// unpackPart is what a part has in its file behind the magic, if that fits into the room.
func unpackPart(file []byte, room int) ([]byte, error) {
	rest := file[len(partMagic):]
	switch {
	case len(rest) < 9:
		return nil, errors.New("it is cut off")
	case rest[0] != partVersion:
		return nil, fmt.Errorf("its form is version %d, not %d", rest[0], partVersion)
	}
	end := len(file) - 8
	// It is looked at before anything is unpacked.
	if binary.LittleEndian.Uint64(file[end:]) != xxhash.Sum64(file[:end]) {
		return nil, errors.New("its checksum is wrong: it is cut off or damaged")
	}
	packed := rest[1 : len(rest)-8]
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(max(room, 1))))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	body, err := decoder.DecodeAll(packed, nil)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return nil, errRoom
	}
	return body, err
}

func decodePart(body []byte, room *int) (*Part, error) {
	n, size := binary.Uvarint(body)
	switch {
	case size <= 0 || n > uint64(len(body)-size):
		return nil, errors.New("its head is cut off")
	case n > maxHead:
		return nil, fmt.Errorf("its head has %d bytes; the limit is %d", n, maxHead)
	}
	head, tally := body[size:size+int(n)], body[size+int(n):]
	var p Part
	in := json.NewDecoder(bytes.NewReader(head))
	// A field that this version would drop may be part of the comparison.
	in.DisallowUnknownFields()
	if err := in.Decode(&p.PartHead); err != nil {
		return nil, fmt.Errorf("its head: %w", err)
	}
	if p.Shard.Index < 1 || p.Shard.Index > p.Shard.Count || p.Fetchable < 0 || p.Crashes < 0 {
		return nil, errors.New("its head has a number that can't be")
	}
	var err error
	// room is what is left after it, for the next part.
	p.Tally, err = compare.DecodePart(tally, room)
	if errors.Is(err, compare.ErrPartRoom) {
		err = errRoom
	}
	return &p, err
}

// Merger puts parts together. The zero Merger has none.
type Merger struct {
	whole *Part
	first string         // the name of the first part
	names map[int]string // by shard
	room  int            // bytes of memory that are left for parts
}

// Read reads a part and adds it, as Add does; what all parts take in memory counts. name is the file's,
// and stands in every error.
func (m *Merger) Read(name string, r io.Reader) error {
	p, err := m.read(r)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return m.Add(name, p)
}

// Add adds a part, which must not be used after. The error names what keeps it from belonging to those
// added before; name is the file's.
// The first part becomes the whole, and the others are added to it.
func (m *Merger) Add(name string, p *Part) error {
	if m.whole == nil {
		m.whole, m.first, m.names = p, name, map[int]string{p.Shard.Index: name}
		return nil
	}
	if what := otherHead(m.whole.PartHead, p.PartHead); what != "" {
		return fmt.Errorf("%s and %s are parts of different comparisons: %s differs", m.first, name, what)
	}
	// Twice the same would count its crashes twice.
	if before, twice := m.names[p.Shard.Index]; twice {
		return fmt.Errorf("%s and %s are both part %d of %d", before, name, p.Shard.Index, p.Shard.Count)
	}
	if err := m.whole.Tally.Join(p.Tally); err != nil {
		return fmt.Errorf("%s and %s: %w", m.first, name, err)
	}
	m.whole.Sum += p.Sum
	m.whole.Fetchable += p.Fetchable
	m.names[p.Shard.Index] = name
	return nil
}

// Whole is all parts as one. It is an error when some are missing.
func (m *Merger) Whole() (*Part, error) {
	if m.whole == nil {
		return nil, errors.New("no parts")
	}
	count := m.whole.Shard.Count
	if missing := count - len(m.names); missing > 0 {
		first := 1
		// The first that is missing is what to run again; the others follow.
		for m.names[first] != "" {
			first++
		}
		return nil, fmt.Errorf("%d of %d parts are missing, the first of them part %d", missing, count, first)
	}
	whole := *m.whole
	whole.Shard = compare.Shard{Index: 1, Count: 1}
	// All parts are there, and yet a crash is in none, or in two.
	if got := whole.Tally.Totals().Crashes; got != whole.Crashes {
		return nil, fmt.Errorf("the parts hold %s, the corpus %s", plural.Crashes(got), plural.Number(whole.Crashes))
	}
	return &whole, nil
}

// otherHead names the first thing in which two parts can't be of one comparison.
func otherHead(a, b PartHead) string {
	for _, x := range []struct {
		what string
		same bool
	}{
		{"the number of parts", a.Shard.Count == b.Shard.Count},
		{"the version of sigdiff", a.Program == b.Program},
		{"the base's siglists", a.Base.Digest == b.Base.Digest},
		{"the candidate's siglists", a.Candidate.Digest == b.Candidate.Digest},
		{"what was accepted", a.Base.Results == b.Base.Results && a.Candidate.Results == b.Candidate.Results},
		{"the base's rules", a.Base.Rules == b.Base.Rules},
		{"the candidate's rules", a.Candidate.Rules == b.Candidate.Rules},
		{"the base", reflect.DeepEqual(a.Base, b.Base)},
		{"the candidate", reflect.DeepEqual(a.Candidate, b.Candidate)},
		{"what is noted", reflect.DeepEqual(a.Notes, b.Notes)},
		{"Socorro's code", reflect.DeepEqual(a.Code, b.Code)},
		{"what lint finds", reflect.DeepEqual(a.Lint, b.Lint)},
		{"the corpus' name", a.Corpus == b.Corpus},
		{"which crashes the corpus has", a.Crashes == b.Crashes && a.IDs == b.IDs},
		{"--stale-before", a.StaleBefore == b.StaleBefore},
	} {
		if !x.same {
			return x.what
		}
	}
	return ""
}

// Report makes the report of the part; digest is the corpus', made from Sum.
// It has no samples, expectations, bugs or weights: those who need them add them. See merge.
func (p *Part) Report(ctx context.Context, digest string) (*Report, error) {
	r, err := New(ctx, p.Base, p.Candidate, Corpus{Name: p.Corpus, Crashes: p.Tally.Totals().Crashes, Digest: digest}, p.Tally)
	if err != nil {
		return nil, err
	}
	// New may have notes of its own, which come first.
	r.Code, r.Notes, r.Lint, r.StaleBefore, r.Fetchable = p.Code, append(r.Notes, p.Notes...), p.Lint, p.StaleBefore, p.Fetchable
	return r, nil
}
