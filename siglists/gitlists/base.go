package gitlists

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Base is the commit to compare a pull request with: the merge base of its head and the branch it goes
// into, which is the main branch unless the remote's merge of it tells of another. When it has been merged,
// it is the merge base at that time, or, when its head itself became part of the branch, the commit before
// that; merged tells so. A shallow clone is deepened until nothing that it lacks can be a better answer.
func (r *Repo) Base(ctx context.Context, p *PullRequest) (base Commit, merged bool, err error) {
	hash, merged, err := r.base(ctx, p)
	// Other errors are not for lack of history, and more of it would not help.
	for i := 0; i < len(deepenings) && errors.Is(err, ErrNoBase) && r.shallow; i++ {
		if err := r.deepen(ctx, p, deepenings[i]); err != nil {
			return Commit{}, false, err
		}
		hash, merged, err = r.base(ctx, p)
	}
	if err != nil {
		return Commit{}, false, fmt.Errorf("pr/%d: %w", p.Number, err)
	}
	base, err = r.commit(ctx, hash)
	return base, merged, err
}

// BranchBase is where the commit that is checked out left the main branch, as that was last fetched, and the name of that.
func (r *Repo) BranchBase(ctx context.Context) (base Commit, branch string, err error) {
	ref, tip, err := r.ownTarget(ctx)
	if err != nil {
		return Commit{}, "", err
	}
	bases, err := r.mergeBases(ctx, "HEAD", tip)
	if err != nil {
		return Commit{}, "", fmt.Errorf("where HEAD left the main branch: %w", err)
	}
	branch = r.branchName(ctx, ref)
	// A branch of the user's own may have the same name, and be behind.
	if strings.HasPrefix(ref, "refs/remotes/") {
		branch = printable(r.remote()) + "/" + branch
	}
	base, err = r.commit(ctx, bases[0])
	return base, branch, err
}

func (r *Repo) base(ctx context.Context, p *PullRequest) (hash string, merged bool, err error) {
	if err := r.findTarget(ctx, p); err != nil {
		return "", false, err
	}
	if p.bases, err = r.mergeBases(ctx, p.Head.Hash, p.into); err != nil {
		return "", false, err
	}
	// The branch holds the head itself once the pull request was merged without squashing it.
	if p.bases[0] != p.Head.Hash {
		return p.bases[0], false, nil
	}
	hash, err = r.baseOfMerged(ctx, p)
	return hash, true, err
}

// findTarget finds the commit that a pull request goes into. The remote's merge of its head has that for
// its first parent; where the main branch doesn't hold it, the pull request goes into another branch.
func (r *Repo) findTarget(ctx context.Context, p *PullRequest) error {
	p.into = p.main
	if !p.mergeIsOfHead() {
		return nil
	}
	bases, err := r.mergeBases(ctx, p.merge.parents[0], p.main)
	switch {
	// In a shallow clone nothing in common may only mean that it is not here.
	case err != nil && (r.shallow || !errors.Is(err, ErrNoBase)):
		return err
	case err != nil || bases[0] != p.merge.parents[0]:
		p.into = p.merge.parents[0]
	}
	return nil
}

// mergeIsOfHead tells whether the remote's merge is one of the head that the pull request has.
func (p *PullRequest) mergeIsOfHead() bool {
	return len(p.merge.parents) == 2 && p.merge.parents[1] == p.Head.Hash
}

// mergeBases are the best common ancestors of two commits: several where branches were merged into each other. Most callers
// take the first, as git diff with three dots does. In a shallow clone they count only where no commit whose parents the
// clone lacks lies between, behind which a better one could be.
func (r *Repo) mergeBases(ctx context.Context, a, b string) ([]string, error) {
	out, err := r.call("merge-base", "--all", a, b).output(ctx)
	switch {
	case exitedWith(err, 1) && r.shallow:
		return nil, r.tooShallow()
	case exitedWith(err, 1):
		return nil, fmt.Errorf("%w: in %s it has no commit in common with the main branch; give one with --base", ErrNoBase, r.dir)
	case err != nil:
		return nil, err
	}
	bases := strings.Fields(string(out))
	if !r.shallow {
		return bases, nil
	}
	cut, err := r.shallowCommits(ctx)
	if err != nil {
		return nil, err
	}
	// What either side has that the bases don't: a commit there that is cut off may hide a common ancestor after these.
	between, err := r.call(append([]string{"rev-list", a, b, "--not"}, bases...)...).output(ctx)
	if err != nil {
		return nil, err
	}
	for _, hash := range strings.Fields(string(between)) {
		if cut[hash] {
			return nil, r.tooShallow()
		}
	}
	return bases, nil
}

func (r *Repo) tooShallow() error {
	return fmt.Errorf("%w: %s is a shallow clone, and what it lacks may hold the merge base: 'git -C %s fetch --unshallow' brings the rest of its history, or give a commit with --base",
		ErrNoBase, r.dir, r.dir)
}

// deepenings are by how many commits a shallow clone is deepened, one after the other, until it holds
// the merge base. Pull requests rarely start more than a few dozen commits back.
var deepenings = []int{64, 512, 4096}

// deepen fetches older commits. It adds to the clone, and moves none of its refs.
func (r *Repo) deepen(ctx context.Context, p *PullRequest, by int) error {
	remote := r.remote()
	if remote == "" {
		return fmt.Errorf("pr/%d: %w", p.Number, r.tooShallow())
	}
	// Either side of the merge base may be what lacks history.
	c := r.fetching(append(fetchArgs(fmt.Sprintf("--deepen=%d", by)), remote, pullRefs(p.Number)+"head", "HEAD")...)
	if err := r.fetch(ctx, c); err != nil {
		return r.fetchFailed(ctx, fmt.Sprintf("the history that %s, a shallow clone, lacks for pr/%d", r.dir, p.Number), remote, err)
	}
	return nil
}

// baseOfMerged looks for the merge that brought a head into its branch: the oldest of the branch's own
// commits that descends from it.
func (r *Repo) baseOfMerged(ctx context.Context, p *PullRequest) (string, error) {
	span := p.Head.Hash + ".." + p.into
	descendants, err := r.call("rev-list", "--ancestry-path", "--end-of-options", span).output(ctx)
	if err != nil {
		return "", err
	}
	own, err := r.call("rev-list", "--first-parent", "--parents", "--reverse", "--end-of-options", span).output(ctx)
	if err != nil {
		return "", err
	}
	// Own are the commits that the branch itself went through. The first of them that descends from the head brought it in;
	// those before it are of the branch's other work.
	descends := map[string]bool{}
	for _, hash := range strings.Fields(string(descendants)) {
		descends[hash] = true
	}
	for line := range strings.Lines(string(own)) {
		commit := strings.Fields(line)
		if !descends[commit[0]] {
			continue
		}
		// Where the head is the first parent, the branch was moved on to it without a merge, and the head is one of its own.
		if commit[1] != p.Head.Hash {
			bases, err := r.mergeBases(ctx, p.Head.Hash, commit[1])
			if err != nil {
				return "", err
			}
			return bases[0], nil
		}
		break
	}
	parent, err := r.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", p.Head.Hash+"^1")
	switch {
	case err != nil && r.shallow:
		return "", r.tooShallow()
	case err != nil:
		return "", fmt.Errorf("%w: its head, %.12s, is the first commit of %s; give one with --base", ErrNoBase, p.Head.Hash, r.dir)
	}
	return parent, nil
}
