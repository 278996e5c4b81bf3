package cache

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Stats describes a cache.
type Stats struct {
	Path    string
	Format  int       // version of the file's format
	Created time.Time // zero if the file doesn't say

	FileBytes int64
	FreeBytes int64 // of the file, free for new data; Compact takes them out
	Pending   bool  // see Cache.Pending

	Blobs   map[Kind]Total
	Missing int64 // marks

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
		s.Corpora = countKeys(tx, corporaBucket)
		s.Accepted = countKeys(tx, acceptedBucket)
		_, s.Created, err = c.getMeta(tx, metaCreated)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return s, fmt.Errorf("cache %s: %w", c.path, err)
	}
	if _, s.Pending, err = c.Pending(); err != nil {
		return s, err
	}
	return s, c.sizes(&s)
}

func countKeys(tx *bolt.Tx, b bucket) int {
	n := 0
	bb := tx.Bucket([]byte(b.name))
	if bb == nil {
		return 0
	}
	cur := bb.Cursor()
	for k, _ := cur.First(); k != nil; k, _ = cur.Next() {
		n++
	}
	return n
}

// sizes reads the file's size and its list of free pages.
func (c *Cache) sizes(s *Stats) error {
	pages, err := statPages(c.file)
	if err != nil {
		return fmt.Errorf("cache %s: %w", c.path, err)
	}
	s.FileBytes = pages.size
	free, err := pages.freePages()
	if err != nil {
		return fmt.Errorf("cache %s: %w: %w", c.path, ErrDamaged, err)
	}
	unused := uint64(pages.size)/uint64(pages.pageSize) - pages.pages // beyond what was ever used
	s.FreeBytes = int64((uint64(len(free)) + unused) * uint64(pages.pageSize))
	return nil
}
