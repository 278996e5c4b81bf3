package siglists

import (
	"fmt"
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

// NewVersions makes a Versions without any, with a budget for all that is matched with its sets. Loading ends when the
// budget does; the error is a *pyre.LimitError then.
func NewVersions(b *pyre.Budget) *Versions {
	return &Versions{budget: b, lists: map[listFile]*List{}, known: pyre.Patterns{}}
}

// LoadDir is the function LoadDir, for one more version.
func (v *Versions) LoadDir(dir string) (*Set, error) {
	root, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	set, err := v.Load(root)
	if err != nil {
		return nil, fmt.Errorf("loading siglists from %s: %w", dir, err)
	}
	return set, nil
}

// Load is the function Load, for one more version.
func (v *Versions) Load(fsys fs.FS) (*Set, error) {
	return v.load(func(name Name) ([]byte, error) { return readFile(fsys, name.File()) })
}

func (v *Versions) load(read func(Name) ([]byte, error)) (*Set, error) {
	lists := map[Name]*List{}
	var problems []Problem
	for _, name := range Names() {
		list, bad := v.list(name, read)
		lists[name], problems = list, append(problems, bad...)
	}
	return newSet(v.budget, lists, nil, problems)
}

// list is a list ready to match, or what is wrong with it: then it holds the lines that could be read.
func (v *Versions) list(name Name, read func(Name) ([]byte, error)) (*List, []Problem) {
	source, err := read(name)
	if err != nil {
		return &List{Name: name}, []Problem{{File: name.File(), Reason: err.Error()}}
	}
	file := listFile{name, string(source)}
	// The list with all that it has compiled, so that versions that share it share that.
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
