package engine

import (
	"fmt"
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

// variant is a pattern that a dead line may have been meant as.
type variant struct{ how, pattern string }

// variants are the patterns that a line may have been meant as. Underscores come and go with the
// platform's name mangling; special characters are easily forgotten to be escaped.
func variants(line siglists.Line) []variant {
	text := line.Text
	literal := text
	if line.List == siglists.Sentinels {
		text = siglists.Escape(text) + `\Z`
	} else if p, err := pyre.Parse(line.Text); err == nil {
		if plain, ok := p.IsLiteral(); ok {
			literal = plain
		}
	}
	vs := []variant{
		{"with leading underscores", "_+(?:" + text + ")"},
		{"in another case", "(?i:" + text + ")"},
		{"further along in the frame", ".+?(?:" + text + ")"},
	}
	if without := strings.TrimLeft(text, "_"); without != text && without != "" {
		vs = append(vs, variant{"without leading underscores", without})
	}
	if literal == line.Text && siglists.Escape(text) != text && line.List != siglists.Sentinels {
		vs = append(vs, variant{"with its special characters escaped", siglists.Escape(text)})
	}
	return vs
}

// nearMisses are the frames that a line would match if it were a little different, by what would have
// to change.
func nearMisses(line siglists.Line, frames []string) map[string]frameSet {
	misses := map[string]frameSet{}
	for _, v := range variants(line) {
		list, err := pyre.CompileList([]string{v.pattern})
		if err != nil {
			continue // flags at the start of the line, say, which can't stand inside a group
		}
		matcher := list.NewMatcher()
		for _, f := range frames {
			if _, ok, err := matcher.Match(f); ok && err == nil {
				addTo(misses, v.how, f)
			}
		}
	}
	return misses
}

// sortNearMisses orders near misses as variants are tried, with the first frames of each as a sample.
func sortNearMisses(line siglists.Line, found map[string]frameSet) []NearMiss {
	var misses []NearMiss
	for _, v := range variants(line) {
		if frames := slices.Sorted(maps.Keys(found[v.how])); len(frames) > 0 {
			misses = append(misses, NearMiss{v.how, len(frames), frames[:min(maxSample, len(frames))]})
		}
	}
	return misses
}

// String says the near miss in words.
func (m NearMiss) String() string {
	return fmt.Sprintf("%s it would match %d, such as %s", m.How, m.Frames, strings.Join(m.Sample, ", "))
}
