package screen

import (
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// changes are the lines that differ between the sides.
type changes struct {
	lines   []siglists.Change
	matcher *siglists.ChangeMatcher
	stems   []string // whatever a changed line matches contains one
	// everything is set where the difference may concern any frame, whatever the changed lines match; any where one of
	// them may match any frame.
	everything, any bool
	// whole is set where a changed line may match a text, and not the text with more behind it.
	whole bool

	// spareWatchdog tells that a thread of which the base finds RunWatchdog is one of which the candidate does.
	spareWatchdog bool
}

// newChanges reads the changed lines once for all crashes of a search.
func newChanges(base, candidate *siglists.Set) (*changes, error) {
	c := &changes{lines: siglists.Diff(base, candidate), everything: siglists.Entangled(base, candidate)}
	var err error
	if c.matcher, err = siglists.NewChangeMatcher(base, candidate, c.lines); err != nil {
		return nil, err
	}
	for _, change := range c.lines {
		stems, whole, err := read(change.Line)
		if err != nil {
			return nil, err
		}
		c.stems, c.any, c.whole = append(c.stems, stems...), c.any || stems == nil, c.whole || whole
	}
	c.spareWatchdog = !c.everything && !slices.ContainsFunc(c.lines, func(change siglists.Change) bool {
		return c.mayLoseWatchdog(change, candidate)
	})
	return c, nil
}

// read gives the stems of a line, and whether it looks at what stands behind what it matches. There are none where it has
// flags for its whole list, which may give further lines another meaning than they have alone.
func read(line siglists.Line) (stems []string, whole bool, err error) {
	if line.List == siglists.Sentinels {
		return []string{line.Text}, true, nil
	}
	p, err := pyre.Parse(line.Text)
	if err != nil {
		return nil, false, err
	}
	if p.Flagged() {
		return nil, p.LooksBehind(), nil
	}
	return p.Stems(), p.LooksBehind(), nil
}

// touch tells whether a changed line may match a frame, however the frames are split.
func (c *changes) touch(proto string) bool {
	return c.everything || (c.any || containsAny(proto, c.stems)) && Touches(proto, c.whole, c.matches)
}

// mostTokens is how many parts of a proto signature are put together in all ways: most have 40 frames at most.
const mostTokens = 100

// Touches tells whether a text matches that may be a frame of a proto signature, however that is split. What matches a frame also
// matches it with all that follows, unless whole says that it looks behind what it matches: then the frame may end after any
// number of parts. Of too many parts, and of parts that may begin elsewhere, that is not found out, and taken for granted.
func Touches(proto string, whole bool, matches func(frame string) bool) bool {
	tokens := Split(proto)
	if whole && len(tokens) > mostTokens || strings.Contains(proto, overlap) {
		return true
	}
	var further []string // parts that the frame may have besides
	at := 0
	for i, token := range tokens {
		if matches(proto[at:]) {
			return true
		}
		if whole {
			further = tokens[i+1:]
		}
		end := at + len(token)
		for _, more := range further {
			if matches(proto[at:end]) {
				return true
			}
			end += len(signatures.Separator) + len(more)
		}
		at += len(token) + len(signatures.Separator)
	}
	return false
}

// matches tells whether a changed line, but for those about source lines, matches a frame.
func (c *changes) matches(frame string) bool {
	return c.matcher.MatchText(nil, frame) != nil
}

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// watchdogsFrames are frames of a thread that crashed a process which doesn't shut down, and those that may stand above:
// a base that is older than what the service had may lack lines for them.
var watchdogsFrames = []string{
	"RunWatchdog", "mozilla::RunWatchdog", "(anonymous namespace)::RunWatchdog", "mozilla::(anonymous namespace)::RunWatchdog",
	"mozilla::`anonymous namespace'::RunWatchdog", "MOZ_Crash", "MOZ_CrashOOL", "MOZ_CrashPrintf", "MOZ_CrashSequence", "MOZ_ReportCrash",
	"mozalloc_abort", "NS_DebugBreak", "abort", "raise", "RealBreak", "Break",
}

// mayLoseWatchdog tells of a change that RunWatchdog may go from a signature with it. A line more of the prefix list
// makes the walk longer, and one of the irrelevant list passes over other frames: neither loses it, unless it matches
// RunWatchdog itself. Nor does a line less, if the walk still goes on over all that it matched.
func (c *changes) mayLoseWatchdog(change siglists.Change, candidate *siglists.Set) bool {
	line := change.Line
	switch {
	case line.List != siglists.Irrelevant && line.List != siglists.Prefix:
		return true
	case !change.Added && !candidate.List(siglists.Irrelevant).Covers(line) && (line.List == siglists.Irrelevant || !candidate.List(siglists.Prefix).Covers(line)):
		return true
	}
	return slices.ContainsFunc(watchdogsFrames, c.matches)
}
