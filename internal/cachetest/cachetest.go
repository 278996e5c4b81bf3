// Package cachetest makes caches for the tests of what reads them.
package cachetest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// New is a cache with processed crashes, as a fetch stores them; the i-th has the i-th id of enginetest. nil stands for a
// crash that isn't there.
func New(t testing.TB, crashes ...[]byte) *cache.Cache {
	t.Helper()
	c, err := cache.Open(filepath.Join(t.TempDir(), "crashes.db"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	Write(t, c, func(ctx context.Context, w *cache.Writer) error {
		for i, doc := range crashes {
			if doc == nil {
				continue
			}
			// With its record, as a comparison reads it.
			if err := corpora.Put(ctx, w, enginetest.ID(i), nil, doc); err != nil {
				return fmt.Errorf("crash %d: %w", i, err)
			}
		}
		return nil
	})
	return c
}

// Write writes to a cache.
func Write(t testing.TB, c *cache.Cache, write func(context.Context, *cache.Writer) error) {
	t.Helper()
	// What could not be committed shows when the writer is closed.
	w := c.Writer(t.Context())
	if err := errors.Join(write(t.Context(), w), w.Close()); err != nil {
		t.Fatal(err)
	}
}

// IDs are the ids of the first n crashes.
func IDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = enginetest.ID(i)
	}
	return ids
}
