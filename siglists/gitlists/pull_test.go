package gitlists

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPullNumber(t *testing.T) {
	for spec, want := range map[string]int{
		"pr/1": 1, "pr/7078": 7078, "pr/": 0, "pr/0": 0, "pr/01": 0, "pr/-1": 0, "pr/7x": 0, "PR/7": 0, "pr/7/head": 0,
		"pr/99999999999999999999": 0, "git:pr/7": 0, " pr/7": 0,
	} {
		for _, end := range []string{"", "/merge"} {
			if got, merge, ok := PullNumber(spec + end); got != want || ok != (want > 0) || merge != (ok && end != "") {
				t.Errorf("%q: %d, %v, %v", spec+end, got, merge, ok)
			}
		}
	}
}

// project is a repository with a pull request that forks off its first commit, and goes on meanwhile.
type project struct {
	*clone
	fork, head, tip string
}

// kept is a project that was made, as files: to make one takes two dozen programs.
var kept struct {
	project
	files fstest.MapFS
}

func newProject(t *testing.T) project {
	t.Helper()
	if kept.files == nil {
		kept.project = makeProject(t)
		kept.files = filesOf(t, kept.dir)
	}
	settle(t)
	p := kept.project
	p.clone = &clone{t, filepath.Join(t.TempDir(), "socorro")}
	if err := os.CopyFS(p.dir, kept.files); err != nil {
		t.Fatal(err)
	}
	return p
}

// filesOf reads all files below a folder.
func filesOf(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		file := &fstest.MapFile{}
		if err == nil {
			file.Mode = info.Mode()
		}
		if err == nil && !e.IsDir() {
			file.Data, err = os.ReadFile(filepath.Join(dir, name))
		}
		files[name] = file
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func makeProject(t *testing.T) project {
	p := project{clone: newRepo(t)}
	p.fork = p.commitLists("fork")
	p.git("checkout", "--quiet", "--detach")
	p.commitLists("work")
	p.head = p.commitLists("head")
	p.git("update-ref", "refs/pull/7/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	p.write("", map[string]string{"README": "main goes on"})
	p.tip = p.commit("main goes on")
	return p
}

// wantBase checks what a pull request is compared with.
func wantBase(t *testing.T, r *Repo, number int, head, base string, merged bool) {
	t.Helper()
	pull, err := r.Pull(context.Background(), number)
	if err != nil {
		t.Fatal(err)
	}
	if pull.Head.Hash != head || pull.Number != number || (pull.Warning != "") != (r.remote() == "") {
		t.Errorf("pull request %+v, want head %s", pull, head)
	}
	got, gotMerged, err := r.Base(context.Background(), pull)
	if err != nil || got.Hash != base || gotMerged != merged {
		t.Errorf("base %v, merged %v, %v; want %s, %v", got, gotMerged, err, base, merged)
	}
}

func TestPull(t *testing.T) {
	p := newProject(t)
	for name, c := range map[string]*clone{
		"the repository itself": p.clone,
		"mirror":                cloneOf(p.clone, "--mirror"),
		"clone":                 cloneOf(p.clone),
		"bare clone":            cloneOf(p.clone, "--bare"),
		"blobless clone":        cloneOf(p.clone, "--bare", "--filter=blob:none"),
		"shallow clone":         cloneOf(p.clone, "--depth=1"),
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			wantBase(t, c.open(), 7, p.head, p.fork, false)
			wantLists(t, c.open(), p.head, lists("head"))
			wantLists(t, c.open(), p.fork, lists("fork"))
		})
	}
}

// A pull request is fetched next to what the user has; nothing else in the clone moves.
func TestPullLeavesTheCloneAlone(t *testing.T) {
	p := newProject(t)
	c := cloneOf(p.clone)
	before := c.git("for-each-ref", "refs/heads", "refs/remotes", "refs/tags", "refs/pull") + c.git("status", "--porcelain", "--branch")
	p.git("checkout", "--quiet", "main")
	p.commitLists("newer")
	wantBase(t, c.open(), 7, p.head, p.fork, false)
	after := c.git("for-each-ref", "refs/heads", "refs/remotes", "refs/tags", "refs/pull") + c.git("status", "--porcelain", "--branch")
	if before != after {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if _, err := os.Stat(c.dir + "/.git/FETCH_HEAD"); err == nil {
		t.Error("FETCH_HEAD was written")
	}
}

// A clone that was last fetched before the pull request forked off does not know its merge base; the
// remote's main branch does.
func TestPullOnNewerMain(t *testing.T) {
	p := newProject(t)
	c := cloneOf(p.clone)
	fork := p.commitLists("newer main")
	p.git("checkout", "--quiet", "--detach")
	head := p.commitLists("second pull request")
	p.git("update-ref", "refs/pull/8/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	wantBase(t, c.open(), 8, head, fork, false)
}

// A pull request that grows is fetched again; when the remote is gone, what was fetched last is used and
// said to be old.
func TestPullGrows(t *testing.T) {
	p := newProject(t)
	c := cloneOf(p.clone)
	wantBase(t, c.open(), 7, p.head, p.fork, false)
	p.git("checkout", "--quiet", "--detach", p.fork)
	rewritten := p.commitLists("rewritten")
	p.git("update-ref", "refs/pull/7/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	wantBase(t, c.open(), 7, rewritten, p.fork, false)
	if err := os.Rename(p.dir, p.dir+".gone"); err != nil {
		t.Fatal(err)
	}
	pull, err := c.open().Pull(context.Background(), 7)
	if err != nil || pull.Head.Hash != rewritten || !strings.Contains(pull.Warning, "last fetched") {
		t.Errorf("%+v, %v", pull, err)
	}
	if _, err := c.open().Pull(context.Background(), 8); !errors.Is(err, ErrFetch) {
		t.Errorf("%v", err)
	}
}

func TestBaseOfMergedPulls(t *testing.T) {
	p := newProject(t)
	p.git("merge", "--quiet", "--no-ff", "--message", "merge", "refs/pull/7/head")
	p.commitLists("after the merge")
	p.git("checkout", "--quiet", "-b", "forward")
	head := p.commitLists("fast forward")
	p.git("update-ref", "refs/pull/8/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	before := p.git("rev-parse", "main")
	p.git("merge", "--quiet", "--ff-only", "forward")
	p.git("update-ref", "refs/pull/1/head", p.fork)
	r := cloneOf(p.clone).open()
	t.Run("merged", func(t *testing.T) { wantBase(t, r, 7, p.head, p.fork, true) })
	t.Run("is the tip", func(t *testing.T) { wantBase(t, r, 8, head, before, true) })
	p.commitLists("later")
	t.Run("became part of main", func(t *testing.T) { wantBase(t, r, 8, head, before, true) })
	pull, err := r.Pull(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Base(context.Background(), pull); !errors.Is(err, ErrNoBase) || !strings.Contains(err.Error(), "--base") {
		t.Errorf("the first commit: %v", err)
	}
}

func TestNoMergeBase(t *testing.T) {
	p := newProject(t)
	p.git("checkout", "--quiet", "--orphan", "stranger")
	p.commitLists("stranger")
	p.git("update-ref", "refs/pull/9/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	for _, c := range []*clone{p.clone, cloneOf(p.clone, "--depth=1")} {
		r := c.open()
		pull, err := r.Pull(context.Background(), 9)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.Base(context.Background(), pull); !errors.Is(err, ErrNoBase) {
			t.Errorf("%v", err)
		}
	}
}

func TestNoPull(t *testing.T) {
	p := newProject(t)
	for name, r := range map[string]*Repo{"remote without it": cloneOf(p.clone).open(), "no remote": p.open()} {
		if _, err := r.Pull(context.Background(), 12345); !errors.Is(err, ErrNoPull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhichRemote(t *testing.T) {
	p := newProject(t)
	c := cloneOf(p.clone)
	given := ""
	check := func(want string) {
		t.Helper()
		r := c.open()
		r.Remote = given
		if got := r.remote(); got != want {
			t.Errorf("remote %q, want %q", got, want)
		}
	}
	check("origin")
	c.git("remote", "add", "friend", "https://github.com/friend/socorro")
	check("origin")
	c.git("remote", "add", "moz", "git@github.com:mozilla-services/socorro.git")
	check("moz")
	given = p.url()
	check(p.url())
	r := c.open()
	r.Remote = given
	wantBase(t, r, 7, p.head, p.fork, false)
	given = ""
	c.git("remote", "remove", "moz")
	c.git("remote", "remove", "origin")
	check("friend")
	c.git("remote", "remove", "friend")
	check("")
}

// The main branch is the branch, whatever tags are called.
func TestMainBranch(t *testing.T) {
	p := newProject(t)
	c := cloneOf(p.clone)
	for _, twin := range []struct {
		clone     *clone
		tag, name string
	}{{p.clone, "main", "main"}, {c, "origin/HEAD", "origin/HEAD"}} {
		twin.clone.git("tag", twin.tag, p.fork)
		if name, commit, err := twin.clone.open().MainBranch(t.Context(), nil); err != nil || name != twin.name || commit.Hash != p.tip {
			t.Errorf("%s: %q, %v, %v", twin.tag, name, commit, err)
		}
	}
	// With a pull request it is that of today.
	tip := p.commitLists("newer")
	pull, _ := based(t, c.open(), 7)
	if name, commit, err := c.open().MainBranch(t.Context(), pull); err != nil || name != "main" || commit.Hash != tip {
		t.Errorf("with a pull request: %q, %v, %v", name, commit, err)
	}
}
