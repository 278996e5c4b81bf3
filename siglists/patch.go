package siglists

import (
	"path"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
)

// Patch is what makes the files of one set those of another, for git apply; it is empty where they are equal. The files
// are in a folder below where it is run, or else in that very place.
func Patch(base, candidate *Set, folder string) []byte {
	if !filepath.IsLocal(folder) {
		folder = ""
	}
	var all []byte
	for _, name := range Names() {
		file := path.Join(folder, name.File())
		all = append(all, diff.Diff("a/"+file, base.List(name).Source, "b/"+file, candidate.List(name).Source)...)
	}
	return all
}
