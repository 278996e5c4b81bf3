package siglists

import (
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// ChangeMatcher tells which of several changed lines match a frame, each by itself, whatever the rest
// of its list does. It never changes, and several goroutines may use it.
type ChangeMatcher struct {
	lists map[Name]*changedLines
}

// changedLines are the changed lines of one list.
type changedLines struct {
	changes []int // indexes of the changes
	alone   []scanLine
	any     *pyre.List // all of them joined, to pass over the many frames that none matches
	// entangled tells that what a line matches by itself says nothing about the list: every change may
	// concern every frame.
	entangled bool
}

// NewChangeMatcher matches the changes between two sets.
func NewChangeMatcher(base, candidate *Set, changes []Change) (*ChangeMatcher, error) {
	m := &ChangeMatcher{lists: map[Name]*changedLines{}}
	texts := map[Name][]string{}
	for i, change := range changes {
		name := change.Line.List
		lines := m.lists[name]
		if lines == nil {
			lines = &changedLines{entangled: base.List(name).entangled() || candidate.List(name).entangled()}
			m.lists[name] = lines
		}
		text := change.Line.Text
		if name == Sentinels {
			text = Escape(text) + `\Z`
		}
		one, err := pyre.Parse(text)
		if err != nil {
			return nil, err
		}
		lines.changes = append(lines.changes, i)
		lines.alone = append(lines.alone, newScanLine(one))
		texts[name] = append(texts[name], text)
	}
	for name, lines := range m.lists {
		// Lines of two sets may not go together in one list, such as two groups of one name.
		if all, err := pyre.CompileList(texts[name]); err == nil {
			lines.any = all
		}
	}
	return m, nil
}

// entangled tells whether a line may mean something else when another line comes or goes: flags at the
// start of the first line hold for all, numbers of groups count over all, and the list that the last
// line leaves behind matches everything.
func (l *List) entangled() bool {
	switch {
	case l.re == nil:
		return false
	case l.re.Len() <= 1 || l.re.Line(0).Flags&^pyre.Unicode != 0:
		return true
	}
	for i := range l.re.Len() {
		if refers(l.re.Line(i)) {
			return true
		}
	}
	return false
}

// refers tells whether a pattern refers to groups.
func refers(p *pyre.Pattern) bool {
	found := false
	p.Walk(func(n *pyre.Node) bool {
		found = found || n.Op == pyre.OpBackref || n.Op == pyre.OpConditional
		return !found
	})
	return found
}

// Entangled tells whether one of the lists differs, if only in the order of its lines, whose lines may
// mean something else for it: then any frame may concern the difference.
func Entangled(base, candidate *Set) bool {
	for _, name := range Names() {
		b, c := base.List(name), candidate.List(name)
		same := slices.EqualFunc(b.Lines, c.Lines, func(x, y Line) bool { return x.Text == y.Text })
		if !same && (b.entangled() || c.entangled()) {
			return true
		}
	}
	return false
}

// Match appends the indexes of the changes in a list that match a frame. A pattern that meets its limit
// counts as a match: it may be one.
func (m *ChangeMatcher) Match(to []int, name Name, frame string) []int {
	lines := m.lists[name]
	switch {
	case lines == nil:
		return to
	case lines.entangled:
		return append(to, lines.changes...)
	}
	if lines.any != nil {
		if _, ok, err := lines.any.Match(frame); !ok && err == nil {
			return to
		}
	}
	for i := range lines.alone {
		line := &lines.alone[i]
		if ok, err := line.match(frame); ok || err != nil {
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
