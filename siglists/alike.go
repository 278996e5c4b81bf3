package siglists

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// maxAlike bounds the work of Alike, as a pyre.Budget counts it: a quarter of a second. A clean-up of 204 lines takes a fifth of it.
const maxAlike = 20_000_000

// Alike tells whether two sets surely treat every frame alike, so that no crash gets another signature from one than from the
// other: whatever a line that went matches, others take, and whatever one that came does, others took. It is false where that
// is too much work to decide.
func Alike(base, candidate *Set) bool {
	if Entangled(base, candidate) {
		return false
	}
	b := pyre.NewBudget(context.Background(), maxAlike, nil)
	known := patternsOf(slices.Concat(slices.Collect(maps.Values(base.lists)), slices.Collect(maps.Values(candidate.lists)))...)
	for _, change := range Diff(base, candidate) {
		other := candidate
		if change.Added {
			other = base
		}
		if !other.treats(b, known, change.Line) {
			return false
		}
	}
	return true
}

// treats tells whether the set surely treats all that a line of its kind would match as if it had the line. Frames that are
// irrelevant are not looked up in the prefix list. Of an irrelevant list whose lines mean something else alone, as those below
// one with flags for all do, that is not decided.
func (s *Set) treats(b *pyre.Budget, known pyre.Patterns, line Line) bool {
	if line.List == Sentinels {
		_, ok := s.Sentinel(line.Text)
		return ok
	}
	lines := s.List(line.List).Lines
	if irrelevant := s.List(Irrelevant); line.List == Prefix && !irrelevant.Entangled() {
		lines = append(lines[:len(lines):len(lines)], irrelevant.Lines...)
	}
	return covers(b, known, lines, line)
}

// Covers tells whether lines of lists of patterns surely match all that another such line matches: one of them, or all
// together. Each counts as it is alone, so that they must not be of an entangled list.
func Covers(b *pyre.Budget, lines []Line, line Line) bool { return covers(b, nil, lines, line) }

// Covers tells whether the list surely matches whatever a line of another list of patterns does by itself.
func (l *List) Covers(line Line) bool {
	return !l.Entangled() && covers(nil, patternsOf(l), l.Lines, line)
}

// covers is Covers, and doesn't parse known lines again.
func covers(b *pyre.Budget, known pyre.Patterns, lines []Line, line Line) bool {
	of, err := known.Parse(line.Text)
	if err != nil {
		return false
	}
	if end, err := of.EndWithin(b, ""); end >= 0 || err != nil {
		return false // Includes doesn't speak of a frame without a character
	}
	near := patternsNear(known, lines, of)
	// What most lines are is a text, and few are covered: then no other line matches the text itself.
	text, isText := of.IsLiteral()
	matches := func(p *pyre.Pattern) bool { ok, err := p.Match(text); return ok || err != nil }
	if isText && !slices.ContainsFunc(near, matches) {
		return false
	}
	one := func(p *pyre.Pattern) bool { return includes(b, []*pyre.Pattern{p}, of) }
	// One alone is asked first: the automaton of all together may be more work than is allowed.
	return slices.ContainsFunc(near, one) || includes(b, near, of)
}

func includes(b *pyre.Budget, in []*pyre.Pattern, of *pyre.Pattern) bool {
	included, _ := pyre.Includes(b, in, of)
	return included // false with an error
}

// patternsNear are the lines that don't begin with other letters than a pattern, the likest first.
func patternsNear(known pyre.Patterns, lines []Line, of *pyre.Pattern) []*pyre.Pattern {
	var near []*pyre.Pattern
	away := func(p *pyre.Pattern) int {
		d := len(p.LiteralPrefix()) - len(of.LiteralPrefix())
		return max(d, -d)
	}
	for _, line := range lines {
		p, err := known.Parse(line.Text)
		if err == nil && (strings.HasPrefix(p.LiteralPrefix(), of.LiteralPrefix()) || strings.HasPrefix(of.LiteralPrefix(), p.LiteralPrefix())) {
			near = append(near, p)
		}
	}
	slices.SortStableFunc(near, func(x, y *pyre.Pattern) int { return cmp.Compare(away(x), away(y)) })
	return near
}
