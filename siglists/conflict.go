package siglists

import (
	"cmp"
	"slices"
	"strings"
)

// ReasonConflict is the Reason of a Problem with a line that IsConflictMarker.
const ReasonConflict = "a merge conflict's marker"

// IsConflictMarker tells whether a line, without the white space around it, is what git leaves in a file at a merge
// conflict: seven of one character, or as many more as conflict-marker-size says. No list line starts so. Python takes most such lines for patterns, and what stands between them for that of both sides.
func IsConflictMarker(line string) bool {
	line = strings.TrimPrefix(line, "\ufeff")
	for _, mark := range [...]string{"<<<<<<<", "|||||||", ">>>>>>>"} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return strings.HasPrefix(line, "=======") && strings.Trim(line, "=") == ""
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
	var found []Line
	for _, line := range l.Lines {
		if IsConflictMarker(line.Text) {
			found = append(found, line)
		}
	}
	return found
}

// withConflicts are the problems of lists that don't load, with the markers of merge conflicts among them: they
// are likely why, and Python may refuse only some of them.
func withConflicts(problems []Problem, lists map[Name]*List) []Problem {
	var markers []Problem
	for _, name := range Names() {
		if lists[name] == nil {
			continue
		}
		for _, line := range lists[name].conflictMarkers() {
			markers = append(markers, Problem{File: name.File(), Line: line.Number, Text: line.Text, Reason: ReasonConflict})
		}
	}
	all := append(markers, problems...)
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.CompactFunc(all, func(a, b Problem) bool {
		return a.File == b.File && a.Line == b.Line && (a.Reason == ReasonConflict || b.Reason == ReasonConflict)
	})
}
