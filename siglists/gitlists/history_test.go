package gitlists

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/siglists"
)

// sharedSiglists is the folder of real lists beside the project.
const sharedSiglists = "../../../shared/siglists"

// realHistory is a clone of the history of the real lists.
func realHistory(t testing.TB) *Repo {
	t.Helper()
	bundle, err := filepath.Abs(filepath.Join(sharedSiglists, "history.bundle"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bundle); err != nil {
		t.Skip("skipped: the history of the real lists is not beside the project: ", err)
	}
	settle(t)
	c := &clone{t, filepath.Join(t.TempDir(), "history.git")}
	runGit(t, "", "clone", "--quiet", "--mirror", bundle, c.dir)
	return c.open()
}

func realCommits(t testing.TB, r *Repo) (commits []Commit, hashes []string) {
	t.Helper()
	commits, err := r.Log(context.Background(), "", resolve(t, r, "main").Hash)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commits {
		hashes = append(hashes, c.Hash)
	}
	return commits, hashes
}

func TestRealHistory(t *testing.T) {
	r := realHistory(t)
	commits, hashes := realCommits(t, r)
	if len(commits) != 268 {
		t.Fatalf("%d commits", len(commits))
	}
	all, err := r.ListsOf(context.Background(), hashes[len(hashes)-1], hashes)
	if err != nil {
		t.Fatal(err)
	}
	five := 0
	for i, l := range all {
		if l.HasTrimDLL {
			five++
		}
		if i%15 != 0 {
			continue
		}
		if _, err := l.Set(); err != nil {
			t.Errorf("%v: %v", commits[i], err)
		}
		one, err := r.Lists(context.Background(), hashes[i])
		if err != nil || !maps.EqualFunc(one.files, l.files, slices.Equal) {
			t.Errorf("%v: alone it differs, %v", commits[i], err)
		}
	}
	if five != 74 {
		t.Errorf("%d commits with a fifth list, want 74", five)
	}
	want, err := siglists.LoadDir(filepath.Join(sharedSiglists, "head"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := all[len(all)-1].Set(); err != nil || got.Digest() != want.Digest() {
		t.Errorf("main's lists are not those of siglists/head: %v", err)
	}
}

// Every pull request of the real history has a head and, but for the one that began it, a base.
func TestRealPullRequests(t *testing.T) {
	r := realHistory(t)
	commits, _ := realCommits(t, r)
	parents := map[string]string{}
	for i := 1; i < len(commits); i++ {
		parents[commits[i].Hash] = commits[i-1].Hash
	}
	for _, number := range []int{3363, 7078, 7212} {
		pull, err := r.Pull(context.Background(), number)
		if err != nil {
			t.Fatal(err)
		}
		base, merged, err := r.Base(context.Background(), pull)
		if err != nil || !merged || base.Hash != parents[pull.Head.Hash] {
			t.Errorf("pr/%d: base %v, merged %v, %v", number, base, merged, err)
		}
	}
}

func BenchmarkLists(b *testing.B) {
	r := realHistory(b)
	hash := resolve(b, r, "main").Hash
	for b.Loop() {
		if _, err := r.Lists(context.Background(), hash); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkListsOf reads the lists of 268 commits.
func BenchmarkListsOf(b *testing.B) {
	r := realHistory(b)
	_, hashes := realCommits(b, r)
	for b.Loop() {
		if _, err := r.ListsOf(context.Background(), hashes[len(hashes)-1], hashes); err != nil {
			b.Fatal(err)
		}
	}
}

// What a clone puts in the place of commits, or of their parents, is its user's own: other clones have another history.
func TestHistoryAsItWasCommitted(t *testing.T) {
	for name, change := range map[string]func(c *clone, hashes []string){
		"replaced": func(c *clone, hashes []string) {
			c.git("replace", hashes[1], c.git("commit-tree", "-m", "none", hashes[0]+"^{tree}"))
		},
		"grafted": func(c *clone, hashes []string) {
			c.write(".git/info", map[string]string{"grafts": hashes[2] + "\n"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newRepo(t)
			var hashes []string
			for _, version := range []string{"one", "two", "three"} {
				c.write(DefaultPath, lists(version))
				hashes = append(hashes, c.commit(version))
			}
			change(c, hashes)
			r := c.open()
			commits, err := r.Log(context.Background(), "", hashes[2])
			if err != nil || len(commits) != len(hashes) {
				t.Fatalf("%v, %v", commits, err)
			}
			for i, commit := range commits {
				if commit.Hash != hashes[i] {
					t.Errorf("%v, want %s", commit, hashes[i])
				}
			}
			if parent := resolve(t, r, hashes[2]+"~2"); parent.Hash != hashes[0] {
				t.Errorf("the first is %v", parent)
			}
		})
	}
}
