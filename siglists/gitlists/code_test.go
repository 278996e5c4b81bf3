package gitlists

import (
	"maps"
	"slices"
	"testing"
)

// A merge has what either side made of a file; what both made in two ways is neither's.
func TestMergedCode(t *testing.T) {
	base := Code{"kept": "1", "ours": "1", "theirs": "1", "both": "1", "alike": "1", "gone": "1"}
	ours := Code{"kept": "1", "ours": "2", "theirs": "1", "both": "2", "alike": "2", "gone": "1", "new": "3"}
	theirs := Code{"kept": "1", "ours": "1", "theirs": "2", "both": "3", "alike": "2"}
	got := base.Merged(ours, theirs)
	both := got["both"]
	delete(got, "both")
	if want := (Code{"kept": "1", "ours": "2", "theirs": "2", "alike": "2", "new": "3"}); !maps.Equal(got, want) || both == "" || both == "2" || both == "3" {
		t.Errorf("%v and %q", got, both)
	}
	want := []string{"socorro/signature/alike", "socorro/signature/both", "socorro/signature/gone", "socorro/signature/new", "socorro/signature/ours", "socorro/signature/theirs"}
	slices.Sort(want)
	if got := base.Differing(ours); !slices.Equal(got, []string{want[0], want[1], want[3], want[4]}) {
		t.Errorf("differing: %q", got)
	}
}
