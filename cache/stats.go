package cache

import (
	"cmp"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Stats describes a cache.
type Stats struct {
	Path   string
	Format int // version of the file's format

	FileBytes int64
	FreeBytes int64 // of the file, free for new data; Compact takes them out
	Pending   bool  // see Cache.Pending

	Blobs   map[Kind]Total
	Missing int64 // marks
	Blocks  int
	Blocked int // crashes in them

	Corpora  int
	Accepted int // corpora with accepted results
}

// Stats counts what is in the cache. It reads a few pages, however large the cache is.
func (c *Cache) Stats() (Stats, error) {
	s := Stats{Path: c.path, Format: formatVersion, Blobs: map[Kind]Total{}}
	err := c.view(func(tx *bolt.Tx) error {
		t, err := c.readTotals(tx)
		if err != nil {
			return err
		}
		for _, k := range kinds {
			s.Blobs[k] = t[bucketOf(k).tag]
		}
		s.Missing = t[missingBucket.tag].Count
		return nil
	})
	spans, err0 := c.spans()
	s.Blocks = len(spans)
	for _, b := range spans {
		s.Blocked += b.crashes
	}
	corpora, err1 := c.names(corporaBucket)
	accepted, err2 := c.names(acceptedBucket)
	s.Corpora, s.Accepted = len(corpora), len(accepted)
	if err := cmp.Or(err, err0, err1, err2, c.sizes(&s)); err != nil {
		return s, fmt.Errorf("cache %s: %w", c.path, err)
	}
	_, s.Pending, err = c.Pending()
	return s, err
}

// sizes reads the file's size and its list of free pages.
func (c *Cache) sizes(s *Stats) error {
	pages, err := statPages(c.file)
	if err != nil {
		return err
	}
	s.FileBytes = pages.Size
	free, err := pages.FreePages()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	// bbolt grows files in large steps.
	unused := uint64(pages.Size)/uint64(pages.PageSize) - pages.Pages // beyond what was ever used
	s.FreeBytes = int64((uint64(len(free)) + unused) * uint64(pages.PageSize))
	return nil
}
