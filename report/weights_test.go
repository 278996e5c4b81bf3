package report

import (
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
)

func TestWeights(t *testing.T) {
	pair := func(base, candidate string, n int) compare.PairCount {
		return compare.PairCount{Pair: compare.Pair{Base: base, Candidate: candidate}, Crashes: n}
	}
	w := NewWeights(map[string]int{"all": 41000, "part": 1000, "same": 5, "elsewhere": 7},
		[]compare.PairCount{pair("all", "new", 812), pair("part", "new", 1), pair("part", "part", 3), pair("same", "same", 2), pair("bare", "new", 6)})
	if w.Pings != 42005 || w.Changed != 41250 || w.Other != 7 || w.Unknown != 6 {
		t.Errorf("%+v", w)
	}
	for _, test := range []struct {
		pair  compare.PairCount
		want  string
		pings int
	}{
		{pair("all", "new", 812), "812 reports, 41,000 pings", 41000},
		{pair("part", "new", 1), "1 report, about 250 pings", 250},
		{pair("bare", "new", 6), "6 reports, pings not known", 0},
	} {
		group := compare.Group{Pair: test.pair.Pair, Crashes: test.pair.Crashes}
		if got := w.groupText(group); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
		// In JSON what is not known is not there.
		if got := (&Report{Weights: w}).jsonGroup(group).Pings; (got == nil) != (test.pings == 0) || got != nil && *got != test.pings {
			t.Errorf("%s: %v", test.want, got)
		}
	}
	want := "about 41,250 of 42,005 pings change; pings of signatures that none of these crashes has: 7; crashes of signatures without pings: 6"
	if got := w.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (*Weights)(nil).groupText(compare.Group{}); got != "" {
		t.Errorf("without weights: %q", got)
	}
}
