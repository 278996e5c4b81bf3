package siglists

import (
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Within is the set with another budget for what is matched with it.
func (s *Set) Within(b *pyre.Budget) *Set {
	within := *s
	within.budget = b
	return &within
}

// Hit says whether a list matched a frame, and the line that decided: the first in file order. An
// empty list matches everything, and no line decides.
type Hit struct {
	OK   bool
	Line *Line
}

// Match matches a frame with one of the three lists of patterns. It fails for a pattern that needs more
// steps than its limit on this frame, and once the set's budget has ended.
func (s *Set) Match(name Name, frame string) (Hit, error) {
	at, ok, err := s.lists[name].re.Match(s.budget, frame)
	if err != nil {
		return Hit{}, s.givenUp(name, err)
	}
	// An empty list matches everything, and no line of it decides.
	if at < 0 {
		return Hit{OK: ok}, nil
	}
	return Hit{OK: true, Line: &s.lists[name].Lines[at]}, nil
}

// Surely tells whether matching a frame with a list of patterns surely meets no limit but that of the set's budget. It is not
// known of each list.
func (s *Set) Surely(name Name, frame string) bool { return s.lists[name].re.Surely(frame) }

// givenUp names the line at which matching met its limit.
func (s *Set) givenUp(name Name, err error) error {
	limit, ok := errors.AsType[*pyre.LimitError](err)
	if !ok || limit.Line < 0 {
		return fmt.Errorf("matching %s: %w", name.File(), err)
	}
	line := s.lists[name].Lines[limit.Line]
	return fmt.Errorf("matching %s:%d, %q: %w", name.File(), line.Number, line.Text, err)
}
