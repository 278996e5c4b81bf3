package boltfile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// BucketRoot is where a bucket's tree begins.
type BucketRoot struct {
	Page  uint64 // 0 if the bucket is so small that it lies in its parent
	Value []byte // then this is it
}

// BucketRoots returns the roots of the file's buckets. See Walker for seen and odd.
func (f *File) BucketRoots(seen Bitmap, odd func(lo, hi []byte, err error) error) (map[string]BucketRoot, error) {
	roots := map[string]BucketRoot{}
	w := Walker{File: f, Seen: seen, Odd: odd}
	w.Leaf = func(p Page, _, _ []byte) error {
		for i := range p.Count {
			key, value, isBucket, err := p.Leaf(i)
			if err != nil {
				return err
			}
			if !isBucket || len(value) < bucketLen {
				return errors.New("something that is no bucket among the buckets")
			}
			roots[string(key)] = BucketRoot{Page: native.Uint64(value), Value: bytes.Clone(value)}
		}
		return nil
	}
	return roots, w.Walk(f.Root)
}

// CheckInline checks that the elements of a small bucket lie inside it, and are all that it has.
func CheckInline(value []byte) error {
	p, err := Inline(value)
	if err == nil {
		err = p.CheckCount()
	}
	for i := 0; i < p.Count && err == nil; i++ {
		_, _, _, err = p.Leaf(i)
	}
	return err
}

// CheckFree checks that no page in use is on the list of free pages. Of pages in
// use only the first are known without reading them all, so for each run of
// free pages the one before it is asked how far it goes.
func (f *File) CheckFree(heads Bitmap) error {
	free, err := f.FreePages()
	if err != nil {
		return err
	}
	if !slices.IsSorted(free) {
		return errors.New("list of free pages is out of order")
	}
	heads.add(f.Freelist)
	for i, id := range free {
		if id < 2 || id >= f.Pages {
			return fmt.Errorf("free page %d is outside of the file", id)
		}
		if i > 0 && id == free[i-1] || heads.Has(id) {
			return fmt.Errorf("page %d is in use and free, or free twice", id)
		}
		// Within a run of free pages there is none in use that could reach one.
		if i > 0 && id == free[i-1]+1 {
			continue
		}
		if err := f.endsBefore(heads, id); err != nil {
			return err
		}
	}
	return nil
}

// endsBefore checks that the last page in use before a free one doesn't reach it.
func (f *File) endsBefore(heads Bitmap, id uint64) error {
	before, ok := heads.below(id)
	if !ok {
		return nil
	}
	p, err := f.Header(before)
	if err != nil {
		return err
	}
	if uint64(p.Overflow) >= id-before {
		return fmt.Errorf("page %d is in use and free", id)
	}
	return nil
}
