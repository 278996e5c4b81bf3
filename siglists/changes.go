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
	name    Name
	changes []int        // indexes of the changes
	alone   []*pyre.List // each line as a list
	starts  []string     // what all begins with that each matches
	any     *pyre.List   // where they are many, all of them joined, to pass over the many frames that none matches
	// entangled tells that a line may mean something else when another one comes or goes, so that every change may
	// concern every frame. Each line alone is as it is in the list that has it.
	entangled bool
	// always are the changes that concern every frame since the candidate's list, or that without the change, is empty: it
	// matches everything.
	always []int
}

// manyChanges is from how many lines on trying them all takes longer than trying them joined.
const manyChanges = 8

// NewChangeMatcher matches the changes between two sets.
func NewChangeMatcher(base, candidate *Set, changes []Change) (*ChangeMatcher, error) {
	m := &ChangeMatcher{budget: candidate.budget}
	for i, change := range changes {
		if limit := m.budget.Spend(len(change.Line.Text)); limit != nil {
			return nil, limit
		}
		name := change.Line.List
		b, c, lines := base.List(name), candidate.List(name), m.list(name)
		if lines == nil {
			lines = &changedLines{name: name, entangled: b.Entangled() || c.Entangled()}
			m.lists = append(m.lists, lines)
		}
		if c.empty() || change.Added && c.only() {
			lines.always = append(lines.always, i)
		}
		of := b
		if change.Added {
			of = c
		}
		alone, err := lines.only(m.budget, of, change.Line)
		if err != nil {
			return nil, err
		}
		lines.changes = append(lines.changes, i)
		lines.alone = append(lines.alone, alone)
		lines.starts = append(lines.starts, alone.Line(0).LiteralPrefix())
	}
	for _, lines := range m.lists {
		if len(lines.alone) >= manyChanges && !lines.entangled {
			lines.join(m.budget)
		}
	}
	if limit := m.budget.Spend(0); limit != nil {
		return nil, limit
	}
	return m, nil
}

// only is a line of a list alone.
func (l *changedLines) only(b *pyre.Budget, of *List, line Line) (*pyre.List, error) {
	text := line.Text
	switch {
	case l.entangled:
		return of.re.Only(slices.Index(of.Lines, line)), nil
	case l.name == Sentinels:
		text = regexp.QuoteMeta(text) + `\Z`
	}
	return pyre.CompileListWithin(b, []string{text}, nil)
}

// join joins the lines, if they go together in one list, as those of two sets may not, such as two groups of one name.
func (l *changedLines) join(b *pyre.Budget) {
	known, texts := pyre.Patterns{}, make([]string, len(l.alone))
	for i, line := range l.alone {
		known.Add(line)
		texts[i] = line.Line(0).Source
	}
	if all, err := pyre.CompileListWithin(b, texts, known); err == nil {
		l.any = all
	}
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

// only tells whether the list is one of patterns with a single line, and so empty without it.
func (l *List) only() bool { return l.Name != Sentinels && len(l.Lines) == 1 }

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
		if lines.name == LineNumbers || lines.entangled || len(lines.always) > 0 || slices.Contains(lines.starts, "") {
			return nil, false
		}
		texts = append(texts, lines.starts...)
	}
	return texts, m.budget.Spend(0) == nil
}

func (l *changedLines) match(to []int, b *pyre.Budget, frame string) []int {
	if l.entangled || len(l.alone) >= manyChanges && b.Spend(0) != nil {
		return append(to, l.changes...)
	}
	to = append(to, l.always...)
	if l.any != nil {
		if _, ok, err := l.any.Match(b, frame); !ok && err == nil {
			return to
		}
	}
	for i, start := range l.starts {
		if !strings.HasPrefix(frame, start) {
			continue
		}
		if change := l.changes[i]; !slices.Contains(l.always, change) && l.matches(b, i, frame) {
			to = append(to, change)
		}
	}
	return to
}

func (l *changedLines) matches(b *pyre.Budget, i int, frame string) bool {
	_, ok, err := l.alone[i].Match(b, frame)
	return ok || err != nil
}

// MatchesItself tells whether the line of a change that concerns a frame matches it, too.
func (m *ChangeMatcher) MatchesItself(change int, name Name, frame string) bool {
	lines := m.list(name)
	if !lines.entangled && !slices.Contains(lines.always, change) {
		return true
	}
	return lines.matches(m.budget, slices.Index(lines.changes, change), frame)
}
