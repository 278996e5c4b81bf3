package gitlists

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strings"
)

// Target is the branch that a pull request goes into, as it is today.
type Target struct {
	Commit Commit
	Name   string   // such as main, or pr/7 where it goes into another pull request
	Moved  []Commit // the commits of the branch that touched the siglists since the base, oldest first
}

// Target is the branch that a pull request, of which Base was asked, goes into.
func (r *Repo) Target(ctx context.Context, p *PullRequest, base Commit) (*Target, error) {
	commit, err := r.commit(ctx, p.into)
	if err != nil {
		return nil, err
	}
	t := &Target{Commit: commit, Name: r.branchName(ctx, p.target)}
	if p.OwnTarget() {
		// The remote's merge tells the commit alone. Whose head that is can change with every push.
		t.Name = fmt.Sprintf("%.12s", p.into)
		heads, err := r.heads(ctx, p)
		if err != nil {
			return nil, err
		}
		if head, ok := heads[p.into]; ok {
			t.Name = head.Name
		}
	}
	if t.Moved, err = r.Log(ctx, base.Hash, p.into); err != nil {
		return nil, err
	}
	return t, nil
}

// OwnTarget tells, once Base was asked, whether a pull request goes into another branch than the main one.
func (p *PullRequest) OwnTarget() bool { return p.into != p.main }

// HasMoved tells whether the siglists of the branch that a pull request goes into are others than those of
// its base.
func (r *Repo) HasMoved(ctx context.Context, p *PullRequest, base Commit) (bool, error) {
	lists, err := r.ListsOf(ctx, p.into, []string{base.Hash, p.into})
	// Lists that came or went are others. Where neither has any there is nothing that moved.
	if err != nil || lists[0] == nil || lists[1] == nil {
		return err == nil && lists[0] != lists[1], err
	}
	return !maps.EqualFunc(lists[0].files, lists[1].files, bytes.Equal), nil
}

// branchName is the name of a branch for people.
func (r *Repo) branchName(ctx context.Context, ref string) string {
	remote := "refs/remotes/" + r.remote() + "/"
	// What was fetched from the remote's HEAD doesn't say what that is called there. The clone may know.
	if strings.HasPrefix(ref, fetchedRefs) {
		ref = remote + "HEAD"
	}
	if strings.HasSuffix(ref, "HEAD") {
		name, err := r.line(ctx, "symbolic-ref", "--quiet", ref)
		if err != nil && r.bare {
			name, err = r.line(ctx, "symbolic-ref", "--quiet", "HEAD")
		}
		if err != nil {
			return "the main branch"
		}
		ref = name
	}
	return printable(strings.TrimPrefix(strings.TrimPrefix(ref, remote), "refs/heads/"))
}

// Stack is what a pull request is made of.
type Stack struct {
	Commits []Commit // those that touch the siglists, oldest first
	// Heads are the commits that are heads of other pull requests, or of branches of the remote, oldest first. A pull
	// request that was made anew since has another head.
	Heads []Head
}

// Head is the commit, by its hash, that a pull request or a branch ends with.
type Head struct {
	Hash string
	Name string // pr/N, or the name of the branch
	Pull int    // the number of the pull request; 0 for a branch
}

func newHead(hash, ref string) (Head, bool) {
	if branch, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		return Head{Hash: hash, Name: printable(branch)}, branch != "HEAD"
	}
	n, _, ok := PullNumber(revisionName(ref))
	return Head{hash, fmt.Sprintf("pr/%d", n), n}, ok
}

// before tells which of two heads of one commit names it.
func (h Head) before(other Head) bool {
	if h.Pull == 0 || other.Pull == 0 {
		return h.Pull > other.Pull || h.Pull == other.Pull && h.Name < other.Name
	}
	return h.Pull < other.Pull
}

// Spec is what --base and --candidate name the commit by.
func (h Head) Spec() string {
	if h.Pull != 0 {
		return h.Name
	}
	return fmt.Sprintf("%.12s", h.Hash)
}

// Stack are the commits between a base and the head of a pull request. The heads of others are those in the
// repository, and those of the remote, which is asked only where there are several commits.
func (r *Repo) Stack(ctx context.Context, p *PullRequest, base Commit) (*Stack, error) {
	s := &Stack{}
	span, err := r.call("rev-list", "--topo-order", "--reverse", p.Head.Hash, "^"+base.Hash).output(ctx)
	hashes := strings.Fields(string(span))
	// A single commit is no stack, and nobody has to be asked about it.
	if err != nil || len(hashes) < 2 {
		return s, err
	}
	if s.Commits, err = r.LogMerged(ctx, base.Hash, p.Head.Hash); err != nil {
		return nil, err
	}
	heads, err := r.heads(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, hash := range hashes {
		if head, ok := heads[hash]; ok && hash != p.Head.Hash {
			s.Heads = append(s.Heads, head)
		}
	}
	return s, nil
}

// heads are the pull requests that are known, but for one, and the branches of the remote, by their heads. Of several
// with one head it is the first pull request, else the first branch.
func (r *Repo) heads(ctx context.Context, but *PullRequest) (map[string]Head, error) {
	if but.others != nil {
		return but.others, nil
	}
	branches := "refs/remotes/" + r.remote() + "/"
	if r.bare {
		branches = "refs/heads/"
	}
	kept, err := r.call("for-each-ref", "--format=%(objectname) %(refname)", "refs/pull/", r.refsOf(r.remote())+"pull/", branches).output(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the refs of %s: %w", r.dir, err)
	}
	var there []byte
	if but.Warning == "" {
		// When it does not answer now, those that are here have to do.
		there, _ = r.fetching("ls-remote", "--quiet", "--end-of-options", r.remote(), "refs/pull/*/head", "refs/heads/*").output(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	heads := map[string]Head{}
	// Both lists say a hash and a ref, one with a space and one with a tab between them.
	for line := range strings.Lines(string(kept) + string(there)) {
		hash, ref, _ := strings.Cut(strings.Replace(strings.TrimSpace(line), "\t", " ", 1), " ")
		head, ok := newHead(hash, strings.Replace(ref, branches, "refs/heads/", 1))
		before, known := heads[hash]
		if ok && head.Pull != but.Number && (!known || head.before(before)) {
			heads[hash] = head
		}
	}
	but.others = heads
	return heads, nil
}
