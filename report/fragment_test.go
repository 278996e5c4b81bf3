package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFragmentLeavesOut: where groups are left out, the number of all is said.
func TestFragmentLeavesOut(t *testing.T) {
	f := NewFragments(Options{Limit: 7, Host: testHost})
	made, err := f.Whole(big(300))
	if err != nil || len(made.Groups) != 7 || made.More != 293 {
		t.Fatalf("%+v: %v", made, err)
	}
	if !strings.Contains(made.Above, "<b>300</b> groups of changed signatures") {
		t.Errorf("%.3000s", made.Above)
	}
}

// TestFragmentOfGroups: a group that is written before the lines are judged is the same to the letter in the whole report.
func TestFragmentOfGroups(t *testing.T) {
	f := NewFragments(Options{Host: testHost})
	r := nasty()
	r.Samples = nil
	r.Groups[1].Causes = r.Groups[1].Causes[:1] // the other one shadows a line that was removed: only the report knows its row
	whole, err := f.Whole(r)
	if err != nil {
		t.Fatal(err)
	}
	r = &Report{Base: r.Base, Candidate: r.Candidate, Corpus: r.Corpus, Totals: r.Totals, Groups: r.Groups}
	early, err := f.Groups(r)
	if err != nil {
		t.Fatal(err)
	}
	of := func(made Fragment) map[string]string {
		groups := map[string]string{}
		for _, g := range made.Groups {
			groups[g.Base] = g.HTML
		}
		return groups
	}
	if diff := cmp.Diff(of(whole), of(early)); diff != "" {
		t.Errorf("(-whole +early)\n%s", diff)
	}
}
