package boltfile

import (
	"bytes"
	"cmp"
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

	// Odd is told of pages whose length or count is wrong, which is no hindrance to reading what can be.
	Odd func(lo, hi []byte, err error) error

	Lengths bool // look at leaf pages for that, even without a Leaf function, to which a wrong count is an error

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
	p, children, err := w.read(id, depth, lo, hi)
	switch {
	case err != nil && w.Bad != nil:
		return w.Bad(lo, hi, err)
	case err != nil:
		return err
	case p.IsLeaf() && w.Leaf != nil:
		return w.Leaf(p, lo, hi)
	}
	for _, c := range children {
		if w.Wanted != nil && !w.Wanted(c.lo, c.hi) {
			continue
		}
		if err := w.visit(c.id, depth+1, c.lo, c.hi); err != nil {
			return err
		}
	}
	return nil
}

// read checks a page, which must be a leaf where the others are, or a branch above, and reads it. Its children are those of
// a branch.
func (w *Walker) read(id uint64, depth int, lo, hi []byte) (p Page, children []child, err error) {
	switch {
	case id < 2 || id >= w.File.Pages:
		return p, nil, fmt.Errorf("page %d is outside of the file", id)
	case depth > maxDepth:
		return p, nil, fmt.Errorf("page %d lies too deep", id)
	case w.File.Free.Has(id): // it may hold an older state
		return p, nil, fmt.Errorf("page %d is in use and free", id)
	case !w.Seen.add(id):
		return p, nil, fmt.Errorf("page %d has two places in the file", id)
	// All leaf pages of a bbolt tree are at one depth. So once the first was read, the others need not be, to
	// know that they are leaves.
	case w.Leaf == nil && depth == w.depth && !w.Lengths:
		return p, nil, nil
	}
	if p, err = w.File.read(id, w.Leaf == nil); err != nil {
		return p, nil, err
	}
	miscounted := p.CheckCount()
	if w.Leaf == nil && miscounted != nil { // a walk to check, and none to read what there is
		return p, nil, miscounted
	}
	if w.Odd != nil {
		if err := cmp.Or(miscounted, p.checkLength()); err != nil {
			if err = w.Odd(lo, hi, err); err != nil {
				return p, nil, err
			}
		}
	}
	switch {
	case p.IsLeaf() && (w.depth == 0 || w.depth == depth):
		w.depth = depth
	case p.flags == flagBranch && (w.depth == 0 || depth < w.depth) && p.Count > 0:
		children, err = p.children(lo, hi)
	default:
		err = fmt.Errorf("page %d is of the wrong type (%#x)", id, p.flags)
	}
	return p, children, err
}

// child is a page below a branch page, which has keys from lo up to, without it, hi.
type child struct {
	id     uint64
	lo, hi []byte
}

// children are the pages below a branch page. All of its keys are looked at before any child is: a page that is wrong
// anywhere is not walked at all.
func (p *Page) children(lo, hi []byte) ([]child, error) {
	all := make([]child, p.Count)
	for i := range all {
		key, id, err := p.branch(i)
		if err != nil {
			return nil, err
		}
		all[i] = child{id: id, lo: key, hi: hi}
		if i == 0 {
			continue
		}
		if bytes.Compare(all[i-1].lo, key) >= 0 {
			return nil, fmt.Errorf("page %d: keys out of order", p.ID)
		}
		all[i-1].hi = key
	}
	if lo != nil && bytes.Compare(all[0].lo, lo) < 0 || hi != nil && bytes.Compare(all[p.Count-1].lo, hi) >= 0 {
		return nil, fmt.Errorf("page %d: keys that belong elsewhere", p.ID)
	}
	all[0].lo = lo // bbolt looks for keys before the first here, too
	return all, nil
}

// Refuse is for walkers that may not pass over a page whose length is wrong.
func Refuse(_, _ []byte, err error) error { return err }
