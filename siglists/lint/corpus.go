package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// tooBroad is the share of distinct frames above which a line is too broad.
const tooBroad = 0.02

// Frame is a distinct normalised frame of a corpus.
type Frame struct {
	Text string // as the irrelevant and prefix lists and the sentinels see it
	// Function is the text as the line-number list sees it; "" for a frame that is no function.
	Function string
	Crashes  int // in how many crashes it stands
}

// corpus does what needs frames.
func (l *linter) corpus(set *siglists.Set) {
	if len(l.options.Corpus) == 0 {
		return
	}
	// Whatever order the corpus has, so that the examples are the same each time.
	frames := slices.SortedFunc(slices.Values(l.options.Corpus), func(a, b Frame) int { return cmp.Compare(a.Text, b.Text) })
	texts := newIndex(frames, func(f Frame) string { return f.Text })
	functions := newIndex(frames, func(f Frame) string { return f.Function })
	for _, name := range siglists.Names() {
		// Lists are asked about different texts of a frame.
		index := texts
		if name == siglists.LineNumbers {
			index = functions
		}
		for _, line := range l.lists[name].lines {
			if l.ctx.Err() != nil {
				return
			}
			if name == siglists.Sentinels {
				l.deadSentinel(line, index)
			} else if matched, ok := index.matchedBy(line, set.Budget()); ok {
				l.matched(line, matched, index, set)
				l.underscores(line, index, set)
			}
		}
	}
}

// index is the frames sorted by one of their texts.
type index struct {
	text   func(Frame) string
	frames []Frame
	named  int // the number of frames that are more than an offset
}

func newIndex(frames []Frame, text func(Frame) string) *index {
	x := &index{text: text}
	for _, f := range frames {
		if text(f) != "" {
			x.frames = append(x.frames, f)
		}
	}
	slices.SortStableFunc(x.frames, func(a, b Frame) int { return cmp.Compare(text(a), text(b)) })
	// Frames that differ as texts may be one function.
	x.frames = slices.CompactFunc(x.frames, func(a, b Frame) bool { return text(a) == text(b) })
	x.named = len(withoutOffsets(x.frames))
	return x
}

// withoutOffsets are the frames but those known by their offset alone, each of which stands for itself: a
// line for them is broad by its nature.
func withoutOffsets(frames []Frame) []Frame {
	return slices.DeleteFunc(slices.Clone(frames), func(f Frame) bool { return strings.HasPrefix(f.Text, "@0x") })
}

// startingWith are the frames that start with a text.
func (x *index) startingWith(prefix string) []Frame {
	from, _ := slices.BinarySearchFunc(x.frames, prefix, func(f Frame, p string) int { return cmp.Compare(x.text(f), p) })
	to := from
	for to < len(x.frames) && strings.HasPrefix(x.text(x.frames[to]), prefix) {
		to++
	}
	return x.frames[from:to]
}

// matchedBy are the frames that a line matches by itself, in their order. It is not known for a line that
// depends on others by flags or groups, or that meets a limit.
func (x *index) matchedBy(l *line, b *pyre.Budget) ([]Frame, bool) {
	if l.literal != "" {
		return x.startingWith(l.literal), true
	}
	if !l.regular {
		return nil, false
	}
	var matched []Frame
	for _, f := range x.frames {
		_, ok, err := l.alone.Match(b, x.text(f))
		if err != nil {
			return nil, false
		}
		if ok {
			matched = append(matched, f)
		}
	}
	return matched, true
}

func (l *linter) deadSentinel(at *line, x *index) {
	// The first of those that start with a text is the text itself, if it is there.
	if found := x.startingWith(at.Text); len(found) == 0 || found[0].Text != at.Text {
		l.warn(Dead, at, nil, "equals no frame of the corpus"+x.oneAway(at.Line))
	}
}

// oneAway says which frame a line that is long may have been meant for.
func (x *index) oneAway(line siglists.Line) string {
	_, near := siglists.Near(line)
	if near == nil {
		return ""
	}
	for _, f := range x.frames {
		if near(x.text(f)) {
			return "; one letter away: " + Quote(x.text(f))
		}
	}
	return ""
}

// matched judges a line by the frames that it matches.
func (l *linter) matched(at *line, frames []Frame, x *index, set *siglists.Set) {
	of := x.named
	if len(frames) == 0 {
		// A name that no crash has any more is one thing, and a slip of the keyboard another.
		l.warn(Dead, at, nil, "matches no frame of the corpus"+x.oneAway(at.Line))
		return
	}
	named := withoutOffsets(frames)
	// One frame is a large share of a tiny corpus, and no line is broad for matching it.
	if share := float64(len(named)) / float64(of); share > tooBroad && len(named) > 1 {
		l.warn(TooBroad, at, nil, fmt.Sprintf("matches %s of the corpus's %s (%.1f%%), such as %s",
			plural.Number(len(named)), plural.Of(of, "distinct frame", "distinct frames"), 100*share, examples(named)))
	}
	if at.List == siglists.Prefix && allIrrelevant(frames, set) {
		l.warn(Dead, at, nil, fmt.Sprintf("every frame of the corpus that it matches is irrelevant, such as %s", examples(frames)))
	}
	l.insideName(at, frames, x.text)
}

func allIrrelevant(frames []Frame, set *siglists.Set) bool {
	for _, f := range frames {
		if hit, err := set.Match(siglists.Irrelevant, f.Text); err != nil || !hit.OK {
			return false
		}
	}
	return true
}

// insideName finds a line that spells the whole name of a method, and also matches longer names. Only
// qualified names count: stems such as `nsTArray` are meant as such.
func (l *linter) insideName(at *line, frames []Frame, text func(Frame) string) {
	if !isMethod(at.literal) {
		return
	}
	exact := false
	var longer []Frame
	for _, f := range frames {
		rest := strings.TrimPrefix(text(f), at.literal)
		if rest == "" {
			exact = true
		} else if isName([]rune(rest)[0]) {
			longer = append(longer, f)
		}
	}
	if exact && len(longer) > 0 {
		l.warn(InsideName, at, nil, fmt.Sprintf("also matches longer names, such as %s; %s is the name alone", examples(longer), Quote(at.Text+"$")))
	}
}

// isMethod tells whether a text ends in the name of a function with a scope.
func isMethod(text string) bool {
	at := strings.LastIndex(text, "::")
	return at > 0 && !strings.ContainsFunc(text[at+2:], func(r rune) bool { return !isName(r) })
}

// minStem is how long a name has to be for its variants with underscores to be the same function.
const minStem = 6

// underscores finds frames that a line would match if they didn't start with underscores, and that no
// other line takes care of.
func (l *linter) underscores(at *line, x *index, set *siglists.Set) {
	// The line-number list is of functions to tell apart, which its neighbours by underscores needn't be.
	stem := strings.TrimLeft(at.literal, "_")
	if at.List == siglists.LineNumbers || len(stem) < minStem {
		return
	}
	var missed []Frame
	// Up to three: more are not seen in frames.
	for variant := "_" + stem; len(variant) <= len(stem)+3; variant = "_" + variant {
		for _, f := range x.startingWith(variant) {
			// The line may take that one itself, and another line may be there for it.
			if !anyMatches(set, f.Text) {
				missed = append(missed, f)
			}
		}
	}
	if len(missed) > 0 {
		l.warn(Underscores, at, nil, fmt.Sprintf("misses variants with underscores, such as %s", examples(missed)))
	}
}

func anyMatches(set *siglists.Set, frame string) bool {
	for _, name := range []siglists.Name{siglists.Irrelevant, siglists.Prefix} {
		// What can't be decided is not reported.
		if hit, err := set.Match(name, frame); err != nil || hit.OK {
			return true
		}
	}
	return false
}

// examples names up to three frames, those of most crashes first.
func examples(frames []Frame) string {
	frames = slices.Clone(frames)
	slices.SortStableFunc(frames, func(a, b Frame) int { return cmp.Compare(b.Crashes, a.Crashes) })
	var texts []string
	for _, f := range frames[:min(3, len(frames))] {
		texts = append(texts, Quote(f.Text))
	}
	return strings.Join(texts, ", ")
}
