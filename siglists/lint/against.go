package lint

import "github.com/sigdiff/sigdiff/siglists"

// New are the findings that a change brings: those that the set before it doesn't have, and all errors, since
// lists with errors are of no use whoever brought them. A finding is known by its list, check and text, so that moved lines
// bring none; lines out of order count only where they are new. base is nil for a set that does not load.
func New(before, after []Finding, base *siglists.Set) []Finding {
	known := map[identity]int{}
	for _, f := range before {
		known[f.identity()]++
	}
	var fresh []Finding
	for _, f := range after {
		id := f.identity()
		if f.Severity != Error && known[id] > 0 {
			// Of two equal findings one may be new, such as a third copy of a line.
			known[id]--
			continue
		}
		if f.Check == Order && base != nil {
			if name, err := siglists.ParseName(f.File); err == nil && base.List(name).Has(f.Text) {
				continue
			}
		}
		fresh = append(fresh, f)
	}
	return fresh
}

// identity is what a finding is known by in another version of the lists: no line numbers, which every change moves, and no
// message, which has some. Nor is it the other line: one that takes the place of another which did the same brings nothing, and
// neither does the place it stands at.
type identity struct {
	file, text string
	check      Check
}

func (f Finding) identity() identity {
	id := identity{f.File, f.Text, f.Check}
	if f.Check == Subsumed {
		id.check = Shadowed
	}
	return id
}
