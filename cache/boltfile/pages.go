package boltfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

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

// File reads pages of a bbolt file as one meta page describes it.
type File struct {
	r    io.ReaderAt
	Size int64 // in bytes
	Meta
	MetaDamaged bool   // the other meta page is not what it must be beside this one
	Free        Bitmap // if known, pages that nothing in use may lead to
}

// WithoutMeta are the pages of a file of which nothing is known but how large they are.
func WithoutMeta(r io.ReaderAt, size int64, pageSize uint32) *File {
	return &File{r: r, Size: size, Meta: Meta{PageSize: pageSize, Freelist: noFreelist, Pages: uint64(size) / uint64(pageSize)}}
}

// Whole returns an error if the file is shorter than its meta page says.
func (f *File) Whole() error {
	if f.Pages > uint64(f.Size)/uint64(f.PageSize) {
		return fmt.Errorf("the file is cut short (%d bytes, should be %d)", f.Size, f.Pages*uint64(f.PageSize))
	}
	return nil
}

// Page is one page with its overflow.
type Page struct {
	ID       uint64
	Count    int    // elements, as far as can be told
	Overflow uint32 // pages behind the first

	said  int // elements, as its header has it
	flags uint16
	data  []byte // from the header on
	file  *File
}

// IsLeaf reports whether a page has keys and values.
func (p *Page) IsLeaf() bool { return p.flags == flagLeaf }

// Header reads and checks the start of a page, all but its elements.
func (f *File) Header(id uint64) (Page, error) {
	if id < 2 || id >= f.Pages {
		return Page{}, fmt.Errorf("page %d is outside of the file", id)
	}
	var b [pageHeader]byte
	if _, err := f.r.ReadAt(b[:], int64(id)*int64(f.PageSize)); err != nil {
		return Page{}, fmt.Errorf("page %d: %w", id, err)
	}
	p := parseHeader(b[:])
	if p.ID != id {
		return Page{}, fmt.Errorf("page %d says that it is page %d", id, p.ID)
	}
	if p.flags != flagBranch && p.flags != flagLeaf && p.flags != flagFreelist {
		return Page{}, fmt.Errorf("page %d is of no known type (%#x)", id, p.flags)
	}
	p.file = f
	return p, nil
}

func parseHeader(b []byte) Page {
	count := int(native.Uint16(b[10:]))
	return Page{
		ID:       native.Uint64(b),
		flags:    native.Uint16(b[8:]),
		Count:    count,
		said:     count,
		Overflow: native.Uint32(b[12:]),
	}
}

// Read reads a whole page.
func (f *File) Read(id uint64) (Page, error) { return f.read(id, false) }

// read reads a page, of a leaf page its header and elements alone if no keys and values are wanted. If its overflow can't be
// right only the first page is read; elements know by themselves where they lie.
func (f *File) read(id uint64, tableOnly bool) (Page, error) {
	p, err := f.Header(id)
	if err != nil {
		return p, err
	}
	table, n := pageHeader+p.Count*elementLen, int(f.PageSize)
	if uint64(p.Overflow) < f.Pages-p.ID {
		n *= int(p.Overflow) + 1
	}
	if tableOnly && p.IsLeaf() {
		n = table
	}
	p.data = make([]byte, n)
	if _, err := f.r.ReadAt(p.data, int64(p.ID)*int64(f.PageSize)); err != nil {
		return p, fmt.Errorf("page %d: %w", p.ID, err)
	}
	if p.flags == flagFreelist {
		return p, nil
	}
	p.recount()
	if pageHeader+p.Count*elementLen > n {
		return p, fmt.Errorf("page %d: %d elements don't fit into it", p.ID, p.Count)
	}
	return p, nil
}

// told is where the first element's key begins behind the header, which is behind the last element: so bbolt writes a page.
// It is not ok where there may be no element.
func (p *Page) told() (first int, ok bool) {
	e := p.data[pageHeader:]
	if len(e) < elementLen {
		return len(e), true
	}
	at := e
	if p.flags != flagBranch {
		at = e[4:]
	}
	first = int(native.Uint32(at))
	return first, p.said > 0 || first%elementLen == 0 && first <= len(e)
}

// recount corrects how many elements a page has to the number that is told otherwise, where there are as many and the
// header's is smaller or can't be. What is taken for a value and is none shows by its checksum.
func (p *Page) recount() {
	first, ok := p.told()
	room, n := len(p.data)-pageHeader, first/elementLen
	if ok && n > 0 && first <= room && (n > p.said || p.said*elementLen > room) && p.elementEnd(n-1) <= uint64(len(p.data)) {
		p.Count = n
	}
}

// CheckCount checks how many elements a page says that it has.
func (p *Page) CheckCount() error {
	if first, ok := p.told(); ok && first != p.said*elementLen {
		return fmt.Errorf("page %d says that it has %d elements, and their keys begin elsewhere than behind these", p.ID, p.said)
	}
	return nil
}

// errElement is returned for an element that points outside of the file.
var errElement = errors.New("an element that can't be where it says")

// maxElement is the most bytes that an element's key and value can have.
const maxElement = 256<<20 + 1<<16

// slice returns n bytes at an offset from the i-th element.
func (p *Page) slice(i int, pos, n uint64) ([]byte, error) {
	from := uint64(pageHeader+i*elementLen) + pos
	if from+n <= uint64(len(p.data)) {
		return p.data[from : from+n], nil
	}
	// Elements of a small bucket can't lie behind the bucket, and what is larger than anything that was ever
	// written would only fill the memory.
	if p.file == nil || n > maxElement || from+n > uint64(p.file.Size) {
		return nil, fmt.Errorf("page %d: %w", p.ID, errElement)
	}
	b := make([]byte, n) // the page's overflow is damaged, or the element is
	if _, err := p.file.r.ReadAt(b, int64(p.ID)*int64(p.file.PageSize)+int64(from)); err != nil {
		return nil, fmt.Errorf("page %d: %w: %w", p.ID, errElement, err)
	}
	return b, nil
}

// elementEnd returns where the i-th element's key and value end, from the page's beginning.
func (p *Page) elementEnd(i int) uint64 {
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
func (p *Page) checkLength() error {
	end := uint64(pageHeader)
	for i := range p.Count {
		end = max(end, p.elementEnd(i))
	}
	most := end / uint64(p.file.PageSize)
	least := (end - 1) / uint64(p.file.PageSize)
	if got := uint64(p.Overflow); got != least && got != most {
		return fmt.Errorf("page %d goes on for %d pages, but needs %d", p.ID, got, least)
	}
	return nil
}

// branch returns the first key and the page number of the i-th child.
func (p *Page) branch(i int) (key []byte, child uint64, err error) {
	e := p.data[pageHeader+i*elementLen:]
	key, err = p.slice(i, uint64(native.Uint32(e)), uint64(native.Uint32(e[4:])))
	return key, native.Uint64(e[8:]), err
}

// Leaf returns the i-th key and value, and whether the value is a bucket.
func (p *Page) Leaf(i int) (key, value []byte, isBucket bool, err error) {
	e := p.data[pageHeader+i*elementLen:]
	pos, klen, vlen := uint64(native.Uint32(e[4:])), uint64(native.Uint32(e[8:])), uint64(native.Uint32(e[12:]))
	both, err := p.slice(i, pos, klen+vlen)
	if err != nil {
		return nil, nil, false, err
	}
	return both[:klen], both[klen:], native.Uint32(e)&leafIsBucket != 0, nil
}

// Inline takes the page of a small bucket out of the bucket's value.
func Inline(value []byte) (Page, error) {
	if len(value) < bucketLen+pageHeader {
		return Page{}, errors.New("a small bucket that is cut short")
	}
	data := value[bucketLen:]
	p := parseHeader(data)
	p.data = data
	p.recount()
	if p.flags != flagLeaf || pageHeader+p.Count*elementLen > len(data) {
		return Page{}, errors.New("a small bucket that is no leaf page")
	}
	return p, nil
}

// FreePages reads the list of free pages.
func (f *File) FreePages() ([]uint64, error) {
	p, err := f.Read(f.Freelist)
	if err != nil {
		return nil, err
	}
	if p.flags != flagFreelist {
		return nil, fmt.Errorf("page %d is no list of free pages", f.Freelist)
	}
	ids := p.data[pageHeader:]
	n := uint64(p.Count)
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

// Bitmap is a set of page numbers.
type Bitmap []uint64

// NewBitmap makes an empty set for page numbers below n.
func NewBitmap(n uint64) Bitmap { return make(Bitmap, (n+63)/64) }

// SetAll puts page numbers into the set, without those that it has no room for.
func (b Bitmap) SetAll(ids []uint64) {
	for _, i := range ids {
		b.add(i)
	}
}

// Has tells whether a page number is in the set.
func (b Bitmap) Has(i uint64) bool { return i/64 < uint64(len(b)) && b[i/64]&(1<<(i%64)) != 0 }

// add tells whether a page number was not in the set.
func (b Bitmap) add(i uint64) bool {
	was := b.Has(i)
	if i/64 < uint64(len(b)) {
		b[i/64] |= 1 << (i % 64)
	}
	return !was
}

func (b Bitmap) below(i uint64) (uint64, bool) {
	for i > 0 {
		i--
		if b.Has(i) {
			return i, true
		}
	}
	return 0, false
}
