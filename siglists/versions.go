package siglists

import (
	"io/fs"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Versions loads many versions of the same siglists, such as those of a history. Their files and lines
// are mostly the same, and each is parsed once. It is for one goroutine; the sets are for any number.
type Versions struct {
	budget *pyre.Budget
	lists  map[listFile]*List
	known  pyre.Patterns
}

// listFile is what makes a list.
type listFile struct {
	name   Name
	source string
}

// NewVersions makes a Versions without any, with a budget as LoadWithin has it.
func NewVersions(b *pyre.Budget) *Versions {
	return &Versions{budget: b, lists: map[listFile]*List{}, known: pyre.Patterns{}}
}

// Load is the function Load, for one more version.
func (v *Versions) Load(fsys fs.FS) (*Set, error) {
	lists := map[Name]*List{}
	var problems []Problem
	for _, name := range Names() {
		list, bad := v.list(fsys, name)
		lists[name], problems = list, append(problems, bad...)
	}
	if limit := v.budget.Spend(0); limit != nil {
		return nil, limit
	}
	if len(problems) > 0 {
		return nil, &LoadError{Problems: withConflicts(problems, lists)}
	}
	return NewWithin(v.budget, lists)
}

// list is a list ready to match, or what is wrong with it: then it holds the lines that could be read.
func (v *Versions) list(fsys fs.FS, name Name) (*List, []Problem) {
	source, err := readFile(fsys, name.File())
	if err != nil {
		return &List{Name: name}, []Problem{{File: name.File(), Reason: err.Error()}}
	}
	file := listFile{name, string(source)}
	if list := v.lists[file]; list != nil {
		return list, nil
	}
	list, problems := Parse(name, source)
	list, bad := list.compile(v.budget, v.known)
	if problems = append(problems, bad...); len(problems) == 0 {
		v.lists[file] = list
	}
	return list, problems
}
