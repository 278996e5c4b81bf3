package report

import (
	"strings"
	"testing"
)

// TestFragmentLeavesOut: where groups are left out, the number of all is said.
func TestFragmentLeavesOut(t *testing.T) {
	f := NewFragments(Options{Limit: 7, Host: testHost})
	made, err := f.Of(big(300))
	if err != nil || len(made.Groups) != 7 || made.More != 293 {
		t.Fatalf("%+v: %v", made, err)
	}
	if !strings.Contains(made.Above, "<b>300</b> groups of changed signatures") {
		t.Errorf("%.3000s", made.Above)
	}
}
