package gitlists

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/sigdiff/sigdiff/siglists"
)

// maxListBytes bounds one list's file. The largest since 2016 has 8 KB.
const maxListBytes = 16 << 20

// trimDLLFile is the fifth list that Socorro had until December 2018: frames that it matched were cut
// down to their module's name. What came in its place is part of the code.
const trimDLLFile = "trim_dll_signature_re.txt"

// WithTrimDLL is the latest day on which Socorro had the fifth list.
func WithTrimDLL() time.Time { return time.Date(2018, time.December, 20, 0, 0, 0, 0, time.UTC) }

// Lists are the files of siglists at one commit.
type Lists struct {
	Path string // where they are in the repository
	// HasTrimDLL tells that trimDLLFile was there too. It is not read.
	HasTrimDLL bool

	files map[string][]byte // by their names; what is no regular file has the content nil
}

// FS holds the files of the lists, those of the four that there are, at its top.
func (l *Lists) FS() fs.FS {
	fsys := fstest.MapFS{}
	for name, content := range l.files {
		fsys[name] = &fstest.MapFile{Data: content, Mode: 0o444}
		// Such an entry is a link, a folder or a submodule: siglists refuses what is no regular file, and says so.
		if content == nil {
			fsys[name].Mode |= fs.ModeIrregular
		}
	}
	return fsys
}

// Set loads the lists. See siglists.Load for its errors.
func (l *Lists) Set() (*siglists.Set, error) { return siglists.Load(l.FS()) }

// Warning says what is special about the lists of a commit that today's algorithm can't honour; it is
// empty when there is nothing.
func (l *Lists) Warning(c Commit) string {
	if !l.HasTrimDLL && !c.Date.Before(WithTrimDLL()) {
		return ""
	}
	return oldWarning("of "+c.Date.Format(time.DateOnly), l.HasTrimDLL)
}

// DirWarning is the Warning of a directory of siglists, which has no date: the fifth list in it tells.
func DirWarning(dir string) string {
	if _, err := os.Lstat(filepath.Join(dir, trimDLLFile)); err != nil {
		return ""
	}
	return oldWarning("at "+dir, true)
}

func oldWarning(where string, hasTrimDLL bool) string {
	fifth := "the four lists are used with today's algorithm"
	if hasTrimDLL {
		fifth = trimDLLFile + " is left out, and " + fifth
	}
	return fmt.Sprintf("siglists %s: before December 2018 Socorro had a fifth list and another algorithm; %s", where, fifth)
}

// listFiles are the names of the files that are read.
func listFiles() []string {
	var names []string
	for _, name := range siglists.Names() {
		names = append(names, name.File())
	}
	return names
}
