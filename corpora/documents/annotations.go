package documents

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// maxAnnotations is the size in bytes of the largest file of annotations that is read.
const maxAnnotations = 4 << 20

// jsonEnding is what a file with a document of its own ends in.
var jsonEnding = lazyregexp.New(`(?i)\.json(\.gz|\.zst)?$`)

// Annotations are those that were sent with the minidump that a document was made of: the file NAME.extra beside
// NAME.json. They are nil where there is none, and for a line of a file.
func (d Document) Annotations() ([]byte, error) {
	if d.Line > 0 || !jsonEnding().MatchString(d.File.Path) {
		return nil, nil
	}
	path := jsonEnding().ReplaceAllString(d.File.Path, "") + ".extra"
	// Not followed: a link in a folder that somebody sent may lead anywhere.
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, nil // as links and pipes in folders are passed over
	case info.Size() > maxAnnotations:
		return nil, fmt.Errorf("%s has more than %d MB", path, maxAnnotations>>20)
	}
	return os.ReadFile(path)
}
