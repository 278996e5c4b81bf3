package spec

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/siglists"
)

// LoadUnedited loads the siglists that a change set is laid over: those of a SPEC, or of the main branch without one.
func (s *Reader) LoadUnedited(ctx context.Context, spec string) (Loaded, error) {
	if spec != "" {
		return s.Load(ctx, spec)
	}
	name, err := s.MainBranch(ctx)
	if err != nil {
		return Loaded{}, err
	}
	return s.loadRevision(ctx, name, name)
}

// Edit is siglists with a change set laid over. What there is to know of the base holds for it, too.
func (s *Reader) Edit(base Loaded, changes []siglists.Change) (Loaded, error) {
	with, err := base.Lists().With(changes)
	return Loaded{Set: with.Set, Info: with.Info, Code: base.Code}, err
}

// EditedPair makes both sides of a comparison: the siglists that a change set is laid over, and those with it.
func (s *Reader) EditedPair(ctx context.Context, base string, changes []siglists.Change, baseRules, candidateRules string) (b, c Side, err error) {
	before, err := s.LoadUnedited(ctx, base)
	if err == nil {
		b, err = before.Side(baseRules)
	}
	if err != nil {
		return b, c, fmt.Errorf("base: %w", err)
	}
	after, err := s.Edit(before, changes)
	if err == nil {
		c, err = after.Side(candidateRules)
	}
	if err != nil {
		return b, c, fmt.Errorf("candidate: %w", err)
	}
	s.noteConflicts(b, c)
	return b, c, nil
}
