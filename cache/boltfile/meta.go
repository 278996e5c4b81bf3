package boltfile

import (
	"errors"
	"hash/fnv"
	"io"
	"os"
)

// A bbolt file begins with two meta pages. A transaction writes the one that its predecessor didn't, as its very
// last step, so their numbers differ by one, and the page's place goes by whether the number is even. A meta page that
// is not as it was written makes bbolt take the other one without a word. If it was the newer, that is the state
// before the last transaction, in which everything is sound.

// Meta is what a meta page says.
type Meta struct {
	PageSize uint32
	Root     uint64 // page of the bucket of buckets
	Freelist uint64 // page
	Pages    uint64 // in use so far: every page number is below
	Tx       uint64 // number of the transaction that wrote it
}

// HasFreelist reports whether the list of free pages is in the file.
func (m Meta) HasFreelist() bool { return m.Freelist != noFreelist }

// Begun reports whether the file was made and no transaction has written to it yet: bbolt makes it with the numbers 0 and 1.
func (m Meta) Begun() bool { return m.Tx <= 1 }

// metaPage is a meta page as it lies in the file.
type metaPage struct {
	Meta
	raw   [metaLen]byte
	sound bool // its checksum is right
	magic bool // it is one
}

// metaChecked is how many bytes of a meta page the checksum covers, which follows them.
const metaChecked = metaLen - 8

// readMetaPage reads the meta page at an offset. One that can't be read is not sound.
func readMetaPage(r io.ReaderAt, at int64) (m metaPage) {
	var b [pageHeader + metaLen]byte
	if _, err := r.ReadAt(b[:], at); err != nil {
		return m
	}
	m.raw = [metaLen]byte(b[pageHeader:])
	m.parse()
	return m
}

// parse takes the page apart.
func (m *metaPage) parse() {
	v := m.raw[:]
	m.Meta = Meta{
		PageSize: native.Uint32(v[8:]),
		Root:     native.Uint64(v[16:]),
		Freelist: native.Uint64(v[32:]),
		Pages:    native.Uint64(v[40:]),
		Tx:       native.Uint64(v[48:]),
	}
	sum := fnv.New64a()
	_, _ = sum.Write(v[:metaChecked])
	m.magic = native.Uint32(v) == boltMagic
	m.sound = m.magic && native.Uint32(v[4:]) == boltVersion && native.Uint64(v[metaChecked:]) == sum.Sum64() &&
		m.PageSize >= minPageSize && m.PageSize <= maxPageSize
}

// The errors of Open and Salvage.
var (
	// ErrNoMeta is returned when neither meta page is where it must be.
	ErrNoMeta = errors.New("no bbolt file")

	// ErrUnreadable is returned when they are there, and none is as it was written.
	ErrUnreadable = errors.New("both meta pages are unreadable")
)

// Open reads the meta pages of an open file. The newer sound one counts, as in bbolt.
func Open(f *os.File) (*File, error) {
	p, err := openPages(f)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat() // after the meta pages: a writer makes the file longer before it says so
	if err != nil {
		return nil, err
	}
	p.Size = info.Size()
	return p, nil
}

func openPages(r io.ReaderAt) (*File, error) {
	// Where the second meta page is, only the first tells. Without that, all sizes that pages may have are
	// tried.
	first := readMetaPage(r, 0)
	if first.sound {
		return newestOf(r, first, readMetaPage(r, int64(first.PageSize))), nil
	}
	magic := first.magic
	for at := int64(minPageSize); at <= maxPageSize; at *= 2 {
		second := readMetaPage(r, at)
		if second.sound {
			return newestOf(r, first, second), nil
		}
		magic = magic || second.magic
	}
	if magic {
		return nil, ErrUnreadable
	}
	return nil, ErrNoMeta
}

// newestOf makes the newer of two meta pages count, of which one at least is sound, and says whether they belong together.
func newestOf(r io.ReaderAt, first, second metaPage) *File {
	best, other, parity := first, second, uint64(0)
	if !first.sound || second.sound && second.Tx > first.Tx {
		best, other, parity = second, first, 1
	}
	p := &File{r: r, Meta: best.Meta}
	p.MetaDamaged = !other.sound || other.Tx+1 != best.Tx || best.Tx%2 != parity || other.PageSize != best.PageSize
	return p
}

// mend puts a meta page back of which at most one byte is wrong, besides those that are the same in each: then its
// checksum is right again.
func (m metaPage) mend(pageSize uint32, index uint64) (metaPage, bool) {
	v := m.raw[:]
	native.PutUint32(v, boltMagic)
	native.PutUint32(v[4:], boltVersion)
	native.PutUint32(v[8:], pageSize)
	native.PutUint32(v[12:], 0) // flags
	native.PutUint64(v[24:], 0) // the sequence of the bucket of buckets
	right := func() bool {
		m.parse()
		return m.sound && m.Tx%2 == index
	}
	if right() {
		return m, true
	}
	// 16,000 checksums at the most, which take a millisecond or two.
	for i := range v {
		was := v[i]
		for try := range 256 {
			if v[i] = byte(try); right() {
				return m, true
			}
		}
		v[i] = was
	}
	return m, false
}

// Salvage describes a damaged file as the newer of its meta pages does, mended where that can be done. It is
// certain where both are known and belong together. Without any, nobody knows where the trees begin, and the error is
// ErrUnreadable. Where neither says how large pages are, guess does.
func Salvage(f *os.File, guess func() uint32) (p *File, certain bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	var pageSize uint32
	if p, err = openPages(f); err == nil {
		pageSize = p.PageSize
	} else {
		pageSize = guess()
	}
	p = WithoutMeta(f, info.Size(), pageSize)
	known := 0
	var sum uint64
	for index := range uint64(2) {
		m := readMetaPage(f, int64(index)*int64(p.PageSize))
		m, ok := m.mend(p.PageSize, index)
		if !ok {
			continue
		}
		if known == 0 || m.Tx > p.Tx {
			p.Meta = m.Meta
		}
		known++
		sum += m.Tx
	}
	if known == 0 {
		return p, false, ErrUnreadable
	}
	return p, known == 2 && sum == 2*p.Tx-1, nil
}
