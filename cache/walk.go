package cache

import (
	"bytes"
	"errors"
	"fmt"
)

// walker walks a tree of pages, checking that it is one: every page once, keys
// in order. Without a leaf function leaf pages are only noted in seen, not read.
type walker struct {
	file *pageFile
	seen bitmap // first pages; nil if they need not be told apart
	leaf func(p page, lo, hi []byte) error

	// bad is told of what can't be walked; nil ends the walk there.
	bad func(id uint64, lo, hi []byte, err error) error

	// odd is told of pages whose length is wrong, which is no hindrance to reading.
	odd func(lo, hi []byte, err error) error

	lengths bool // look at leaf pages for that, even without a leaf function

	// wanted tells whether keys from lo (nil: any) up to, without it, hi (nil: any) are asked for. What has none is passed
	// over; nil is everything.
	wanted func(lo, hi []byte) bool

	depth int // of the leaf pages, known once the first was met
}

func (w *walker) walk(root uint64) error { return w.visit(root, 1, nil, nil) }

// visit walks the tree under a page whose keys are from lo (nil: any) up to,
// without it, hi (nil: any).
func (w *walker) visit(id uint64, depth int, lo, hi []byte) error {
	err := w.visitPage(id, depth, lo, hi)
	var passed passedOn
	if err == nil || w.bad == nil || errors.As(err, &passed) {
		return err
	}
	if err := w.bad(id, lo, hi, err); err != nil {
		return passedOn{err}
	}
	return nil
}

// passedOn marks an error that is not the page's.
type passedOn struct{ error }

func (p passedOn) Unwrap() error { return p.error }

func (w *walker) visitPage(id uint64, depth int, lo, hi []byte) error {
	if id < 2 || id >= w.file.pages {
		return fmt.Errorf("page %d is outside of the file", id)
	}
	if depth > maxDepth {
		return fmt.Errorf("page %d lies too deep", id)
	}
	if w.file.free != nil && w.file.free.has(id) { // it may hold an older state
		return fmt.Errorf("page %d is in use and free", id)
	}
	if w.seen != nil && !w.seen.add(id) {
		return fmt.Errorf("page %d has two places in the file", id)
	}
	if w.leaf == nil && depth == w.depth && !w.lengths {
		return nil
	}
	return w.open(id, depth, lo, hi)
}

// open reads a page and goes on with what is in it.
func (w *walker) open(id uint64, depth int, lo, hi []byte) error {
	var buf []byte
	read := w.file.read
	if w.leaf == nil && depth == w.depth {
		read = w.file.readTable
	}
	p, err := read(id, &buf)
	if err != nil {
		return err
	}
	if w.odd != nil {
		if err := p.checkLength(); err != nil {
			if err = w.odd(lo, hi, err); err != nil {
				return err
			}
		}
	}
	switch {
	case p.flags == flagLeaf && (w.depth == 0 || w.depth == depth):
		w.depth = depth
		if w.leaf == nil {
			return nil
		}
		return w.leaf(p, lo, hi)
	case p.flags == flagBranch && (w.depth == 0 || depth < w.depth) && p.count > 0:
		return w.children(p, depth, lo, hi)
	}
	return fmt.Errorf("page %d is of the wrong type (%#x)", id, p.flags)
}

func (w *walker) children(p page, depth int, lo, hi []byte) error {
	keys, ids := make([][]byte, p.count), make([]uint64, p.count)
	for i := range p.count {
		var err error
		if keys[i], ids[i], err = p.branch(i); err != nil {
			return err
		}
		if i > 0 && bytes.Compare(keys[i-1], keys[i]) >= 0 {
			return fmt.Errorf("page %d: keys out of order", p.id)
		}
	}
	if lo != nil && bytes.Compare(keys[0], lo) < 0 || hi != nil && bytes.Compare(keys[p.count-1], hi) >= 0 {
		return fmt.Errorf("page %d: keys that belong elsewhere", p.id)
	}
	for i := range p.count {
		from, to := keys[i], hi
		if i == 0 {
			from = lo // bbolt looks for keys before the first here, too
		}
		if i+1 < p.count {
			to = keys[i+1]
		}
		if w.wanted != nil && !w.wanted(from, to) {
			continue
		}
		if err := w.visit(ids[i], depth+1, from, to); err != nil {
			return err
		}
	}
	return nil
}

// strictly returns what to do about pages whose length is wrong: writing must not
// touch them, reading may.
func (c *Cache) strictly() func(lo, hi []byte, err error) error {
	if c.readOnly {
		return nil
	}
	return refuse
}

// refuse is for walkers that may not pass over a page whose length is wrong.
func refuse(_, _ []byte, err error) error { return err }
