package gitlists

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFilesIn: the files of a folder at a commit, whatever the work tree has; no links, and nothing of other folders.
func TestFilesIn(t *testing.T) {
	c := newRepo(t)
	c.write("socorro/cases", map[string]string{"a.json": "A", "deeper/b.json": "A", "readme.md": "M"})
	c.write("socorro/cases-of-others", map[string]string{"c.json": "C"})
	if err := os.Symlink("/etc/passwd", filepath.Join(c.dir, "socorro", "cases", "link.json")); err != nil {
		t.Skip("skipped: no symbolic links here: ", err)
	}
	first := c.commit("cases")
	c.write("socorro/cases", map[string]string{"a.json": "changed"})
	c.commit("another")
	r := c.open()
	files, err := r.FilesIn(t.Context(), first, "socorro/cases", ".json")
	got := map[string]string{}
	for name, content := range files {
		got[name] = string(content)
	}
	if diff := cmp.Diff(map[string]string{"a.json": "A", "deeper/b.json": "A"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, folder := range []string{"nowhere", "../..", ":(glob)**"} {
		if files, err := r.FilesIn(t.Context(), first, folder, ".json"); err == nil && len(files) > 0 {
			t.Errorf("%s: %v", folder, files)
		}
	}
	if _, err := r.FilesIn(t.Context(), "main", "socorro/cases", ".json"); !errors.Is(err, ErrNoRevision) {
		t.Errorf("%v", err)
	}
	if _, err := r.FilesIn(t.Context(), strings.Repeat("0", 40), "socorro/cases", ".json"); err == nil {
		t.Error("a commit that is not there has files")
	}
}
