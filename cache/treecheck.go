package cache

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/sigdiff/sigdiff/cache/boltfile"
)

// errEmpty is returned where a file without a byte is to be a cache already: what it held may be lost.
var errEmpty = fmt.Errorf("is empty, %w", ErrNotCache)

// inspect refuses a file that bbolt must not be let near. An empty one becomes a cache, if one may be made.
func (c *Cache) inspect(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.Size() == 0 && c.existing:
		return errEmpty
	case info.Size() == 0:
		return nil
	}
	p, err := statPages(f)
	switch {
	case err != nil:
		return err
	case !p.Begun() || p.Whole() == nil:
		return loadable(p)
	case c.existing:
		return errEmpty
	}
	return f.Truncate(0) // the disk was full when it was made, or a limit in the way: there was never anything in it
}

// statPages reads the meta pages of an open file.
func statPages(f *os.File) (*boltfile.File, error) {
	p, err := boltfile.Open(f)
	switch {
	case errors.Is(err, boltfile.ErrUnreadable):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, boltfile.ErrNoMeta):
		if recognise(f) != 0 {
			return nil, fmt.Errorf("%w: its meta pages are gone", ErrDamaged)
		}
		return nil, ErrNotCache
	}
	return p, err
}

// loadable checks what bbolt reads when it opens a file.
func loadable(f *boltfile.File) error {
	if !f.HasFreelist() { // bbolt would look for free pages, and can't be stopped from it
		return fmt.Errorf("is another program's bbolt file, %w", ErrNotCache)
	}
	if err := f.Whole(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	free, err := f.FreePages()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	f.Free = boltfile.NewBitmap(f.Pages)
	f.Free.SetAll(free)
	return nil
}

// metaDamage is what a cache says of a damaged meta page.
const metaDamage = "one of its two meta pages, so that this may be the state before the last write"

// recognised is how many pages are looked at to recognise a cache without its meta pages.
const recognised = 1 << 16

// recognise tells a cache by its content: a page with a value that one of its buckets would have. It returns the size of
// the pages, 0 if there is none.
func recognise(f *os.File) (pageSize uint32) {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	for _, pageSize := range []uint32{uint32(os.Getpagesize()), 4 << 10, 8 << 10, 16 << 10, 64 << 10} {
		p, ours := boltfile.WithoutMeta(f, info.Size(), pageSize), false
		for id := uint64(2); id < min(p.Pages, recognised) && !ours; id++ {
			eachLoose(p, id, func(bucket, []byte, []byte) { ours = true })
		}
		if ours {
			return pageSize
		}
	}
	return 0
}

// treeChecks remembers which buckets' trees were found sound.
type treeChecks struct {
	mu    sync.Mutex
	pages *boltfile.File
	roots map[string]boltfile.BucketRoot
	heads boltfile.Bitmap // first pages of everything seen so far
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
	if err := loadable(p); err != nil {
		return err
	}
	t := &c.trees
	t.pages, t.done, t.lookedAt, t.heads = p, map[byte]error{}, map[byte]bool{}, boltfile.NewBitmap(p.Pages)
	if t.roots, err = p.BucketRoots(t.heads, c.strictly()); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	// For reading, each tree is checked when something is first read of it: most commands never look at the
	// documents.
	if c.readOnly {
		if p.MetaDamaged {
			c.damage = fmt.Sprintf("cache %s: %v: %s", c.path, ErrDamaged, metaDamage)
		}
		return nil
	}
	if p.MetaDamaged { // a transaction would write over what can be mended
		return fmt.Errorf("%w: %s", ErrDamaged, metaDamage)
	}
	for _, b := range buckets {
		if err := c.checkTree(b); err != nil {
			return err
		}
	}
	if err := p.CheckFree(t.heads); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	t.heads = nil
	return nil
}

// checkTree checks, once, that a bucket is there, and that its branch pages make a tree. Leaf pages of blobs are
// not looked at: there bbolt does no worse than panic, values have checksums, and totals tell how many there are.
func (c *Cache) checkTree(b bucket) error {
	t := &c.trees
	t.mu.Lock()
	defer t.mu.Unlock()
	if err, ok := t.done[b.tag]; ok {
		return err
	}
	var err error
	root, there := t.roots[b.name]
	_, begun := t.roots[metaBucket.name] // else it is a new file, or another program's
	switch {
	case !there && begun:
		err = errors.New("is gone")
	case root.Page == 0 && there:
		err = boltfile.CheckInline(root.Value)
	case root.Page != 0:
		w := boltfile.Walker{File: t.pages, Seen: t.heads, Odd: c.strictly()}
		w.Lengths = b.kind == 0 // see checkTouched for the large buckets
		err = w.Walk(root.Page)
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
	// Each transaction writes a meta page with a number of its own. While that is the same, nobody has written.
	p, err := statPages(c.file)
	if err == nil && p.Meta == c.trees.pages.Meta {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.damage == "" {
		c.damage = fmt.Sprintf("cache %s: the file was changed by another program while it was read; run the command again", c.path)
	}
	return nil
}

// strictly returns what to do about pages whose length is wrong: writing must not
// touch them, reading may.
func (c *Cache) strictly() func(lo, hi []byte, err error) error {
	if c.readOnly {
		return nil
	}
	return boltfile.Refuse
}
