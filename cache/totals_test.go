package cache

import (
	"errors"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// A file whose totals are gone is damaged: it must not pass for one without crashes.
func TestTotalsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	c := openCache(t, path, Options{})
	filled(t, c, 3)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(metaBucket.name)).Delete([]byte(metaTotals)) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	c = openCache(t, path, Options{})
	defer c.Close()
	if s, err := c.Stats(); !errors.Is(err, ErrDamaged) {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := c.Delete(t.Context(), []string{idN(1)}); !errors.Is(err, ErrDamaged) {
		t.Errorf("deleting: %v", err)
	}
}
