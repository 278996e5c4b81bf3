package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/fetch"
)

// TestProgressLines: where stderr is no terminal, a line a minute says how far a fetch is, and no more than that.
func TestProgressLines(t *testing.T) {
	var stderr strings.Builder
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	s := newFetchScreen(&app{stderr: &stderr})
	s.now = func() time.Time { return now }
	for i := range 150 {
		s.Update(fetch.Status{Done: i, Total: 150, Rate: 1, Left: time.Duration(150-i) * time.Second})
		now = now.Add(time.Second)
	}
	s.done()
	want := "sigdiff: fetched 60 of 150, 1.0/s, 1m30s left\nsigdiff: fetched 120 of 150, 1.0/s, 30s left\n"
	if stderr.String() != want {
		t.Errorf("%q, want %q", &stderr, want)
	}
}
