package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sigdiff/sigdiff/fetch"
)

// TestProgressLines: where stderr is no terminal, a line a minute says how far something is, and no more than that.
func TestProgressLines(t *testing.T) {
	for _, test := range []struct {
		bytes bool
		want  string
	}{
		{false, "sigdiff: exporting: 61,000,000 of 150,000,000\nsigdiff: exporting: 121,000,000 of 150,000,000\n"},
		{true, "sigdiff: exporting: 61.0 MB of 150.0 MB\nsigdiff: exporting: 121.0 MB of 150.0 MB\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var stderr strings.Builder
			p := (&app{stderr: &stderr}).progress(150_000_000, "exporting", test.bytes)
			for range 150 {
				p.add(1_000_000)
				time.Sleep(time.Second)
			}
			p.end()
			if stderr.String() != test.want {
				t.Errorf("%q, want %q", &stderr, test.want)
			}
		})
	}
}

// TestFetchProgressLines: a fetch says how fast it is, too.
func TestFetchProgressLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr strings.Builder
		s := (&app{stderr: &stderr}).fetching()
		for i := range 150 {
			s.pulled(fetch.Status{Done: i, Total: 150, Rate: 1, Left: time.Duration(150-i) * time.Second})
			time.Sleep(time.Second)
		}
		s.end()
		want := "sigdiff: fetched 60 of 150, 1.0/s, 1m30s left\nsigdiff: fetched 120 of 150, 1.0/s, 30s left\n"
		if stderr.String() != want {
			t.Errorf("%q, want %q", &stderr, want)
		}
	})
}
