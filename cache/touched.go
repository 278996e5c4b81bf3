package cache

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/cache/boltfile"
)

// checkTouched looks at the pages that bbolt rewrites for changes, which are sorted, in the transaction that
// makes them. A leaf page of which the length is damaged would have bbolt free pages in use, or count to four
// billion; an element's, make it ask for gigabytes of memory. Looking at every leaf page when a cache is opened
// would take too long, so it is done along the way of each key.
func (c *Cache) checkTouched(ops []op) error {
	pages, err := statPages(c.file)
	if err != nil {
		return err
	}
	roots, err := pages.BucketRoots(nil, boltfile.Refuse)
	for err == nil && len(ops) > 0 {
		b := ops[0].bucket
		end, _ := slices.BinarySearchFunc(ops, b.tag+1, func(o op, tag byte) int { return int(o.bucket.tag) - int(tag) })
		if b.kind != 0 && roots[b.name].Page != 0 && !c.trees.lookedAt[b.tag] {
			if err = c.checkWays(pages, roots[b.name].Page, ops[:end]); err != nil {
				err = fmt.Errorf("bucket %s: %w", b.name, err)
			}
		}
		ops = ops[end:]
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// checkWays looks at the pages of one bucket. Deleting merges neighbours, so before the first deletion all are looked at.
func (c *Cache) checkWays(pages *boltfile.File, root uint64, ops []op) error {
	w := boltfile.Walker{File: pages, Odd: boltfile.Refuse, Lengths: true}
	// Once in a process is enough: nobody else changes the file, and what this process writes is sound.
	if slices.ContainsFunc(ops, func(o op) bool { return o.value == nil }) {
		err := w.Walk(root)
		c.trees.lookedAt[ops[0].bucket.tag] = err == nil
		return err
	}
	w.Wanted = func(lo, hi []byte) bool {
		i, _ := slices.BinarySearchFunc(ops, lo, func(o op, lo []byte) int { return bytes.Compare(o.key, lo) })
		return i < len(ops) && (hi == nil || bytes.Compare(ops[i].key, hi) < 0)
	}
	return w.Walk(root)
}
