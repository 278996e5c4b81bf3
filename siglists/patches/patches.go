// Package patches writes what makes one siglist set another as a patch.
package patches

import (
	"path"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/sigdiff/sigdiff/siglists"
)

// Of is what makes the files of one set those of another, for git apply; it is empty where they are equal. The files
// are in a folder below where it is run, or else in that very place.
func Of(base, candidate *siglists.Set, folder string) []byte {
	if !filepath.IsLocal(folder) {
		folder = ""
	}
	var all []byte
	for _, name := range siglists.Names() {
		file := path.Join(folder, name.File())
		all = append(all, diff.Diff("a/"+file, base.List(name).Source, "b/"+file, candidate.List(name).Source)...)
	}
	return all
}
