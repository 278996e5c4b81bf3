package siglists

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// MaxChanges is how many lines a change set may change.
const MaxChanges = 1000

var errMaxChanges = fmt.Errorf("more than %d lines are changed, the limit for a change set", MaxChanges)

// words are what people call the lists.
var words = map[Name]string{Sentinels: "sentinels", Irrelevant: "irrelevant", Prefix: "prefix", LineNumbers: "line-numbers"}

// Word is what people call the list: prefix, irrelevant, sentinels or line-numbers.
func (n Name) Word() string { return words[n] }

// ParseName reads the name of a list: what people call it, its full name, or the name of its file.
func ParseName(word string) (Name, error) {
	for _, n := range Names() {
		if word == n.Word() || word == string(n) || word == n.File() {
			return n, nil
		}
	}
	return "", fmt.Errorf("%q is no list; the lists are prefix, irrelevant, sentinels and line-numbers", word)
}

// ParseChange reads a line that is added or removed, as LIST:TEXT.
func ParseChange(text string, added bool) (Change, error) {
	list, line, ok := strings.Cut(text, ":")
	if !ok {
		return Change{}, fmt.Errorf("%q is not LIST:TEXT, such as prefix:mozilla::Foo", text)
	}
	return newChange(list, line, added)
}

func newChange(list, text string, added bool) (Change, error) {
	name, err := ParseName(list)
	text = pyre.Strip(text)
	switch {
	case err != nil:
		return Change{}, err
	case text == "" || strings.HasPrefix(text, "#") || strings.Contains(text, "\n"):
		return Change{}, fmt.Errorf("%q is no line of a list: it is empty, a comment, or more than one line", text)
	}
	return Change{Line: Line{List: name, Text: text}, Added: added}, nil
}

// ReadChanges reads an edit file: a changed line each, as "+ prefix mozilla::Foo" or "- irrelevant __libc_.*". Empty
// lines and those that start with # are skipped.
func ReadChanges(r io.Reader) ([]Change, error) {
	var changes []Change
	lines := bufio.NewScanner(r)
	number := 1
	for ; lines.Scan(); number++ {
		// Editors of Windows put a mark at the start of the file.
		text := pyre.Strip(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		c, err := readChange(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if changes = append(changes, c); len(changes) > MaxChanges {
			return nil, errMaxChanges
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d is longer than 64 KB", number)
	case err != nil:
		return nil, fmt.Errorf("reading an edit: %w", err)
	}
	return changes, nil
}

func readChange(text string) (Change, error) {
	sign, rest, _ := strings.Cut(text, " ")
	list, line, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if sign != "+" && sign != "-" {
		return Change{}, fmt.Errorf("%q is not \"+ LIST TEXT\" or \"- LIST TEXT\"", start(text))
	}
	return newChange(list, line, sign == "+")
}

// Edit is the change as a line of an edit file.
func (c Change) Edit() string {
	sign := "-"
	if c.Added {
		sign = "+"
	}
	return sign + " " + c.Line.List.Word() + " " + c.Line.Text
}

// With is a set that was loaded, with a change set: the removed lines left out, of equal ones the last, then the
// added lines at their place in the alphabet. Files keep everything else. A change that can't be made is an error, and
// lines that don't load are a *LoadError, as those of Load.
func (s *Set) With(changes []Change) (*Set, error) {
	if len(changes) > MaxChanges {
		return nil, errMaxChanges
	}
	lists := maps.Clone(s.lists)
	problems := map[Name][]Problem{}
	var refused []error
	// Removed lines go first, so that a change set can take a line away and put it back elsewhere.
	for _, added := range []bool{false, true} {
		for _, c := range changes {
			if c.Added != added {
				continue
			}
			source, err := lists[c.Line.List].edited(c, lists)
			if err != nil {
				refused = append(refused, err)
				continue
			}
			lists[c.Line.List], problems[c.Line.List] = Parse(c.Line.List, source)
		}
	}
	if len(refused) > 0 {
		return nil, errors.Join(refused...)
	}
	return newSet(s.budget, lists, patternsOf(s.lists[Irrelevant], s.lists[Prefix], s.lists[LineNumbers]), slices.Concat(slices.Collect(maps.Values(problems))...))
}

// edited is the file of the list with a change. all are the lists, to name those that have the line.
func (l *List) edited(c Change, all map[Name]*List) ([]byte, error) {
	at := slices.IndexFunc(l.Lines, func(line Line) bool { return line.Text == c.Line.Text })
	switch {
	case c.Added && at >= 0:
		return nil, fmt.Errorf("%s is there already, and can't be added", l.Lines[at])
	case c.Added:
		return l.insert(c.Line.Text), nil
	case at < 0:
		return nil, fmt.Errorf("%s has no line %q to remove%s", l.Name.File(), c.Line.Text, l.instead(c.Line.Text, all))
	}
	last := at
	for i := range l.Lines {
		if l.Lines[i].Text == c.Line.Text {
			last = i
		}
	}
	// Of equal lines the earlier one decides, and stays.
	number := l.Lines[last].Number
	return bytes.Join(slices.Delete(rawLines(l.Source), number-1, number), nil), nil
}

// instead names what may be meant by a line that is not there: the list that has it, or lines that are like it.
func (l *List) instead(text string, all map[Name]*List) string {
	for _, name := range Names() {
		if all[name].Has(text) {
			return "; " + name.File() + " has it"
		}
	}
	near := l.near(text)
	if len(near) == 0 {
		return ""
	}
	quoted := make([]string, len(near))
	for i, line := range near {
		quoted[i] = fmt.Sprintf("%q", line)
	}
	return "; near it: " + strings.Join(quoted, ", ")
}

// near are the lines that are most like a text, three at most: they have two thirds of it in common, at both ends.
func (l *List) near(text string) []string {
	const most = 3
	common := map[string]int{}
	var near []string
	for _, line := range l.Lines {
		n := min(commonStart(line.Text, text)+commonEnd(line.Text, text), len(text), len(line.Text))
		if 3*n >= 2*len(text) && common[line.Text] == 0 {
			common[line.Text] = n
			near = append(near, line.Text)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return common[b] - common[a] })
	return near[:min(most, len(near))]
}

// insert is the file of the list with a line more: of the lines that are in alphabetical order, as most are, behind the
// last that comes before it.
func (l *List) insert(text string) []byte {
	keys := make([]string, len(l.Lines))
	for i, line := range l.Lines {
		keys[i] = sortKey(line.Text)
	}
	lines := rawLines(l.Source)
	at := len(lines)
	if len(l.Lines) > 0 {
		at = l.Lines[0].Number - 1
	}
	key := sortKey(text)
	for _, i := range InOrder(keys) {
		if keys[i] <= key {
			at = l.Lines[i].Number
		}
	}
	end := "\n"
	if len(lines) > 0 && bytes.HasSuffix(lines[0], []byte("\r\n")) { // as editors of Windows write files
		end = "\r\n"
	}
	// The last line of a file may have no end, and would run into the new one.
	if at > 0 && !bytes.HasSuffix(lines[at-1], []byte("\n")) {
		lines[at-1] = slices.Concat(lines[at-1], []byte(end))
	}
	return bytes.Join(slices.Insert(lines, at, []byte(text+end)), nil)
}

// rawLines are the lines of a file, each with its end.
func rawLines(source []byte) [][]byte {
	return slices.Collect(bytes.Lines(source))
}

// flags are those that hold for a whole list, which Python takes in its first line alone.
var flags = lazyregexp.New(`^\(\?[A-Za-z]+\)`)

// sortKey is how lines are ordered: by what follows leading punctuation, in either case. One with flags such as (?i) is no
// name, and comes in front of all.
func sortKey(text string) string {
	if flags().MatchString(text) {
		return ""
	}
	return " " + strings.ToLower(strings.TrimLeftFunc(text, func(r rune) bool { return r != '?' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// InOrder gives the places of as many keys as are in ascending order.
func InOrder[K cmp.Ordered](keys []K) []int {
	var ends []int // of a run of each length, the place of its last key, which is as small as it can be
	before := make([]int, len(keys))
	for i, key := range keys {
		length := sort.Search(len(ends), func(n int) bool { return keys[ends[n]] > key })
		if length > 0 {
			before[i] = ends[length-1]
		}
		ends = slices.Replace(ends, length, min(length+1, len(ends)), i)
	}
	for n := len(ends) - 2; n >= 0; n-- { // what the longest run had when it was this long
		ends[n] = before[ends[n+1]]
	}
	return ends
}
