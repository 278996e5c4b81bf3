package report

import (
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// Searched is a search of all crashes that a service kept, for those that changed lines may concern.
type Searched struct {
	Host  string `json:"host"`
	First string `json:"first"` // its first and last day, YYYY-MM-DD
	Last  string `json:"last"`
	// Lines are those that were searched for; Absent are the lines that match a frame of no crash.
	Lines  []SearchedLine  `json:"-"`
	Absent []siglists.Line `json:"-"`
}

// SearchedLine is how many crashes have what a changed line may match. Corpora keep it.
type SearchedLine struct {
	Line       string   `json:"line"`                 // as in an edit file
	Crashes    int      `json:"crashes"`              // that have its text
	Unknown    bool     `json:"unknown,omitempty"`    // there may be more
	Listed     int      `json:"listed,omitempty"`     // of them, those looked at; 0 where that isn't known
	Matching   int      `json:"matching,omitempty"`   // and those with a frame that it matches
	Absent     bool     `json:"absent,omitempty"`     // none has
	Signatures []string `json:"signatures,omitempty"` // the most frequent
}

// phrase says it in a sentence.
// Unknown without a crash is not "0 crashes".
func (l SearchedLine) phrase() Phrase {
	switch {
	case l.Unknown && l.Crashes == 0:
		return say("", l.Line, ": not known, since the line has no text to search for, or the service's answer was partial")
	case l.Unknown:
		return say("", l.Line, ": at least "+plural.Crashes(l.Crashes))
	case l.Absent && l.Crashes > 0:
		return say("", l.Line, ": 0 crashes; "+plural.Of(l.Crashes, "crash has", "crashes have")+" its text within other frames")
	case l.Matching == 0 && l.Listed > 0:
		return say("", l.Line, ": "+plural.Of(l.Crashes, "crash has", "crashes have")+" its text, but none of "+plural.Number(l.Listed)+" looked at a frame that it matches")
	}
	p, before := say("", l.Line, ": "+plural.Crashes(l.Crashes)), ", most often "
	for _, signature := range l.Signatures {
		p, before = append(p, span{Text: before}, span{shortened(signature, maxSignature), true}), ", "
	}
	return p
}

// none tells that no crash has what one of the lines may match. What is compared then only stands in.
func (s *Searched) none() bool {
	return s != nil && len(s.Lines) > 0 && !slices.ContainsFunc(s.Lines, func(l SearchedLine) bool { return !l.Absent })
}

// has tells whether the search found a line absent.
// The number of a line may differ between the search and the report.
func (s *Searched) has(line siglists.Line) bool {
	return s != nil && slices.ContainsFunc(s.Absent, func(a siglists.Line) bool { return a.List == line.List && a.Text == line.Text })
}

// SetSearched tells of lines that no crash shows whether a search found any elsewhere. searched is nil where there was none.
func (r *Report) SetSearched(searched *Searched) {
	r.Corpus.Searched = searched
	for i, v := range r.Lines {
		// Only such a line: another one was seen.
		if v.Kind == compare.NotSeen && searched.has(v.Change.Line) {
			r.Lines[i].Kind = compare.Absent
		}
	}
}
