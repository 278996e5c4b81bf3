package gitlists

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/siglists"
)

// list is a list with enough lines between its ends that changes at both of them merge.
func list(first, last string) map[string]string {
	return map[string]string{siglists.Prefix.File(): first + "a\nb\nc\nd\ne\nf\n" + last}
}

// merging is a project in which the pull request and main change what is given, at the head and at the tip.
func merging(t *testing.T, head, main map[string]string) project {
	p := project{clone: newRepo(t)}
	p.write(DefaultPath, lists("one"))
	p.write(DefaultPath, list("", ""))
	p.fork = p.commit("fork")
	p.git("checkout", "--quiet", "--detach")
	p.write(DefaultPath, head)
	p.head = p.commit("head")
	p.git("update-ref", "refs/pull/7/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	p.write(DefaultPath, main)
	p.tip = p.commit("tip")
	return p
}

// mergeOf is the merge of a pull request.
func mergeOf(t *testing.T, r *Repo, number int) (*Merge, error) {
	t.Helper()
	pull, err := r.Pull(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Base(t.Context(), pull); err != nil {
		t.Fatal(err)
	}
	return r.Merge(t.Context(), pull)
}

// Merged lists are those that git makes, and nothing is written to the clone.
func TestMerge(t *testing.T) {
	gone := map[string]string{siglists.Sentinels.File(): ""}
	for name, test := range map[string]struct{ head, main map[string]string }{
		"both ends":            {list("first\n", ""), list("", "last\n")},
		"the same":             {list("first\n", ""), list("first\n", "")},
		"the same and more":    {list("first\n", ""), list("first\n", "last\n")},
		"files of their own":   {list("first\n", ""), gone},
		"main stays":           {list("first\n", "last"), nil},
		"the head has no end":  {list("first\n", "last"), list("other\n", "")},
		"both add at an end":   {list("", "one\n"), list("", "two\n")},
		"head changes nothing": {map[string]string{"README": "x"}, list("", "last\n")},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			p := merging(t, test.head, test.main)
			c := cloneOf(p.clone)
			r := c.open()
			if _, err := r.Pull(t.Context(), 7); err != nil { // fetches
				t.Fatal(err)
			}
			state := func() string {
				return c.git("count-objects", "-v") + c.git("for-each-ref") + c.git("status", "--porcelain")
			}
			before := state()
			merge, mergeErr := mergeOf(t, r, 7)
			if after := state(); after != before {
				t.Errorf("the clone is another: %s\nbefore: %s", after, before)
			}
			_, gitErr := runGitErr(p.dir, "merge", "--quiet", "--no-ff", "--message", "merge", "refs/pull/7/head")
			if (mergeErr != nil) != (gitErr != nil) {
				t.Fatalf("%v, git says %v", mergeErr, gitErr)
			}
			if mergeErr != nil {
				if !errors.Is(mergeErr, ErrConflict) || !strings.Contains(mergeErr.Error(), siglists.Prefix.File()) {
					t.Errorf("%v", mergeErr)
				}
				return
			}
			if merge.Commit.Hash != "" {
				t.Errorf("made from %v", merge.Commit)
			}
			want, err := p.open().Lists(t.Context(), p.git("rev-parse", "HEAD"))
			if err != nil || !maps.EqualFunc(merge.Lists.files, want.files, slices.Equal) {
				t.Errorf("%q, git has %q, %v", merge.Lists.files, want.files, err)
			}
		})
	}
}

// A list that one side changed and the other removed, and one that is no text, are conflicts.
func TestMergeConflicts(t *testing.T) {
	p := merging(t, list("first\n", ""), nil)
	p.git("rm", "--quiet", DefaultPath+"/"+siglists.Prefix.File())
	p.commit("gone")
	if _, err := mergeOf(t, p.open(), 7); !errors.Is(err, ErrConflict) {
		t.Errorf("%v", err)
	}
	p = merging(t, list("first\n\x00", ""), list("", "last\n"))
	if _, err := mergeOf(t, p.open(), 7); !errors.Is(err, ErrConflict) {
		t.Errorf("%v", err)
	}
}

// The remote's merge counts where it is of the head and of the branch as they are today.
func TestMergeOfTheRemote(t *testing.T) {
	p := merging(t, list("first\n", ""), list("", "last\n"))
	tree := p.git("rev-parse", p.fork+"^{tree}") // not what merging gives, so that one sees which was taken
	remote := p.git("commit-tree", "-m", "Merge head into main", "-p", p.tip, "-p", p.head, tree)
	stale := p.git("commit-tree", "-m", "Merge head into main", "-p", p.fork, "-p", p.head, tree)
	other := p.git("commit-tree", "-m", "Merge head into main", "-p", p.tip, "-p", p.fork, tree)
	c := cloneOf(p.clone)
	for hash, want := range map[string]string{remote: remote, stale: "", other: ""} {
		p.git("update-ref", "refs/pull/7/merge", hash)
		merge, err := mergeOf(t, c.open(), 7)
		if err != nil || merge.Commit.Hash != want {
			t.Errorf("%+v, %v, want %q", merge.Commit, err, want)
		}
	}
}

// Several merge bases have no one answer.
func TestMergeOfCrissCross(t *testing.T) {
	p := merging(t, list("first\n", ""), list("", "last\n"))
	p.git("checkout", "--quiet", "--detach", p.head)
	p.git("merge", "--quiet", "--no-ff", "--message", "one way", p.tip)
	p.git("update-ref", "refs/pull/7/head", "HEAD")
	p.git("checkout", "--quiet", "main")
	p.git("merge", "--quiet", "--no-ff", "--message", "the other way", p.head)
	if _, err := mergeOf(t, p.open(), 7); !errors.Is(err, ErrNoBase) || !strings.Contains(err.Error(), "2 merge bases") {
		t.Errorf("%v", err)
	}
}
