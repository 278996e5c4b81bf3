// Package siglists knows the four lists of frame patterns that decide Socorro's signatures: how they
// are loaded, what a line of them matches, and which line decides.
package siglists

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Name names one of the four lists; its file is the name with ".txt".
type Name string

// The four lists.
const (
	Sentinels   Name = "signature_sentinels"
	Irrelevant  Name = "irrelevant_signature_re"
	Prefix      Name = "prefix_signature_re"
	LineNumbers Name = "signatures_with_line_numbers_re"
)

// Names are the four lists, in the order in which signature generation consults them on a stack.
func Names() []Name { return []Name{Sentinels, Irrelevant, Prefix, LineNumbers} }

// File is the name of the list's file.
func (n Name) File() string { return string(n) + ".txt" }

// Line is one pattern of a list, or one sentinel.
type Line struct {
	List   Name
	Text   string
	Number int // in the file, from 1
}

// String is the line as compilers name places: file:line: text.
func (l Line) String() string { return fmt.Sprintf("%s:%d: %s", l.List.File(), l.Number, l.Text) }

// MarshalText is the line as a key of JSON: list:line:text.
func (l Line) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%s:%d:%s", l.List, l.Number, l.Text), nil
}

// UnmarshalText reads what MarshalText wrote.
func (l *Line) UnmarshalText(text []byte) error {
	parts := strings.SplitN(string(text), ":", 3)
	if len(parts) < 3 || !slices.Contains(Names(), Name(parts[0])) {
		return fmt.Errorf("no line of a siglist: %q", text)
	}
	number, err := strconv.Atoi(parts[1])
	*l = Line{Name(parts[0]), parts[2], number}
	return err
}

// List is one of the four lists.
type List struct {
	Name Name
	// Lines are the lines that count: stripped, without comments and empty lines.
	Lines []Line
	// Source is the file as it was read.
	Source []byte

	compiled bool
	re       *pyre.List // nil for the sentinels
}

// Pattern is what a line means alone, by its index in Lines. Lists of a set have it already.
func (l *List) Pattern(i int) (*pyre.Pattern, error) {
	if l.re != nil {
		return l.re.Line(i), nil
	}
	return pyre.Parse(l.Lines[i].Text)
}

// Set is the four lists that one generator of signatures uses. It never changes.
type Set struct {
	lists     map[Name]*List
	sentinels map[string]*Line
	budget    *pyre.Budget // of matching; nil: none
}

// List is one of the set's lists.
func (s *Set) List(n Name) *List { return s.lists[n] }

// Budget is what Within gave; nil without one.
func (s *Set) Budget() *pyre.Budget { return s.budget }

// Sentinel finds the sentinel that equals a frame.
func (s *Set) Sentinel(frame string) (*Line, bool) {
	line, ok := s.sentinels[frame]
	return line, ok
}

// Equal tells whether two sets have the same lines in the same order, whatever their comments.
func (s *Set) Equal(other *Set) bool {
	for _, name := range Names() {
		if !sameTexts(s.lists[name], other.lists[name]) {
			return false
		}
	}
	return true
}

// Digest identifies what the set decides: sets with equal lines in equal order have equal digests,
// whatever their comments. It is the start of a SHA-256, in hex.
func (s *Set) Digest() string {
	h := sha256.New()
	for _, name := range Names() {
		fmt.Fprintf(h, "%s %d\n", name, len(s.lists[name].Lines))
		for _, line := range s.lists[name].Lines {
			// With their lengths no two sets of lines can run together to the same text.
			fmt.Fprintf(h, "%d %s\n", len(line.Text), line.Text)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// Sources are the four lists of a set as their files have them: in a form that travels.
type Sources map[Name][]byte

// Sources are what the set was read from.
func (s *Set) Sources() Sources {
	sources := Sources{}
	for name, list := range s.lists {
		sources[name] = list.Source
	}
	return sources
}

// Load makes the set that they are of, with a budget as Versions have it, and the errors of Load.
func (s Sources) Load(b *pyre.Budget) (*Set, error) {
	return NewVersions(b).load(func(name Name) ([]byte, error) {
		source, ok := s[name]
		if !ok {
			return nil, errMissing
		}
		return source, nil
	})
}

var errMissing = errors.New("the list is missing")

// newSet makes a set of lists that are read already, with a budget, and doesn't parse known lines again. The error is a
// *LoadError that holds the problems of reading them, and every line that Python would refuse.
func newSet(b *pyre.Budget, lists map[Name]*List, known pyre.Patterns, problems []Problem) (*Set, error) {
	set := &Set{lists: map[Name]*List{}, sentinels: map[string]*Line{}, budget: b}
	for _, name := range Names() {
		compiled, bad := lists[name].compile(b, known)
		set.lists[name], problems = compiled, append(problems, bad...)
	}
	// Before the problems: a list that was given up half way has problems that aren't there.
	if limit := b.Spend(0); limit != nil {
		return nil, limit
	}
	if len(problems) > 0 {
		return nil, &LoadError{Problems: withConflicts(problems, lists)}
	}
	for i, line := range slices.Backward(set.lists[Sentinels].Lines) { // of equal ones the first decides
		set.sentinels[line.Text] = &set.lists[Sentinels].Lines[i]
	}
	return set, nil
}

// patternsOf are the lines of lists that were parsed for matching.
func patternsOf(lists ...*List) pyre.Patterns {
	known := pyre.Patterns{}
	for _, list := range lists {
		if list.re != nil {
			known.Add(list.re)
		}
	}
	return known
}

// LoadDir loads the four lists of a directory. See Load for its errors.
func LoadDir(dir string) (*Set, error) { return NewVersions(nil).LoadDir(dir) }

// Load loads the four lists from the top of a file system. The error is a *LoadError that holds every
// problem there is: missing files, text that is not UTF-8, and lines that Python would refuse.
func Load(fsys fs.FS) (*Set, error) { return NewVersions(nil).Load(fsys) }
