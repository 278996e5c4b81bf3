package siglists

import (
	"errors"
	"maps"
	"slices"
)

// Change is a line that one of two sets has and the other hasn't.
type Change struct {
	Line  Line
	Added bool // in the candidate; else removed from the base
}

// String tells the change as diff does, with the line's place.
func (c Change) String() string {
	if c.Added {
		return "+" + c.Line.String()
	}
	return "-" + c.Line.String()
}

// Diff lists the lines that differ between two sets, by list and text: a line that only moved is no
// change, one of two equal lines may be. Removed lines come first, each kind in file order.
func Diff(base, candidate *Set) []Change {
	var changes []Change
	for _, name := range Names() {
		b, c := base.List(name).Lines, candidate.List(name).Lines
		same := 0 // most lines of most lists
		for same < min(len(b), len(c)) && b[same].Text == c[same].Text {
			same++
		}
		b, c = b[same:], c[same:]
		for _, line := range without(b, c) {
			changes = append(changes, Change{Line: line})
		}
		for _, line := range without(c, b) {
			changes = append(changes, Change{Line: line, Added: true})
		}
	}
	return changes
}

// without are the lines of a that b hasn't as often. Of equal lines the later ones are left over, since
// the earlier ones decide.
func without(a, b []Line) []Line {
	counts := make(map[string]int, len(b))
	for _, line := range b {
		counts[line.Text]++
	}
	var rest []Line
	for _, line := range a {
		if counts[line.Text]--; counts[line.Text] < 0 {
			rest = append(rest, line)
		}
	}
	return rest
}

// Has tells whether the list has a line with a text.
func (l *List) Has(text string) bool { return l.Count(text) > 0 }

// Count is how many lines of the list have a text.
func (l *List) Count(text string) (n int) {
	for _, line := range l.Lines {
		if line.Text == text {
			n++
		}
	}
	return n
}

// Nothing is a line that matches no frame.
const Nothing = "(?!)"

// Undo is the candidate with one of its changes taken back: an added line left out, or a removed one
// put in again, at the place it had as near as the lines around it allow. Where the lines don't go together then, such as
// two with flags for their list, the whole list is as the base has it. A list that had lines and has none then matches
// nothing: an empty one, which matches everything, would say what no line does.
func Undo(base, candidate *Set, change Change) (*Set, error) {
	lists := maps.Clone(candidate.lists)
	name := change.Line.List
	lists[name] = undo(base.List(name), candidate.List(name), change)
	// Only this list is compiled anew, of lines that are parsed already.
	set, err := newSet(candidate.budget, lists, patternsOf(base.List(name), candidate.List(name)), nil)
	if _, ok := errors.AsType[*LoadError](err); ok {
		lists[name] = base.List(name)
		set, err = newSet(candidate.budget, lists, nil, nil)
	}
	return set, err
}

func undo(base, candidate *List, change Change) *List {
	undone := &List{Name: candidate.Name}
	if change.Added {
		out := func(line Line) bool { return line == change.Line }
		undone.Lines = slices.DeleteFunc(slices.Clone(candidate.Lines), out)
	} else {
		undone.Lines = putBack(candidate.Lines, base.Lines, change.Line)
	}
	if undone.empty() && !base.empty() {
		undone.Lines = []Line{{List: undone.Name, Text: Nothing}}
	}
	// It is what the base has compiled already.
	if sameTexts(undone, base) {
		undone.compiled, undone.re = true, base.re
	}
	return undone
}

// putBack inserts a line of the base after the nearest line before it that is still there.
func putBack(lines, base []Line, back Line) []Line {
	at := 0
	for _, before := range slices.Backward(base) {
		if before.Number < back.Number {
			if at = afterLast(lines, before.Text); at > 0 {
				break
			}
		}
	}
	return slices.Insert(slices.Clone(lines), at, back)
}

// afterLast is the place behind the last line with a text; 0 where there is none.
func afterLast(lines []Line, text string) int {
	for i, line := range slices.Backward(lines) {
		if line.Text == text {
			return i + 1
		}
	}
	return 0
}
