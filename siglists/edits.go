package siglists

// Edits tells which changes are a line that another takes the place of: of each, the index of the other; -1 of none. Both
// stand between the same lines, and have at least half of the shorter one in common, from its start.
func Edits(base, candidate *Set, changes []Change) []int {
	before, after := places(base, candidate, changes), places(candidate, base, changes)
	other := make([]int, len(changes))
	at := make([]int, len(changes))
	for i, c := range changes {
		if other[i], at[i] = -1, before[c.Line]; c.Added {
			at[i] = after[c.Line]
		}
	}
	for i, removed := range changes {
		// Several may stand in one place: the likest takes it, and the others are left for further lines.
		best, most := -1, 0
		for j, added := range changes {
			if removed.Added || !added.Added || other[j] >= 0 || at[i] != at[j] || removed.Line.List != added.Line.List {
				continue
			}
			common := commonStart(removed.Line.Text, added.Line.Text)
			if common > most && 2*common >= min(len(removed.Line.Text), len(added.Line.Text)) {
				best, most = j, common
			}
		}
		if best >= 0 {
			other[i], other[best] = best, i
		}
	}
	return other
}

// places counts, for each changed line of a set, the lines of its list before it that another set has, too.
func places(of, against *Set, changes []Change) map[Line]int {
	at, changed := make(map[Line]int, len(changes)), map[Name]bool{}
	for _, c := range changes {
		at[c.Line], changed[c.Line.List] = 0, true
	}
	for name := range changed {
		theirs := against.List(name).Lines
		kept, both := 0, make(map[string]bool, len(theirs))
		for _, l := range theirs {
			both[l.Text] = true
		}
		for _, l := range of.List(name).Lines {
			if _, ok := at[l]; ok {
				at[l] = kept
			}
			if both[l.Text] {
				kept++
			}
		}
	}
	return at
}

// commonStart is how many bytes two texts have in common at their start.
func commonStart(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// commonEnd is how many bytes two texts have in common at their end.
func commonEnd(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}
