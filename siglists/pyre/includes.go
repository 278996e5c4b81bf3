package pyre

// InclusionLimit bounds the steps of one call of Includes.
const InclusionLimit = 500_000

// Includes tells whether a matches every subject, of at least one character, that b matches. It is exact, and
// gives a *LimitError where that is too much work, or more than the budget has. Patterns that are not regular
// are not decided either: that is false without an error.
//
// The two are alternatives of one automaton, which tells the first that matches: a includes b if none of b's
// is ever the first.
func Includes(budget *Budget, a, b *Pattern) (bool, error) {
	code := newNFA(charsetPool{})
	var ofB int // the first alternative of b
	for i, p := range []*Pattern{a, b} {
		for _, seq := range p.lowered() {
			if !code.addAlternative(seq) {
				return false, nil
			}
		}
		if i == 0 {
			ofB = len(code.limits)
		}
	}
	budget = budget.part(InclusionLimit)
	if limit := budget.Spend(buildingSteps + len(code.code)); limit != nil {
		return false, limit
	}
	automaton := newAutomaton(code)
	if automaton == nil {
		return false, &LimitError{Line: -1, Limit: maxAlphabetWork, What: "characters to tell apart"}
	}
	search := inclusion{dfa: newDFA(automaton), ofB: ofB}
	search.budget = budget
	return search.decide()
}

// buildingSteps is what building an automaton counts as, beside its instructions: it takes as long.
const buildingSteps = 10_000

// inclusion goes through all states of an automaton.
type inclusion struct {
	*dfa
	ofB   int
	seen  map[int32]bool
	queue []int32
}

// decide gives false where an answer is reached that is one of b's.
func (s *inclusion) decide() (bool, error) {
	start := s.startState()
	if start < 0 {
		return !s.isB(start), nil // decided before the first character
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

// visit follows the symbols up to one, and gives false where an answer is one of b's.
func (s *inclusion) visit(at int32, symbols int) (bool, error) {
	if limit := s.budget.Spend(s.stride); limit != nil {
		return false, limit
	}
	for symbol := range symbols {
		next := s.follow(at, symbol)
		if symbol == s.lastNewline && next > 0 {
			next = s.follow(next, s.end)
		}
		switch {
		case next == tooMuch:
			return false, s.budget.Spend(0)
		case s.era > 1:
			return false, &LimitError{Line: -1, Limit: s.maxTransitions, What: "transitions"}
		case s.isB(next):
			return false, nil
		case next > 0 && !s.seen[next]:
			s.seen[next] = true
			s.queue = append(s.queue, next)
		}
	}
	return true, nil
}

func (s *inclusion) isB(at int32) bool { return at < 0 && bestOf(at) >= s.ofB }
