package report

import (
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/siglists"
)

// Searched is a search of all crashes that a service kept, for those that changed lines may concern.
type Searched struct {
	Host  string `json:"host"`
	First string `json:"first"` // its first and last day, YYYY-MM-DD
	Last  string `json:"last"`
	// Absent are the lines whose text no crash had.
	Absent []siglists.Line `json:"-"`
}

// has tells whether the search found a line absent.
func (s *Searched) has(line siglists.Line) bool {
	return s != nil && slices.ContainsFunc(s.Absent, func(a siglists.Line) bool { return a.List == line.List && a.Text == line.Text })
}

// SetSearched tells of lines that no crash shows whether a search found any elsewhere. searched is nil where there was none.
func (r *Report) SetSearched(searched *Searched) {
	r.Corpus.Searched = searched
	for i, v := range r.Lines {
		if v.Kind == compare.NotSeen && searched.has(v.Change.Line) {
			r.Lines[i].Kind = compare.Absent
		}
	}
}
