package engine

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

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
	withoutUnderscores = "without leading underscores"
	otherCase          = "in another case"
	furtherAlong       = "further along in the frame"
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
	bare := strings.TrimLeft(text, "_")
	return []variant{
		{withUnderscores, bare, func(_ *pyre.Budget, frame string) bool {
			return strings.HasPrefix(frame, "_") && starts(strings.TrimLeft(frame, "_"), text)
		}},
		{otherCase, bare, func(_ *pyre.Budget, frame string) bool {
			return len(frame) >= len(text) && strings.EqualFold(frame[:len(text)], text) && (!whole || len(frame) == len(text))
		}},
		{furtherAlong, bare, func(_ *pyre.Budget, frame string) bool {
			return !whole && len(frame) > 1 && strings.Contains(frame[1:], text)
		}},
		{withoutUnderscores, bare, func(_ *pyre.Budget, frame string) bool { return bare != text && bare != "" && starts(frame, bare) }},
	}
}

// patternVariants are those of a line that is a pattern, as far as they can stand inside another.
func patternVariants(text string) []variant {
	has, bare := startOf(text), strings.TrimLeft(text, "_")
	var vs []variant
	for _, v := range []struct{ how, pattern, has string }{
		{withUnderscores, "_+(?:" + text + ")", has},
		{otherCase, "(?i:" + text + ")", has},
		{furtherAlong, ".+?(?:" + text + ")", has},
		{withoutUnderscores, bare, startOf(bare)},
	} {
		list, err := pyre.CompileList([]string{v.pattern})
		if err != nil || v.pattern == text || v.pattern == "" {
			continue
		}
		vs = append(vs, variant{v.how, v.has, func(b *pyre.Budget, frame string) bool {
			_, ok, err := list.MatchWithin(b, frame)
			return ok && err == nil
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
func ofUnderscores(how string) bool { return how == withUnderscores || how == withoutUnderscores }

// findNearMisses finds those of all lines among the frames that were seen: not all, once the budget has ended.
func findNearMisses(b *pyre.Budget, lines []lineTally, frames []*classified, workers int) {
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
			if b.Spend(1+len(f.text)) != nil {
				return
			}
			if !v.matches(b, f.text) {
				continue
			}
			if dead {
				addTo(t.near, v.how, f.text)
			}
			if t.change.Added && ofUnderscores(v.how) && !f.taken(t.change.Line.List) {
				addTo(t.missed, v.how, f.text)
			}
		}
	}
}

// taken tells whether a line of a list decides the frame, or one of a list that comes before it.
func (c *classified) taken(list siglists.Name) bool {
	switch list {
	case siglists.Sentinels:
		return c.sentinel != nil
	case siglists.Irrelevant:
		return c.irrelevant.OK
	case siglists.Prefix:
		return c.irrelevant.OK || c.prefix.OK
	}
	return c.lined
}

// sortNearMisses orders near misses as variants are tried, with the first frames of each as a sample.
func sortNearMisses(found map[string]frameSet, dead bool) []NearMiss {
	var misses []NearMiss
	for _, how := range []string{withUnderscores, withoutUnderscores, otherCase, furtherAlong, escaped} {
		if !dead && !ofUnderscores(how) {
			break
		}
		if frames := slices.Sorted(maps.Keys(found[how])); len(frames) > 0 {
			misses = append(misses, NearMiss{how, len(frames), frames[:min(maxSample, len(frames))]})
		}
	}
	return misses
}

// longerNames are some of a line's frames in which it ends in the middle of a name. A line that ends in
// an underscore means to.
func longerNames(line siglists.Line, frames frameSet) []string {
	p, err := pyre.Parse(line.Text)
	if err != nil || line.List == siglists.Sentinels {
		return nil
	}
	text, ok := p.IsLiteral()
	if !ok || text == "" || text[len(text)-1] == '_' || !isNameByte(text[len(text)-1]) {
		return nil
	}
	var longer []string
	for _, f := range slices.Sorted(maps.Keys(frames)) {
		if len(f) > len(text) && isNameByte(f[len(text)]) && len(longer) < maxSample {
			longer = append(longer, f)
		}
	}
	return longer
}

func isNameByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}
