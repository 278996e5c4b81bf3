package documents

import (
	"os"
	"path/filepath"
	"testing"
)

// Annotations are read beside a document that has a file of its own, from a regular file alone.
func TestAnnotations(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.extra", "A")
	write("a.ndjson.extra", "A")
	write("large.extra", "A")
	if err := os.Truncate(filepath.Join(dir, "large.extra"), maxAnnotations+1); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.extra", filepath.Join(dir, "link.extra")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		line   int
		want   string
		failed bool
	}{
		{"a.json", 0, "A", false},
		{"a.json.gz", 0, "A", false},
		{"a.json", 1, "", false},
		{"a.ndjson", 0, "", false},
		{"b.json", 0, "", false},
		{"link.json", 0, "", false},
		{"large.json", 0, "", true},
	} {
		got, err := Document{File: File{Path: filepath.Join(dir, test.name)}, Line: test.line}.Annotations()
		if string(got) != test.want || (err != nil) != test.failed {
			t.Errorf("%s, line %d: %q, %v", test.name, test.line, got, err)
		}
	}
}
