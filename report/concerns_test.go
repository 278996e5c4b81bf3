package report

import (
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestConcernsLeadToRows: a concern leads to the row of the line that does it. The two lines of an edit have one row.
func TestConcernsLeadToRows(t *testing.T) {
	r := nasty()
	edited, came := line(siglists.Prefix, 8, "JS::Call"), line(siglists.Prefix, 8, "JS::Call$")
	for _, test := range []struct {
		name string
		by   compare.Cause
		want siglists.Change
	}{
		{"the line that came", compare.Cause{Line: came, Kind: compare.CauseAdded}, siglists.Change{Line: came, Added: true}},
		{"the line that went", compare.Cause{Line: edited, Kind: compare.CauseRemoved}, siglists.Change{Line: came, Added: true}},
		{"a removed line", compare.Cause{Line: r.Lines[0].Change.Line, Kind: compare.CauseRemoved}, r.Lines[0].Change},
	} {
		r.Concerns = []concerns.Concern{{Kind: concerns.Marks, By: &test.by, Why: "-x"}}
		if got := newConcerns(r, nil, 0).Shown[0].Line; got != lineID(test.want) {
			t.Errorf("%s: the concern leads to %s, want %s", test.name, got, lineID(test.want))
		}
	}
}
