package lint

import (
	"strings"
	"sync"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// list is a list that is looked at.
type list struct {
	name    siglists.Name
	source  []byte
	empty   bool    // the file has no lines that count
	verbose bool    // it begins with (?x), so that comments may stand in it
	lines   []*line // without the markers of merge conflicts, of which there is nothing more to say
}

// line is a line of a list; pattern and what follows is nil or empty for a sentinel.
type line struct {
	siglists.Line
	pattern *pyre.Pattern
	// literal is the whole pattern, when it is nothing but characters; else empty.
	literal string
	// regular tells that the pattern can be held against others.
	regular bool
	// sample is a string that the pattern matches, if one is known of a regular pattern; else empty. It is looked for when it is
	// first asked for: of most lines nobody does where only some are looked at.
	sample func() string
	// alone is a list of this line, of a regular pattern.
	alone *pyre.List
	// undecided is why not all was decided that the checks of overlaps look for; nil: it was.
	undecided error
	// matchesAll says why the pattern surely matches every frame; empty for one that may not.
	matchesAll string
	// flagged is set when flags change what the pattern's characters mean.
	flagged bool
	// misspelt is set when a sign is found unescaped that makes the pattern match what has little to do with it, as [word] does.
	misspelt bool
}

func (l *line) place() Place {
	return Place{File: l.List.File(), Line: l.Number, Text: l.Text}
}

func (l *linter) readList(from *siglists.List) *list {
	read := &list{name: from.Name, source: from.Source, empty: len(from.Lines) == 0}
	flagged := false
	for i, at := range from.Lines {
		if l.ctx.Err() != nil {
			break
		}
		line := &line{Line: at}
		// Python takes most markers for patterns, so that the other checks would report nonsense about them.
		if siglists.IsConflictMarker(at.Text) {
			l.add(Finding{Place: line.place(), Check: Conflict, Severity: Error, Message: conflictMessage})
			continue
		}
		if read.name == siglists.Sentinels {
			read.lines = append(read.lines, line)
			continue
		}
		pattern, err := from.Pattern(i)
		if err != nil {
			continue // not to happen: the set has loaded
		}
		read.lines = append(read.lines, line)
		line.pattern = pattern
		// Flags for all stand at the start of the first line, and count for the whole joined list.
		flagged = flagged || pattern.Flags != pyre.Unicode
		line.flagged = flagged || pattern.Find(func(n *pyre.Node) bool { return n.Add != 0 })
		// No flag makes more of an empty alternative, but that alternatives themselves may be comments.
		if read.verbose = read.verbose || pattern.Flags&pyre.Verbose != 0; i == 0 || !read.verbose {
			line.matchesAll = emptyAlternative(pattern)
		}
		// Under flags the characters of a pattern mean something else than they say, and most checks go by what they say.
		if !line.flagged {
			line.analyse(l.budget)
		}
	}
	return read
}

func (l *line) analyse(b *pyre.Budget) {
	if text, ok := literalOf(l.pattern.Root); ok && text != "" {
		l.literal, l.regular = text, true
		l.sample = func() string { return text }
		return
	}
	if l.regular = l.pattern.IsRegular(); !l.regular {
		return
	}
	l.matchesAll, l.undecided = matchesEverything(b, l.pattern)
	l.alone = l.pattern.Alone()
	l.sample = sync.OnceValue(func() string {
		if sample := sampleOf(l.pattern.Root); l.undecided == nil && l.mayMatch(b, sample) {
			return sample
		}
		return ""
	})
}

// mayMatch tells whether the line, of a regular pattern, matches a sample; true also where the budget ends.
func (l *line) mayMatch(b *pyre.Budget, sample string) bool {
	if l.literal != "" {
		return strings.HasPrefix(sample, l.literal)
	}
	_, matched, err := l.alone.Match(b, sample)
	return matched || err != nil
}

// literalOf is the text of a sequence of characters.
func literalOf(n *pyre.Node) (string, bool) {
	text, rest := leadingLiteral(n.Subs)
	return text, rest == len(n.Subs)
}

// leadingLiteral is what a sequence starts with as long as it is characters, and groups of such that are
// neither repeated nor looked at; rest is the index of the first node that is none.
func leadingLiteral(nodes []*pyre.Node) (text string, rest int) {
	var b strings.Builder
	for i, n := range nodes {
		switch {
		case n.Op == pyre.OpLiteral:
			b.WriteRune(n.Rune)
			continue
		case n.Op == pyre.OpGroup:
			if inside, ok := literalOf(n.Subs[0]); ok {
				b.WriteString(inside)
				continue
			}
		}
		return b.String(), i
	}
	return b.String(), len(nodes)
}

// maxSample is how long a sample may get, in bytes.
const maxSample = 2000

// sampleOf makes a string that a pattern should match. Whether it does is for the caller to check.
func sampleOf(n *pyre.Node) string {
	switch n.Op {
	case pyre.OpConcat, pyre.OpGroup:
		var b strings.Builder
		for _, sub := range n.Subs {
			b.WriteString(sampleOf(sub))
		}
		return b.String()
	case pyre.OpAlternate:
		return sampleOf(n.Subs[0])
	case pyre.OpLiteral:
		return string(n.Rune)
	case pyre.OpAny, pyre.OpSet:
		return sampleChar(n)
	case pyre.OpRepeat:
		if part := sampleOf(n.Subs[0]); n.Min*len(part) <= maxSample {
			return strings.Repeat(part, n.Min)
		}
	}
	return ""
}

func sampleChar(n *pyre.Node) string {
	one := &pyre.Pattern{Root: &pyre.Node{Op: pyre.OpConcat, Subs: []*pyre.Node{n}}, Flags: pyre.Unicode}
	// Most sets of frames' characters have one of ASCII.
	for c := 'a'; c != 'a'+128; c++ { // letters first
		if ok, _ := one.Match(string(c % 128)); ok {
			return string(c % 128)
		}
	}
	return ""
}
