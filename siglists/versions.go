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
	for _, name := range Names() {
		source, err := readFile(fsys, name.File())
		if err == nil {
			lists[name] = v.list(name, source)
		}
		if lists[name] == nil {
			return LoadWithin(v.budget, fsys, nil) // which names everything that is wrong
		}
	}
	return NewWithin(v.budget, lists)
}

// list is a list ready to match; nil when something is wrong with it.
func (v *Versions) list(name Name, source []byte) *List {
	file := listFile{name, string(source)}
	list, known := v.lists[file]
	if !known {
		list = v.make(name, source)
		v.lists[file] = list
	}
	return list
}

func (v *Versions) make(name Name, source []byte) *List {
	list, problems := Parse(name, source)
	if len(problems) == 0 {
		list, problems = list.compile(v.budget, v.known)
	}
	if len(problems) > 0 {
		return nil
	}
	return list
}
