package cache

import (
	"context"
	"fmt"
	"time"
)

// deleteBatch is how many values are deleted in one transaction.
const deleteBatch = 2048

// Delete removes blobs of crashes, and the marks that they are missing. Only the
// given kinds; none means all. What isn't there is no error. The space becomes
// free in the file; Compact takes it out. It returns how many values went.
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
// and accepted results stay. It returns how many values went.
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
	n, err := d.cache.applyCounting(d.ops)
	if err != nil {
		return err
	}
	d.gone += n
	d.ops = d.ops[:0]
	return nil
}
