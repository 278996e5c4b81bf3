package cache

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// MissingSince returns when the service was last found not to have a crash's document, to the second;
// the zero time when it never was, or when the document came since. Errors: ErrBadID, ErrDamaged.
func (c *Cache) MissingSince(id string, k Kind) (at time.Time, err error) {
	kk, err := packID(id)
	if err != nil {
		return at, err
	}
	err = c.view(func(tx *bolt.Tx) error {
		_, at, err = c.get(tx, missingBucket, string(missingKey(k, kk)))
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return time.Time{}, fmt.Errorf("mark of crash %s: %w", id, err)
	}
	return at, nil
}
