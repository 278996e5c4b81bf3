package cache

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/cache/boltfile"
)

// What tests know of bbolt's pages, to damage them.
const (
	pageHeader = 16
	metaLen    = 64
	flagBranch = 1
	flagLeaf   = 2
)

var native = binary.NativeEndian

// pageHead is how a page begins.
type pageHead struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint32
}

func headAt(content []byte, at int) pageHead {
	b := content[at:]
	return pageHead{native.Uint64(b), native.Uint16(b[8:]), int(native.Uint16(b[10:])), native.Uint32(b[12:])}
}

// pagesOf opens what a file would hold.
func pagesOf(t *testing.T, content []byte) *boltfile.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pages.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	p, err := statPages(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
