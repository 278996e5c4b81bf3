package screen

// A Reading is the signatures that both sides make of a crash, in one of the ways to read what a search says of it.
type Reading struct{ Base, Candidate string }

// Readings are what both sides make of a crash, in one of them what they really make. There is none where the search leaves that
// open: it has other frames than the ones that count, or too many ways to read them. It fails where a pattern meets its limit.
func (s *Screener) Readings(r *Row) (readings []Reading, err error) {
	if !r.hasProto || s.unfit(r) != notEvaluated {
		return nil, nil
	}
	stacks, clear := s.splits.of(r.Proto)
	if !clear {
		return nil, nil
	}
	for _, stack := range stacks {
		for _, thread := range r.threads() {
			crash := r.stacked(framesOf(stack...), thread)
			if thread == watchdogsThread && !s.sparesWatchdog(crash) {
				return nil, nil
			}
			base, candidate, err := both(crash, s.base, s.candidate)
			if err != nil {
				return nil, err
			}
			if thread == ownStack && (base.Hang || candidate.Hang) {
				return nil, nil
			}
			readings = append(readings, Reading{base.Signature, candidate.Signature})
		}
	}
	return readings, nil
}

// Frames are those of a crash, where the search leaves no doubt how they are split, and hasn't cut them.
func (s *Screener) Frames(r *Row) (frames []string, sure bool) {
	stacks, clear := s.splits.of(r.Proto)
	return Split(r.Proto), clear && len(stacks) == 1 && r.hasProto && !IsCut(r.Proto)
}

// SourceLine gives the function of a frame, whether that has its source line behind it, and whether it gets one by the base
// and by the candidate; nil where that can't be told.
func (s *Screener) SourceLine(frame string) (function string, has bool, gets []bool) {
	return s.lines.read(frame)
}
