package spec

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// TestWorkTreeByALink: who stands deep in a checkout by a link that lies near the root stands in that checkout.
func TestWorkTreeByALink(t *testing.T) {
	checkout := t.TempDir()
	folder := filepath.Join(checkout, filepath.FromSlash(gitlists.DefaultPath))
	link, err := os.MkdirTemp("", "sigdiff-link-*") // not in a folder of the test's own, which is deep
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(link) })
	err = errors.Join(os.MkdirAll(folder, 0o700), os.Mkdir(filepath.Join(checkout, ".git"), 0o700), os.Remove(link), os.Symlink(folder, link))
	if err != nil {
		t.Skip("skipped: ", err)
	}
	for _, name := range siglists.Names() {
		if err := os.WriteFile(filepath.Join(folder, name.File()), []byte("x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(link)
	if got, err := (Options{}).WorkTree(); err != nil || got != filepath.Join("..", "..", "..") {
		t.Errorf("%q, %v", got, err)
	}
}
