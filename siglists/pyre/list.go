package pyre

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// List is a list of patterns joined with "|", compiled as a whole. It never
// changes and may be used by several goroutines.
type List struct {
	lines  []*Pattern // each parsed alone
	alone  bool       // each line means the same joined with others
	joined *Pattern
	lineOf []int // the line that an alternative of the joined pattern starts in, by its index; -1: no line

	scanned atomic.Int32
	linear  atomic.Bool // it was compiled, and the automaton has all of it

	compiled  sync.Once  // when first matched as a whole: what follows
	automaton *automaton // nil: has nothing
	others    []other
	pool      sync.Pool // of *matcher
}

// A list is tried line by line while it is short, or few subjects were: compiling it takes as long as a few hundred do.
const (
	shortList   = 8 // lines
	fewSubjects = 200
)

// Patterns are patterns that were parsed, by their text. Lists that have lines in common need to parse each once.
type Patterns map[string]*Pattern

// Add adds the lines of a list.
func (ps Patterns) Add(l *List) {
	for _, line := range l.lines {
		ps[line.Source] = line
	}
}

// Parse is the function Parse. What it parses is added, unless ps is nil.
func (ps Patterns) Parse(text string) (*Pattern, error) {
	if p := ps[text]; p != nil {
		return p, nil
	}
	p, err := Parse(text)
	if err == nil && ps != nil {
		ps[text] = p
	}
	return p, err
}

// ParseAll parses lines that are not joined, until a budget ends: the error is a *LimitError then, or a *ListError with all
// bad lines.
func (ps Patterns) ParseAll(b *Budget, lines []string) ([]*Pattern, error) {
	parsed := make([]*Pattern, len(lines))
	var bad []LineError
	for i, line := range lines {
		if limit := b.Spend(0); limit != nil {
			return nil, limit
		}
		var err error
		if parsed[i], err = ps.Parse(line); err != nil {
			bad = append(bad, LineError{Line: i, Err: err})
		}
	}
	if len(bad) > 0 {
		return nil, &ListError{Errors: bad}
	}
	return parsed, nil
}

// other is an alternative that the automaton doesn't have: one that needs backtracking, or is too large.
type other struct {
	alt  int // its index
	prog *program
}

// maxJoinErrors bounds how many lines are reported that are fine alone and not
// in the joined list; each costs a parse of the whole.
const maxJoinErrors = 50

// CompileList compiles lines as Python does "|".join(lines). Each line must
// also compile alone. The error is a *ListError with all bad lines.
//
// Joining has consequences: global flags may only stand at the start of the
// first line, and count for all lines; group numbers and names are those of the
// joined pattern; (?x) in the first line lets a "#" swallow the lines after it.
func CompileList(lines []string) (*List, error) { return CompileListWithin(nil, lines, nil) }

// CompileListWithin is CompileList until a budget ends; the error is a *LimitError then. Lines that are known are not
// parsed again.
func CompileListWithin(b *Budget, lines []string, known Patterns) (*List, error) {
	parsed, err := known.ParseAll(b, lines)
	bad, refused := errors.AsType[*ListError](err)
	if err != nil && !refused {
		return nil, err
	}
	// So it is with nearly all lists; to read them a second time would take as long as the first.
	if len(parsed) == 1 || len(parsed) > 0 && all(parsed, (*Pattern).standsAlone) {
		return joinParsed(parsed), nil
	}
	c := &listCompiler{lines: slices.Clone(lines)}
	if refused {
		for _, e := range bad.Errors {
			c.refuse(e)
		}
	}
	joined := c.join(b)
	if limit := b.Spend(0); limit != nil {
		return nil, limit
	}
	if len(c.errors) > 0 {
		slices.SortStableFunc(c.errors, func(a, b LineError) int { return a.Line - b.Line })
		return nil, &ListError{Errors: c.errors}
	}
	list := &List{lines: parsed, joined: joined}
	for _, node := range joined.Alternatives() {
		line := -1
		if len(lines) > 0 {
			line = lineAt(c.starts, int(node.Start))
		}
		list.lineOf = append(list.lineOf, line)
	}
	return list, nil
}

// joinParsed joins lines as they were parsed, each of which means the same joined with others.
func joinParsed(lines []*Pattern) *List {
	root := &Node{Op: OpAlternate}
	l := &List{lines: lines, alone: true, joined: &Pattern{Root: root, minLength: lines[0].minLength}}
	for i, line := range lines {
		for _, alternative := range line.Alternatives() {
			root.Subs, l.lineOf = append(root.Subs, alternative), append(l.lineOf, i)
		}
		l.joined.Groups = max(l.joined.Groups, line.Groups)
		l.joined.minLength = min(l.joined.minLength, line.minLength)
	}
	return l
}

// Alone is the list of one line that the pattern is.
func (p *Pattern) Alone() *List { return joinParsed([]*Pattern{p}) }

// listCompiler collects the errors of lines, alone and joined.
type listCompiler struct {
	lines  []string
	errors []LineError
	starts []int // of the lines in the joined pattern, in characters
}

// refuse notes an error, and puts a stand-in in the place of a bad line, so
// that what is wrong with further lines shows as well.
func (c *listCompiler) refuse(e LineError) {
	c.errors = append(c.errors, e)
	if e.Line >= 0 {
		c.lines[e.Line] = "_"
	}
}

// join parses the joined lines, and again without each line that it refuses, until a budget ends.
func (c *listCompiler) join(b *Budget) *Pattern {
	for range maxJoinErrors {
		if b.Spend(0) != nil {
			return nil
		}
		c.starts = c.starts[:0]
		start := 0
		for _, line := range c.lines {
			c.starts = append(c.starts, start)
			start += utf8.RuneCountInString(line) + 1
		}
		source := strings.Join(c.lines, "|")
		joined, err := Parse(source)
		if err == nil {
			return joined
		}
		e := c.attribute(err)
		blamed := e.Line >= 0 && !slices.ContainsFunc(c.errors, func(known LineError) bool { return known.Line == e.Line })
		if blamed || len(c.errors) == 0 {
			c.refuse(e)
		}
		if !blamed {
			return nil
		}
	}
	return nil
}

// attribute finds the line that an error of the joined pattern lies in.
func (c *listCompiler) attribute(err error) LineError {
	line := -1
	if syntax, ok := errors.AsType[*SyntaxError](err); ok && syntax.Pos >= 0 && len(c.starts) > 0 {
		line = lineAt(c.starts, syntax.Pos)
		syntax.Pos -= c.starts[line]
	}
	return LineError{Line: line, Joined: true, Err: err}
}

// lineAt gives the line in which a position lies; the joining "|" belongs to
// the line before it.
func lineAt(starts []int, pos int) int {
	i, found := slices.BinarySearch(starts, pos)
	if !found {
		i--
	}
	return i
}

// compile makes the automaton and the programs of the joined pattern.
func (l *List) compile() {
	pool := charsetPool{}
	lowered := l.joined.lowered()
	regular := newNFA(pool)
	taken := make([]bool, len(lowered))
	for i, seq := range lowered {
		taken[i] = regular.addAlternative(seq)
	}
	l.automaton = newAutomaton(regular)
	for i, seq := range lowered {
		if !taken[i] || l.automaton == nil {
			l.others = append(l.others, other{alt: i, prog: compileProgram(seq, l.joined, pool)})
		}
	}
	l.linear.Store(len(l.others) == 0)
}

// Surely tells whether matching a subject surely meets no limit but a budget's. It is known only of a list that has matched
// many.
func (l *List) Surely(subject string) bool { return l.linear.Load() && len(subject) <= workChunk }

// Len is the number of lines.
func (l *List) Len() int { return len(l.lines) }

// Line gives a line as parsed alone, by its index.
func (l *List) Line(i int) *Pattern { return l.lines[i] }

// Only is the list with the alternatives of a line alone, by its index. They are as they are in the list: under its
// flags, and with the numbers that their groups have there.
func (l *List) Only(i int) *List {
	root := &Node{Op: OpAlternate}
	only := &List{lines: l.lines[i : i+1], alone: l.alone, joined: &Pattern{Root: root, Groups: l.joined.Groups, minLength: l.joined.minLength}}
	for n, alternative := range l.joined.Alternatives() {
		if l.lineOf[n] == i {
			root.Subs, only.lineOf = append(root.Subs, alternative), append(only.lineOf, 0)
		}
	}
	return only
}

// Match tells whether the list matches at the start of a subject, and the index
// of the line that decides, which is the one that holds the first alternative
// that matches. The line is -1 if nothing matches, and for an empty list, which
// matches everything. The error is a *LimitError.
func (l *List) Match(b *Budget, subject string) (line int, ok bool, err error) {
	if l.scans() {
		if line, ok, err = l.scan(b, subject); err == nil {
			return line, ok, nil
		}
		l.scanned.Store(fewSubjects) // the automaton does not backtrack
	}
	line, ok, err = l.matchAll(b, subject)
	b.note(err)
	return line, ok, err
}

// matchAll matches with the automaton, and backtracks for the lines that have none.
func (l *List) matchAll(b *Budget, subject string) (line int, ok bool, err error) {
	m, _ := l.pool.Get().(*matcher)
	if m == nil {
		if limit := b.Spend(buildingSteps); limit != nil {
			return -1, false, limit
		}
		m = l.newMatcher()
	}
	defer l.pool.Put(m)
	return m.match(b, subject)
}

// scans tells whether the next subject is tried line by line.
func (l *List) scans() bool {
	if !l.alone || l.scanned.Load() >= fewSubjects {
		return false
	}
	return len(l.lines) <= shortList || l.scanned.Add(1) <= fewSubjects
}

// scan tries the lines in order. It gives up where that takes longer than the automaton.
func (l *List) scan(b *Budget, subject string) (line int, ok bool, err error) {
	m := machine{budget: b, limit: accountSteps}
	for i, p := range l.lines {
		end, limit := p.end(&m, subject)
		if limit != nil {
			return -1, false, limit
		}
		if end >= 0 {
			return i, true, nil
		}
	}
	return -1, false, nil
}

// matcher matches subjects against a list, and keeps what it learns on the way:
// up to about 10 MB. It is for one goroutine at a time.
type matcher struct {
	list *List
	dfa  *dfa
}

func (l *List) newMatcher() *matcher {
	l.compiled.Do(l.compile)
	m := &matcher{list: l}
	if l.automaton != nil {
		m.dfa = newDFA(l.automaton)
	}
	return m
}

// match is [List.Match].
func (m *matcher) match(b *Budget, subject string) (line int, ok bool, err error) {
	best := -1
	if m.dfa != nil {
		m.dfa.budget = b
		found, limit := m.dfa.match(subject)
		if limit != nil {
			return -1, false, limit
		}
		best = found
	}
	// The alternatives that need backtracking count where they come before the first of the rest that matches.
	backtracker := machine{budget: b, limit: StepLimit}
	for _, o := range m.list.others {
		if best >= 0 && best < o.alt {
			break
		}
		matched, limit := backtracker.run(o.prog, subject)
		if limit != nil {
			limit.Line = m.list.lineOf[o.alt]
			return -1, false, limit
		}
		if matched {
			best = o.alt
			break
		}
	}
	if best < 0 {
		return -1, false, nil
	}
	return m.list.lineOf[best], true, nil
}
