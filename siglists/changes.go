package siglists

import (
	"strings"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// ChangeMatcher tells which of several changed lines match a frame, each by itself, whatever the rest
// of its list does. It is for one goroutine.
type ChangeMatcher struct {
	lists map[Name]*changedLines
}

// changedLines are the changed lines of one list.
type changedLines struct {
	changes []int // indexes of the changes
	alone   []*pyre.Matcher
	any     *pyre.Matcher // all of them joined, to pass over the many frames that none matches
	// flags tells that flags in the first line hold for all lines, so that what a line matches by
	// itself says nothing: every change may concern every frame.
	flags bool
}

// NewChangeMatcher matches the changes between two sets.
func NewChangeMatcher(base, candidate *Set, changes []Change) (*ChangeMatcher, error) {
	m := &ChangeMatcher{lists: map[Name]*changedLines{}}
	texts := map[Name][]string{}
	for i, change := range changes {
		name := change.Line.List
		lines := m.lists[name]
		if lines == nil {
			lines = &changedLines{flags: base.List(name).hasGlobalFlags() || candidate.List(name).hasGlobalFlags()}
			m.lists[name] = lines
		}
		text := change.Line.Text
		if name == Sentinels {
			text = Escape(text) + `\Z`
		}
		one, err := pyre.CompileList([]string{text})
		if err != nil {
			return nil, err
		}
		lines.changes = append(lines.changes, i)
		lines.alone = append(lines.alone, one.NewMatcher())
		texts[name] = append(texts[name], text)
	}
	for name, lines := range m.lists {
		// Lines of two sets may not go together in one list, such as two groups of one name.
		if all, err := pyre.CompileList(texts[name]); err == nil {
			lines.any = all.NewMatcher()
		}
	}
	return m, nil
}

// hasGlobalFlags tells whether the first line starts with flags such as (?i), which hold for all.
func (l *List) hasGlobalFlags() bool {
	return l.re != nil && l.re.Len() > 0 && l.re.Line(0).Flags&^pyre.Unicode != 0
}

// Match appends the indexes of the changes in a list that match a frame. A pattern that meets its limit
// counts as a match: it may be one.
func (m *ChangeMatcher) Match(to []int, name Name, frame string) []int {
	lines := m.lists[name]
	switch {
	case lines == nil:
		return to
	case lines.flags:
		return append(to, lines.changes...)
	}
	if lines.any != nil {
		if _, ok, err := lines.any.Match(frame); !ok && err == nil {
			return to
		}
	}
	for i, line := range lines.alone {
		if _, ok, err := line.Match(frame); ok || err != nil {
			to = append(to, lines.changes[i])
		}
	}
	return to
}

// Escape is the pattern that matches a text as it is.
func Escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
