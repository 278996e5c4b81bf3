package gitlists

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// Every kind of repository that git can read is read.
func TestKindsOfRepositories(t *testing.T) {
	origin := newRepo(t)
	origin.commitLists("one")
	origin.commit("something else")
	tip := origin.commitLists("two")

	worktree := &clone{t, filepath.Join(t.TempDir(), "worktree")}
	origin.git("worktree", "add", "--quiet", "-b", "side", worktree.dir)
	below := &clone{t, filepath.Join(origin.dir, "socorro", "signature")}
	borrowing := &clone{t, filepath.Join(t.TempDir(), "borrowing")}
	runGit(t, "", "clone", "--quiet", "--shared", origin.dir, borrowing.dir)

	kinds := map[string]struct {
		clone   *clone
		commits int // that its log shows
	}{
		"work tree":                 {origin, 2},
		"folder inside a work tree": {below, 2},
		"bare":                      {cloneOf(origin, "--bare"), 2},
		"mirror":                    {cloneOf(origin, "--mirror"), 2},
		"worktree":                  {worktree, 2},
		"shallow":                   {cloneOf(origin, "--depth=2"), 1},
		"blobless":                  {cloneOf(origin, "--filter=blob:none", "--no-checkout"), 2},
		"treeless":                  {cloneOf(origin, "--filter=tree:0", "--bare"), 2},
		"sparse and blobless":       {cloneOf(origin, "--filter=blob:none", "--sparse"), 2},
		"borrowing objects":         {borrowing, 2},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			kind.clone.t = t
			r := kind.clone.open()
			head := resolve(t, r, "HEAD")
			if head.Hash != tip || head.Subject != "lists two" || !head.Date.Equal(clock) || head.Date.Location() != time.UTC {
				t.Errorf("HEAD is %+v", head)
			}
			wantLists(t, r, head.Hash, lists("two"))
			log, err := r.Log(context.Background(), "", head.Hash)
			if err != nil || len(log) != kind.commits || log[len(log)-1] != head {
				t.Errorf("log %v, %v", log, err)
			}
		})
	}
}

func TestSHA256Repository(t *testing.T) {
	settle(t)
	c := &clone{t, t.TempDir()}
	runGit(t, "", "init", "--quiet", "--object-format=sha256", c.dir)
	tip := c.commitLists("one")
	wantLists(t, c.open(), tip, lists("one"))
}

// A program that runs in a hook inherits variables that point to another repository.
func TestEnvironmentOfAHook(t *testing.T) {
	other := newRepo(t)
	other.commitLists("other")
	c := newRepo(t)
	tip := c.commitLists("mine")
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	t.Setenv("GIT_WORK_TREE", other.dir)
	t.Setenv("GIT_OBJECT_DIRECTORY", filepath.Join(other.dir, ".git", "objects"))
	t.Setenv("GIT_PREFIX", "socorro/")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	t.Setenv("LANGUAGE", "de")
	r := c.open()
	if head := resolve(t, r, "HEAD"); head.Hash != tip {
		t.Errorf("HEAD is %v", head)
	}
	wantLists(t, r, tip, lists("mine"))
}

// GIT_CONFIG names the file that git config reads, and no other command does: the settings would be those of nothing, and what
// the repository sets would not be set off.
func TestGitConfigVariable(t *testing.T) {
	c := newRepo(t)
	c.commitLists("one")
	c.git("remote", "add", "origin", DefaultRemote)
	t.Setenv("GIT_CONFIG", os.DevNull)
	if web := c.open().Web(); web != DefaultRemote {
		t.Errorf("on the web it is %q", web)
	}
}

func TestOpenErrors(t *testing.T) {
	settle(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := newRepo(t)
	for _, test := range []struct {
		dir  string
		path string
		want error
	}{
		{t.TempDir(), DefaultPath, ErrNotRepository},
		{filepath.Join(t.TempDir(), "missing"), DefaultPath, ErrNotRepository},
		{file, DefaultPath, ErrNotRepository},
		{c.dir, "/socorro", ErrBadPath},
		{c.dir, "../socorro", ErrBadPath},
		{c.dir, "a/../../socorro", ErrBadPath},
		{c.dir, "", ErrBadPath},
		{c.dir, "a\nb", ErrBadPath},
	} {
		if _, err := Open(context.Background(), test.dir, test.path); !errors.Is(err, test.want) {
			t.Errorf("%s, %q: %v, want %v", test.dir, test.path, err, test.want)
		}
	}
}

func TestResolve(t *testing.T) {
	c := newRepo(t)
	first := c.commitLists("one")
	second := c.commitLists("two")
	c.git("tag", "--annotate", "--message", "a tag", "release", first)
	c.git("branch", "pr/5", first)
	c.git("update-ref", "refs/heads/-x", first)
	r := c.open()
	for spec, want := range map[string]string{
		"HEAD": second, "main": second, "HEAD~1": first, "release": first, second[:9]: second,
		"pr/5": first, "-x": first, ":/two": second, "main@{0}": second, "main@{1}": first, "main@{now}": second,
	} {
		if got, err := r.Resolve(context.Background(), spec); err != nil || got.Hash != want {
			t.Errorf("%s: %v, %v, want %s", spec, got, err, want)
		}
	}
	for spec, want := range map[string]error{
		"nope": ErrNoRevision, "": ErrNoRevision, "--help": ErrNoRevision, "--all": ErrNoRevision,
		"--output=x": ErrNoRevision, "HEAD~1..HEAD": ErrNoRevision, "^HEAD": ErrNoRevision, "HEAD:socorro": ErrNoRevision,
		"HEAD^{tree}": ErrNoRevision, "HEAD\nmain": ErrNoRevision, "a\x00b": ErrNoRevision, "HEAD~9": ErrNoRevision,
		strings.Repeat("f", 40): ErrNoRevision, "pr/6": ErrNoRevision,
		"main@{2001-01-01}": ErrNoRevision, "HEAD@{10.years.ago}": ErrNoRevision, "main@{2}": ErrNoRevision, // git gives its first for a day
	} {
		if got, err := r.Resolve(context.Background(), spec); !errors.Is(err, want) {
			t.Errorf("%q: %v, %v, want %v", spec, got, err, want)
		}
	}
}

func TestAmbiguousHash(t *testing.T) {
	c := newRepo(t)
	many := map[string]string{}
	for i := range 1500 {
		many[fmt.Sprintf("f%d", i)] = fmt.Sprint(i)
	}
	c.write("", many)
	c.commit("many objects")
	seen := map[string]bool{}
	for _, hash := range strings.Fields(c.git("ls-tree", "--format=%(objectname)", "HEAD")) {
		if short := hash[:4]; seen[short] {
			_, err := c.open().Resolve(context.Background(), short)
			if !errors.Is(err, ErrNoRevision) || !strings.Contains(err.Error(), "could be several") {
				t.Errorf("%s: %v", short, err)
			}
			return
		}
		seen[hash[:4]] = true
	}
	t.Fatal("of 1500 hashes no two start alike: the test is broken")
}

func TestShallowCloneSaysSo(t *testing.T) {
	c := newRepo(t)
	c.commitLists("one")
	c.commitLists("two")
	_, err := cloneOf(c, "--depth=1").open().Resolve(context.Background(), "HEAD~1")
	if !errors.Is(err, ErrNoRevision) || !strings.Contains(err.Error(), "fetch --unshallow") {
		t.Errorf("%v", err)
	}
}

// A subject is anybody's text; it drives no terminal.
func TestSubjectIsPrintable(t *testing.T) {
	c := newRepo(t)
	c.write("", map[string]string{"a": ""})
	c.commit("red \x1b[31m\u202etxt\u00a0ä\u0085")
	if got, want := resolve(t, c.open(), "HEAD").Subject, "red  [31m txt\u00a0ä"; strings.TrimSpace(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLog(t *testing.T) {
	c := newRepo(t)
	c.write(OldPath, lists("old"))
	old := c.commit("lists at the old path")
	c.commit("no lists")
	c.git("rm", "-r", "--quiet", OldPath)
	moved := c.commitLists("moved")
	c.git("checkout", "--quiet", "-b", "side")
	side := []string{c.commitLists("side one"), c.commitLists("side two")}
	c.git("checkout", "--quiet", "main")
	c.write("", map[string]string{"README": "more"})
	c.commit("main goes on")
	c.git("merge", "--quiet", "--no-ff", "--message", "merge side", "side")
	merge := c.git("rev-parse", "HEAD")
	last := c.commitLists("last")
	c.write(DefaultPath, map[string]string{"README.rst": "how to change the lists"})
	tip := c.commit("no list, though beside them")
	r := c.open()
	want := []string{old, moved, merge, last} // a merged branch is one change
	log, err := r.Log(context.Background(), "", tip)
	if err != nil || !equalHashes(log, want) {
		t.Errorf("%v, %v, want %v", log, err, want)
	}
	log, err = r.Log(context.Background(), moved, merge)
	if err != nil || !equalHashes(log, []string{merge}) {
		t.Errorf("%v, %v, want %v", log, err, merge)
	}
	log, err = r.LogMerged(context.Background(), moved, merge)
	if err != nil || !equalHashes(log, side) {
		t.Errorf("with merged branches: %v, %v, want %v", log, err, side)
	}
	for _, bad := range []string{"", "main", "--all"} {
		if _, err := r.Log(context.Background(), "", bad); !errors.Is(err, ErrNoRevision) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := r.Log(context.Background(), "main", last); !errors.Is(err, ErrNoRevision) {
		t.Errorf("%v", err)
	}
}

// A merge is a commit of the branch also where what it is told from is the head that it merged, or behind its first parent.
func TestLogBehindAMergedHead(t *testing.T) {
	c := newRepo(t)
	first := c.commitLists("first")
	c.git("checkout", "--quiet", "-b", "side")
	side := c.commitLists("side")
	c.git("checkout", "--quiet", "-b", "other", first)
	c.write(CodePath, map[string]string{"rules.py": "other"})
	other := c.commitLists("other")
	c.git("checkout", "--quiet", "main")
	merge := func(head string) string {
		c.git("merge", "--quiet", "--no-ff", "--no-commit", "--strategy=ours", head)
		c.write(CodePath, map[string]string{"rules.py": head})
		return c.commitLists("merge of " + head)
	}
	merges := []string{merge("side"), merge("other")}
	r := c.open()
	for from, want := range map[string][]string{first: merges, side: merges, other: merges, merges[0]: merges[1:], merges[1]: nil} {
		log, err := r.Log(t.Context(), from, merges[1])
		if err != nil || !equalHashes(log, want) {
			t.Errorf("behind %s: %v, %v, want %v", from, log, err, want)
		}
		chosen, err := r.FirstParents(t.Context(), merges[1], from)
		if err != nil {
			t.Fatal(err)
		}
		if code, err := r.CodeLog(t.Context(), chosen...); err != nil || !equalHashes(code, want) {
			t.Errorf("code behind %s: %v, %v, want %v", from, code, err, want)
		}
	}
}

func TestLastBefore(t *testing.T) {
	c := newRepo(t)
	var hashes []string
	for day := range 3 {
		hashes = append(hashes, c.commitAt(time.Date(2020, time.January, 1+day, 0, 0, 0, 0, time.UTC), "a day later"))
	}
	for at, want := range map[string]string{
		"2020-01-01T00:00:00Z": "", "2020-01-01T00:00:01Z": hashes[0], "2020-01-02T00:00:00Z": hashes[0], "2020-01-02T02:00:00+02:00": hashes[0],
		"2020-01-02T12:00:00Z": hashes[1], "2030-01-01T00:00:00Z": hashes[2],
	} {
		before, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.open().LastBefore(t.Context(), hashes[2], before)
		if err != nil || got.Hash != want {
			t.Errorf("%s: %v, %v, want %s", at, got, err, want)
		}
	}
}

func equalHashes(commits []Commit, hashes []string) bool {
	if len(commits) != len(hashes) {
		return false
	}
	for i, c := range commits {
		if c.Hash != hashes[i] {
			return false
		}
	}
	return true
}

func TestNoGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), dir); !errors.Is(err, ErrNoGit) {
		t.Errorf("%v", err)
	}
}

// A context that ends takes git with it.
func TestCancel(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: stands a shell script in for git")
	}
	c := newRepo(t)
	r := c.open()
	bin := t.TempDir()
	started := filepath.Join(bin, "started")
	script := "#!/bin/sh\ntouch " + started + "\nexec sleep 600\n"
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for {
			if _, err := os.Stat(started); err == nil {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := r.Resolve(ctx, "HEAD"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// What git says while it works is passed on without secrets, in whatever pieces it comes.
func TestSecretsStayOutOfProgress(t *testing.T) {
	var shown strings.Builder
	d := discreet{w: &shown}
	for _, piece := range []string{"10%\r20", "%\rfatal: 'https://me:hun", "ter2@example.org/x/': no\n"} {
		_, _ = d.Write([]byte(piece))
	}
	if got, want := shown.String(), "10%\r20%\r...@example.org/x/': no\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTail(t *testing.T) {
	var last tail
	for range 3 {
		_, _ = last.Write([]byte(strings.Repeat("x", maxTail-1) + "end"))
	}
	if got := last.String(); len(got) != maxTail || !strings.HasSuffix(got, "end") {
		t.Errorf("kept %d bytes", len(got))
	}
}

func TestFilesAreAFileSystem(t *testing.T) {
	lists := Lists{files: map[string][]byte{"a.txt": []byte("one"), "b.txt": nil}}
	if err := fstest.TestFS(lists.FS(), "a.txt", "b.txt"); err != nil {
		t.Error(err)
	}
}

// A server that says nothing is given up, unless the user has said when.
func TestSilence(t *testing.T) {
	for want, inherited := range map[string][]string{"60": nil, "5": {"GIT_HTTP_LOW_SPEED_TIME=5"}} {
		got := ""
		for _, variable := range environment(inherited, true) { // of which the last counts
			if value, ok := strings.CutPrefix(variable, "GIT_HTTP_LOW_SPEED_TIME="); ok {
				got = value
			}
		}
		if got != want {
			t.Errorf("%q seconds, want %s", got, want)
		}
	}
}
