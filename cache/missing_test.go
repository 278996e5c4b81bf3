package cache

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func TestMissingSince(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "crashes.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	id, at := idN(1), time.Date(2026, 11, 20, 10, 11, 12, 0, time.UTC)
	w := c.Writer(context.Background())
	defer w.Close()
	check := func(step string, kind Kind, want time.Time) {
		t.Helper()
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := c.MissingSince(id, kind); err != nil || !got.Equal(want) {
			t.Errorf("%s: %s missing since %v, %v; want %v", step, kind, got, err, want)
		}
	}
	check("fresh", Processed, time.Time{})
	if err := w.MarkMissing(t.Context(), id, Processed, at); err != nil {
		t.Fatal(err)
	}
	check("marked", Processed, at)
	check("marked", Raw, time.Time{})
	if err := w.Put(t.Context(), Entry{ID: id, Processed: contentOf(id, 100)}); err != nil {
		t.Fatal(err)
	}
	check("put", Processed, time.Time{})
	if _, err := c.MissingSince("nonsense", Raw); !errors.Is(err, ErrBadID) {
		t.Errorf("no id: %v", err)
	}
}
