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
	// Lines are those that were searched for. All tells that the search was of all crashes that the service had, so that what
	// is absent is in none of them.
	Lines []SearchedLine `json:"-"`
	All   bool           `json:"-"`
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
		return say("", l.Line, ": not known, since the line has no text to search for, other lines may let it match more, or the service's answer was partial")
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

// absent tells whether no crash has what a line matches, whether it comes or goes.
func (s *Searched) absent(line siglists.Line) bool {
	changes := []string{siglists.Change{Line: line, Added: true}.Edit(), siglists.Change{Line: line}.Edit()}
	return s != nil && s.All && slices.ContainsFunc(s.Lines, func(l SearchedLine) bool { return l.Absent && slices.Contains(changes, l.Line) })
}

// SetSearched tells of lines that no crash shows whether a search found any elsewhere. searched is nil where there was none.
func (r *Report) SetSearched(searched *Searched) {
	r.Corpus.Searched = searched
	for i, v := range r.Lines {
		// Only such a line: another one was seen.
		if v.Kind == compare.NotSeen && searched.absent(v.Change.Line) {
			r.Lines[i].Kind = compare.Absent
		}
	}
}

// Screening says on which ground the crashes of a screened search stand. Crashes is the sum of Compared, Screened and
// Left, and the sum of the crashes of Grounds.
type Screening struct {
	Crashes  int `json:"crashes"`  // of the search
	Compared int `json:"compared"` // in full, from their processed crashes
	Screened int `json:"screened"` // unchanged by screening alone
	Left     int `json:"left"`     // neither
	Requests int `json:"requests"` // that the service was asked

	Grounds []Ground `json:"grounds"`
}

// Ground is what screening said of crashes, and why; those that were cached, and compared at once, are of one, too.
type Ground struct {
	Verdict  string   `json:"verdict"` // cached, unchanged, may change or can't tell
	Reason   string   `json:"reason"`
	Crashes  int      `json:"crashes"`
	Compared int      `json:"compared"` // of them, in full
	Changed  int      `json:"changed"`  // of the compared
	IDs      []string `json:"ids"`
}

// CachedGround is the verdict on crashes that screening had nothing to say of, since they were cached.
const CachedGround = "cached"

// note is the headline.
// It is not unknown: a crash that stands on screening alone has the same signature on both sides. What was left is
// missing in the totals, and said there.
func (s *Screening) note() Note {
	if s == nil {
		return Note{}
	}
	doubtful, compared, changed := 0, 0, 0
	for _, g := range s.Grounds {
		if g.Verdict == CachedGround {
			continue
		}
		doubtful += g.Crashes
		compared += g.Compared
		changed += g.Changed
	}
	// Grounds of unchanged crashes were counted with the others.
	doubtful -= s.Screened
	stand := "stand"
	if s.Screened == 1 {
		stand = "stands"
	}
	text := plural.Number(s.Screened) + " of " + plural.Crashes(s.Crashes) + " " + stand + " on screening alone: what the search says of them makes the same signature on both sides. "
	if cached := s.Crashes - s.Screened - doubtful; cached > 0 {
		text += plural.Of(cached, "was", "were") + " cached. "
	}
	text += "Of " + plural.Number(doubtful) + " that may change, or that screening can't tell, " + plural.Of(compared, "was", "were") + " compared in full: " + plural.Number(changed) + " changed"
	if s.Left > 0 {
		text += "; " + plural.Of(s.Left, "was", "were") + " not compared"
	}
	return Note{Text: say(text)}
}
