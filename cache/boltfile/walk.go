package boltfile

import (
	"bytes"
	"errors"
	"fmt"
)

// Walker walks a tree of pages, checking that it is one: every page once, keys
// in order. Without a Leaf function leaf pages are only noted in Seen, not read.
type Walker struct {
	File *File
	Seen Bitmap // first pages; nil if they need not be told apart

	// Leaf is given leaf pages, which have keys from lo (nil: any) up to, without it, hi (nil: any). Its errors
	// end the walk.
	Leaf func(p Page, lo, hi []byte) error

	// Bad is told of what can't be walked; nil ends the walk there.
	Bad func(lo, hi []byte, err error) error

	// Odd is told of pages whose length is wrong, which is no hindrance to reading.
	Odd func(lo, hi []byte, err error) error

	Lengths bool // look at leaf pages for that, even without a Leaf function

	// Wanted tells whether keys from lo up to, without it, hi are asked for. What has none is passed over; nil is
	// everything.
	Wanted func(lo, hi []byte) bool

	depth int // of the leaf pages, known once the first was met
}

// Walk walks the tree under a page.
func (w *Walker) Walk(root uint64) error { return w.visit(root, 1, nil, nil) }

// visit walks the tree under a page whose keys are from lo (nil: any) up to,
// without it, hi (nil: any).
func (w *Walker) visit(id uint64, depth int, lo, hi []byte) error {
	err := w.visitPage(id, depth, lo, hi)
	var passed passedOn
	if err == nil || w.Bad == nil || errors.As(err, &passed) {
		return err
	}
	if err := w.Bad(lo, hi, err); err != nil {
		return passedOn{err}
	}
	return nil
}

// passedOn marks an error that is not the page's.
type passedOn struct{ error }

func (p passedOn) Unwrap() error { return p.error }

func (w *Walker) visitPage(id uint64, depth int, lo, hi []byte) error {
	if id < 2 || id >= w.File.Pages {
		return fmt.Errorf("page %d is outside of the file", id)
	}
	if depth > maxDepth {
		return fmt.Errorf("page %d lies too deep", id)
	}
	if w.File.Free.Has(id) { // it may hold an older state
		return fmt.Errorf("page %d is in use and free", id)
	}
	if !w.Seen.add(id) {
		return fmt.Errorf("page %d has two places in the file", id)
	}
	// All leaf pages of a bbolt tree are at one depth. So once the first was read, the others need not be, to
	// know that they are leaves.
	if w.Leaf == nil && depth == w.depth && !w.Lengths {
		return nil
	}
	return w.open(id, depth, lo, hi)
}

// open reads a page and goes on with what is in it.
func (w *Walker) open(id uint64, depth int, lo, hi []byte) error {
	p, err := w.File.read(id, w.Leaf == nil)
	if err != nil {
		return err
	}
	if w.Odd != nil {
		if err := p.checkLength(); err != nil {
			if err = w.Odd(lo, hi, err); err != nil {
				return err
			}
		}
	}
	switch {
	case p.flags == flagLeaf && (w.depth == 0 || w.depth == depth):
		w.depth = depth
		if w.Leaf == nil {
			return nil
		}
		if err := w.Leaf(p, lo, hi); err != nil {
			return passedOn{err}
		}
		return nil
	case p.flags == flagBranch && (w.depth == 0 || depth < w.depth) && p.Count > 0:
		return w.children(p, depth, lo, hi)
	}
	return fmt.Errorf("page %d is of the wrong type (%#x)", id, p.flags)
}

func (w *Walker) children(p Page, depth int, lo, hi []byte) error {
	// All keys of the page are looked at before any child is: a page that is wrong anywhere is not walked at
	// all.
	keys, ids := make([][]byte, p.Count), make([]uint64, p.Count)
	for i := range p.Count {
		var err error
		if keys[i], ids[i], err = p.branch(i); err != nil {
			return err
		}
		if i > 0 && bytes.Compare(keys[i-1], keys[i]) >= 0 {
			return fmt.Errorf("page %d: keys out of order", p.ID)
		}
	}
	if lo != nil && bytes.Compare(keys[0], lo) < 0 || hi != nil && bytes.Compare(keys[p.Count-1], hi) >= 0 {
		return fmt.Errorf("page %d: keys that belong elsewhere", p.ID)
	}
	for i := range p.Count {
		from, to := keys[i], hi
		if i == 0 {
			from = lo // bbolt looks for keys before the first here, too
		}
		if i+1 < p.Count {
			to = keys[i+1]
		}
		if w.Wanted != nil && !w.Wanted(from, to) {
			continue
		}
		if err := w.visit(ids[i], depth+1, from, to); err != nil {
			return err
		}
	}
	return nil
}

// Refuse is for walkers that may not pass over a page whose length is wrong.
func Refuse(_, _ []byte, err error) error { return err }
