package cache

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// errEmpty is returned where a file without a byte is to be read: what it held may be lost.
var errEmpty = fmt.Errorf("is empty, %w", ErrNotCache)

// inspect refuses a file that bbolt must not be let near. An empty one becomes a cache, if it may be written.
func (c *Cache) inspect(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.Size() == 0 && c.readOnly:
		return errEmpty
	case info.Size() == 0:
		return nil
	}
	p, err := statPages(f)
	if err != nil {
		return err
	}
	return p.loadable()
}

// statPages reads the meta pages of an open file.
func statPages(f *os.File) (*pageFile, error) {
	// The meta pages first: a writer makes the file longer before it says so.
	p, err := openPages(f, 1<<62)
	noMagic := errors.Is(err, errNoMagic)
	if err != nil && !noMagic {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if noMagic {
		if _, ours := recognise(f, info.Size()); ours {
			return nil, fmt.Errorf("%w: its meta pages are gone", ErrDamaged)
		}
		return nil, ErrNotCache
	}
	p.size = info.Size()
	return p, nil
}

// loadable checks what bbolt reads when it opens a file.
func (f *pageFile) loadable() error {
	if f.freelist == noFreelist { // bbolt would look for free pages, and can't be stopped from it
		return fmt.Errorf("is another program's bbolt file, %w", ErrNotCache)
	}
	if err := f.whole(); err != nil {
		return err
	}
	free, err := f.freePages()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	f.free = newBitmap(f.pages)
	for _, id := range free {
		if id < f.pages {
			f.free.set(id)
		}
	}
	return nil
}

// treeChecks remembers which buckets' trees were found sound.
type treeChecks struct {
	mu    sync.Mutex
	pages *pageFile
	roots map[string]bucketRoot
	heads bitmap // first pages of everything seen so far
	done  map[byte]error

	lookedAt map[byte]bool // buckets of which checkTouched has looked at every page
}

// checkFile checks, with the file's lock held, what everything else rests on.
// For writing that is every tree and the list of free pages, since bbolt
// writes into pages that the list calls free.
func (c *Cache) checkFile() error {
	p, err := statPages(c.file)
	if err != nil {
		return err
	}
	if err := p.loadable(); err != nil {
		return err
	}
	t := &c.trees
	t.pages, t.done, t.lookedAt, t.heads = p, map[byte]error{}, map[byte]bool{}, newBitmap(p.pages)
	if t.roots, err = p.bucketRoots(t.heads, c.strictly()); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if c.readOnly {
		if p.metaDamaged {
			c.damage = fmt.Sprintf("cache %s: %v: %s", c.path, ErrDamaged, metaDamage)
		}
		return nil
	}
	if p.metaDamaged { // a transaction would write over what can be mended
		return fmt.Errorf("%w: %s", ErrDamaged, metaDamage)
	}
	for _, b := range buckets {
		if err := c.checkTree(b); err != nil {
			return err
		}
	}
	if err := p.checkFree(t.heads); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	t.heads = nil
	return nil
}

// checkTree checks, once, that a bucket's branch pages make a tree. Leaf pages are
// not looked at: there bbolt does no worse than panic, and values have checksums.
func (c *Cache) checkTree(b bucket) error {
	t := &c.trees
	t.mu.Lock()
	defer t.mu.Unlock()
	if err, ok := t.done[b.tag]; ok {
		return err
	}
	var err error
	root, there := t.roots[b.name]
	switch {
	case root.page == 0 && there && !c.readOnly:
		err = checkInline(root.value)
	case root.page != 0:
		w := walker{file: t.pages, seen: t.heads, odd: c.strictly()}
		if !c.readOnly {
			w.lengths = b.kind == 0 // see checkTouched for the large buckets
		}
		err = w.walk(root.page)
	}
	if err != nil {
		err = fmt.Errorf("%w: bucket %s: %w", ErrDamaged, b.name, err)
	}
	t.done[b.tag] = err
	return err
}

// Damage is what was found that shows in no value: a damaged meta page, or, once the cache is closed, that the file was
// changed by another program while it was read. Then what was read may be an older state of the cache, or of several, and
// whatever is made of it is incomplete. It is a sentence with the path and the next step; empty if nothing was found. A
// cache with a damaged meta page can't be opened for writing.
func (c *Cache) Damage() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.damage
}

// checkUnchanged looks, before the file is closed, whether another program changed it or put another in its place, which
// locks don't keep it from. What was written to a file that isn't there any more is lost.
func (c *Cache) checkUnchanged() error {
	if c.replaced || c.broken.Load() {
		return nil
	}
	if !c.readOnly {
		if !isAt(c.file, c.path) {
			return fmt.Errorf("cache %s: the file was replaced or removed while it was open; what was stored meanwhile is lost", c.path)
		}
		return nil
	}
	p, err := statPages(c.file)
	if err == nil && p.boltMeta == c.trees.pages.boltMeta {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.damage == "" {
		c.damage = fmt.Sprintf("cache %s: the file was changed by another program while it was read; run the command again", c.path)
	}
	return nil
}

// bucketRoot is where a bucket's tree begins.
type bucketRoot struct {
	page  uint64 // 0 if the bucket is so small that it lies in its parent
	value []byte // then this is it
}

// bucketRoots returns the roots of the file's buckets. See walker for seen and odd.
func (f *pageFile) bucketRoots(seen bitmap, odd func(lo, hi []byte, err error) error) (map[string]bucketRoot, error) {
	roots := map[string]bucketRoot{}
	w := walker{file: f, seen: seen, odd: odd}
	w.leaf = func(p page, _, _ []byte) error {
		for i := range p.count {
			key, value, isBucket, err := p.leaf(i)
			if err != nil {
				return err
			}
			if !isBucket || len(value) < bucketLen {
				return errors.New("something that is no bucket among the buckets")
			}
			roots[string(key)] = bucketRoot{page: native.Uint64(value), value: bytes.Clone(value)}
		}
		return nil
	}
	return roots, w.walk(f.root)
}

// checkInline checks that the elements of a small bucket lie inside it.
func checkInline(value []byte) error {
	p, err := inline(value)
	for i := 0; i < p.count && err == nil; i++ {
		_, _, _, err = p.leaf(i)
	}
	return err
}

// checkFree checks that no page in use is on the list of free pages. Of pages in
// use only the first are known without reading them all, so for each run of
// free pages the one before it is asked how far it goes.
func (f *pageFile) checkFree(heads bitmap) error {
	free, err := f.freePages()
	if err != nil {
		return err
	}
	if !slices.IsSorted(free) {
		return errors.New("list of free pages is out of order")
	}
	heads.set(f.freelist)
	for i, id := range free {
		if id < 2 || id >= f.pages {
			return fmt.Errorf("free page %d is outside of the file", id)
		}
		if i > 0 && id == free[i-1] || heads.has(id) {
			return fmt.Errorf("page %d is in use and free, or free twice", id)
		}
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
func (f *pageFile) endsBefore(heads bitmap, id uint64) error {
	before, ok := heads.below(id)
	if !ok {
		return nil
	}
	p, err := f.header(before)
	if err != nil {
		return err
	}
	if uint64(p.overflow) >= id-before {
		return fmt.Errorf("page %d is in use and free", id)
	}
	return nil
}
