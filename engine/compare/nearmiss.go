package compare

import (
	"math"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// NearMiss is how a line that matches nothing would match, and what.
type NearMiss struct {
	How    string       `json:"how"`    // what would have to change
	Frames []FrameCount `json:"frames"` // that would match then, with the crashes that have them; never none
}

// variant is something that a dead line may have been meant as.
type variant struct {
	how string
	// has is in every frame that it matches, if in another letter case; "" where nothing such is known.
	has     string
	matches func(b *pyre.Budget, frame string) bool
}

// What may have been forgotten: underscores come and go with the platform's name mangling, and special
// characters are easily left unescaped.
const (
	withUnderscores    = "with leading underscores"
	otherUnderscores   = "with other leading underscores" // of a line that has some
	withoutUnderscores = "without leading underscores"
	otherCase          = "in another case"
	// Escaped is how a line would match that is a frame as it stands, but means something else as a pattern.
	Escaped = "with its special characters escaped"
	// OtherArguments is how a line would match that misses a frame for the template arguments at its end.
	OtherArguments = "with other template arguments"
	// OneAway is how a long line would match with a letter changed, more or less.
	OneAway = "with one letter changed"
)

// variants are what a line may have been meant as.
func variants(line siglists.Line) []variant {
	p, err := pyre.Parse(line.Text)
	text, literal := line.Text, line.List == siglists.Sentinels
	if err == nil && !literal {
		text, literal = p.IsLiteral()
	}
	switch {
	case literal:
		return literalVariants(line, text)
		// Standing alone, such a line would refer to groups of its own, or to none.
	case err == nil && p.Refers():
		return nil // what it matches depends on the groups of other lines
	}
	vs := append(patternVariants(line), oneAway(line)...)
	return append(vs, variant{how: Escaped, has: line.Text, matches: func(_ *pyre.Budget, frame string) bool {
		return strings.HasPrefix(frame, line.Text)
	}})
}

// literalVariants are those of a line that is a plain text, and of a sentinel, which is the whole frame.
func literalVariants(line siglists.Line, text string) []variant {
	// Python's match wants a line at the start of the frame; a sentinel is compared with all of it.
	starts, whole := strings.HasPrefix, line.List == siglists.Sentinels
	if whole {
		starts = func(frame, text string) bool { return frame == text }
	}
	matches := func(_ *pyre.Budget, frame string) bool { return starts(frame, text) }
	vs := append(underscoreVariants(text, strings.HasPrefix(text, "_"), matches), oneAway(line)...)
	vs = append(vs, argumentVariants(line, text, matches)...)
	return append(vs, variant{how: otherCase, has: text, matches: func(_ *pyre.Budget, frame string) bool {
		return len(frame) >= len(text) && strings.EqualFold(frame[:len(text)], text) && (!whole || len(frame) == len(text))
	}})
}

// oneAway are frames that are one letter away from a long line. A slip leaves one half of its name as it is, which such
// frames are found by.
func oneAway(line siglists.Line) []variant {
	name, near := siglists.Near(line)
	if near == nil {
		return nil
	}
	letters := []rune(name)
	middle := len(letters) / 2
	// Two letters in the wrong order may lie on both sides of the middle.
	start, end := string(letters[:middle-1]), string(letters[middle:])
	return []variant{
		{how: OneAway, has: start, matches: func(_ *pyre.Budget, frame string) bool {
			return strings.HasPrefix(frame, start) && near(frame)
		}},
		{how: OneAway, has: end, matches: func(_ *pyre.Budget, frame string) bool {
			return !strings.HasPrefix(frame, start) && near(frame) // else it is counted already
		}},
	}
}

// patternVariants are those of a line that is a pattern, as far as it can stand alone.
func patternVariants(line siglists.Line) []variant {
	text, start := line.Text, startOf(line.Text)
	vs := underscoreVariants(start, ownUnderscores().MatchString(text), matcherOf(text))
	vs = append(vs, argumentVariants(line, start, matcherOf(text))...)
	return append(vs, variant{how: otherCase, has: start, matches: matcherOf("(?i:" + text + ")")})
}

// matcherOf tells which frames a pattern matches: none where it is no pattern. It is read when the first frame comes, which
// few patterns are held against.
func matcherOf(pattern string) func(b *pyre.Budget, frame string) bool {
	compiled := sync.OnceValues(func() (*pyre.List, error) { return pyre.CompileList([]string{pattern}) })
	return func(b *pyre.Budget, frame string) bool {
		list, err := compiled()
		if err != nil {
			return false
		}
		_, ok, err := list.Match(b, frame)
		return ok && err == nil
	}
}

// ownUnderscores are those that a pattern, or one of its alternatives, starts with.
var ownUnderscores = lazyregexp.New(`(?:^|[|(^]|\(\?:)_`)

// arguments are what template arguments become in a normalised frame.
const arguments = "<T>"

// otherArguments is a frame without the template arguments at its end, or with some.
func otherArguments(frame string) string {
	if name, ok := strings.CutSuffix(frame, arguments); ok {
		return name
	}
	return frame + arguments
}

// argumentVariants are those of a line that starts with a text: the frames that it doesn't match only for the template
// arguments at their end. It can't miss others unless it ends where the frame does, or in arguments.
func argumentVariants(line siglists.Line, start string, matches func(b *pyre.Budget, frame string) bool) []variant {
	at := strings.LastIndex(line.Text, "<")
	in := at >= 0 && !strings.Contains(line.Text[at:], "::")
	name := start
	if at := strings.LastIndex(name, "<"); at >= 0 && strings.HasPrefix(arguments, name[at:]) {
		name = name[:at]
	}
	if name == "" || line.List != siglists.Sentinels && !strings.HasSuffix(line.Text, "$") && !in {
		return nil
	}
	return []variant{{how: OtherArguments, has: name, matches: func(b *pyre.Budget, frame string) bool {
		return matches(b, otherArguments(frame)) && !matches(b, frame)
	}}}
}

// maxUnderscores is how many leading underscores a frame is tried with.
const maxUnderscores = 3

// Sibling tells which frames are what a line says, from start to end, but for leading underscores, or for template arguments.
func Sibling(line siglists.Line) func(b *pyre.Budget, frame string) bool {
	matches := func(_ *pyre.Budget, frame string) bool { return frame == line.Text }
	if line.List != siglists.Sentinels {
		matches = matcherOf("(?:" + line.Text + ")$")
	}
	return func(b *pyre.Budget, frame string) bool {
		bare := strings.TrimLeft(frame, "_")
		for n := range maxUnderscores + 1 {
			if matches(b, strings.Repeat("_", n)+bare) {
				return true
			}
		}
		return matches(b, otherArguments(frame))
	}
}

// underscoreVariants are those of a line that starts with a text, and maybe with underscores of its own: the
// frames that it doesn't match only for their leading underscores, of which they have more, fewer or none.
func underscoreVariants(start string, own bool, matches func(b *pyre.Budget, frame string) bool) []variant {
	has, more, most := strings.TrimLeft(start, "_"), withUnderscores, 0
	if own {
		more, most = otherUnderscores, max(maxUnderscores, len(start)-len(has))
	}
	missed := func(b *pyre.Budget, frame, bare string) bool {
		for n := range most + 1 {
			if under := strings.Repeat("_", n); matches(b, under+bare) {
				return !matches(b, frame) && !matches(b, under) // else underscores are all that it wants
			}
		}
		return false
	}
	return []variant{
		{how: more, has: has, matches: func(b *pyre.Budget, frame string) bool {
			bare := strings.TrimLeft(frame, "_")
			return bare != "" && bare != frame && missed(b, frame, bare)
		}},
		{how: withoutUnderscores, has: has, matches: func(b *pyre.Budget, frame string) bool {
			return !strings.HasPrefix(frame, "_") && missed(b, frame, frame) // of a line that has none of its own, none
		}},
	}
}

// startOf is the text that what a pattern matches begins with, as far as that can be told.
func startOf(pattern string) string {
	p, err := pyre.Parse(pattern)
	if err != nil {
		return ""
	}
	return p.LiteralPrefix()
}

// IsLikely tells what a dead line was hardly meant to miss: of frames that another line takes, it may have been.
func IsLikely(how string) bool { return how == OneAway || how == OtherArguments || how == Escaped }

// ofSiblings tells what only underscores or template arguments keep from a line: what is of interest of a line that is not
// dead, too.
func ofSiblings(how string) bool {
	return how == withUnderscores || how == otherUnderscores || how == withoutUnderscores || how == OtherArguments
}

// findNearMisses finds those of all lines among the frames that were seen: not all, once the budget has ended.
func findNearMisses(b *pyre.Budget, lines []lineTally, frames []table.Seen, workers int) {
	tried := make([][]variant, len(lines))
	var texts []string
	for i := range lines {
		tried[i] = lines[i].variants()
		for _, v := range tried[i] {
			texts = append(texts, v.has)
		}
	}
	// The search doesn't change once it is made, and each line is found by one goroutine.
	in := newFrameSearch(b, frames, texts)
	var group errgroup.Group
	group.SetLimit(workers)
	for i := range lines {
		group.Go(func() error {
			own := b.Part(math.MaxInt) // of the line, so that limits that others meet are not its own
			lines[i].nearMisses(own, tried[i], in)
			lines[i].Unsure = own.Met()
			return nil
		})
	}
	_ = group.Wait() // there is nothing that fails
}

// variants are those that are of interest of the line: of a dead line all of them, of another what only its spelling on
// other platforms keeps from it.
func (t *lineTally) variants() []variant {
	dead := len(t.Frames) == 0
	return slices.DeleteFunc(variants(t.Change.Line), func(v variant) bool { return !dead && !ofSiblings(v.how) })
}

// nearMisses finds the frames that the line would match if it were a little different, by what would have
// to change: near are those of a dead line, missed those that underscores or template arguments keep from an added line and
// that no other line takes. Of a line that matches no frame here both are found, since it may match
// frames elsewhere.
func (t *lineTally) nearMisses(b *pyre.Budget, variants []variant, in *frameSearch) {
	dead := len(t.Frames) == 0
	for _, v := range variants {
		for _, f := range in.mayHave(v.has) {
			if b.Spend(1+len(f.Text)) != nil {
				return
			}
			if !v.matches(b, f.Text) {
				continue
			}
			if dead && (!IsLikely(v.how) || !taken(f.Classified, t.Change.Line.List)) {
				t.Near = put(t.Near, v.how, count(t.Near[v.how], f.Text, f.Crashes))
			}
			if t.Change.Added && ofSiblings(v.how) && !decided(f.Classified, t.Change.Line.List) {
				t.Missed = put(t.Missed, v.how, count(t.Missed[v.how], f.Text, f.Crashes))
			}
		}
	}
}

// taken tells whether a line of a list decides the frame, or one of a list that comes before it.
func taken(c *signatures.Classified, list siglists.Name) bool {
	switch list {
	case siglists.Sentinels:
		return c.Sentinel != nil
	case siglists.Irrelevant:
		return c.Irrelevant().OK
	case siglists.Prefix:
		return c.Irrelevant().OK || c.Prefix().OK
	}
	return c.Lined
}

// decided tells whether a line of any list that a line of one could do without decides the frame.
func decided(c *signatures.Classified, list siglists.Name) bool {
	if list == siglists.LineNumbers {
		return c.Lined
	}
	return c.Sentinel != nil && list == siglists.Sentinels || c.Irrelevant().OK || c.Prefix().OK
}

// sortNearMisses orders near misses as variants are tried, the frames of most crashes first.
func sortNearMisses(found map[string]map[string]int) []NearMiss {
	var misses []NearMiss
	for _, how := range []string{withUnderscores, otherUnderscores, withoutUnderscores, OtherArguments, otherCase, Escaped, OneAway} {
		if frames := FrameCounts(found[how]); len(frames) > 0 {
			misses = append(misses, NearMiss{how, frames})
		}
	}
	return misses
}
