package cache

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// A bbolt file begins with two meta pages. A transaction writes the one that its predecessor didn't, as its very
// last step, so their numbers differ by one, and the page's place goes by whether the number is even. A meta page that
// is not as it was written makes bbolt take the other one without a word. If it was the newer, that is the state
// before the last transaction, in which everything is sound.

// boltMeta is what a meta page says.
type boltMeta struct {
	pageSize uint32
	root     uint64 // page of the bucket of buckets
	freelist uint64 // page
	pages    uint64 // in use so far: every page number is below
	tx       uint64
}

// metaPage is a meta page as it lies in the file.
type metaPage struct {
	boltMeta
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
	m.boltMeta = boltMeta{
		pageSize: native.Uint32(v[8:]),
		root:     native.Uint64(v[16:]),
		freelist: native.Uint64(v[32:]),
		pages:    native.Uint64(v[40:]),
		tx:       native.Uint64(v[48:]),
	}
	sum := fnv.New64a()
	_, _ = sum.Write(v[:metaChecked])
	m.magic = native.Uint32(v) == boltMagic
	m.sound = m.magic && native.Uint32(v[4:]) == boltVersion && native.Uint64(v[metaChecked:]) == sum.Sum64() &&
		m.pageSize >= minPageSize && m.pageSize <= maxPageSize
}

// errNoMagic is returned when neither meta page is where it must be.
var errNoMagic = errors.New("no bbolt file")

// openPages reads the meta pages; the newer sound one counts, as in bbolt.
func openPages(r io.ReaderAt, size int64) (*pageFile, error) {
	first := readMetaPage(r, 0)
	if first.sound {
		return newestOf(r, size, first, readMetaPage(r, int64(first.pageSize))), nil
	}
	magic := first.magic
	for at := int64(minPageSize); at <= maxPageSize && at < size; at *= 2 {
		second := readMetaPage(r, at)
		if second.sound {
			return newestOf(r, size, first, second), nil
		}
		magic = magic || second.magic
	}
	if magic {
		return nil, fmt.Errorf("%w: both meta pages are unreadable", ErrDamaged)
	}
	return nil, errNoMagic
}

// newestOf makes the newer of two meta pages count, of which one at least is sound, and says whether they belong together.
func newestOf(r io.ReaderAt, size int64, first, second metaPage) *pageFile {
	best, other, parity := first, second, uint64(0)
	if !first.sound || second.sound && second.tx > first.tx {
		best, other, parity = second, first, 1
	}
	p := &pageFile{r: r, size: size, boltMeta: best.boltMeta}
	p.metaDamaged = !other.sound || other.tx+1 != best.tx || best.tx%2 != parity || other.pageSize != best.pageSize
	return p
}

// metaDamage is what a cache says of a damaged meta page.
const metaDamage = "one of its two meta pages, so that this may be the state before the last write"

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
		return m.sound && m.tx%2 == index
	}
	if right() {
		return m, true
	}
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

// salvagePages describes a damaged file as the newer of its meta pages does, mended where that can be done. It is
// certain where both are known and belong together. Without any, nobody knows where the trees begin.
func salvagePages(f *os.File) (p *pageFile, certain bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	p = &pageFile{r: f, size: info.Size(), boltMeta: boltMeta{pageSize: pageSizeOf(f, info.Size()), freelist: noFreelist}}
	p.pages = uint64(p.size) / uint64(p.pageSize)
	known := 0
	var sum uint64
	for index := range uint64(2) {
		m := readMetaPage(f, int64(index)*int64(p.pageSize))
		m, ok := m.mend(p.pageSize, index)
		if !ok {
			continue
		}
		if known == 0 || m.tx > p.tx {
			p.boltMeta = m.boltMeta
		}
		known++
		sum += m.tx
	}
	if known == 0 {
		return p, false, fmt.Errorf("%w: both meta pages are unreadable", ErrDamaged)
	}
	return p, known == 2 && sum == 2*p.tx-1, nil
}

// pageSizeOf is the size of a file's pages: that of a sound meta page, else the one with which pages of a cache are
// found in it, else the machine's.
func pageSizeOf(f *os.File, size int64) uint32 {
	if p, err := openPages(f, size); err == nil {
		return p.pageSize
	}
	if pageSize, ok := recognise(f, size); ok {
		return pageSize
	}
	return uint32(os.Getpagesize())
}

// recognised is how many pages are looked at to recognise a cache without its meta pages.
const recognised = 1 << 16

// recognise tells a cache by its content: a page with a value that one of its buckets would have. It returns the size of
// the pages.
func recognise(f *os.File, size int64) (pageSize uint32, ok bool) {
	for _, pageSize := range []uint32{uint32(os.Getpagesize()), 4 << 10, 8 << 10, 16 << 10, 64 << 10} {
		p := &pageFile{r: f, size: size, boltMeta: boltMeta{pageSize: pageSize, pages: uint64(size) / uint64(pageSize)}}
		for id := uint64(2); id < min(p.pages, recognised) && !ok; id++ {
			eachLoose(p, id, func(bucket, []byte, []byte) { ok = true })
		}
		if ok {
			return pageSize, true
		}
	}
	return 0, false
}
