package cache

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

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
	d := deleter{ctx: ctx, cache: c}
	for _, kind := range of {
		if !kind.valid() {
			return 0, fmt.Errorf("%s: no such kind", kind)
		}
		for _, k := range keys {
			if err := d.add(op{bucket: bucketOf(kind), key: k[:]}, op{bucket: missingBucket, key: missingKey(kind, k)}); err != nil {
				return d.gone, err
			}
		}
	}
	return d.gone, d.commit()
}

// Prune removes every blob and every mark that was stored before a time. Corpora
// and accepted results stay. Compact takes out the space, see Pending. It returns how many values went.
func (c *Cache) Prune(ctx context.Context, before time.Time) (int, error) {
	limit := time.Unix(int64(unixSeconds(before)), 0)
	d := deleter{ctx: ctx, cache: c}
	for _, b := range buckets {
		if !b.counted() {
			continue
		}
		var old []op
		err := c.scan(ctx, b, func(k, v []byte) error {
			if h, err := readHeader(v); err == nil && h.stored.Before(limit) {
				old = append(old, op{bucket: b, key: append([]byte(nil), k...)})
			}
			return nil
		})
		if err != nil {
			return d.gone, err
		}
		if err := d.add(old...); err != nil {
			return d.gone, err
		}
	}
	return d.gone, d.commit()
}

// Pending reports whether the file has to be compacted because of a Delete or Prune: what they removed is still in its free
// pages, and would be there for ever if whoever removed it was stopped before Compact. deleted are the corpora that were
// deleted since.
func (c *Cache) Pending() (deleted []string, pending bool, err error) {
	err = c.view(func(tx *bolt.Tx) error {
		names, _, err := c.getMeta(tx, metaPending)
		pending = err == nil
		deleted = strings.Split(string(names), "\n")
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("cache %s: %w", c.path, err)
	}
	return deleted, pending, nil
}

// notePending makes the file one that has to be compacted.
func (c *Cache) notePending(tx *bolt.Tx) error {
	if _, _, err := c.getMeta(tx, metaPending); err == nil {
		return nil
	}
	return c.putMeta(tx, metaPending, nil)
}

// noteDeleted adds a corpus to those that were deleted since the file has to be compacted, if it has to.
func (c *Cache) noteDeleted(tx *bolt.Tx, corpus string) error {
	names, _, err := c.getMeta(tx, metaPending)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return c.putMeta(tx, metaPending, append(append(names, '\n'), corpus...))
}

// deleter deletes in batches.
type deleter struct {
	ctx   context.Context
	cache *Cache
	ops   []op
	gone  int
}

func (d *deleter) add(ops ...op) error {
	for _, o := range ops {
		d.ops = append(d.ops, o)
		if len(d.ops) < deleteBatch {
			continue
		}
		if err := d.commit(); err != nil {
			return err
		}
	}
	return nil
}

func (d *deleter) commit() error {
	if err := d.ctx.Err(); err != nil {
		return context.Cause(d.ctx)
	}
	if len(d.ops) == 0 {
		return nil
	}
	n, err := d.cache.applyCounting(d.ops, d.cache.notePending)
	if err != nil {
		return err
	}
	d.gone += n
	d.ops = d.ops[:0]
	return nil
}
