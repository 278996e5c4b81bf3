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
func (s *Set) ConflictMarkers() []Line { return conflictMarkers(s.lists) }

func conflictMarkers(lists map[Name]*List) (found []Line) {
	for _, name := range Names() {
		for _, line := range lists[name].Lines {
			if IsConflictMarker(line.Text) {
				found = append(found, line)
			}
		}
	}
	return found
}

// withConflicts are the problems of lists that don't load, with the markers of merge conflicts among them: they
// are likely why, and Python may refuse only some of them.
func withConflicts(problems []Problem, lists map[Name]*List) []Problem {
	var all []Problem
	for _, line := range conflictMarkers(lists) {
		all = append(all, Problem{File: line.List.File(), Line: line.Number, Text: line.Text, Reason: ReasonConflict})
	}
	all = append(all, problems...)
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	// That a line is a marker says more than why Python refuses it.
	return slices.CompactFunc(all, func(a, b Problem) bool {
		return a.File == b.File && a.Line == b.Line && (a.Reason == ReasonConflict || b.Reason == ReasonConflict)
	})
}
