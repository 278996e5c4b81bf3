package screening

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/report"
)

// screened is a screening of crashes of all kinds.
func screened() *Screening {
	of := func(v screen.Verdict, reason screen.Reason) screen.Screened {
		return screen.Screened{Verdict: v, Reason: reason}
	}
	return &Screening{
		ids: []string{"cached", "same", "also", "changes", "stays", "lost"},
		verdicts: map[string]screen.Screened{
			"same": of(screen.Unchanged, screen.Untouched), "also": of(screen.Unchanged, screen.Untouched),
			"changes": of(screen.MayChange, screen.OtherWalk), "stays": of(screen.CantTell, screen.NoProto), "lost": of(screen.CantTell, screen.NoProto),
		},
	}
}

// compared is a report in which some crashes change, and one is missing.
func compared(missing string, changed ...string) *report.Report {
	var group compare.Group
	for _, id := range changed {
		group.Changed = append(group.Changed, compare.ChangedCrash{ID: id})
	}
	return &report.Report{Groups: []compare.Group{group}, Missing: []string{missing}}
}

// TestGrounds: every crash stands on one ground, and the sums are those of the crashes.
func TestGrounds(t *testing.T) {
	s, err := screened().Grounds(compared("lost", "changes"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Crashes != 6 || s.Compared != 3 || s.Screened != 2 || s.Left != 1 {
		t.Errorf("%+v", s)
	}
	want := []report.Ground{
		{Verdict: report.CachedGround, Crashes: 1, Compared: 1, IDs: []string{"cached"}},
		{Verdict: string(screen.Unchanged), Reason: string(screen.Untouched), Crashes: 2, IDs: []string{"same", "also"}},
		{Verdict: string(screen.MayChange), Reason: string(screen.OtherWalk), Crashes: 1, Compared: 1, Changed: 1, IDs: []string{"changes"}},
		{Verdict: string(screen.CantTell), Reason: string(screen.NoProto), Crashes: 2, Compared: 1, IDs: []string{"stays", "lost"}},
	}
	same := func(a, b report.Ground) bool {
		return slices.Equal(a.IDs, b.IDs) && a.Verdict == b.Verdict && a.Reason == b.Reason && a.Crashes == b.Crashes && a.Compared == b.Compared && a.Changed == b.Changed
	}
	if !slices.EqualFunc(s.Grounds, want, same) {
		t.Errorf("%+v\nwant %+v", s.Grounds, want)
	}
}

// TestGroundsRefuse: a crash that counts as unchanged and changes makes no report.
func TestGroundsRefuse(t *testing.T) {
	_, err := screened().Grounds(compared("lost", "changes", "also"))
	if err == nil || !strings.Contains(err.Error(), "also counts as unchanged, and yet it changes") {
		t.Errorf("error %v", err)
	}
}

// TestDoubtful: what may change, and what can't be told, is fetched; what is cached is not.
func TestDoubtful(t *testing.T) {
	if got := screened().Doubtful(); !slices.Equal(got, []string{"changes", "stays", "lost"}) {
		t.Errorf("%q", got)
	}
}
