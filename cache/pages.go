package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// This file reads bbolt's page format by itself. bbolt trusts its files: on a
// damaged one it panics, follows a page that points back at itself for ever,
// or hands out a page in use as a free one. So the pages that decide where
// others lie are checked here before bbolt walks them, and what bbolt can't
// read at all is salvaged from here. The layout is that of bbolt's
// internal/common (page.go, meta.go, bucket.go), in the machine's byte order.

const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	noFreelist  = ^uint64(0) // a meta page's word for "not in the file"

	pageHeader  = 16 // id, flags, count, overflow
	metaLen     = 64
	elementLen  = 16 // of a branch or leaf page
	bucketLen   = 16 // root page and sequence of a nested bucket
	minPageSize = 1 << 10
	maxPageSize = 1 << 24
	maxDepth    = 64 // of a tree; eight would hold more than a disk

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10
	leafIsBucket = 0x01
)

var native = binary.NativeEndian

// boltMeta is what a meta page says.
type boltMeta struct {
	pageSize uint32
	root     uint64 // page of the bucket of buckets
	freelist uint64 // page
	pages    uint64 // in use so far: every page number is below
	tx       uint64
}

// pageFile reads pages of a bbolt file as one meta page describes it.
type pageFile struct {
	r    io.ReaderAt
	size int64
	boltMeta
}

// errNoMagic is returned when neither meta page is where it must be.
var errNoMagic = errors.New("no bbolt file")

// openPages reads the meta pages; the newer sound one counts, as in bbolt.
func openPages(r io.ReaderAt, size int64) (*pageFile, error) {
	var best *boltMeta
	magic := false
	consider := func(at int64) {
		m, sound, found := readMetaPage(r, at)
		magic = magic || found
		if sound && (best == nil || m.tx > best.tx) {
			best = &m
		}
	}
	consider(0)
	if best != nil {
		consider(int64(best.pageSize))
	} else {
		for at := int64(minPageSize); at <= maxPageSize && at < size; at *= 2 {
			consider(at)
		}
	}
	switch {
	case best != nil:
		return &pageFile{r: r, size: size, boltMeta: *best}, nil
	case magic:
		return nil, fmt.Errorf("%w: both meta pages are unreadable", ErrDamaged)
	}
	return nil, errNoMagic
}

// readMetaPage reads the meta page at an offset: whether its checksum is right,
// and whether there is one at all.
func readMetaPage(r io.ReaderAt, at int64) (m boltMeta, sound, magic bool) {
	var b [pageHeader + metaLen]byte
	if _, err := r.ReadAt(b[:], at); err != nil {
		return m, false, false
	}
	v := b[pageHeader:]
	magic = native.Uint32(v) == boltMagic
	sum := fnv.New64a()
	_, _ = sum.Write(v[:metaLen-8])
	m = boltMeta{
		pageSize: native.Uint32(v[8:]),
		root:     native.Uint64(v[16:]),
		freelist: native.Uint64(v[32:]),
		pages:    native.Uint64(v[40:]),
		tx:       native.Uint64(v[48:]),
	}
	sound = magic && native.Uint32(v[4:]) == boltVersion && native.Uint64(v[56:]) == sum.Sum64() &&
		m.pageSize >= minPageSize && m.pageSize <= maxPageSize
	return m, sound, magic
}

// whole returns an error if the file is shorter than its meta page says.
func (f *pageFile) whole() error {
	if f.pages > uint64(f.size)/uint64(f.pageSize) {
		return fmt.Errorf("%w: the file is cut short (%d bytes, should be %d)", ErrDamaged, f.size, f.pages*uint64(f.pageSize))
	}
	return nil
}

// page is one page with its overflow.
type page struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint32
	data     []byte // from the header on
}

// header reads and checks the start of a page.
func (f *pageFile) header(id uint64) (page, error) {
	if id < 2 || id >= f.pages {
		return page{}, fmt.Errorf("page %d is outside of the file", id)
	}
	var b [pageHeader]byte
	if _, err := f.r.ReadAt(b[:], int64(id)*int64(f.pageSize)); err != nil {
		return page{}, fmt.Errorf("page %d: %w", id, err)
	}
	p := parseHeader(b[:])
	if p.id != id {
		return page{}, fmt.Errorf("page %d says that it is page %d", id, p.id)
	}
	if p.flags != flagBranch && p.flags != flagLeaf && p.flags != flagFreelist {
		return page{}, fmt.Errorf("page %d is of no known type (%#x)", id, p.flags)
	}
	if uint64(p.overflow) >= f.pages-id {
		return page{}, fmt.Errorf("page %d goes on past the end of the file", id)
	}
	return p, nil
}

func parseHeader(b []byte) page {
	return page{
		id:       native.Uint64(b),
		flags:    native.Uint16(b[8:]),
		count:    int(native.Uint16(b[10:])),
		overflow: native.Uint32(b[12:]),
	}
}

// read reads a whole page into buf, which may grow.
func (f *pageFile) read(id uint64, buf *[]byte) (page, error) {
	p, err := f.header(id)
	if err != nil {
		return p, err
	}
	n := (int(p.overflow) + 1) * int(f.pageSize)
	if cap(*buf) < n {
		*buf = make([]byte, n)
	}
	p.data = (*buf)[:n]
	if _, err := f.r.ReadAt(p.data, int64(id)*int64(f.pageSize)); err != nil {
		return p, fmt.Errorf("page %d: %w", id, err)
	}
	if pageHeader+p.count*elementLen > n && p.flags != flagFreelist {
		return p, fmt.Errorf("page %d: %d elements don't fit into it", id, p.count)
	}
	return p, nil
}

// errElement is returned for an element that points outside of its page.
var errElement = errors.New("an element that lies outside of its page")

// slice returns n bytes at an offset from the i-th element.
func (p *page) slice(i int, pos, n uint32) ([]byte, error) {
	from := uint64(pageHeader+i*elementLen) + uint64(pos)
	to := from + uint64(n)
	if to > uint64(len(p.data)) {
		return nil, fmt.Errorf("page %d: %w", p.id, errElement)
	}
	return p.data[from:to], nil
}

// branch returns the first key and the page number of the i-th child.
func (p *page) branch(i int) (key []byte, child uint64, err error) {
	e := p.data[pageHeader+i*elementLen:]
	key, err = p.slice(i, native.Uint32(e), native.Uint32(e[4:]))
	return key, native.Uint64(e[8:]), err
}

// leaf returns the i-th key and value, and whether the value is a bucket.
func (p *page) leaf(i int) (key, value []byte, isBucket bool, err error) {
	e := p.data[pageHeader+i*elementLen:]
	pos, klen, vlen := native.Uint32(e[4:]), native.Uint32(e[8:]), native.Uint32(e[12:])
	if key, err = p.slice(i, pos, klen); err != nil {
		return nil, nil, false, err
	}
	if uint64(pos)+uint64(klen) > uint64(^uint32(0)) {
		return nil, nil, false, fmt.Errorf("page %d: %w", p.id, errElement)
	}
	value, err = p.slice(i, pos+klen, vlen)
	return key, value, native.Uint32(e)&leafIsBucket != 0, err
}

// inline takes the page of a small bucket out of the bucket's value.
func inline(value []byte) (page, error) {
	if len(value) < bucketLen+pageHeader {
		return page{}, errShort
	}
	data := bytes.Clone(value[bucketLen:])
	p := parseHeader(data)
	p.data = data
	if p.flags != flagLeaf || pageHeader+p.count*elementLen > len(data) {
		return page{}, errors.New("a small bucket that is no leaf page")
	}
	return p, nil
}

// freePages reads the list of free pages.
func (f *pageFile) freePages() ([]uint64, error) {
	var buf []byte
	p, err := f.read(f.freelist, &buf)
	if err != nil {
		return nil, err
	}
	if p.flags != flagFreelist {
		return nil, fmt.Errorf("page %d is no list of free pages", f.freelist)
	}
	ids := p.data[pageHeader:]
	n := uint64(p.count)
	if n == 0xFFFF { // then the first word is the count
		n, ids = native.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return nil, fmt.Errorf("list of free pages: %d don't fit into it", n)
	}
	free := make([]uint64, n)
	for i := range free {
		free[i] = native.Uint64(ids[i*8:])
	}
	return free, nil
}

// bitmap is a set of page numbers.
type bitmap []uint64

func newBitmap(n uint64) bitmap    { return make(bitmap, (n+63)/64) }
func (b bitmap) set(i uint64)      { b[i/64] |= 1 << (i % 64) }
func (b bitmap) has(i uint64) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bitmap) add(i uint64) bool { was := b.has(i); b.set(i); return !was }
func (b bitmap) below(i uint64) (uint64, bool) {
	for i > 0 {
		i--
		if b.has(i) {
			return i, true
		}
	}
	return 0, false
}
