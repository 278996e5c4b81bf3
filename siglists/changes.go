package siglists

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// ChangeMatcher tells which of several changed lines match a frame, each by itself, whatever the rest
// of its list does. It never changes, and several goroutines may use it.
type ChangeMatcher struct {
	lists  []*changedLines // those that have some
	budget *pyre.Budget    // the candidate's
}

// changedLines are the changed lines of one list.
type changedLines struct {
	name  Name
	lines []changedLine
	any   *pyre.List // where they are many, all of them joined, to pass over the many frames that none matches
}

// changedLine is one changed line.
type changedLine struct {
	change int        // its index
	alone  *pyre.List // the line as a list, as it is in the one that has it
	start  string     // what all begins with that it matches, unless it concerns every frame
	// always tells that it concerns every frame: a line of the list may mean something else when another one comes or goes,
	// or the candidate's list, or that with the change undone, is empty, and matches everything.
	always bool
}

// manyChanges is from how many lines on trying them all takes longer than trying them joined.
const manyChanges = 8

// NewChangeMatcher matches the changes between two sets, as Diff has them.
func NewChangeMatcher(base, candidate *Set, changes []Change) (*ChangeMatcher, error) {
	m := &ChangeMatcher{budget: candidate.budget}
	for i, change := range changes {
		if limit := m.budget.Spend(len(change.Line.Text)); limit != nil {
			return nil, limit
		}
		b, c := base.List(change.Line.List), candidate.List(change.Line.List)
		of := b
		if change.Added {
			of = c
		}
		alone, err := of.only(m.budget, change.Line)
		if err != nil {
			return nil, err
		}
		lines := m.list(change.Line.List)
		if lines == nil {
			lines = &changedLines{name: change.Line.List}
			m.lists = append(m.lists, lines)
		}
		always := b.Entangled() || c.Entangled() || c.empty() || b.empty() && len(c.Lines) == 1
		lines.lines = append(lines.lines, changedLine{i, alone, alone.Line(0).LiteralPrefix(), always})
	}
	for _, lines := range m.lists {
		lines.join(m.budget)
	}
	if limit := m.budget.Spend(0); limit != nil {
		return nil, limit
	}
	return m, nil
}

// only is a line of the list alone.
func (l *List) only(b *pyre.Budget, line Line) (*pyre.List, error) {
	if l.Name == Sentinels {
		return pyre.CompileListWithin(b, []string{regexp.QuoteMeta(line.Text) + `\Z`}, nil)
	}
	return l.re.Only(slices.Index(l.Lines, line)), nil
}

// join joins the lines where they are many, if they go together in one list, as those of two sets may not, such as two
// groups of one name.
func (l *changedLines) join(b *pyre.Budget) {
	if len(l.lines) < manyChanges || l.anyAlways() {
		return
	}
	known, texts := pyre.Patterns{}, make([]string, len(l.lines))
	for i, line := range l.lines {
		known.Add(line.alone)
		texts[i] = line.alone.Line(0).Source
	}
	l.any, _ = pyre.CompileListWithin(b, texts, known)
}

func (l *changedLines) anyAlways() bool {
	return slices.ContainsFunc(l.lines, func(line changedLine) bool { return line.always })
}

// list is the changed lines of a list; nil where there are none.
func (m *ChangeMatcher) list(name Name) *changedLines {
	for _, lines := range m.lists {
		if lines.name == name {
			return lines
		}
	}
	return nil
}

// Entangled tells whether a line may mean something else when another line comes or goes: flags at the
// start of the first line hold for all, and numbers of groups count over all.
func (l *List) Entangled() bool {
	if l.re == nil {
		return false
	}
	for i := range l.re.Len() {
		if line := l.re.Line(i); line.Flagged() || line.Refers() {
			return true
		}
	}
	return false
}

// empty tells whether the list has no lines and so matches everything, as lists of patterns do then.
func (l *List) empty() bool { return l.Name != Sentinels && len(l.Lines) == 0 }

// Entangled tells whether one of the lists differs, if only in the order of its lines, so that any frame
// may concern the difference: its lines may mean something else for it, or it has lines on one side alone.
func Entangled(base, candidate *Set) bool {
	for _, name := range Names() {
		b, c := base.List(name), candidate.List(name)
		if !sameTexts(b, c) && entangled(b, c) {
			return true
		}
	}
	return false
}

// sameTexts tells whether two lists have the same lines in the same order.
func sameTexts(a, b *List) bool {
	return slices.EqualFunc(a.Lines, b.Lines, func(x, y Line) bool { return x.Text == y.Text })
}

// entangled tells whether any frame may concern the difference between two lists that differ.
func entangled(base, candidate *List) bool {
	return base.Entangled() || candidate.Entangled() || base.empty() != candidate.empty()
}

// Match appends the indexes of the changes in a list that concern a frame: those whose lines match it,
// and more where lines are entangled or a list is empty. A pattern that meets its limit counts as a match:
// it may be one, and so do many when the budget has ended, which ends the comparison.
func (m *ChangeMatcher) Match(to []int, name Name, frame string) []int {
	if lines := m.list(name); lines != nil {
		to = lines.match(to, m.budget, frame)
	}
	return to
}

// MatchText is Match for all lists of which a walk looks normalised frames up.
func (m *ChangeMatcher) MatchText(to []int, frame string) []int {
	for _, lines := range m.lists {
		if lines.name != LineNumbers {
			to = lines.match(to, m.budget, frame)
		}
	}
	return to
}

// Starts are texts of which each normalised frame begins with one that a change concerns. They are not known where a frame of
// any text may be concerned.
func (m *ChangeMatcher) Starts() (texts []string, known bool) {
	for _, lines := range m.lists {
		for _, line := range lines.lines {
			if lines.name == LineNumbers || line.always || line.start == "" {
				return nil, false
			}
			texts = append(texts, line.start)
		}
	}
	return texts, m.budget.Spend(0) == nil
}

func (l *changedLines) match(to []int, b *pyre.Budget, frame string) []int {
	ended := len(l.lines) >= manyChanges && b.Spend(0) != nil // then to try each takes long, and decides nothing
	if l.any != nil && !ended {
		if _, ok, err := l.any.Match(b, frame); !ok && err == nil {
			return to
		}
	}
	for i := range l.lines {
		if line := &l.lines[i]; line.always || ended || strings.HasPrefix(frame, line.start) && line.matches(b, frame) {
			to = append(to, line.change)
		}
	}
	return to
}

func (l *changedLine) matches(b *pyre.Budget, frame string) bool {
	_, ok, err := l.alone.Match(b, frame)
	return ok || err != nil
}

// MatchesItself tells whether the line of a change that concerns a frame matches it, too.
func (m *ChangeMatcher) MatchesItself(change int, name Name, frame string) bool {
	lines := m.list(name).lines
	line := &lines[slices.IndexFunc(lines, func(l changedLine) bool { return l.change == change })]
	return !line.always || line.matches(m.budget, frame)
}
