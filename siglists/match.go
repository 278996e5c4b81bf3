package siglists

import (
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Matcher matches frames with the lists of a set, within a budget. Several goroutines may use it, and matchers of one set
// share what they learn.
type Matcher struct {
	set    *Set
	budget *pyre.Budget
}

// Matcher makes a matcher of the set, within the set's budget.
func (s *Set) Matcher() *Matcher { return &Matcher{set: s, budget: s.budget} }

// Within gives the matcher another budget for what it does from now on.
func (m *Matcher) Within(b *pyre.Budget) { m.budget = b }

// Hit says whether a list matched a frame, and the line that decided: the first in file order. An
// empty list matches everything, and no line decides.
type Hit struct {
	OK   bool
	Line *Line
}

// Match matches a frame with one of the three lists of patterns. It fails for a pattern that needs more
// steps than its limit on this frame.
func (m *Matcher) Match(name Name, frame string) (Hit, error) {
	at, ok, err := m.set.lists[name].re.MatchWithin(m.budget, frame)
	if err != nil {
		return Hit{}, m.givenUp(name, err)
	}
	if !ok || at < 0 {
		return Hit{OK: ok}, nil
	}
	return Hit{OK: true, Line: &m.set.lists[name].Lines[at]}, nil
}

// givenUp names the line at which matching met its limit.
func (m *Matcher) givenUp(name Name, err error) error {
	lines := m.set.lists[name].Lines
	limit, ok := errors.AsType[*pyre.LimitError](err)
	if !ok || limit.Line < 0 || limit.Line >= len(lines) {
		return fmt.Errorf("matching %s: %w", name.File(), err)
	}
	line := lines[limit.Line]
	unplaced := *limit
	unplaced.Line = -1
	return fmt.Errorf("matching %s:%d, %q: %w", name.File(), line.Number, line.Text, &unplaced)
}
