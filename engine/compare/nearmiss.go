package compare

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// NearMiss is how a dead line would match, and what.
type NearMiss struct {
	How    string   // what would have to change
	Frames int      // distinct frames that would match then
	Sample []string // some of them
}

// maxSample is how many frames of a near miss are named.
const maxSample = 3

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
	escaped            = "with its special characters escaped"
)

// variants are what a line may have been meant as.
func variants(line siglists.Line) []variant {
	p, err := pyre.Parse(line.Text)
	text, literal := line.Text, line.List == siglists.Sentinels
	if err == nil && !literal {
		text, literal = p.IsLiteral()
	}
	if literal {
		return literalVariants(text, line.List == siglists.Sentinels)
	}
	return append(patternVariants(line.Text), variant{escaped, line.Text, func(_ *pyre.Budget, frame string) bool {
		return strings.HasPrefix(frame, line.Text)
	}})
}

// literalVariants are those of a line that is a plain text, and of a sentinel, which is the whole frame.
func literalVariants(text string, whole bool) []variant {
	starts := strings.HasPrefix
	if whole {
		starts = func(frame, text string) bool { return frame == text }
	}
	matches := func(_ *pyre.Budget, frame string) bool { return starts(frame, text) }
	return append(underscoreVariants(text, strings.HasPrefix(text, "_"), matches), variant{otherCase, text, func(_ *pyre.Budget, frame string) bool {
		return len(frame) >= len(text) && strings.EqualFold(frame[:len(text)], text) && (!whole || len(frame) == len(text))
	}})
}

// patternVariants are those of a line that is a pattern, as far as it can stand alone.
func patternVariants(text string) []variant {
	var vs []variant
	if matches := matcherOf(text); matches != nil {
		vs = underscoreVariants(startOf(text), ownUnderscores.MatchString(text), matches)
	}
	if matches := matcherOf("(?i:" + text + ")"); matches != nil {
		vs = append(vs, variant{otherCase, startOf(text), matches})
	}
	return vs
}

// matcherOf tells which frames a pattern matches; nil when it is none.
func matcherOf(pattern string) func(b *pyre.Budget, frame string) bool {
	list, err := pyre.CompileList([]string{pattern})
	if err != nil {
		return nil
	}
	return func(b *pyre.Budget, frame string) bool {
		_, ok, err := list.MatchWithin(b, frame)
		return ok && err == nil
	}
}

// ownUnderscores are those that a pattern, or one of its alternatives, starts with.
var ownUnderscores = regexp.MustCompile(`(?:^|[|(^]|\(\?:)_`)

// maxUnderscores is how many leading underscores a frame is tried with.
const maxUnderscores = 3

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
	vs := []variant{{more, has, func(b *pyre.Budget, frame string) bool {
		bare := strings.TrimLeft(frame, "_")
		return bare != "" && bare != frame && missed(b, frame, bare)
	}}}
	if own {
		vs = append(vs, variant{withoutUnderscores, has, func(b *pyre.Budget, frame string) bool {
			return !strings.HasPrefix(frame, "_") && missed(b, frame, frame)
		}})
	}
	return vs
}

// startOf is the text that what a pattern matches begins with, as far as that can be told.
func startOf(pattern string) string {
	p, err := pyre.Parse(pattern)
	if err != nil {
		return ""
	}
	return p.LiteralPrefix()
}

// ofUnderscores tells what only underscores keep from a line: what is of interest of a line that is not
// dead, too.
func ofUnderscores(how string) bool {
	return how == withUnderscores || how == otherUnderscores || how == withoutUnderscores
}

// findNearMisses finds those of all lines among the frames that were seen: not all, once the budget has ended.
func findNearMisses(b *pyre.Budget, lines []lineTally, frames []*signatures.Classified, workers int) {
	tried := make([][]variant, len(lines))
	var texts []string
	for i := range lines {
		if b.Spend(len(lines[i].change.Line.Text)) != nil {
			return
		}
		tried[i] = lines[i].variants()
		for _, v := range tried[i] {
			texts = append(texts, v.has)
		}
	}
	in := newFrameSearch(b, frames, texts)
	var group errgroup.Group
	group.SetLimit(workers)
	for i := range lines {
		group.Go(func() error {
			lines[i].nearMisses(b, tried[i], in)
			return nil
		})
	}
	_ = group.Wait() // there is nothing that fails
}

// variants are those that are of interest of the line: of a dead line all of them, of an added one what
// only underscores keep from it.
func (t *lineTally) variants() []variant {
	dead := len(t.frames) == 0
	if !dead && !t.change.Added {
		return nil
	}
	return slices.DeleteFunc(variants(t.change.Line), func(v variant) bool { return !dead && !ofUnderscores(v.how) })
}

// nearMisses finds the frames that the line would match if it were a little different, by what would have
// to change: near are those of a dead line, missed those that an underscore keeps from an added line and
// that no other line takes. Of a line that matches no frame here both are found, since it may match
// frames elsewhere.
func (t *lineTally) nearMisses(b *pyre.Budget, variants []variant, in *frameSearch) {
	dead := len(t.frames) == 0
	for _, v := range variants {
		for _, f := range in.mayHave(v.has) {
			if b.Spend(1+len(f.Text)) != nil {
				return
			}
			if !v.matches(b, f.Text) {
				continue
			}
			if dead {
				addTo(t.near, v.how, f.Text)
			}
			if t.change.Added && ofUnderscores(v.how) && !taken(f, t.change.Line.List) {
				addTo(t.missed, v.how, f.Text)
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
		return c.Irrelevant.OK
	case siglists.Prefix:
		return c.Irrelevant.OK || c.Prefix.OK
	}
	return c.Lined
}

// sortNearMisses orders near misses as variants are tried, with the first frames of each as a sample.
func sortNearMisses(found map[string]frameSet, dead bool) []NearMiss {
	var misses []NearMiss
	for _, how := range []string{withUnderscores, otherUnderscores, withoutUnderscores, otherCase, escaped} {
		if !dead && !ofUnderscores(how) {
			break
		}
		if frames := slices.Sorted(maps.Keys(found[how])); len(frames) > 0 {
			misses = append(misses, NearMiss{how, len(frames), frames[:min(maxSample, len(frames))]})
		}
	}
	return misses
}
