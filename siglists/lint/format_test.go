package lint

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/siglists"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata")

// TestFormats renders findings that need every escape there is.
func TestFormats(t *testing.T) {
	set := setOfLists(t, map[siglists.Name]string{
		siglists.Sentinels:   "begin_panic.*",
		siglists.Irrelevant:  "moz_\nfoo 100%\u200bsure",
		siglists.Prefix:      "moz_xmalloc\nenum$<T>::unwrap\n`anonymous namespace'::foo\nwl_.*\nwl_.*",
		siglists.LineNumbers: "",
	})
	refused := Errors(&siglists.LoadError{Problems: []siglists.Problem{
		{File: "prefix_signature_re.txt", Line: 3, Text: "foo(", Reason: "missing ), unterminated subpattern at position 3"},
		{File: "signature_sentinels.txt", Reason: "no such file,\nat all"},
	}})
	d := Document{Spec: "lists", Against: "main", Dir: "a,b:c/lists", Findings: append(refused, findingsOf(t, set, Options{})...)}
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			var got bytes.Buffer
			if err := Render(&got, format, d); err != nil {
				t.Fatal(err)
			}
			golden(t, "findings."+format, got.Bytes())
			got.Reset()
			if err := Render(&got, format, Document{Spec: "lists"}); err != nil {
				t.Fatal(err)
			}
			golden(t, "none."+format, got.Bytes())
		})
	}
	if err := Render(&bytes.Buffer{}, "xml", d); err == nil {
		t.Error("an unknown format is rendered")
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update rewrites it):\n%s", path, got)
	}
}
