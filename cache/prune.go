package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// bbolt has all pages that a transaction changes in memory, and all values of a cache may go at once.
// deleteBatch is how many values are deleted in one transaction.
const deleteBatch = 2048

// Delete removes blobs of crashes, and the marks that they are missing. Only the
// given kinds; none means all. What isn't there is no error. The space becomes
// free in the file; Compact takes it out, see Pending. It returns how many values went.
func (c *Cache) Delete(ctx context.Context, ids []string, of ...Kind) (int, error) {
	if len(of) == 0 {
		of = kinds[:]
	}
	keys, err := packAll(ids)
	if err != nil {
		return 0, err
	}
	var ops []op
	for _, kind := range of {
		for _, k := range keys {
			ops = append(ops, op{bucket: bucketOf(kind), key: k[:]}, op{bucket: missingBucket, key: missingKey(kind, k)})
		}
	}
	return c.deleteAll(ctx, ops)
}

// Prune removes every blob and every mark that was stored before a time. Corpora
// and accepted results stay. Compact takes out the space, see Pending. It returns how many values went.
func (c *Cache) Prune(ctx context.Context, before time.Time) (int, error) {
	limit := time.Unix(int64(unixSeconds(before)), 0)
	var old []op
	for _, b := range buckets {
		if !b.counted() {
			continue
		}
		err := c.scan(ctx, b, bounds{}, func(k, v []byte) error {
			if h, err := readHeader(v); err == nil && h.stored.Before(limit) {
				old = append(old, op{bucket: b, key: bytes.Clone(k)})
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return c.deleteAll(ctx, old)
}

// deleteAll deletes in batches. It returns how many values went.
func (c *Cache) deleteAll(ctx context.Context, ops []op) (gone int, err error) {
	for batch := range slices.Chunk(ops, deleteBatch) {
		if ctx.Err() != nil {
			return gone, context.Cause(ctx)
		}
		n, err := c.apply(batch, c.notePending)
		if err != nil {
			return gone, err
		}
		gone += n
	}
	return gone, nil
}

// Pending reports whether the file has to be compacted because of a Delete or Prune: what they removed is still in its free
// pages, and would be there for ever if whoever removed it was stopped before Compact. deleted are the corpora that were
// deleted since.
func (c *Cache) Pending() (deleted []string, pending bool, err error) {
	var names []byte
	err = c.view(func(tx *bolt.Tx) (err error) {
		names, _, err = c.get(tx, metaBucket, metaPending)
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("cache %s: %w", c.path, err)
	}
	return strings.Split(string(names), "\n"), true, nil
}

// notePending makes the file one that has to be compacted.
func (c *Cache) notePending(tx *bolt.Tx) error {
	if _, _, err := c.get(tx, metaBucket, metaPending); err == nil {
		return nil
	}
	return c.put(tx, metaBucket, metaPending, nil)
}

// noteDeleted adds a corpus to those that were deleted since the file has to be compacted, if it has to.
func (c *Cache) noteDeleted(tx *bolt.Tx, corpus string) error {
	names, _, err := c.get(tx, metaBucket, metaPending)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return c.put(tx, metaBucket, metaPending, append(append(names, '\n'), corpus...))
}
