package report

import (
	"strings"
	"testing"
)

// TestWalksOfferLines: each frame is offered as a line of a list, but for one without a text, which would match everything.
func TestWalksOfferLines(t *testing.T) {
	lines := NewWalks("id", walked()).Lines
	if _, empty := lines[""]; empty || lines["xul.dll"] != `xul\.dll` {
		t.Errorf("%q", lines)
	}
}

// TestOrderOfWalks: of walks in which nothing differs, those that one side alone made come first. With one side there is no
// other.
func TestOrderOfWalks(t *testing.T) {
	c := walked()
	c.Base.Passes = c.Candidate.Passes[:1]
	if walks := NewWalks("id", c).Walks; walks[0].Title != "Thread 0, walked by the candidate only" {
		t.Errorf("%+v", walks)
	}
	for _, title := range []string{sideBySide(nil, &c.Candidate)[0].Title(), sideBySide(&c.Candidate, nil)[0].Title()} {
		if title != "Thread 3" {
			t.Errorf("%s", title)
		}
	}
}

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
