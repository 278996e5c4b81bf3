package siglists

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// files are four lists in memory.
func files(sentinels, irrelevant, prefix, lineNumbers string) fstest.MapFS {
	return fstest.MapFS{
		Sentinels.File():   {Data: []byte(sentinels)},
		Irrelevant.File():  {Data: []byte(irrelevant)},
		Prefix.File():      {Data: []byte(prefix)},
		LineNumbers.File(): {Data: []byte(lineNumbers)},
	}
}

func load(t interface{ Fatal(...any) }, fsys fs.FS) *Set {
	set, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestLines: what counts of a file, and under which number.
func TestLines(t *testing.T) {
	set := load(t, files("s", "# comment\n\n  a  \r\n\u00a0b\u00a0\n\x1cc\n #d\n\ufeffe", "p", "l"))
	want := []Line{
		{Irrelevant, "a", 3}, {Irrelevant, "b", 4}, {Irrelevant, "c", 5}, {Irrelevant, "\ufeffe", 7},
	}
	if diff := cmp.Diff(want, set.List(Irrelevant).Lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEveryProblemIsReported: all bad lines of all files at once, each with its place and Python's reason.
func TestEveryProblemIsReported(t *testing.T) {
	_, err := Load(files("ok\nnot(a regex\n", "a\n*b\nc\n[d\n", "p\xff\n", "l"))
	var bad *LoadError
	if !errors.As(err, &bad) {
		t.Fatalf("error %v", err)
	}
	want := []Problem{
		{"irrelevant_signature_re.txt", 2, "*b", "nothing to repeat at position 0"},
		{"irrelevant_signature_re.txt", 4, "[d", "unterminated character set at position 0"},
		{"prefix_signature_re.txt", 1, "p\xff", "not UTF-8 (byte 2 of the line)"},
		{"signature_sentinels.txt", 2, "not(a regex", "missing ), unterminated subpattern at position 3"},
	}
	if diff := cmp.Diff(want, bad.Problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUTF16: an editor's choice is named once, and not as what its lines look like in bytes.
func TestUTF16(t *testing.T) {
	for _, source := range []string{"\xff\xfea\x00\n\x00b\x00", "\xfe\xff\x00a\x00\n\x00b"} {
		_, err := Load(files("ok\n", "a\n", source, "l"))
		if err == nil || !strings.HasSuffix(err.Error(), `prefix_signature_re.txt:1: the file is in UTF-16; save it as UTF-8`) {
			t.Errorf("%q: %v", source, err)
		}
	}
}

// TestTrickyInvalid: each of these lists must be refused, with the file, and where it is a line's the line.
func TestTrickyInvalid(t *testing.T) {
	dirs, err := os.ReadDir("testdata/tricky")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		t.Run(dir.Name(), func(t *testing.T) {
			_, err := LoadDir("testdata/tricky/" + dir.Name())
			if !strings.HasPrefix(dir.Name(), "invalid-") {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var bad *LoadError
			if !errors.As(err, &bad) {
				t.Fatalf("error %v", err)
			}
			p := bad.Problems[0]
			if p.File == "" || p.Reason == "" || p.Line == 0 && dir.Name() != "invalid-missing-file" {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestLoadDirErrors(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"nowhere":     "no siglists at nowhere: no such directory",
		file:          "not a directory",
		t.TempDir():   "signature_sentinels.txt: no such file; siglists are a directory of four files",
		"testdata/..": "irrelevant_signature_re.txt: no such file",
	} {
		if _, err := LoadDir(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
}

// TestMatch: the line that decides is the first in file order; an empty list matches, and none decides.
func TestMatch(t *testing.T) {
	m := load(t, files("whole", "foo::b\nfoo\nfoo::bar", "", `a|b`))
	for _, test := range []struct {
		list  Name
		frame string
		ok    bool
		line  int // its number, 0 for none
	}{
		{Irrelevant, "foo::bar", true, 1},
		{Irrelevant, "foo", true, 2},
		{Irrelevant, "xfoo", false, 0},
		{Prefix, "anything", true, 0},
		{LineNumbers, "bee", true, 1},
	} {
		hit, err := m.Match(test.list, test.frame)
		line := 0
		if hit.Line != nil {
			line = hit.Line.Number
		}
		if err != nil || hit.OK != test.ok || line != test.line {
			t.Errorf("%s %q: %v by line %d, %v; want %v by line %d", test.list, test.frame, hit.OK, line, err, test.ok, test.line)
		}
	}
}

// TestDigest: comments and spacing don't count, lines and their order do.
func TestDigest(t *testing.T) {
	digest := func(irrelevant string) string { return load(t, files("s", irrelevant, "p", "l")).Digest() }
	if digest("a\nb") != digest("# x\n\n a \nb\n") {
		t.Error("comments change the digest")
	}
	if digest("a\nb") == digest("b\na") || digest("a\nb") == digest("a") || digest("a b") == digest("a\nb") {
		t.Error("different lines have one digest")
	}
}

func TestDiffAndUndo(t *testing.T) {
	base := load(t, files("s", "a\nb\nc\na", "p", "l"))
	candidate := load(t, files("s\nt", "c\na\nd", "p", "l"))
	changes := Diff(base, candidate)
	want := []Change{
		{Line{Sentinels, "t", 2}, true},
		{Line{Irrelevant, "b", 2}, false},
		{Line{Irrelevant, "a", 4}, false},
		{Line{Irrelevant, "d", 3}, true},
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	undone, err := Undo(base, candidate, changes[1])
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, line := range undone.List(Irrelevant).Lines {
		texts = append(texts, line.Text)
	}
	if diff := cmp.Diff([]string{"c", "a", "b", "d"}, texts); diff != "" {
		t.Errorf("with b put back (-want +got):\n%s", diff)
	}
	empty, one := load(t, files("s", "a", "", "l")), load(t, files("s", "a", "p", "l"))
	if undone, err := Undo(empty, one, Diff(empty, one)[0]); err != nil || !undone.Equal(empty) {
		t.Errorf("the only line taken back: %v, %v", undone.List(Prefix).Lines, err)
	}
	whole, short := load(t, files("s", "a", "p\nq\nr\nt", "l")), load(t, files("s", "a", "p\nq\nr", "l"))
	if undone, err := Undo(whole, short, Diff(whole, short)[0]); err != nil || !undone.Equal(whole) {
		t.Errorf("the last line put back: %v, %v", undone.List(Prefix).Lines, err)
	}
	load(t, files("a\n(?i)b", "a", "p", "l")) // sentinels are never joined
}

// TestUndoWhatKeepsAListTogether: a removed line may not go together with the lines that there are, and neither may what an
// added one made a comment of.
func TestUndoWhatKeepsAListTogether(t *testing.T) {
	for candidate, undone := range map[string]Change{
		"(?i)b":                  {Line{Irrelevant, "(?m)a", 1}, false},
		"(?x)b # \n(?m)a\n(?i)c": {Line{Irrelevant, "(?x)b #", 1}, true},
	} {
		base := load(t, files("s", "(?m)a", "p", "l"))
		set, err := Undo(base, load(t, files("s", candidate, "p", "l")), undone)
		if err != nil || !set.Equal(base) {
			t.Errorf("%q, %s: %v", candidate, undone, err)
		}
	}
}

// TestLoadLike: a set that shares lists with another matches as if it didn't, and names what is wrong with its own.
func TestLoadLike(t *testing.T) {
	versions := NewVersions(nil)
	base, err := versions.Load(files("abc", "abc", "abc", "abc"))
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]string{"abc": "abc", "abd\nab.\n": "abd", "": "", "# another\nab\n": "ab"} {
		alone, err := Load(files("abc", "abc", prefix, ""))
		if err != nil {
			t.Fatal(err)
		}
		set, err := versions.Load(files("abc", "abc", prefix, ""))
		if err != nil || set.Digest() != alone.Digest() || set.List(Irrelevant) != base.List(Irrelevant) {
			t.Errorf("%q: %v, %v", prefix, set, err)
		}
		if lines := set.List(Prefix).Lines; len(lines) > 0 && lines[0].Text != want {
			t.Errorf("%q: %v", prefix, lines)
		}
	}
	broken := files("abc", "abc", "abc", "abc")
	delete(broken, Sentinels.File())
	if _, err := versions.Load(broken); err == nil {
		t.Error("a list that is missing was taken from the other set")
	}
}
