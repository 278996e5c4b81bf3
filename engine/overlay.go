package engine

import (
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/siglists"
)

// overlay classifies frames for two siglist sets in one goroutine: the base's way, and again for the
// candidate only where one of the lines that differ matches. Siglists differ in few lines, and most
// frames concern none of them.
type overlay struct {
	base, candidate *Worker
	changes         []siglists.Change
	matcher         *siglists.ChangeMatcher
}

// newOverlay makes an overlay, with a worker of the candidate that gives its signatures, but not the
// lines that decided.
func newOverlay(base *Worker, candidate *Generator) (*overlay, error) {
	o := &overlay{base: base, candidate: candidate.Worker(), changes: siglists.Diff(base.gen.set, candidate.set)}
	var err error
	if o.matcher, err = siglists.NewChangeMatcher(base.gen.set, candidate.set, o.changes); err != nil {
		return nil, fmt.Errorf("matching the changed lines: %w", err)
	}
	o.candidate.above = base
	everything := siglists.Entangled(base.gen.set, candidate.set)
	o.candidate.own = func(t *thread, f stackFrame) bool { return everything || len(o.touched(t, f)) > 0 }
	return o, nil
}

// touched are the changed lines that match a frame, whatever other lines do, by index.
func (o *overlay) touched(t *thread, f stackFrame) []int {
	c := o.base.classify(t, f)
	if c.failed != nil {
		return nil
	}
	if !c.weighed {
		c.weighed = true
		if c.bare != "" {
			c.touched = o.matcher.Match(nil, siglists.LineNumbers, c.bare)
		}
		c.relined = len(c.touched) > 0
		c.touched = o.match(c.touched, c.text)
	}
	if !c.relined {
		return c.touched
	}
	// The candidate may have another text for the frame, with the source line or without, which other
	// lines match.
	other := o.candidate.classifyOwn(t, f)
	return slices.Compact(slices.Sorted(slices.Values(o.match(slices.Clone(c.touched), other.text))))
}

// match appends the changed lines that match a normalised frame.
func (o *overlay) match(to []int, text string) []int {
	if text == "" {
		return to
	}
	for _, name := range []siglists.Name{siglists.Sentinels, siglists.Irrelevant, siglists.Prefix} {
		to = o.matcher.Match(to, name, text)
	}
	return to
}

// allDistinct are the frames that several goroutines have seen, each text once, as the candidate has
// them. Where it has them as the base does, the lines that decided are the base's.
func allDistinct(all []*leaveOneOut) []*classified {
	at := map[string]int{}
	var seen []*classified
	add := func(c *classified) {
		if c.failed != nil || c.text == "" {
			return
		}
		i, ok := at[c.text]
		if !ok {
			at[c.text] = len(seen)
			seen = append(seen, c)
			return
		}
		seen[i] = c
	}
	for _, l := range all {
		l.base.each(add)
	}
	for _, l := range all {
		l.candidate.each(add)
	}
	return seen
}
