package cache

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// sweep deals out the values of a large bucket in the order in which they lie in the file, read page by page. In
// the order of their keys, neighbours lie anywhere: each brings a page into memory that is soon brought in again,
// and a disk has to look for each. The file must not change meanwhile, so a sweep is for caches that are only read.
type sweep struct {
	file   *pageFile
	list   *idList // nil: all values
	found  []bool  // which of the list
	leaves []leafPage

	mu   sync.Mutex
	next int // of leaves
}

// leafPage is a page with values of which keys are from lo (nil: any) up to, without it, hi (nil: any).
type leafPage struct {
	id       uint64
	lo, hi   []byte
	from, to int // the ids that it may have, in the order of the list
}

// A sweep reads pages together that are not further apart than windowGap, as many as fit into windowPages.
const (
	windowPages = 64
	windowGap   = 4
)

// newSweep is nil where a bucket can't be swept.
func (c *Cache) newSweep(b bucket, list *idList) *sweep {
	root := c.trees.roots[b.name]
	if !c.readOnly || root.page == 0 {
		return nil
	}
	s := &sweep{file: c.trees.pages, list: list}
	if list != nil {
		s.found = make([]bool, len(list.ids))
	}
	w := walker{file: s.file, seen: newBitmap(s.file.pages), found: s.add}
	if w.walk(root.page) != nil {
		return nil // damaged: what goes by keys tells how
	}
	slices.SortFunc(s.leaves, func(a, b leafPage) int { return cmp.Compare(a.id, b.id) })
	return s
}

// add takes a leaf page, unless it can have none of the list. They come in the order of their keys.
func (s *sweep) add(id uint64, lo, hi []byte) {
	l := leafPage{id: id, lo: lo, hi: hi}
	if s.list != nil {
		if n := len(s.leaves); n > 0 {
			l.from = s.leaves[n-1].to
		}
		l.to = l.from
		for l.to < len(s.list.keys) && (hi == nil || bytes.Compare(s.list.key(l.to), hi) < 0) {
			l.to++
		}
		if l.from == l.to {
			return
		}
	}
	s.leaves = append(s.leaves, l)
}

// key is that of the i-th item in key order.
func (l *idList) key(i int) []byte { return l.keys[nth(l.order, i)][:] }

// take reserves the next leaf pages that are read together.
func (s *sweep) take() []leafPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.next
	if from == len(s.leaves) {
		return nil
	}
	end := from + 1
	for end < len(s.leaves) && s.leaves[end].id-s.leaves[end-1].id <= windowGap && s.leaves[end].id-s.leaves[from].id < windowPages {
		end++
	}
	s.next = end
	return s.leaves[from:end]
}

func (s *sweep) fill(_ *Cache, b bucket, ch *chunk) error {
	for len(ch.items) == 0 {
		leaves := s.take()
		if leaves == nil {
			return nil
		}
		if err := s.read(b, leaves, ch); err != nil {
			return err
		}
	}
	return nil
}

// read reads leaf pages. What can't be read of a list is looked for one by one in the end.
func (s *sweep) read(b bucket, leaves []leafPage, ch *chunk) error {
	size := int(s.file.pageSize)
	first := leaves[0].id
	n := int(leaves[len(leaves)-1].id-first+1) * size
	if cap(ch.window) < n {
		ch.window = make([]byte, windowPages*size)
	}
	window := ch.window[:n]
	_, err := s.file.r.ReadAt(window, int64(first)*int64(size))
	for i := 0; i < len(leaves) && err == nil; i++ {
		at := int(leaves[i].id-first) * size
		err = s.leaf(b, leaves[i], window[at:at+size], ch)
	}
	if err != nil && s.list == nil {
		return fmt.Errorf("%w: bucket %s: %w", ErrDamaged, b.name, err)
	}
	return nil
}

func (s *sweep) leaf(b bucket, l leafPage, data []byte, ch *chunk) error {
	p, err := s.file.leafPage(l.id, data)
	switch {
	case err != nil && s.list != nil:
		return nil
	case err != nil:
		return err
	case s.list != nil:
		s.listed(b, l, p, ch)
		return nil
	}
	return l.all(b, p, ch)
}

// all takes every value from a leaf page, which must be as it was written.
func (l leafPage) all(b bucket, p page, ch *chunk) error {
	last := l.lo
	for i := range p.count {
		k, v, err := p.blob(b, i)
		if err == nil && (i > 0 && bytes.Compare(k, last) <= 0 || bytes.Compare(k, last) < 0 || l.hi != nil && bytes.Compare(k, l.hi) >= 0) {
			err = errOrder
		}
		if err != nil {
			return fmt.Errorf("page %d: %w", l.id, err)
		}
		ch.addKeyed(b, 0, k, v)
		last = k
	}
	return nil
}

// listed takes the values from a leaf page that the list has. Where keys are not in order, the page is damaged, but a
// value's checksum tells whether it is that of its key.
func (s *sweep) listed(b bucket, l leafPage, p page, ch *chunk) {
	at := l.from
	var last []byte
	for i := range p.count {
		k, v, err := p.blob(b, i)
		if err != nil {
			continue
		}
		if bytes.Compare(k, last) <= 0 {
			at = l.from
		}
		last = k
		for ; at < l.to && bytes.Compare(s.list.key(at), k) <= 0; at++ {
			it := s.list.item(at)
			if bytes.Equal(it.key[:], k) && !s.found[it.index] && (s.list.bad == nil || !s.list.bad[it.index]) {
				s.found[it.index] = true
				ch.add(b, it, v)
			}
		}
	}
}

// blob is the i-th key and value of a leaf page of a bucket of blobs.
func (p *page) blob(b bucket, i int) (k, v []byte, err error) {
	e := p.data[pageHeader+i*elementLen:]
	if err := b.plausibleLengths(uint64(native.Uint32(e[8:])), uint64(native.Uint32(e[12:]))); err != nil {
		return nil, nil, err
	}
	k, v, isBucket, err := p.leaf(i)
	if err == nil && isBucket {
		err = errors.New("a bucket among the values")
	}
	return k, v, err
}

// left is what was not found of the list.
func (s *sweep) left() *idList {
	rest := &idList{ids: s.list.ids, keys: s.list.keys, bad: s.list.bad, order: []int{}}
	for i := range s.list.keys {
		if at := nth(s.list.order, i); !s.found[at] {
			rest.order = append(rest.order, at)
		}
	}
	rest.n = len(rest.order)
	return rest
}
