package gitlists

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stacked are two pull requests, of which 8 goes on from 7, which goes on from main; main goes on meanwhile.
type stacked struct {
	project
	second string // the head of 8
}

func newStacked(t *testing.T) stacked {
	s := stacked{project: newProject(t)}
	s.git("checkout", "--quiet", "--detach", s.head)
	s.second = s.commitLists("second")
	s.git("update-ref", "refs/pull/8/head", "HEAD")
	s.git("checkout", "--quiet", "main")
	return s
}

// based is a pull request with what Base finds.
func based(t *testing.T, r *Repo, number int) (*PullRequest, Commit) {
	t.Helper()
	pull, err := r.Pull(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	base, _, err := r.Base(t.Context(), pull)
	if err != nil {
		t.Fatal(err)
	}
	return pull, base
}

// What a pull request is made of is told by the heads of others, wherever those are known.
func TestStack(t *testing.T) {
	s := newStacked(t)
	for name, c := range map[string]*clone{"mirror": cloneOf(s.clone, "--mirror"), "clone": cloneOf(s.clone), "shallow": cloneOf(s.clone, "--depth=1")} {
		r := c.open()
		pull, base := based(t, r, 8)
		stack, err := r.Stack(t.Context(), pull, base)
		if err != nil || len(stack.Commits) != 3 || stack.Commits[2].Hash != s.second {
			t.Fatalf("%s: %+v, %v", name, stack, err)
		}
		if len(stack.Heads) != 1 || stack.Heads[0] != (Head{s.head, "pr/7", 7}) {
			t.Errorf("%s: heads %v, want %s of pr/7", name, stack.Heads, s.head)
		}
	}
	// A branch of the remote is named where no pull request ends there.
	s.git("branch", "rel", s.head)
	s.git("branch", "pr/5", s.head+"^")
	for name, c := range map[string]*clone{"mirror": cloneOf(s.clone, "--mirror"), "clone": cloneOf(s.clone), "main alone": cloneOf(s.clone, "--single-branch")} {
		r := c.open()
		pull, base := based(t, r, 8)
		stack, err := r.Stack(t.Context(), pull, base)
		if err != nil || len(stack.Heads) != 2 || stack.Heads[0].Name != "pr/5" || stack.Heads[0].Spec() != s.git("rev-parse", "--short=12", s.head+"^") || stack.Heads[1].Spec() != "pr/7" {
			t.Errorf("%s: heads %v, %v", name, stack.Heads, err)
		}
	}
	s.git("update-ref", "-d", "refs/pull/7/head")
	r := cloneOf(s.clone).open()
	pull, base := based(t, r, 8)
	if stack, err := r.Stack(t.Context(), pull, base); err != nil || len(stack.Heads) != 2 || stack.Heads[1] != (Head{s.head, "rel", 0}) {
		t.Errorf("heads %v, %v", stack.Heads, err)
	}
	s.git("update-ref", "refs/pull/7/head", s.head)
	s.git("branch", "--quiet", "-D", "rel", "pr/5")
	r = s.open()
	pull, base = based(t, r, 7)
	if stack, err := r.Stack(t.Context(), pull, base); err != nil || len(stack.Commits) != 2 || len(stack.Heads) != 0 {
		t.Errorf("of pr/7: %+v, %v", stack, err)
	}
}

// The remote's merge tells which branch a pull request goes into, where that isn't main.
func TestTarget(t *testing.T) {
	s := newStacked(t)
	tree := s.git("rev-parse", s.second+"^{tree}")
	c := cloneOf(s.clone)
	r := c.open()
	for _, test := range []struct{ first, base, name string }{
		{s.head, s.head, "pr/7"},          // its own
		{s.tip, s.fork, "main"},           // main's tip
		{s.fork, s.fork, "main"},          // main as it was
		{s.second + "^1", s.head, "pr/7"}, // the same by another name
	} {
		s.git("update-ref", "refs/pull/8/merge", s.git("commit-tree", "-m", "merge", "-p", test.first, "-p", s.second, tree))
		pull, base := based(t, r, 8)
		target, err := r.Target(t.Context(), pull, base)
		if err != nil || base.Hash != test.base || target.Name != test.name || pull.OwnTarget() != (test.name != "main") {
			t.Errorf("%v: base %v, %+v, %v", test, base, target, err)
		}
	}
	// A merge that the remote no longer has tells nothing, as when a pull request goes into another branch since and has conflicts there.
	s.git("update-ref", "-d", "refs/pull/8/merge")
	if pull, base := based(t, r, 8); base.Hash != s.fork || pull.OwnTarget() {
		t.Errorf("the remote has no merge: base %v", base)
	}
	// A merge of another head tells nothing.
	s.git("update-ref", "refs/pull/8/merge", s.git("commit-tree", "-m", "merge", "-p", s.head, "-p", s.fork, tree))
	if pull, base := based(t, r, 8); base.Hash != s.fork || pull.OwnTarget() {
		t.Errorf("base %v", base)
	}
}

func TestTargetMoves(t *testing.T) {
	p := newProject(t)
	r := cloneOf(p.clone).open()
	pull, base := based(t, r, 7)
	if moved, err := r.HasMoved(t.Context(), pull, base); moved || err != nil {
		t.Errorf("%v, %v", moved, err)
	}
	one := p.commitLists("one")
	p.commit("no list")
	two := p.commitLists("two")
	pull, base = based(t, r, 7)
	moved, err := r.HasMoved(t.Context(), pull, base)
	if !moved || err != nil {
		t.Errorf("%v, %v", moved, err)
	}
	target, err := r.Target(t.Context(), pull, base)
	if err != nil || !equalHashes(target.Moved, []string{one, two}) || target.Commit.Hash != two || target.Name != "main" {
		t.Errorf("%+v, %v", target, err)
	}
}

// The remote is asked also where the repository has the refs of pull requests, as mirrors have them; what is
// there is used, and said to be old, when it doesn't answer or doesn't have it.
func TestPullOfAMirror(t *testing.T) {
	p := newProject(t)
	c := cloneOf(p.clone, "--mirror")
	p.git("checkout", "--quiet", "--detach", p.head)
	grown := p.commitLists("grown")
	p.git("update-ref", "refs/pull/7/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	wantBase(t, c.open(), 7, grown, p.fork, false)
	c.git("update-ref", "refs/pull/9/head", p.head)
	if pull, err := c.open().Pull(t.Context(), 9); err != nil || pull.Head.Hash != p.head || !strings.Contains(pull.Warning, "its head is of 20") {
		t.Errorf("%+v, %v", pull, err)
	}
	mirror := cloneOf(p.clone, "--mirror")
	if err := os.Rename(p.dir, p.dir+".gone"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*clone{c, mirror} { // as it was fetched by Pull, and by the mirror
		if pull, err := c.open().Pull(t.Context(), 7); err != nil || pull.Head.Hash != grown || !strings.Contains(pull.Warning, "its head is of 20") {
			t.Errorf("%+v, %v", pull, err)
		}
	}
}

// Where there is no remote to ask, what is there may be old, too.
func TestPullWithoutRemote(t *testing.T) {
	p := newProject(t)
	bare := cloneOf(p.clone, "--mirror")
	bare.git("remote", "remove", "origin")
	for _, c := range []*clone{bare, p.clone} {
		pull, err := c.open().Pull(t.Context(), 7)
		if err != nil || !strings.HasPrefix(pull.Warning, "pr/7 is as it was when it was last fetched (its head is of 20") || !strings.Contains(pull.Warning, "no remote to fetch it from") {
			t.Errorf("%+v, %v", pull, err)
		}
	}
}

// Pull requests of two remotes with one number are kept apart, and so are those of one whose address changes.
func TestPullsOfTwoRemotes(t *testing.T) {
	mine, upstream := newProject(t), makeProject(t)
	c := cloneOf(mine.clone, "--origin=mine")
	c.git("remote", "add", "upstream", upstream.url())
	_, err := c.open().Pull(t.Context(), 7)
	if err == nil || !strings.Contains(err.Error(), "has the remotes mine and upstream; --remote says which") {
		t.Errorf("%v", err)
	}
	for name, head := range map[string]string{"mine": mine.head, "upstream": upstream.head} {
		r := c.open()
		r.Remote = name
		if pull, err := r.Pull(t.Context(), 7); err != nil || pull.Head.Hash != head {
			t.Errorf("%s: %+v, %v", name, pull, err)
		}
	}
	if err := os.Rename(mine.dir, mine.dir+".gone"); err != nil {
		t.Fatal(err)
	}
	c.git("remote", "add", "third", mine.url()+"-not")
	c.git("remote", "set-url", "upstream", upstream.url()+"-not")
	for name, want := range map[string]string{"mine": mine.head, "upstream": "", "third": ""} {
		r := c.open()
		r.Remote = name
		pull, err := r.Pull(t.Context(), 7)
		if want == "" && err == nil || want != "" && (err != nil || pull.Head.Hash != want || pull.Warning == "") {
			t.Errorf("%s: %+v, %v", name, pull, err)
		}
	}
}

// The path of a remote begins at the top of the working tree, wherever in it the user is; one that the user gives begins
// there.
func TestRelativeRemotes(t *testing.T) {
	p := newProject(t)
	c := cloneOf(p.clone)
	origin, err := filepath.Rel(c.dir, p.dir)
	if err != nil {
		t.Fatal(err)
	}
	c.git("config", "remote.origin.url", origin)
	within := filepath.Join(c.dir, filepath.FromSlash(DefaultPath))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(within, link); err != nil {
		t.Skip("skipped: no symbolic links here: ", err)
	}
	t.Chdir(filepath.Dir(p.dir))
	for dir, remote := range map[string]string{c.dir: "", within: "", link: "", c.dir + "/.": filepath.Base(p.dir)} {
		r, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		r.Remote = remote
		if pull, err := r.Pull(t.Context(), 7); err != nil || pull.Head.Hash != p.head || pull.Warning != "" {
			t.Errorf("%s from %q: %+v, %v", dir, remote, pull, err)
		}
	}
}
