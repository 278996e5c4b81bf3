package suggest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Together finds the lines of the irrelevant list that would put two signatures together, which differ only in leading
// underscores and template arguments of frames. What else may tell two signatures apart is not looked for.
func Together(ctx context.Context, t *table.Table, g *signatures.Generator, a, b string) (*Suggestion, error) {
	s, p, err := newSearch(ctx, t, g, a, b)
	if err != nil {
		return nil, err
	}
	now, err := s.try(ctx, g.Set)
	if err != nil {
		return nil, err
	}
	step := Step{List: siglists.Irrelevant}
	for _, frame := range s.families(now, [2]string{a, b}) {
		step.Lines = append(step.Lines, s.lineFor(frame))
	}
	if len(step.Lines) == 0 {
		p.Refused = "no frame of the one is one of the other but for leading underscores and <T>"
		return p, nil
	}
	next, err := s.add(ctx, now, &step)
	if err != nil {
		return nil, err
	}
	step.Entropy = entropy(s.counts(next))
	p.Steps = []Step{step}
	// They may have other frames that differ, or rules made them. The lines are shown all the same.
	if x, y := s.becomes(now, next, a), s.becomes(now, next, b); x != y {
		p.Refused = fmt.Sprintf("they would still differ: %s and %s", x, y)
	}
	return p, s.finish(p, next)
}

// becomes is the signature that most crashes with one come to have: a few may differ for reasons of their own.
func (s *search) becomes(now, next *trial, signature string) string {
	crashes := map[string]int{}
	for i, r := range next.results {
		if now.results[i].Signature == signature {
			crashes[r.Signature] += s.mine[i].crashes
		}
	}
	return sortCounts(crashes)[0].Signature
}

// families are the frames to make irrelevant: those of one signature alone that are a frame of the other but for leading
// underscores and template arguments, or one that the lists take for irrelevant already; with all their kind.
func (s *search) families(t *trial, names [2]string) []string {
	var own [2]map[string]bool // the frames that signatures are made of
	for i, name := range names {
		own[i] = map[string]bool{}
		for _, r := range t.results {
			for _, f := range walked(r) {
				if r.Signature == name && inSignature(f) {
					own[i][f.Text] = true
				}
			}
		}
	}
	irrelevant, found := map[string]bool{}, map[string]bool{}
	for _, c := range s.frames {
		// A variant of a frame that is irrelevant was forgotten more likely than meant.
		if c.Irrelevant().OK {
			irrelevant[withoutTemplates(c.Text)] = true
		}
	}
	for i, frames := range own {
		stems := map[string]bool{}
		for frame := range own[1-i] {
			stems[withoutTemplates(frame)] = true
		}
		for frame := range frames {
			if stem := withoutTemplates(frame); !own[1-i][frame] && (stems[stem] || irrelevant[stem]) && len(stem) >= minStem {
				// With all its kind, or the next crash would come with another variant.
				for _, sibling := range s.kind(frame) {
					found[sibling] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// kind are the frames of the corpus that are a frame but for leading underscores and template arguments, and that are not
// irrelevant.
func (s *search) kind(frame string) (all []string) {
	for other, c := range s.frames {
		if withoutTemplates(other) == withoutTemplates(frame) && !c.Irrelevant().OK {
			all = append(all, other)
		}
	}
	return all
}
