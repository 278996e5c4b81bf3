package main

import (
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/report"
)

// TestTooManyChanged: as many crashes as the limit says are not too many, whatever share of which number that is.
func TestTooManyChanged(t *testing.T) {
	for _, test := range []struct {
		limit          string
		most, compared int // of them change at the limit
	}{{"0", 0, 10}, {"2", 2, 10}, {"1%", 1, 100}, {"5%", 147, 2940}, {"5%", 281, 5620}, {"50%", 3, 6}, {"0.57%", 57, 10_000}, {"0.07%", 7, 10_000}, {"100%", 9, 9}} {
		most, err := parseMost(test.limit)
		if err != nil {
			t.Fatal(err)
		}
		for changed, want := range map[int]bool{test.most - 1: false, test.most: false, test.most + 1: true} {
			r := &report.Report{Totals: compare.Totals{Changed: changed, Compared: test.compared}}
			if got := most.found(r) != ""; got != want {
				t.Errorf("%d of %d, limit %s: too many: %v", changed, test.compared, test.limit, got)
			}
		}
	}
}
