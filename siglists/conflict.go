package siglists

import (
	"regexp"
	"slices"
	"strings"
)

// conflictMarker is what git leaves in a file at a merge conflict: seven of one character, or as many more as
// conflict-marker-size says. No list line starts so.
var conflictMarker = regexp.MustCompile(`^(<{7}|\|{7}|>{7}|={7,}$)`)

// ReasonConflict is the Reason of a Problem with a line that IsConflictMarker.
const ReasonConflict = "a merge conflict's marker"

// IsConflictMarker tells whether a line, without the white space around it, marks a merge conflict. Python
// takes most such lines for patterns, and what stands between them for that of both sides.
func IsConflictMarker(line string) bool {
	return conflictMarker.MatchString(strings.TrimPrefix(line, "\ufeff"))
}

// ConflictMarkers are the lines of the set that mark merge conflicts.
func (s *Set) ConflictMarkers() []Line {
	var found []Line
	for _, name := range Names() {
		found = append(found, s.lists[name].conflictMarkers()...)
	}
	return found
}

func (l *List) conflictMarkers() []Line {
	return slices.DeleteFunc(slices.Clone(l.Lines), func(line Line) bool { return !IsConflictMarker(line.Text) })
}

// withConflicts are the problems of lists that don't load, with the markers of merge conflicts among them: they
// are likely why, and Python may refuse only some of them.
func withConflicts(problems []Problem, lists map[Name]*List) []Problem {
	problems = slices.DeleteFunc(slices.Clone(problems), func(p Problem) bool {
		list := lists[Name(strings.TrimSuffix(p.File, ".txt"))]
		return list != nil && slices.ContainsFunc(list.conflictMarkers(), func(l Line) bool { return l.Number == p.Line })
	})
	for _, name := range Names() {
		if list := lists[name]; list != nil {
			for _, line := range list.conflictMarkers() {
				problems = append(problems, Problem{File: name.File(), Line: line.Number, Text: line.Text, Reason: ReasonConflict})
			}
		}
	}
	return sortProblems(problems)
}
