package gitlists

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// oldBranchMerged is a history in which a branch that forked off early, and touches no list, is merged after
// the pull request forked off: in a shallow clone the old fork is to be seen sooner than the merge base.
func oldBranchMerged(t *testing.T) project {
	p := project{clone: newRepo(t)}
	for i := range 3 {
		p.commitLists(fmt.Sprint("early ", i))
	}
	p.git("branch", "old")
	for i := range 3 {
		p.commitLists(fmt.Sprint("middle ", i))
	}
	p.fork = p.commitLists("fork")
	p.git("checkout", "--quiet", "--detach")
	p.head = p.commitLists("head")
	p.git("update-ref", "refs/pull/7/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	for i := range 4 {
		p.commitLists(fmt.Sprint("late ", i))
	}
	p.git("checkout", "--quiet", "old")
	p.write("", map[string]string{"README": "old"})
	p.commit("lists untouched")
	p.git("checkout", "--quiet", "main")
	p.git("merge", "--quiet", "--no-ff", "--message", "merge old", "old")
	p.git("branch", "--quiet", "-D", "old")
	p.tip = p.commit("tip")
	return p
}

// However shallow a clone is, the answer is that of the whole one, or none; where the history can be
// fetched it is an answer.
func TestBaseOfShallowClones(t *testing.T) {
	p := oldBranchMerged(t)
	refused := 0
	depths := []int{1, 4, 5, 9}
	for _, depth := range depths {
		c := cloneOf(p.clone, fmt.Sprintf("--depth=%d", depth))
		c.git("fetch", "--quiet", "--no-tags", "origin", "refs/pull/7/head:refs/pull/7/head")
		alone := c.open()
		c.git("remote", "rename", "origin", "other")
		alone.settings.remotes = nil
		pull, err := alone.Pull(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		base, _, err := alone.Base(t.Context(), pull)
		switch {
		case errors.Is(err, ErrNoBase) && strings.Contains(err.Error(), "fetch --unshallow") && strings.Contains(err.Error(), "--base"):
			refused++
		case err != nil || base.Hash != p.fork:
			t.Errorf("depth %d: base %v, %v, want %s", depth, base, err, p.fork)
		}
		r := c.open()
		wantBase(t, r, 7, p.head, p.fork, false)
		wantLists(t, r, p.fork, lists("fork"))
	}
	if refused == 0 || refused == len(depths) {
		t.Errorf("%d depths were refused: the test is broken", refused)
	}
}

// When no deepening is enough, there is no answer.
func TestDeepeningEnds(t *testing.T) {
	p := newRepo(t)
	p.commitLists("root")
	for i := range 5 {
		p.commit(fmt.Sprint("main ", i))
	}
	c := cloneOf(p, "--depth=1")
	p.git("checkout", "--quiet", "--orphan", "stranger")
	p.commitLists("stranger")
	p.git("update-ref", "refs/pull/9/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	r := c.open()
	pull, err := r.Pull(t.Context(), 9)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Base(t.Context(), pull); !errors.Is(err, ErrNoBase) {
		t.Errorf("%v", err)
	}
}

// A pull request that was merged behind where a shallow clone begins has the base that it has in a whole one.
func TestBaseOfMergedInShallowClones(t *testing.T) {
	p := newProject(t)
	p.git("merge", "--quiet", "--no-ff", "--message", "merge", "refs/pull/7/head")
	p.git("checkout", "--quiet", "-b", "forward")
	forward := p.commitLists("fast forward")
	before := p.git("rev-parse", "main")
	p.git("update-ref", "refs/pull/8/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	p.git("merge", "--quiet", "--ff-only", "forward")
	for i := range 3 {
		p.commit(fmt.Sprint("later ", i))
	}
	for _, depth := range []int{1, 4, 5} {
		wantBase(t, cloneOf(p.clone, fmt.Sprintf("--depth=%d", depth)).open(), 7, p.head, p.fork, true)
		wantBase(t, cloneOf(p.clone, fmt.Sprintf("--depth=%d", depth)).open(), 8, forward, before, true)
	}
}

// A shallow clone shows the commits that are known to have touched the lists, and where it begins.
func TestLogOfShallowClones(t *testing.T) {
	p := newRepo(t)
	all := []string{p.commitLists("one"), p.commit("nothing"), p.commitLists("two"), p.commit("nothing"), p.commitLists("three"), p.commit("nothing")}
	touched := []string{all[0], all[2], all[4]}
	for _, depth := range []int{1, 2, 3, 4, 6, 7} {
		r := cloneOf(p, fmt.Sprintf("--depth=%d", depth)).open()
		begin := max(0, len(all)-depth)
		want := slices.DeleteFunc(slices.Clone(touched), func(hash string) bool { return slices.Index(all, hash) <= begin && begin > 0 })
		log, err := r.Log(t.Context(), "", all[5])
		if err != nil || !equalHashes(log, want) {
			t.Errorf("depth %d: %v, %v, want %v", depth, log, err, want)
		}
		start, err := r.Start(t.Context(), all[5])
		if err != nil || (start != nil) != (begin > 0) || start != nil && start.Hash != all[begin] {
			t.Errorf("depth %d: begins at %v, %v, want %s", depth, start, err, all[begin])
		}
	}
}
