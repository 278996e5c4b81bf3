package gitlists

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/siglists"
)

func TestPaths(t *testing.T) {
	c := newRepo(t)
	c.write(OldPath, lists("old"))
	old := c.commit("before mid-2018")
	c.write(DefaultPath, map[string]string{"README.rst": "to be filled"})
	half := c.commit("the new folder, still without lists")
	c.write(DefaultPath, lists("new"))
	c.write("elsewhere", lists("elsewhere"))
	c.write("", lists("top"))
	both := c.commit("the lists move")
	for _, test := range []struct {
		paths             []string
		hash, path, lists string
	}{
		{nil, old, OldPath, "old"},
		{nil, half, OldPath, "old"},
		{nil, both, DefaultPath, "new"},
		{[]string{"elsewhere"}, both, "elsewhere", "elsewhere"},
		{[]string{"./elsewhere/"}, both, "elsewhere", "elsewhere"},
		{[]string{"."}, both, "", "top"},
	} {
		r := c.open(test.paths...)
		wantLists(t, r, test.hash, lists(test.lists))
		if got, err := r.Lists(context.Background(), test.hash); err != nil || got.Path != test.path {
			t.Errorf("%v: %+v, %v", test, got, err)
		}
	}
}

// TestListsElsewhere: where a commit has none at the known places, its lists are those of the one folder that has all of
// them. What the user says where they are is not searched for, and several folders are no answer.
func TestListsElsewhere(t *testing.T) {
	c := newRepo(t)
	before := c.commitLists("one")
	part := lists("part")
	delete(part, "signature_sentinels.txt")
	c.write("tests/some", part)
	c.git("rm", "-r", "--quiet", DefaultPath)
	c.write("a/new place", lists("two"))
	moved := c.commit("the lists move")
	c.git("rm", "-r", "--quiet", "a")
	c.write("", lists("three"))
	top := c.commit("the lists move to the top")
	c.write("twin", lists("three"))
	several := c.commit("and are there twice")
	r := c.open()
	for _, test := range []struct{ hash, path, lists string }{{before, DefaultPath, "one"}, {moved, "a/new place", "two"}, {top, "", "three"}} {
		got, err := r.Lists(context.Background(), test.hash)
		if err != nil || got.Path != test.path || string(got.files["signature_sentinels.txt"]) != lists(test.lists)["signature_sentinels.txt"] {
			t.Errorf("%+v: %+v, %v", test, got, err)
		}
	}
	if _, err := r.Lists(context.Background(), several); !errors.Is(err, ErrNoLists) || !strings.Contains(err.Error(), "twin") {
		t.Errorf("in two folders: %v", err)
	}
	if _, err := c.open(DefaultPath).Lists(context.Background(), moved); !errors.Is(err, ErrNoLists) {
		t.Errorf("at a path that the user names: %v", err)
	}
}

func TestNoLists(t *testing.T) {
	c := newRepo(t)
	empty := c.commit("nothing yet")
	c.write(DefaultPath, map[string]string{"README.rst": "no lists"})
	readme := c.commit("a folder without lists")
	full := c.commitLists("one")
	r := c.open()
	for _, hash := range []string{empty, readme} {
		if _, err := r.Lists(context.Background(), hash); !errors.Is(err, ErrNoLists) || !strings.Contains(err.Error(), OldPath) {
			t.Errorf("%s: %v", hash, err)
		}
	}
	for hash, want := range map[string]bool{empty: false, readme: false, full: true} {
		c.git("checkout", "--quiet", "--detach", hash)
		if has, err := c.open().HasLists(t.Context()); has != want || err != nil {
			t.Errorf("%s: %v, %v", hash, has, err)
		}
	}
	if has, err := newRepo(t).open().HasLists(t.Context()); has || err != nil {
		t.Errorf("without a commit: %v, %v", has, err)
	}
	if _, err := r.Lists(context.Background(), "main"); !errors.Is(err, ErrNoRevision) {
		t.Errorf("%v", err)
	}
	all, err := r.ListsOf(context.Background(), full, []string{empty, full, readme})
	if err != nil || all[0] != nil || all[1] == nil || all[2] != nil {
		t.Errorf("%v, %v", all, err)
	}
	if all, err := r.ListsOf(context.Background(), full, nil); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

// Lists of before December 2018 load, with a word of warning; what is missing is said by name.
func TestListsOfBeforeDecember2018(t *testing.T) {
	c := newRepo(t)
	old := lists("old")
	old[trimDLLFile] = "atidxx32\\.dll\n"
	c.write(OldPath, old)
	c.commitAt(time.Date(2017, time.March, 4, 0, 0, 0, 0, time.UTC), "five lists")
	r := c.open()
	five := resolve(t, r, "HEAD")
	wantLists(t, r, five.Hash, lists("old"))
	read, err := r.Lists(context.Background(), five.Hash)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read.Set(); err != nil {
		t.Errorf("%v", err)
	}
	if got := read.Warning(five); !strings.Contains(got, "siglists of 2017-03-04") || !strings.Contains(got, trimDLLFile+" is left out") {
		t.Errorf("warning %q", got)
	}
	if err := os.Remove(filepath.Join(c.dir, filepath.FromSlash(OldPath), siglists.Prefix.File())); err != nil {
		t.Fatal(err)
	}
	read, err = r.Lists(context.Background(), c.commit("one is gone"))
	if err != nil {
		t.Fatal(err)
	}
	var refused *siglists.LoadError
	if _, err := read.Set(); !errors.As(err, &refused) || refused.Problems[0].File != siglists.Prefix.File() {
		t.Errorf("%v", err)
	}
	four := &Lists{}
	for date, want := range map[string]bool{"2018-12-19": true, "2018-12-20": false, "2024-01-01": false} {
		when, _ := time.Parse(time.DateOnly, date)
		if got := four.Warning(Commit{Date: when}); (got != "") != want {
			t.Errorf("%s: %q", date, got)
		}
	}
}

// What attributes and settings make of a work tree's files is no part of the lists.
func TestBytesAreThoseOfTheCommit(t *testing.T) {
	c := newRepo(t)
	c.git("config", "core.autocrlf", "false")
	c.write("", map[string]string{".gitattributes": "*.txt text eol=crlf export-subst ident filter=x\nprefix* export-ignore\n"})
	want := lists("$Format:%H$ $Id$")
	c.write(DefaultPath, want)
	c.git("-c", "core.safecrlf=false", "add", "--all")
	tip := c.commit("attributes")
	c.git("config", "core.autocrlf", "true")
	c.git("config", "filter.x.smudge", "sed s/first/second/")
	c.git("config", "filter.x.required", "true")
	wantLists(t, c.open(), tip, want)
}

// A link is not followed: the lists of its commit don't load. Those of other commits do.
func TestLinksAreRefused(t *testing.T) {
	c := newRepo(t)
	first := c.commitLists("one")
	path := filepath.Join(c.dir, filepath.FromSlash(DefaultPath), siglists.Prefix.File())
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", path); err != nil {
		t.Skip("skipped: no symbolic links here: ", err)
	}
	tip := c.commit("a link")
	for _, c := range []*clone{c, cloneOf(c, "--filter=blob:none", "--bare")} {
		all, err := c.open().ListsOf(t.Context(), tip, []string{first, tip})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := all[0].Set(); err != nil {
			t.Errorf("%v", err)
		}
		var load *siglists.LoadError
		want := siglists.Problem{File: siglists.Prefix.File(), Reason: "not a regular file; links are followed in a directory, and not in a commit"}
		if _, err := all[1].Set(); !errors.As(err, &load) || !slices.Equal(load.Problems, []siglists.Problem{want}) {
			t.Errorf("%v", err)
		}
	}
}

// A partial clone whose remote is gone says what it lacks and from where.
func TestPartialCloneWithoutItsRemote(t *testing.T) {
	origin := newRepo(t)
	first := origin.commitLists("one")
	second := origin.commitLists("two")
	c := cloneOf(origin, "--filter=blob:none", "--bare")
	r := c.open()
	wantLists(t, r, second, lists("two"))
	if err := os.Rename(origin.dir, origin.dir+".gone"); err != nil {
		t.Fatal(err)
	}
	wantLists(t, r, second, lists("two"))
	for _, read := range []func() error{
		func() error { _, err := r.Lists(context.Background(), first); return err },
		func() error { _, err := r.ListsOf(context.Background(), second, []string{first, second}); return err },
	} {
		if err := read(); !errors.Is(err, ErrFetch) || !strings.Contains(err.Error(), "from origin") {
			t.Errorf("%v", err)
		}
	}
}

func treeEntry(mode, name string) string {
	return mode + " " + name + "\x00" + strings.Repeat("\xab", 20)
}

func TestParseTree(t *testing.T) {
	prefix := siglists.Prefix.File()
	for content, want := range map[string]string{
		"": "", treeEntry("100644", prefix): "", treeEntry("100755", prefix): "", treeEntry("40000", "folder"): "",
		treeEntry("120000", prefix): "", treeEntry("40000", prefix): "", treeEntry("160000", prefix): "",
		treeEntry("100644", prefix) + treeEntry("100644", prefix): "there twice",
		treeEntry("40000", prefix) + treeEntry("120000", prefix):  "there twice",
		treeEntry("100644", prefix)[:30]:                          "damaged",
		"100644" + prefix:                                         "damaged",
	} {
		tree, err := parseTree(object{hash: strings.Repeat("0", 40), content: []byte(content)})
		if want == "" && (err != nil || len(tree.lists) > 1) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %+v, %v", content, tree, err)
		}
	}
}

func FuzzParseTree(f *testing.F) {
	f.Add([]byte(treeEntry("100644", siglists.Prefix.File()) + treeEntry("100644", trimDLLFile)))
	f.Fuzz(func(t *testing.T, content []byte) {
		tree, err := parseTree(object{hash: strings.Repeat("0", 40), content: content})
		if err != nil {
			return
		}
		for name, hash := range tree.lists {
			if raw, err := hex.DecodeString(hash); err != nil || len(raw)%20 != 0 || !bytes.Contains(content, []byte(name)) {
				t.Errorf("%s %s", name, hash)
			}
		}
	})
}

// What a damaged clone lacks is named, and what to do about it.
func TestDamagedLists(t *testing.T) {
	for _, gone := range []string{":" + DefaultPath + "/prefix_signature_re.txt", ""} {
		c := newRepo(t)
		first := c.commitLists("one")
		tip := c.commitLists("two")
		object := c.git("rev-parse", first+gone)
		r := c.open()
		if err := os.Remove(filepath.Join(c.dir, ".git", "objects", object[:2], object[2:])); err != nil {
			t.Fatal(err)
		}
		var err error
		if gone == "" {
			_, err = r.Log(t.Context(), "", tip)
		} else {
			_, err = r.Lists(t.Context(), first)
		}
		if want := "the clone is damaged: 'git -C " + r.Dir() + " fsck' shows how far, and a new clone has all of it"; err == nil ||
			!strings.Contains(err.Error(), object) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v", gone, err)
		}
	}
}

// A file with many objects that is damaged is no clone without the revision.
func TestDamagedPacks(t *testing.T) {
	for name, damage := range map[string]struct {
		file string
		to   func([]byte) []byte
	}{
		"emptied": {"*.pack", func([]byte) []byte { return nil }},
		"cut":     {"*.pack", func(b []byte) []byte { return b[:len(b)/2] }},
		"changed": {"*.pack", func(b []byte) []byte {
			return append(b[:12:12], append(bytes.Repeat([]byte{0x55}, len(b)-32), b[len(b)-20:]...)...)
		}},
		"without its index": {"*.idx", func([]byte) []byte { return nil }},
	} {
		c := newRepo(t)
		c.commitLists("one")
		tip := c.commitLists("two")
		c.git("repack", "-adq")
		files, err := filepath.Glob(filepath.Join(c.dir, ".git", "objects", "pack", damage.file))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		content, err := os.ReadFile(files[0])
		// The files of git may not be written to.
		if err = cmp.Or(err, os.Chmod(files[0], 0o600)); err == nil {
			err = os.WriteFile(files[0], damage.to(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		r := c.open()
		for _, revision := range []string{"HEAD", "HEAD~1", tip} {
			if _, err := r.Resolve(t.Context(), revision); err == nil || errors.Is(err, ErrNoRevision) || !strings.Contains(err.Error(), "the clone is damaged: ") {
				t.Errorf("%s, %s: %v", name, revision, err)
			}
		}
	}
}

// Who stands in a folder by a link to it stands in the repository, and .. is what the system has there.
func TestWorkingDirectoryByALink(t *testing.T) {
	c := newRepo(t)
	c.write(CodePath, map[string]string{"rules.py": "1"})
	tip := c.commitLists("one")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(c.dir, filepath.FromSlash(CodePath)), link); err != nil {
		t.Skip("skipped: ", err)
	}
	t.Chdir(link)
	r, err := Open(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	wantLists(t, r, tip, lists("one"))
	if code, err := DirCode(t.Context(), filepath.Join("..", "signature", "siglists")); err != nil || len(code) != 1 {
		t.Errorf("code %v, %v", code, err)
	}
	here, err := filepath.EvalSymlinks(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	if remote, err := absoluteRemote(filepath.Join("..", "..")); err != nil || remote != here {
		t.Errorf("remote %q, %v", remote, err)
	}
}
