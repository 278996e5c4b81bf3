package gitlists

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/siglists"
)

// clone is a git repository of a test, with a work tree or bare.
type clone struct {
	t   testing.TB
	dir string
}

// settle makes git the same on every machine.
func settle(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("skipped: git is not installed")
	}
	settings, err := filepath.Abs("testdata/gitconfig")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": settings, "GIT_CONFIG_NOSYSTEM": "1", "HOME": t.TempDir(),
		"GIT_AUTHOR_NAME": "A. Author", "GIT_AUTHOR_EMAIL": "author@example.org",
		"GIT_COMMITTER_NAME": "A. Author", "GIT_COMMITTER_EMAIL": "author@example.org",
	} {
		t.Setenv(name, value)
	}
}

// newRepo makes a repository with main as its branch, and no commit.
func newRepo(t testing.TB) *clone {
	t.Helper()
	settle(t)
	c := &clone{t, filepath.Join(t.TempDir(), "socorro")}
	runGit(t, "", "init", "--quiet", "--initial-branch=main", c.dir)
	return c
}

// cloneOf clones a repository over a transport, as from another machine.
func cloneOf(c *clone, args ...string) *clone {
	c.t.Helper()
	copied := &clone{c.t, filepath.Join(c.t.TempDir(), "clone")}
	runGit(c.t, "", append(append([]string{"clone", "--quiet"}, args...), c.url(), copied.dir)...)
	return copied
}

func (c *clone) url() string { return "file://" + filepath.ToSlash(c.dir) }

func runGit(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := runGitErr(dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func runGitErr(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return strings.TrimSuffix(string(out), "\n"), err
}

func (c *clone) git(args ...string) string {
	c.t.Helper()
	return runGit(c.t, c.dir, args...)
}

// lists are the contents of four files that differ from each other, and from those of another version.
func lists(version string) map[string]string {
	all := map[string]string{}
	for _, name := range siglists.Names() {
		all[name.File()] = fmt.Sprintf("# %s\nfirst_%s\n%s\n", name, version, version)
	}
	return all
}

// write writes files below a folder of the work tree.
func (c *clone) write(folder string, files map[string]string) {
	c.t.Helper()
	for name, content := range files {
		path := filepath.Join(c.dir, filepath.FromSlash(folder), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
}

// clock is when the next commit of a test is made: a day later each time.
var clock = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

// commit commits the work tree, and returns the commit's hash.
func (c *clone) commit(subject string) string {
	c.t.Helper()
	clock = clock.AddDate(0, 0, 1)
	return c.commitAt(clock, subject)
}

func (c *clone) commitAt(at time.Time, subject string) string {
	c.t.Helper()
	c.t.Setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z") // never the date that is shown
	c.t.Setenv("GIT_COMMITTER_DATE", at.Format(time.RFC3339))
	c.git("add", "--all")
	c.git("commit", "--quiet", "--allow-empty", "--message", subject)
	return c.head()
}

// head is the commit that is checked out. It is read without git, of which a test starts hundreds.
func (c *clone) head() string {
	c.t.Helper()
	name := "HEAD"
	for {
		content, err := os.ReadFile(filepath.Join(c.dir, ".git", filepath.FromSlash(name)))
		if err != nil {
			c.t.Fatal(err)
		}
		text := strings.TrimSpace(string(content))
		to, isName := strings.CutPrefix(text, "ref: ")
		if !isName {
			return text
		}
		name = to
	}
}

// commitLists commits a version of the lists at today's path.
func (c *clone) commitLists(version string) string {
	c.t.Helper()
	c.write(DefaultPath, lists(version))
	return c.commit("lists " + version)
}

// open opens the repository, with its siglists at the paths given.
func (c *clone) open(paths ...string) *Repo {
	c.t.Helper()
	r, err := Open(context.Background(), c.dir, paths...)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// resolve is Resolve where it must work.
func resolve(t testing.TB, r *Repo, spec string) Commit {
	t.Helper()
	commit, err := r.Resolve(context.Background(), spec)
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return commit
}

// wantLists checks what is read at a commit, one by one and in bulk.
func wantLists(t testing.TB, r *Repo, hash string, want map[string]string) {
	t.Helper()
	one, err := r.Lists(context.Background(), hash)
	if err != nil {
		t.Fatal(err)
	}
	many, err := r.ListsOf(context.Background(), hash, []string{hash})
	if err != nil {
		t.Fatal(err)
	}
	for how, got := range map[string]*Lists{"Lists": one, "ListsOf": many[0]} {
		if names := slices.Sorted(maps.Keys(got.files)); !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
			t.Errorf("%s read %q", how, names)
		}
		for name, content := range want {
			if string(got.files[name]) != content {
				t.Errorf("%s read %q of %s, want %q", how, got.files[name], name, content)
			}
		}
	}
}
