package cache

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// MissingSince returns when the service was last found not to have a crash's document, to the second;
// the zero time when it never was, or when the document came since. Errors: ErrBadID, ErrDamaged.
func (c *Cache) MissingSince(id string, k Kind) (at time.Time, err error) {
	kk, ok := packID(id)
	if !ok {
		return at, fmt.Errorf("%q: %w", shorten(id), ErrBadID)
	}
	mk := missingKey(k, kk)
	err = c.viewTree(missingBucket, func(b *bolt.Bucket) error {
		v := b.Get(mk)
		if v == nil {
			return nil
		}
		_, h, err := c.codec.open(missingBucket, mk, v, nil)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		at = h.stored
		return nil
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("mark of crash %s: %w", id, err)
	}
	return at, nil
}
