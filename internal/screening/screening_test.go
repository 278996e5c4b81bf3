package screening

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
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

// TestScreenRow: what can't be read, or is of another crash, leaves open whether the crash changes.
func TestScreenRow(t *testing.T) {
	g := signatures.NewGenerator(enginetest.NewSet(t, "", "qq", "a", "qq"), signatures.DefaultRules())
	s, err := screen.New(g, g)
	if err != nil {
		t.Fatal(err)
	}
	row := fmt.Appendf(nil, `{"uuid": %q, "signature": "b", "proto_signature": "b", "crashing_thread": 0, "date": "2026-09-01T00:00:00+00:00"}`, enginetest.ID(1))
	for _, test := range []struct {
		blob cache.Blob
		want screen.Reason
	}{
		{cache.Blob{ID: enginetest.ID(1), Data: row}, screen.Untouched},
		{cache.Blob{ID: enginetest.ID(2), Data: row}, screen.OddRow},
		{cache.Blob{ID: enginetest.ID(1), Data: row[1:]}, screen.OddRow},
		{cache.Blob{ID: enginetest.ID(1), Err: cache.ErrNotFound}, notListed},
		{cache.Blob{ID: enginetest.ID(1), Err: io.ErrUnexpectedEOF}, "its screen record can't be read"},
	} {
		got := screenRow(s, test.blob)
		if got.Reason != test.want || (got.Verdict == screen.Unchanged) != (test.want == screen.Untouched) {
			t.Errorf("%s, %v: %+v", test.blob.ID, test.blob.Err, got)
		}
	}
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
