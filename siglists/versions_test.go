package siglists_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/siglists"
)

// versionLines are lines that stand alone and lines that don't, good ones and bad.
var versionLines = []string{
	"a", "b", "foo", "foo::b", ".*Wait", "a|c", `f\w+`, "(x)y", "(?!a)b", `(o)\1`, "foo$", "b|", "(?i)FOO", "(?u)foo", "(?a)b", "(?s:o.)",
	"(?P<n>a)b", `(x)(y)?(?(2)a|b)`, "(?:)", "(", "# comment", "",
}

var versionFrames = []string{"", "a", "b", "foo", "FOO", "foo::bar", "PR_Wait", "xy", "oo", "c", "foo\n", "xb", "ab"}

func drawFiles(t *rapid.T, label string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range siglists.Names() {
		lines := rapid.SliceOfN(rapid.SampledFrom(versionLines), 0, 4).Draw(t, label+string(name))
		files[name.File()] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n"))}
	}
	if rapid.IntRange(0, 19).Draw(t, label) == 0 {
		delete(files, siglists.Prefix.File())
	}
	return files
}

// What a list makes of a frame: whether it matches, and by which line.
func treat(t *rapid.T, set *siglists.Set, name siglists.Name, frame string) (bool, string) {
	if name == siglists.Sentinels {
		line, ok := set.Sentinel(frame)
		if !ok {
			return false, ""
		}
		return true, line.String()
	}
	hit, err := set.Match(name, frame)
	if err != nil {
		t.Fatal(err)
	}
	if hit.Line == nil {
		return hit.OK, ""
	}
	return hit.OK, hit.Line.String()
}

// TestVersions holds sets that share their lines against those that are loaded on their own.
func TestVersions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		versions := siglists.NewVersions(nil)
		for range rapid.IntRange(1, 5).Draw(t, "versions") {
			files := drawFiles(t, "v")
			want, wantErr := siglists.Load(files)
			got, err := versions.Load(files)
			if wantErr != nil {
				if err == nil || err.Error() != wantErr.Error() {
					t.Fatalf("error %v, want %v", err, wantErr)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			compareSets(t, got, want)
		}
	})
}

func compareSets(t *rapid.T, got, want *siglists.Set) {
	for _, name := range siglists.Names() {
		for _, frame := range versionFrames {
			gotOK, gotLine := treat(t, got, name, frame)
			wantOK, wantLine := treat(t, want, name, frame)
			if gotOK != wantOK || gotLine != wantLine {
				t.Fatalf("%s on %q: %v %q, want %v %q", name, frame, gotOK, gotLine, wantOK, wantLine)
			}
		}
	}
}
