package cache

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Keys of the meta bucket.
const (
	metaFormat  = "format" // one byte, the format's version
	metaTotals  = "totals"
	metaPending = "pending" // see Cache.Pending
)

// put seals value and puts it under a name.
func (c *Cache) put(tx *bolt.Tx, b bucket, name string, value []byte) error {
	v, err := b.seal([]byte(name), value, c.now())
	if err == nil {
		err = tx.Bucket([]byte(b.name)).Put([]byte(name), v)
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", b.name, name, err)
	}
	return nil
}

// get reads the value under a name and when it was stored.
func (c *Cache) get(tx *bolt.Tx, b bucket, name string) ([]byte, time.Time, error) {
	if err := c.checkTree(b); err != nil {
		return nil, time.Time{}, err
	}
	bb, err := c.bucketIn(tx, b)
	if err != nil {
		return nil, time.Time{}, err
	}
	if bb == nil {
		return nil, time.Time{}, ErrNotFound
	}
	v := bb.Get([]byte(name))
	if v == nil {
		return nil, time.Time{}, ErrNotFound
	}
	out, h, err := b.open([]byte(name), v, nil)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%s %q: %w: %w", b.name, name, ErrDamaged, err)
	}
	return out, h.stored, nil
}
