package siglists

import (
	"path"

	"github.com/rogpeppe/go-internal/diff"
)

// Patch is what makes the files of one set those of another, for git apply; folder is where the files are. It is empty
// where they are equal.
func Patch(base, candidate *Set, folder string) []byte {
	var patch []byte
	for _, name := range Names() {
		file := path.Join(folder, name.File())
		patch = append(patch, diff.Diff("a/"+file, base.List(name).Source, "b/"+file, candidate.List(name).Source)...)
	}
	return patch
}
