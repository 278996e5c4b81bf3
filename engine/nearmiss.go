package engine

import (
	"maps"
	"slices"
	"strings"

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
	how     string
	matches func(frame string) bool
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
	return append(patternVariants(line.Text), variant{escaped, func(frame string) bool {
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
		{withUnderscores, func(frame string) bool {
			return strings.HasPrefix(frame, "_") && starts(strings.TrimLeft(frame, "_"), text)
		}},
		{otherCase, func(frame string) bool {
			return len(frame) >= len(text) && strings.EqualFold(frame[:len(text)], text) && (!whole || len(frame) == len(text))
		}},
		{furtherAlong, func(frame string) bool {
			return !whole && len(frame) > 1 && strings.Contains(frame[1:], text)
		}},
		{withoutUnderscores, func(frame string) bool { return bare != text && bare != "" && starts(frame, bare) }},
	}
}

// patternVariants are those of a line that is a pattern, as far as they can stand inside another.
func patternVariants(text string) []variant {
	var vs []variant
	for _, v := range []struct{ how, pattern string }{
		{withUnderscores, "_+(?:" + text + ")"},
		{otherCase, "(?i:" + text + ")"},
		{furtherAlong, ".+?(?:" + text + ")"},
		{withoutUnderscores, strings.TrimLeft(text, "_")},
	} {
		list, err := pyre.CompileList([]string{v.pattern})
		if err != nil || v.pattern == text || v.pattern == "" {
			continue
		}
		vs = append(vs, variant{v.how, func(frame string) bool {
			_, ok, err := list.Match(frame)
			return ok && err == nil
		}})
	}
	return vs
}

// nearMisses are the frames that a line would match if it were a little different, by what would have
// to change: of a dead line all of them, of others those that an underscore keeps from it and that no
// other line takes.
func nearMisses(line siglists.Line, frames []*classified, dead bool) map[string]frameSet {
	misses := map[string]frameSet{}
	for _, v := range variants(line) {
		if !dead && v.how != withUnderscores && v.how != withoutUnderscores {
			continue
		}
		for _, f := range frames {
			if v.matches(f.text) && (dead || !f.taken(line.List)) {
				addTo(misses, v.how, f.text)
			}
		}
	}
	return misses
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
		if !dead && how != withUnderscores && how != withoutUnderscores {
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
