package patches

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/siglists"
)

// TestPatch: git makes of the base's files those of the candidate.
func TestPatch(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("skipped: git is not installed")
	}
	for _, test := range []struct{ before, edit string }{
		{"a\nc\n", "+ prefix b"},
		{"a", "+ prefix b\n+ irrelevant y"},
		{"b", "+ prefix a"},
		{"a\nb\nc\nd\ne\nf\ng\nh\ni\nk\nl\nm\nn\n", "- prefix b\n+ prefix m2\n+ sentinels s"},
		{"", "+ prefix b"},
		{"b\n", "- prefix b"},
		{"a\r\nc\r\n", "+ prefix b\n+ prefix d\n- prefix a"},
		{"a\r\nc", "+ prefix b\n+ prefix d"},
		{"\ufeffb\nc", "+ prefix a\n- prefix c"},
		{"a \n\ta\nb\na\n", "- prefix a\n- prefix a"}, // equal but for the space around them
		{"# of a\na\n\n# of c\nc\n# end", "- prefix a\n+ prefix b\n+ prefix d"},
		{"\n\n\n", "+ prefix a"},
		{"a\rb\n\x0cc\u2028d\n", "- prefix a\rb\n+ prefix b"},
	} {
		files := fstest.MapFS{}
		for name, text := range map[siglists.Name]string{siglists.Sentinels: "s1", siglists.Irrelevant: "x\n", siglists.Prefix: test.before, siglists.LineNumbers: "x"} {
			files[name.File()] = &fstest.MapFile{Data: []byte(text), Mode: 0o600}
		}
		base, err := siglists.Load(files)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := siglists.ReadChanges(strings.NewReader(test.edit))
		if err != nil {
			t.Fatal(err)
		}
		candidate, err := base.With(changes)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		folder := filepath.Join(dir, "some lists")
		if err := os.CopyFS(folder, files); err != nil {
			t.Fatal(err)
		}
		text := Of(base, candidate, "some lists")
		apply := exec.Command("git", "apply", "-")
		apply.Dir, apply.Stdin = dir, strings.NewReader(string(text))
		apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		if out, err := apply.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s\n%s", err, out, text)
		}
		if again := Of(candidate, candidate, "lists"); len(again) > 0 {
			t.Errorf("a patch of nothing: %s", again)
		}
		for _, name := range siglists.Names() {
			got, err := os.ReadFile(filepath.Join(folder, name.File()))
			if err != nil || string(got) != string(candidate.List(name).Source) {
				t.Errorf("%q, %s: %q, %v; want %q\n%s", test.before, test.edit, got, err, candidate.List(name).Source, text)
			}
		}
	}
}
