package pyre

import "slices"

// InclusionLimit bounds the steps of one call of Includes.
const InclusionLimit = 500_000

// Includes tells whether one of some patterns matches every subject, of at least one character, that p matches; of none it
// tells whether p matches nothing. It is exact, and gives a *LimitError where that is too much work, or more than the budget
// has. Patterns that are not regular are not decided either: that is false without an error.
//
// All are alternatives of one automaton, which tells the first that matches: p is included if none of its own is ever the
// first.
func Includes(budget *Budget, in []*Pattern, p *Pattern) (included bool, err error) {
	included, err = includes(budget.Part(InclusionLimit), in, p)
	budget.note(err)
	return included, err
}

func includes(budget *Budget, in []*Pattern, p *Pattern) (bool, error) {
	code := newNFA(charsetPool{})
	var own int // the first alternative of p
	for _, pattern := range append(slices.Clone(in), p) {
		own = len(code.limits)
		for _, seq := range pattern.lowered() {
			if !code.addAlternative(seq) {
				return false, nil
			}
		}
	}
	if limit := budget.Spend(buildingSteps + len(code.code)); limit != nil {
		return false, limit
	}
	automaton := newAutomaton(code)
	if automaton == nil {
		return false, &LimitError{Line: -1, Limit: maxAlphabetWork, What: "characters to tell apart"}
	}
	search := inclusion{dfa: newDFA(automaton), own: own}
	search.budget = budget
	return search.decide()
}

// buildingSteps is what building an automaton counts as, beside its instructions: it takes as long.
const buildingSteps = 10_000

// inclusion goes through all states of an automaton.
type inclusion struct {
	*dfa
	own   int
	seen  map[int32]bool
	queue []int32
}

// decide gives false where an answer is reached that is one of the pattern's own.
func (s *inclusion) decide() (bool, error) {
	start := s.startState()
	if start < 0 {
		return !s.isOwn(start), nil // decided before the first character
	}
	s.seen = map[int32]bool{} // start is not: where it is come back to, the subject may end
	included, err := s.visit(start, s.end)
	for len(s.queue) > 0 && included && err == nil {
		at := s.queue[0]
		s.queue = s.queue[1:]
		included, err = s.visit(at, s.stride)
	}
	return included, err
}

// visit follows the symbols up to one, and gives false where an answer is one of the pattern's own.
func (s *inclusion) visit(at int32, symbols int) (bool, error) {
	if limit := s.budget.Spend(s.stride); limit != nil {
		return false, limit
	}
	for symbol := range symbols {
		next := s.follow(at, symbol)
		// It is the last character, so that the end is all that can follow.
		if symbol == s.lastNewline && next > 0 {
			next = s.follow(next, s.end)
		}
		switch {
		case next == tooMuch:
			return false, s.budget.Spend(0)
		case s.era > 1:
			return false, &LimitError{Line: -1, Limit: s.maxTransitions, What: "transitions"}
		case s.isOwn(next):
			return false, nil
		case next > 0 && !s.seen[next]:
			s.seen[next] = true
			s.queue = append(s.queue, next)
		}
	}
	return true, nil
}

func (s *inclusion) isOwn(at int32) bool { return at < 0 && bestOf(at) >= s.own }
