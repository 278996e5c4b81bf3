// Package verify tells whether a change of siglists is in effect at a service: by the signatures that hold a frame of an
// added line, and by crashes whose signature the change should have altered.
package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/linesearch"
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
	ID               string
	Date             time.Time
	Signature, Proto string
}

// A Line is an added line, and what signatures tell of it.
type Line struct {
	Line    string  `json:"line"` // as in an edit file
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why"`
	URL     string  `json:"url,omitempty"` // of the search
	// Follows are the crashes in whose signature something follows the line's frame, which it does by no line that was
	// there before; Last those where it comes last, and more could follow. Unclear are those that tell nothing.
	Follows int `json:"follows"`
	Last    int `json:"last"`
	Unclear int `json:"unclear"`
	// FirstFollows and LatestLast are when the first of those, and the latest of these was processed.
	FirstFollows time.Time `json:"first_follows,omitzero"`
	LatestLast   time.Time `json:"latest_last,omitzero"`
	// Examples are the latest of both.
	Examples []string `json:"examples,omitempty"`
}

// A Judge judges added lines by signatures.
type Judge struct{ base, candidate *siglists.Matcher }

// NewJudge judges a change from one set of siglists to another.
func NewJudge(base, candidate *siglists.Set) *Judge {
	return &Judge{base.Matcher(), candidate.Matcher()}
}

// sign is what a signature tells.
type sign int

const (
	nothing sign = iota
	follows
	last
	elsewhere // it has no frame of the line
)

// Line judges an added line of the prefix list by crashes, the latest first.
func (j *Judge) Line(l linesearch.Line, hits []Hit) Line {
	out := Line{Line: l.Change.Edit()}
	var latest sign
	for _, h := range hits {
		s := j.look(l, h)
		switch s {
		case elsewhere:
			continue
		case nothing:
			out.Unclear++
			continue
		case follows:
			out.Follows++
			out.FirstFollows = h.Date
		case last:
			if out.Last == 0 {
				out.LatestLast = h.Date
			}
			out.Last++
		}
		if s != latest && len(out.Examples) < 2 {
			out.Examples = append(out.Examples, h.ID)
		}
		if latest == nothing {
			latest = s
		}
	}
	out.judge(latest)
	return out
}

// judge makes the verdict; latest is what the latest signature tells that tells something.
func (l *Line) judge(latest sign) {
	counts := fmt.Sprintf("in %d signatures something follows its frame, in %d that comes last", l.Follows, l.Last)
	switch {
	case latest == follows:
		l.Verdict, l.Why = Deployed, counts
	case l.Follows > 0:
		l.Verdict, l.Why = Unclear, counts+", in the latest too"
	case l.Last > 0:
		l.Verdict, l.Why = NotDeployed, counts+": it is not deployed, or does not work"
	case l.Unclear > 0:
		l.Verdict, l.Why = Unclear, fmt.Sprintf("%d signatures have its frame, and none tells: older lines go on there too, or nothing more could follow", l.Unclear)
	default:
		l.Verdict, l.Why = Unclear, "no signature has its frame"
	}
}

// look tells what one signature says of a line.
func (j *Judge) look(l linesearch.Line, h Hit) sign {
	parts := linesearch.Frames(h.Signature)
	at := l.Frame(parts)
	if at < 0 {
		return elsewhere
	}
	before, err := j.base.Match(siglists.Prefix, parts[at])
	if err != nil || before.OK || !closed(parts[at]) {
		return nothing
	}
	if at < len(parts)-1 {
		return follows
	}
	if !signatures.IsTruncated(h.Signature) && j.more(h.Proto, parts[at]) {
		return last
	}
	return nothing
}

// more tells whether a stack goes on behind a frame with something that a signature is made of.
func (j *Judge) more(proto, frame string) bool {
	frames := linesearch.Frames(proto)
	at := len(frames) - 1
	for at >= 0 && frames[at] != frame {
		at--
	}
	return at >= 0 && slices.ContainsFunc(frames[at+1:], func(f string) bool {
		hit, err := j.candidate.Match(siglists.Irrelevant, f)
		return err == nil && !hit.OK
	})
}

// closed tells that every bracket of a frame is closed, so that the separator does not seem to stand within it.
func closed(frame string) bool {
	for _, pair := range []string{"()", "[]", "{}"} {
		if strings.Count(frame, pair[:1]) != strings.Count(frame, pair[1:]) {
			return false
		}
	}
	plain := strings.NewReplacer("->", "", "operator<", "", "operator>", "").Replace(frame)
	return strings.Count(plain, "<") == strings.Count(plain, ">")
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
