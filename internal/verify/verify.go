// Package verify tells whether a change of siglists is in effect at a service: by what the service recorded of crashes that
// have a frame of a changed line, and by crashes whose signature the change should have altered.
package verify

import (
	"fmt"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// Verdict is whether a change is in effect.
type Verdict string

// The verdicts.
const (
	Deployed    Verdict = "deployed"
	NotDeployed Verdict = "not deployed"
	Unclear     Verdict = "can't tell"
)

// A Hit is a crash that a search found, processed since the change.
type Hit struct {
	ID   string
	Date time.Time
	Row  *screen.Row
}

// A Line is a changed line, and what crashes tell of it.
type Line struct {
	Line    string  `json:"line"` // as in an edit file
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why"`
	URL     string  `json:"url,omitempty"` // of the search
	// With are the crashes that are as the change makes them, Without those that are as they were before. Unclear tell
	// nothing.
	With    int `json:"with"`
	Without int `json:"without"`
	Unclear int `json:"unclear"`
	// FirstWith and LatestWithout are when the first of those, and the latest of these was processed.
	FirstWith     time.Time `json:"first_with,omitzero"`
	LatestWithout time.Time `json:"latest_without,omitzero"`
	// Examples are the latest of both.
	Examples []string `json:"examples,omitempty"`
}

// A Judge judges changed lines by crashes.
type Judge struct {
	candidate *siglists.Set
	change    *screen.Screener
}

// NewJudge judges a change from one set of siglists to another.
func NewJudge(base, candidate *siglists.Set) (*Judge, error) {
	change, err := screener(base, candidate)
	return &Judge{candidate, change}, err
}

func screener(base, candidate *siglists.Set) (*screen.Screener, error) {
	return screen.New(signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()))
}

// Line judges a changed line by the crashes that a search of Column for its stems found, the latest first.
func (j *Judge) Line(l linesearch.Line, hits []Hit) (Line, error) {
	out := Line{Line: l.Change.Edit()}
	way, err := j.way(l)
	if err != nil {
		return out, err
	}
	var latest sign
	for _, h := range hits {
		s, err := way.look(h.Row)
		switch {
		case err != nil:
			return out, fmt.Errorf("crash %s: %w", h.ID, err)
		case s == elsewhere:
			continue
		case s == nothing:
			out.Unclear++
			continue
		case s == with:
			out.With++
			out.FirstWith = h.Date
		case out.Without == 0:
			out.LatestWithout = h.Date
			out.Without++
		default:
			out.Without++
		}
		if s != latest && len(out.Examples) < 2 {
			out.Examples = append(out.Examples, h.ID)
		}
		if latest == nothing {
			latest = s
		}
	}
	out.judge(fmt.Sprintf(way.counts, plural.Number(out.With), plural.Number(out.Without)), latest)
	return out, nil
}

// judge makes the verdict; latest is what the latest crash tells that tells something.
func (l *Line) judge(counts string, latest sign) {
	switch {
	case latest == with:
		l.Verdict, l.Why = Deployed, counts
	case l.With > 0:
		l.Verdict, l.Why = Unclear, counts+", in the latest too"
	case l.Without > 0:
		l.Verdict, l.Why = NotDeployed, counts+": the change is not deployed, or the line does not work"
	case l.Unclear > 0:
		l.Verdict, l.Why = Unclear, fmt.Sprintf("%s its frame, and none tells: they would be the same without the line, or what they were made of is not known", plural.Of(l.Unclear, "crash has", "crashes have"))
	default:
		l.Verdict, l.Why = Unclear, "no crash has its frame"
	}
}

// Overall is the verdict of several. Siglists are deployed as a whole, so that one proof will do, unless something is missing.
func Overall(all []Verdict) Verdict {
	switch {
	case slices.Contains(all, NotDeployed):
		return NotDeployed
	case slices.Contains(all, Deployed):
		return Deployed
	}
	return Unclear
}
