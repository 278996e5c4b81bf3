package cache

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// When a batch is committed. A commit costs two fsyncs; what is not committed
// yet is lost if the process is killed.
const (
	batchEntries = 512
	batchBytes   = 8 << 20
	batchIdle    = 100 * time.Millisecond // without a new entry
	batchAge     = time.Second            // of its oldest entry
)

// op is one change of the file.
type op struct {
	bucket bucket
	key    []byte
	value  []byte // nil deletes
}

// batch is changes that go into the file in one transaction.
type batch struct {
	ops     []op
	bytes   int // of keys and values
	entries int
	since   time.Time // when the first entry came
	stored  []func()  // called when they are in the file
}

func (b *batch) change(o op) {
	b.ops = append(b.ops, o)
	b.bytes += len(o.key) + len(o.value)
}

// join takes the changes of one entry.
func (b *batch) join(entry batch) {
	if b.entries == 0 {
		b.since = time.Now()
	}
	b.entries++
	b.ops = append(b.ops, entry.ops...)
	b.stored = append(b.stored, entry.stored...)
	b.bytes += entry.bytes
}

func (b *batch) full() bool { return b.entries >= batchEntries || b.bytes >= batchBytes }

// patience is how long the batch may wait for another entry.
func (b *batch) patience() time.Duration {
	if b.full() {
		return 0
	}
	return max(0, min(batchIdle, batchAge-time.Since(b.since)))
}

// apply makes changes in one transaction, in key order: neighbours share pages. Of several changes of one key the last counts.
// It counts the values that were deleted. If there are any, and then is not nil, it does that in the same transaction.
func (c *Cache) apply(ops []op, then func(*bolt.Tx) error) (deleted int, err error) {
	slices.SortStableFunc(ops, func(a, b op) int {
		if a.bucket.tag != b.bucket.tag {
			return int(a.bucket.tag) - int(b.bucket.tag)
		}
		return bytes.Compare(a.key, b.key)
	})
	err = c.update(func(tx *bolt.Tx) error {
		// What may refuse comes first: as long as nothing has been changed, an error leaves the file as it was.
		totals, err := c.readTotals(tx)
		if err != nil {
			return err
		}
		if err := c.checkTouched(ops); err != nil {
			return err
		}
		if err := c.dropBlocks(tx, ops); err != nil {
			return err
		}
		for i := range ops {
			// The sort is stable, so that the last change of a key is the last that was asked for.
			if i+1 < len(ops) && ops[i].sameKey(ops[i+1]) {
				continue
			}
			gone, err := ops[i].apply(tx, c.fill, totals)
			if err != nil {
				return err
			}
			if gone {
				deleted++
			}
		}
		if deleted > 0 && then != nil {
			if err := then(tx); err != nil {
				return err
			}
		}
		return c.writeTotals(tx, totals)
	})
	return deleted, err
}

func (o op) sameKey(p op) bool { return o.bucket.tag == p.bucket.tag && bytes.Equal(o.key, p.key) }

// apply makes one change and keeps the totals right. It returns whether a value was deleted.
func (o op) apply(tx *bolt.Tx, fill float64, t totals) (deleted bool, err error) {
	b := tx.Bucket([]byte(o.bucket.name))
	if b == nil {
		return false, fmt.Errorf("%w: bucket %s is gone", ErrDamaged, o.bucket.name)
	}
	b.FillPercent = fill // which bbolt keeps for one transaction only
	old := b.Get(o.key)
	t.change(o.bucket, o.key, old, -1)
	if o.value != nil {
		t.change(o.bucket, o.key, o.value, 1)
		return false, b.Put(o.key, o.value)
	}
	if old == nil {
		return false, nil
	}
	return true, b.Delete(o.key)
}
