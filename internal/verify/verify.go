// Package verify tells whether a change of siglists is in effect at a service: by what the service recorded of crashes that
// have a frame of a changed line, and by crashes whose signature the change should have altered.
package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
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
	// FirstWith and LatestWithout are when the first of those, and the latest of these was processed, of the crashes looked at.
	FirstWith     time.Time `json:"first_with,omitzero"`
	LatestWithout time.Time `json:"latest_without,omitzero"`
	// Examples are the latest of both.
	Examples []string `json:"examples,omitempty"`

	counts string // With and Without, in words
}

// A Judge judges changed lines by crashes.
type Judge struct {
	change *screen.Screener
	with   []changed // the siglists that the service may have, if it has the change
}

// changed are siglists that have the change, and what that alters in them.
type changed struct {
	set    *siglists.Set
	change *screen.Screener
}

// NewJudge judges a change from one set of siglists to another. later are what these have become since, nil where that isn't
// known: the service may have them.
func NewJudge(base, candidate, later *siglists.Set) (*Judge, error) {
	change, err := screener(base, candidate)
	if err != nil {
		return nil, err
	}
	// The candidate first: a line is judged by it alone where later siglists have taken the line back.
	j := &Judge{change, []changed{{candidate, change}}}
	if later == nil {
		return j, nil
	}
	// Held against each other, these show what the change alone makes of a crash today.
	undone, err := undo(siglists.Diff(base, candidate), later)
	if err != nil {
		return nil, err
	}
	if change, err = screener(undone, later); err != nil {
		return nil, err
	}
	j.with = append(j.with, changed{later, change})
	return j, nil
}

// undo takes back as much of a change as siglists have of it.
func undo(changes []siglists.Change, set *siglists.Set) (*siglists.Set, error) {
	var back []siglists.Change
	for _, c := range changes {
		if has(set, c) {
			back = append(back, siglists.Change{Line: c.Line, Added: !c.Added})
		}
	}
	undone, err := set.With(back)
	if err != nil {
		return nil, fmt.Errorf("undoing the change: %w", err)
	}
	return undone, nil
}

// has tells whether siglists are as a change makes them.
func has(set *siglists.Set, c siglists.Change) bool {
	// By its text: the same line may stand elsewhere in the file by now.
	return set.List(c.Line.List).Has(c.Line.Text) == c.Added
}

func screener(base, candidate *siglists.Set) (*screen.Screener, error) {
	// The service has no other rules.
	return screen.New(signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()))
}

// Columns are what a search must bring of the crashes that lines are judged by.
func Columns() []string { return append(crashdata.SearchColumns(), "processor_notes") }

// byProcessing are hits by when the service processed them last, which their notes begin with, the latest first; the zero time where
// they don't. The date of a search doesn't tell: it is when the crash was sent, and stays when it is processed again.
func byProcessing(hits []fetch.Hit) []fetch.Hit {
	seen := map[string]bool{}
	// A crash that is listed twice counts once.
	hits = slices.DeleteFunc(slices.Clone(hits), func(h fetch.Hit) bool {
		twice := seen[h.ID]
		seen[h.ID] = true
		return twice
	})
	for i := range hits {
		var columns struct {
			Notes string `json:"processor_notes"`
		}
		_ = json.Unmarshal(hits[i].Columns, &columns) // without notes nothing is known of the time
		text, _ := strings.CutPrefix(columns.Notes, ">>> Start processing: ")
		text, _, _ = strings.Cut(text, " (") // the name of a machine
		hits[i].Date, _ = fetch.ParseTime(text)
	}
	slices.SortStableFunc(hits, func(a, b fetch.Hit) int { return b.Date.Compare(a.Date) })
	return hits
}

// Line judges a changed line by what a search of Column for its stems found since the change.
func (j *Judge) Line(l linesearch.Line, look *fetch.Look) (Line, error) {
	out := Line{Line: l.Change.Edit()}
	way, err := j.way(l)
	if err != nil {
		return out, err
	}
	var latest sign
	for _, h := range byProcessing(look.Hits) {
		s := way.sign(h)
		if s == elsewhere {
			continue
		}
		if s == nothing || h.Date.IsZero() {
			out.Unclear++
			continue
		}
		out.count(s, h.Date)
		// One of each kind, if there are both.
		if s != latest && len(out.Examples) < 2 {
			out.Examples = append(out.Examples, h.ID)
		}
		if latest == nothing {
			latest = s
		}
	}
	out.counts = fmt.Sprintf(way.counts, plural.Number(out.With), plural.Number(out.Without))
	out.judge(latest)
	switch {
	case look.Incomplete != nil:
		out.Why += "; the service's answer is partial, so that later crashes may be missing"
		// The latest crash decides, and nobody knows which one that is.
		out.Verdict = Unclear
	case look.Total > len(look.Hits):
		// Those that were sent later were processed later, too, but for crashes that were processed again.
		out.Why += fmt.Sprintf("; of %s the %s that were sent last were looked at, and not what was processed again of the others", plural.Crashes(look.Total), plural.Number(len(look.Hits)))
	}
	return out, nil
}

// count counts a crash that tells something.
func (l *Line) count(s sign, processed time.Time) {
	if s == with {
		l.With++
		l.FirstWith = earlier(l.FirstWith, processed)
		return
	}
	l.Without++
	l.LatestWithout = latestOf(l.LatestWithout, processed)
}

// judge makes the verdict; latest is what the latest crash tells that tells something.
func (l *Line) judge(latest sign) {
	switch {
	// Crashes of before are no sign against it: the latest one has the change.
	case latest == with:
		l.Verdict, l.Why = Deployed, l.counts
	// Some processors may have the change and others not, or it was taken back. Crashes alone can't tell.
	case l.With > 0:
		l.Verdict, l.Why = Unclear, l.counts+", in the latest too"
	case l.Without > 0:
		l.Verdict, l.Why = NotDeployed, l.counts+": the change is not deployed, or the line does not work"
	case l.Unclear > 0:
		l.Verdict, l.Why = Unclear, fmt.Sprintf("%s its frame, and none tells: they would be the same without the line, or what they were made of, or when, is not known", plural.Of(l.Unclear, "crash has", "crashes have"))
	default:
		l.Verdict, l.Why = Unclear, "no crash that was found has its frame"
	}
}

// inEffect is when the first crash shows one of the lines in effect; the zero time for none.
func inEffect(lines []Line) (since time.Time) {
	for _, l := range lines {
		// Whatever the verdict: one crash shows that the change was in effect when it was processed.
		since = earlier(since, l.FirstWith)
	}
	return since
}

// excuse judges the lines of one change by when it was in effect. Siglists are deployed as a whole: crashes that were as before
// only until then tell nothing of their line.
func excuse(lines []Line, since time.Time) {
	for i := range lines {
		if l := &lines[i]; l.Verdict == NotDeployed && l.LatestWithout.Before(since) {
			l.Verdict, l.Why = Unclear, l.counts+", all of them from before the change is known to have been in effect"
		}
	}
}
