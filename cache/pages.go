package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
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

// pageFile reads pages of a bbolt file as one meta page describes it.
type pageFile struct {
	r    io.ReaderAt
	size int64
	boltMeta
	metaDamaged bool   // the other meta page is not what it must be beside this one
	free        bitmap // if known, pages that nothing in use may lead to
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
	file     *pageFile
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
	return f.parse(id, b[:])
}

// parse checks the start of a page.
func (f *pageFile) parse(id uint64, start []byte) (page, error) {
	p := parseHeader(start)
	if p.id != id {
		return page{}, fmt.Errorf("page %d says that it is page %d", id, p.id)
	}
	if p.flags != flagBranch && p.flags != flagLeaf && p.flags != flagFreelist {
		return page{}, fmt.Errorf("page %d is of no known type (%#x)", id, p.flags)
	}
	p.file = f
	return p, nil
}

// leafPage is a leaf page of which the first page of the file was read already. What lies behind that is read when it
// is asked for.
func (f *pageFile) leafPage(id uint64, first []byte) (page, error) {
	p, err := f.parse(id, first)
	switch {
	case err != nil:
		return p, err
	case p.flags != flagLeaf:
		return p, fmt.Errorf("page %d is of the wrong type (%#x)", id, p.flags)
	case pageHeader+p.count*elementLen > len(first):
		return p, fmt.Errorf("page %d: %d elements don't fit into it", id, p.count)
	}
	p.data = first
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

// read reads a whole page into buf, which may grow. If its overflow can't be
// right only the first page is read; elements know by themselves where they lie.
func (f *pageFile) read(id uint64, buf *[]byte) (page, error) {
	p, err := f.header(id)
	if err != nil {
		return p, err
	}
	n := int(f.pageSize)
	if uint64(p.overflow) < f.pages-id {
		n *= int(p.overflow) + 1
	}
	if pageHeader+p.count*elementLen > n && p.flags != flagFreelist {
		return p, fmt.Errorf("page %d: %d elements don't fit into it", id, p.count)
	}
	return p, f.fill(&p, n, buf)
}

// readTable reads a page's header and elements without their keys and values.
func (f *pageFile) readTable(id uint64, buf *[]byte) (page, error) {
	p, err := f.header(id)
	if err != nil {
		return p, err
	}
	return p, f.fill(&p, pageHeader+p.count*elementLen, buf)
}

// fill reads the first n bytes of a page.
func (f *pageFile) fill(p *page, n int, buf *[]byte) error {
	if cap(*buf) < n {
		*buf = make([]byte, n)
	}
	p.data = (*buf)[:n]
	if _, err := f.r.ReadAt(p.data, int64(p.id)*int64(f.pageSize)); err != nil {
		return fmt.Errorf("page %d: %w", p.id, err)
	}
	return nil
}

// errElement is returned for an element that points outside of the file.
var errElement = errors.New("an element that can't be where it says")

// maxElement is the most bytes that an element's key and value can have.
const maxElement = MaxDocument + 1<<16

// slice returns n bytes at an offset from the i-th element.
func (p *page) slice(i int, pos, n uint64) ([]byte, error) {
	from := uint64(pageHeader+i*elementLen) + pos
	if from+n <= uint64(len(p.data)) {
		return p.data[from : from+n], nil
	}
	if p.file == nil || n > maxElement || from+n > uint64(p.file.size) {
		return nil, fmt.Errorf("page %d: %w", p.id, errElement)
	}
	b := make([]byte, n) // the page's overflow is damaged, or the element is
	if _, err := p.file.r.ReadAt(b, int64(p.id)*int64(p.file.pageSize)+int64(from)); err != nil {
		return nil, fmt.Errorf("page %d: %w: %w", p.id, errElement, err)
	}
	return b, nil
}

// elementEnd returns where the i-th element's key and value end, from the page's beginning.
func (p *page) elementEnd(i int) uint64 {
	e := p.data[pageHeader+i*elementLen:]
	end := uint64(pageHeader + i*elementLen)
	if p.flags == flagBranch {
		return end + uint64(native.Uint32(e)) + uint64(native.Uint32(e[4:]))
	}
	return end + uint64(native.Uint32(e[4:])) + uint64(native.Uint32(e[8:])) + uint64(native.Uint32(e[12:]))
}

// checkLength checks that a page is as long as its elements need. When bbolt frees
// a page it frees, one by one, as many as the overflow says. (Up to version 1.4
// bbolt took a page too many where the elements just fit.)
func (p *page) checkLength() error {
	end := uint64(pageHeader)
	for i := range p.count {
		end = max(end, p.elementEnd(i))
	}
	most := end / uint64(p.file.pageSize)
	least := (end - 1) / uint64(p.file.pageSize)
	if got := uint64(p.overflow); got != least && got != most {
		return fmt.Errorf("page %d goes on for %d pages, but needs %d", p.id, got, least)
	}
	return nil
}

// branch returns the first key and the page number of the i-th child.
func (p *page) branch(i int) (key []byte, child uint64, err error) {
	e := p.data[pageHeader+i*elementLen:]
	key, err = p.slice(i, uint64(native.Uint32(e)), uint64(native.Uint32(e[4:])))
	return key, native.Uint64(e[8:]), err
}

// leaf returns the i-th key and value, and whether the value is a bucket.
func (p *page) leaf(i int) (key, value []byte, isBucket bool, err error) {
	e := p.data[pageHeader+i*elementLen:]
	pos, klen, vlen := uint64(native.Uint32(e[4:])), uint64(native.Uint32(e[8:])), uint64(native.Uint32(e[12:]))
	both, err := p.slice(i, pos, klen+vlen)
	if err != nil {
		return nil, nil, false, err
	}
	return both[:klen], both[klen:], native.Uint32(e)&leafIsBucket != 0, nil
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
