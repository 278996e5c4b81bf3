package siglists

import (
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Matcher matches frames with a set's lists. It is for one goroutine: what it learns while matching
// makes later matches fast.
type Matcher struct {
	set    *Set
	budget *pyre.Budget
	lists  map[Name]lineMatcher
}

// lineMatcher tells whether a list matches, and the index of the line that decides, -1 for none.
type lineMatcher interface {
	Match(frame string) (line int, ok bool, err error)
}

// ended is a lineMatcher that is not made any more.
type ended struct{ limit *pyre.LimitError }

func (e ended) Match(string) (int, bool, error) { return -1, false, e.limit }

// Matcher makes a matcher of the set, within the set's budget.
func (s *Set) Matcher() *Matcher {
	return &Matcher{set: s, budget: s.budget, lists: map[Name]lineMatcher{}}
}

// Within gives the matcher another budget for what it does from now on.
func (m *Matcher) Within(b *pyre.Budget) {
	m.budget = b
	for name, matcher := range m.lists {
		switch l := matcher.(type) {
		case *pyre.Matcher:
			l.Within(b)
		case budgetedScan:
			m.lists[name] = budgetedScan{l.scan, b}
		}
	}
}

func (m *Matcher) list(name Name) lineMatcher {
	matcher := m.lists[name]
	if matcher == nil {
		if limit := m.budget.Spend(0); limit != nil {
			return ended{limit}
		}
		if list := m.set.lists[name]; list.scan != nil {
			matcher = budgetedScan{list.scan, m.budget}
		} else {
			matcher = list.re.NewMatcher().Within(m.budget)
		}
		m.lists[name] = matcher
	}
	return matcher
}

// Hit says whether a list matched a frame, and the line that decided: the first in file order. An
// empty list matches everything, and no line decides.
type Hit struct {
	OK   bool
	Line *Line
}

// Match matches a frame with one of the three lists of patterns. It fails for a pattern that needs more
// steps than its limit on this frame.
func (m *Matcher) Match(name Name, frame string) (Hit, error) {
	at, ok, err := m.list(name).Match(frame)
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
