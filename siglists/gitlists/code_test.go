package gitlists

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// codeOf is CodeOf where it must work.
func codeOf(t *testing.T, r *Repo, hash string) Code {
	t.Helper()
	code, err := r.CodeOf(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// dirCode is DirCode where it must work.
func dirCode(t *testing.T, dir string) Code {
	t.Helper()
	code, err := DirCode(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// The code is all that Python could import, at whatever depth, and the same in a commit and in its working tree, however
// that is reached.
func TestWhatIsCode(t *testing.T) {
	c := newRepo(t)
	text := map[string]string{"x": "x"}
	c.write(DefaultPath, lists("one"))
	for _, name := range []string{
		"rules.py", "rules/__init__.py", "rules/deep/more.py", "_fast.cpython-311.so", "old.pyc",
		"README.rst", "tests/test_rules.py", "siglists/x.py", "__pycache__/rules.cpython-311.pyc", "rules/__pycache__/more.pyc", "crash.schema.yaml",
	} {
		text[name] = "of " + name + "\nand more\n"
	}
	c.write(CodePath, text)
	for _, link := range []string{"utils", "rules/deep/__pycache__"} {
		if err := os.Symlink("../elsewhere", filepath.Join(c.dir, filepath.FromSlash(CodePath), filepath.FromSlash(link))); err != nil {
			t.Skip("skipped: no symbolic links here")
		}
	}
	first := c.commit("code")
	r := c.open()
	code := codeOf(t, r, first)
	want := []string{"_fast.cpython-311.so", "old.pyc", "rules.py", "rules/__init__.py", "rules/deep/more.py", "utils"}
	if got := slices.Sorted(maps.Keys(code)); !slices.Equal(got, want) {
		t.Errorf("code %q, want %q", got, want)
	}
	links := t.TempDir()
	siglists := filepath.Join(c.dir, filepath.FromSlash(DefaultPath))
	if err := os.Symlink(siglists, filepath.Join(links, "folder")); err != nil {
		t.Fatal(err)
	}
	for name := range lists("one") {
		if err := os.Symlink(filepath.Join(siglists, name), filepath.Join(links, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{siglists, filepath.Join(links, "folder"), links} {
		if got := dirCode(t, dir); !maps.Equal(got, code) {
			t.Errorf("%s has the code %v, its commit %v", dir, got, code)
		}
	}
	c.write(CodePath, map[string]string{"rules.py": "of rules.py\r\nand more\r\n"})
	if got := dirCode(t, siglists); !maps.Equal(got, code) {
		t.Errorf("a working tree with the ends of lines of Windows has the code %v, its commit %v", got, code)
	}
	c.write(CodePath, map[string]string{"rules.py": text["rules.py"]})
	if err := os.Chmod(filepath.Join(c.dir, filepath.FromSlash(CodePath), "rules.py"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := codeOf(t, r, c.commit("a mode alone")); !maps.Equal(got, code) {
		t.Errorf("a mode makes other code: %v", got)
	}
}

// Whether there was any code is not known where the commit at HEAD is damaged; a clone without commits has none.
func TestDamagedRemovedCode(t *testing.T) {
	c := newRepo(t)
	c.write(DefaultPath, lists("one"))
	siglists := filepath.Join(c.dir, filepath.FromSlash(DefaultPath))
	if code := dirCode(t, siglists); code != nil {
		t.Errorf("without commits: %#v", code)
	}
	c.write(CodePath, map[string]string{"rules.py": "1"})
	tip := c.commit("code")
	if err := os.Remove(filepath.Join(c.dir, filepath.FromSlash(CodePath), "rules.py")); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{tip, tip + "^{tree}", tip + ":" + CodePath} {
		hash := c.git("rev-parse", gone)
		file := filepath.Join(c.dir, ".git", "objects", hash[:2], hash[2:])
		if err := os.Rename(file, file+".gone"); err != nil {
			t.Fatal(err)
		}
		if code, err := DirCode(t.Context(), siglists); err == nil {
			t.Errorf("%s is gone: %#v", gone, code)
		}
		if err := os.Rename(file+".gone", file); err != nil {
			t.Fatal(err)
		}
	}
	if code := dirCode(t, siglists); code == nil || len(code) > 0 {
		t.Errorf("nothing is gone: %#v", code)
	}
}

// Code that was removed is none, and not unknown; there is a difference between the two only for a commit that is
// looked at alone.
func TestRemovedCode(t *testing.T) {
	c := newRepo(t)
	r := c.open()
	before := c.commitLists("one")
	c.write(CodePath, map[string]string{"rules.py": "1"})
	with := c.commit("code")
	c.git("mv", CodePath+"/rules.py", "rules.py")
	without := c.commit("moved away")
	if code := codeOf(t, r, before); code != nil {
		t.Errorf("before there was any: %v", code)
	}
	if code := codeOf(t, r, with); len(code) != 1 {
		t.Errorf("with code: %v", code)
	}
	if code := codeOf(t, r, without); code == nil || len(code) > 0 {
		t.Errorf("code that was removed: %#v", code)
	}
	siglists := filepath.Join(c.dir, filepath.FromSlash(DefaultPath))
	if code := dirCode(t, siglists); code == nil || len(code) > 0 {
		t.Errorf("code that was removed, in a working tree: %#v", code)
	}
	c.git("checkout", "--quiet", before)
	if code := dirCode(t, siglists); code != nil {
		t.Errorf("a working tree without code: %#v", code)
	}
	outside := filepath.Join(t.TempDir(), filepath.FromSlash(DefaultPath))
	if err := os.CopyFS(outside, os.DirFS(siglists)); err != nil {
		t.Fatal(err)
	}
	if code := dirCode(t, outside); code != nil {
		t.Errorf("in no repository: %#v", code)
	}
}

// Files of the code that two sides changed conflict where git can't merge them.
func TestCodeConflicts(t *testing.T) {
	c := newRepo(t)
	r := c.open()
	version := func(files map[string]string) Code {
		c.git("rm", "-r", "--quiet", "--ignore-unmatch", CodePath)
		c.write(CodePath, files)
		return codeOf(t, r, c.commit("code"))
	}
	const text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
	base := version(map[string]string{"ends.py": text, "line.py": text, "one.py": text, "gone.py": text, "alike.py": text})
	ours := version(map[string]string{"ends.py": "0\n" + text, "line.py": text + "a\n", "one.py": "0\n", "alike.py": "0\n", "new.py": "0\n"})
	theirs := version(map[string]string{"ends.py": text + "a\n", "line.py": text + "b\n", "one.py": text, "gone.py": "0\n", "alike.py": "0\n", "new.py": "1\n"})
	got, err := r.CodeConflicts(t.Context(), base, ours, theirs)
	want := []string{CodePath + "/gone.py", CodePath + "/line.py", CodePath + "/new.py"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

// Commits that changed the code are listed whether or not what they changed is there at either end. The one that a shallow
// clone begins with is none: all of its files are new there.
func TestCodeLog(t *testing.T) {
	c := newRepo(t)
	first := c.commitLists("one")
	want := []string{}
	c.write(CodePath, map[string]string{"rules/deep/more.py": "1"})
	want = append(want, c.commit("added"))
	c.write(CodePath, map[string]string{"tests/test_more.py": "1", "README.rst": "1"})
	c.write("socorro/lib", map[string]string{"other.py": "1"})
	c.commit("no code")
	c.git("rm", "-r", "--quiet", CodePath+"/rules")
	want = append(want, c.commit("removed"))
	if commits, err := c.open().CodeLog(t.Context(), "HEAD", "^"+first); err != nil || !equalHashes(commits, want) {
		t.Errorf("%v changed the code, want %v; %v", commits, want, err)
	}
	shallow := cloneOf(c, "--depth=2").open() // from "no code" on, which has the code
	if commits, err := shallow.CodeLog(t.Context(), "HEAD"); err != nil || !equalHashes(commits, want[1:]) {
		t.Errorf("%v changed the code in a shallow clone, want %v; %v", commits, want[1:], err)
	}
}

// A merge has what either side made of a file; what both made in two ways is neither's.
func TestMergedCode(t *testing.T) {
	base := Code{"kept": "1", "ours": "1", "theirs": "1", "both": "1", "alike": "1", "gone": "1"}
	ours := Code{"kept": "1", "ours": "2", "theirs": "1", "both": "2", "alike": "2", "gone": "1", "new": "3"}
	theirs := Code{"kept": "1", "ours": "1", "theirs": "2", "both": "3", "alike": "2"}
	got := base.Merged(ours, theirs)
	both := got["both"]
	delete(got, "both")
	if want := (Code{"kept": "1", "ours": "2", "theirs": "2", "alike": "2", "new": "3"}); !maps.Equal(got, want) || both == "" || both == "2" || both == "3" {
		t.Errorf("%v and %q", got, both)
	}
	want := []string{"socorro/signature/alike", "socorro/signature/both", "socorro/signature/gone", "socorro/signature/new", "socorro/signature/ours", "socorro/signature/theirs"}
	slices.Sort(want)
	if got := base.Differing(ours); !slices.Equal(got, []string{want[0], want[1], want[3], want[4]}) {
		t.Errorf("differing: %q", got)
	}
}

// Of the code the files in Python are read; one that the clone lacks is an error.
func TestSources(t *testing.T) {
	c := newRepo(t)
	c.write(CodePath, map[string]string{"rules.py": "A", "deep/more.py": "", "fast.so": "C", "tests/test_rules.py": "D", "siglists/x.py": "E"})
	code := codeOf(t, c.open(), c.commit("code"))
	sources, err := c.open().Sources(t.Context(), code)
	if err != nil || len(sources) != 2 || string(sources["rules.py"]) != "A" || sources["deep/more.py"] == nil {
		t.Errorf("%q, %v", sources, err)
	}
	code["gone.py"] = strings.Repeat("1", len(code["rules.py"]))
	if _, err := c.open().Sources(t.Context(), code); err == nil || !strings.Contains(err.Error(), "gone.py") {
		t.Errorf("a file that isn't there: %v", err)
	}
	if sources, err := c.open().Sources(t.Context(), Code{}); err != nil || len(sources) > 0 {
		t.Errorf("%q, %v", sources, err)
	}
}

// Code that a damaged clone lacks is an error, and not code that was never there.
func TestDamagedCode(t *testing.T) {
	for _, folder := range []string{"rules", "."} {
		c := newRepo(t)
		c.write(CodePath, map[string]string{"rules/more.py": "1", "rules.py": "2"})
		first := c.commit("code")
		tip := c.commitLists("one")
		tree := c.git("rev-parse", tip+":./"+path.Join(CodePath, folder))
		if err := os.Remove(filepath.Join(c.dir, ".git", "objects", tree[:2], tree[2:])); err != nil {
			t.Fatal(err)
		}
		if code, err := c.open().CodeOf(t.Context(), tip); err == nil {
			t.Errorf("%s is missing, and the code is %v", folder, code)
		}
		if folder == "." && len(codeOf(t, c.open(), first)) != 2 { // whose tree is another
			t.Error("other code is gone, too")
		}
	}
}

// TestBetween: what came with a branch lies between, when it was made does not matter, and what the other has does not.
func TestBetween(t *testing.T) {
	c := newRepo(t)
	c.write(DefaultPath, lists("one"))
	first := c.commit("first")
	c.git("checkout", "--quiet", "-b", "side")
	c.write(DefaultPath, lists("side"))
	side := c.commit("side")
	c.git("checkout", "--quiet", "-")
	c.write(CodePath, map[string]string{"rules.py": "new"})
	onMain := c.commit("on main")
	r := c.open()
	for _, test := range []struct {
		from, to string
		want     []string
	}{{first, side, []string{side}}, {first, onMain, []string{onMain}}, {onMain, side, []string{side}}, {side, first, nil}} {
		got, err := r.Between(t.Context(), test.from, test.to)
		if err != nil || !slices.Equal(slices.Collect(maps.Keys(got)), test.want) {
			t.Errorf("%s..%s: %v, %v; want %v", test.from, test.to, got, err, test.want)
		}
	}
	for hash, want := range map[string]bool{side: true, strings.Repeat("1", 40): false} {
		if has, err := r.Has(t.Context(), hash); err != nil || has != want {
			t.Errorf("%s: %v, %v", hash, has, err)
		}
	}
}
