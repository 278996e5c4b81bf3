package report

import (
	"bytes"
	"strings"
	"testing"
)

// TestFragmentLeavesOut: where groups are left out, the number of all is said.
func TestFragmentLeavesOut(t *testing.T) {
	f, err := NewFragments(Options{Limit: 7, Host: testHost})
	if err != nil {
		t.Fatal(err)
	}
	var html bytes.Buffer
	shown, more, err := f.Main(&html, big(300))
	if err != nil || len(shown) != 7 || more != 293 {
		t.Fatalf("%d groups, %d more: %v", len(shown), more, err)
	}
	if !strings.Contains(html.String(), "<b>300</b> groups of changed signatures") {
		t.Errorf("%.3000s", html.String())
	}
}
