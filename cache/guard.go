package cache

import (
	"bytes"
	"fmt"
	"slices"
)

// writeGuard looks at pages before bbolt rewrites them. A leaf page of which the
// length is damaged would have bbolt free pages in use, or count to four billion;
// an element's, make it ask for gigabytes of memory. Looking at every leaf page
// when a cache is opened would take too long, so it is done along the way of each
// key, in the write transaction. Deleting merges neighbours, so before the first
// deletion all of the bucket's pages are looked at.
type writeGuard struct {
	pages    *pageFile
	roots    map[string]bucketRoot
	branches map[uint64]branchTable
	leaves   map[uint64]bool
	swept    map[byte]bool // buckets looked at as a whole; the cache's
}

// branchTable is what a branch page says.
type branchTable struct {
	keys  [][]byte
	pages []uint64
}

// newWriteGuard is for one write transaction, and must be made in it.
func (c *Cache) newWriteGuard() (*writeGuard, error) {
	pages, err := statPages(c.file)
	if err != nil {
		return nil, err
	}
	roots, err := pages.bucketRoots(nil, refuse)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return &writeGuard{
		pages: pages, roots: roots, branches: map[uint64]branchTable{}, leaves: map[uint64]bool{}, swept: c.trees.swept,
	}, nil
}

// check looks at what bbolt touches for an op.
func (g *writeGuard) check(o op) error {
	root := g.roots[o.bucket.name].page
	if root == 0 || o.bucket.kind == 0 || g.swept[o.bucket.tag] {
		return nil
	}
	var err error
	if o.value == nil {
		w := walker{file: g.pages, odd: refuse, lengths: true}
		err = w.walk(root)
		g.swept[o.bucket.tag] = err == nil
	} else {
		err = g.path(root, o.key)
	}
	if err != nil {
		return fmt.Errorf("%w: bucket %s: %w", ErrDamaged, o.bucket.name, err)
	}
	return nil
}

// path follows a key down to its leaf page.
func (g *writeGuard) path(id uint64, key []byte) error {
	for range maxDepth {
		if g.leaves[id] {
			return nil
		}
		table, ok := g.branches[id]
		if !ok {
			var leaf bool
			var err error
			if table, leaf, err = g.look(id); err != nil {
				return err
			}
			g.leaves[id] = leaf
			if leaf {
				return nil
			}
			g.branches[id] = table
		}
		id = table.child(key)
	}
	return fmt.Errorf("page %d lies too deep", id)
}

// look reads a page and checks its length.
func (g *writeGuard) look(id uint64) (table branchTable, leaf bool, err error) {
	var buf []byte
	p, err := g.pages.readTable(id, &buf)
	if err == nil {
		err = p.checkLength()
	}
	if err != nil || p.flags == flagLeaf {
		return table, true, err
	}
	if p, err = g.pages.read(id, &buf); err != nil {
		return table, false, err
	}
	for i := range p.count {
		key, child, err := p.branch(i)
		if err != nil {
			return table, false, err
		}
		table.keys, table.pages = append(table.keys, key), append(table.pages, child)
	}
	if len(table.pages) == 0 {
		return table, false, fmt.Errorf("page %d is empty", id)
	}
	return table, false, nil
}

// child returns the page on which a key would lie.
func (t branchTable) child(key []byte) uint64 {
	i, found := slices.BinarySearchFunc(t.keys, key, bytes.Compare)
	if !found && i > 0 {
		i--
	}
	return t.pages[i]
}
