package report

import (
	"github.com/sigdiff/sigdiff/internal/plural"
)

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
