package spec

import (
	"context"

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
	with, err := base.With(changes)
	return Loaded{Lists: with, Code: base.Code}, err
}

// EditedPair makes both sides of a comparison: the siglists that a change set is laid over, and those with it.
func (s *Reader) EditedPair(ctx context.Context, base string, changes []siglists.Change, baseRules, candidateRules string) (b, c Side, err error) {
	before, err := s.LoadUnedited(ctx, base)
	if b, err = before.sideAs("base", baseRules, err); err != nil {
		return b, c, err
	}
	after, err := s.Edit(before, changes)
	c, err = after.sideAs("candidate", candidateRules, err)
	return s.paired(b, c, err)
}
