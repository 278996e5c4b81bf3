package report

import (
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/facts"
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

// TestFragmentBeforeFacts: groups that are written before all is known say nothing of what is not.
func TestFragmentBeforeFacts(t *testing.T) {
	f := NewFragments(Options{})
	group := compare.Group{Pair: compare.Pair{Base: "a", Candidate: "b"}, Kind: compare.Merged, Crashes: 3, Examples: []string{"x"}}
	r := &Report{Totals: compare.Totals{Compared: 5, Changed: 3}, Groups: []compare.Group{group}}
	before, err := f.Groups(r)
	if err != nil || len(before.Groups) != 1 || strings.Contains(before.Groups[0].HTML, "merges") {
		t.Errorf("%+v: %v", before, err)
	}
	r.Facts.NewSignatures = []facts.NewSignature{{Signature: "b", From: 1, Crashes: 3, Had: 2}}
	if after, err := f.Groups(r); err != nil || !strings.Contains(after.Groups[0].HTML, "merges 1 signature into one that had 2 crashes") {
		t.Errorf("%+v: %v", after, err)
	}
}
