package gitlists

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// PullRequest is the head of a pull request.
type PullRequest struct {
	Number int
	Head   Commit
	// Warning is said when the head may not be today's: it was fetched before and the remote can't be
	// reached now.
	Warning string

	target string // the commit that the pull request is to go into
}

var pullSpec = regexp.MustCompile(`^pr/([1-9][0-9]{0,8})$`)

// PullNumber reads pr/N.
func PullNumber(spec string) (int, bool) {
	m := pullSpec.FindStringSubmatch(spec)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}

// fetchedRefs is where fetched heads are kept. Nothing else in a user's clone is touched.
const fetchedRefs = "refs/sigdiff/"

// Pull finds the head of a pull request: refs/pull/N/head when the repository has it, as mirrors do.
// Otherwise it is fetched from the remote, together with the head of the remote's main branch, each time
// anew, since pull requests grow; when the remote can't be reached, what was fetched last time is used,
// with a warning.
func (r *Repo) Pull(ctx context.Context, n int) (*PullRequest, error) {
	name := fmt.Sprintf("pull/%d/head", n)
	remote, err := r.remote(ctx)
	if err != nil {
		return nil, err
	}
	if r.has(ctx, "refs/"+name) {
		return r.pullAt(ctx, n, "refs/"+name, r.localTarget(ctx, remote))
	}
	if remote == "" {
		return nil, fmt.Errorf("%w: pr/%d is not in %s, which has no remote to fetch it from; --remote names one", ErrNoPull, n, r.dir)
	}
	ref, target := fetchedRefs+name, fetchedRefs+"target/"+name
	fetchErr := r.fetchPull(ctx, remote, "+refs/"+name+":"+ref, "+HEAD:"+target)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case said(fetchErr, "couldn't find remote ref refs/pull/"):
		return nil, fmt.Errorf("%w: %s, the remote of %s, has no pr/%d; --remote names another", ErrNoPull, withoutSecrets(remote), r.dir, n)
	case fetchErr != nil && !r.has(ctx, ref):
		return nil, r.fetchFailed(ctx, fmt.Sprintf("pr/%d", n), remote, fetchErr)
	}
	if !r.has(ctx, target) {
		target = r.localTarget(ctx, remote)
	}
	p, err := r.pullAt(ctx, n, ref, target)
	if err == nil && fetchErr != nil {
		p.Warning = fmt.Sprintf("pr/%d is as it was when it was last fetched (its head is of %s): %v",
			n, p.Head.Date.Format(time.DateOnly), fetchErr)
	}
	return p, err
}

// fetchPull fetches the head of a pull request and that of the remote. A bundle of refs may lack HEAD.
func (r *Repo) fetchPull(ctx context.Context, remote, pull, head string) error {
	fetch := func(refs ...string) error {
		_, err := r.call(append(append(fetchArgs(), remote), refs...)...).output(ctx)
		return err
	}
	err := fetch(pull, head)
	if said(err, "couldn't find remote ref HEAD") {
		return fetch(pull)
	}
	return err
}

// fetchArgs begin a fetch that touches nothing but what it is asked for; the remote comes next.
func fetchArgs(more ...string) []string {
	args := []string{"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--recurse-submodules=no"}
	return append(append(args, more...), "--end-of-options")
}

func (r *Repo) pullAt(ctx context.Context, n int, ref, target string) (*PullRequest, error) {
	head, err := r.Resolve(ctx, "git:"+ref)
	if err != nil {
		return nil, err
	}
	return &PullRequest{Number: n, Head: head, target: target}, nil
}

func (r *Repo) has(ctx context.Context, ref string) bool {
	_, err := r.call("rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}").output(ctx)
	return err == nil
}

// socorro matches the addresses of Socorro's own repository.
var socorro = regexp.MustCompile(`[/:]mozilla-services/socorro(?:\.git)?/?$`)

// remote is the remote that pull requests are fetched from, by name where it has one; it is empty when
// there is none. Contributors' clones often have their fork as origin, so Socorro's address goes first.
func (r *Repo) remote(ctx context.Context) (string, error) {
	if r.Remote != "" {
		return r.Remote, nil
	}
	out, err := r.call("config", "--get-regexp", `^remote\..*\.url$`).output(ctx)
	if err != nil && !exitedWith(err, 1) {
		return "", fmt.Errorf("reading the remotes of %s: %w", r.dir, err)
	}
	var names []string
	origin := false
	for line := range strings.Lines(string(out)) {
		key, url, _ := strings.Cut(strings.TrimSpace(line), " ")
		name := strings.TrimSuffix(strings.TrimPrefix(key, "remote."), ".url")
		if socorro.MatchString(url) {
			return name, nil
		}
		origin = origin || name == "origin"
		names = append(names, name)
	}
	switch {
	case origin:
		return "origin", nil
	case len(names) == 1:
		return names[0], nil
	}
	return "", nil
}

// localTarget is the branch that pull requests go into, as the repository knows it.
func (r *Repo) localTarget(ctx context.Context, remote string) string {
	var refs []string
	if remote != "" {
		refs = []string{"refs/remotes/" + remote + "/HEAD", "refs/remotes/" + remote + "/main", "refs/remotes/" + remote + "/master"}
	}
	if r.bare {
		refs = append(refs, "HEAD")
	}
	for _, ref := range append(refs, "refs/heads/main", "refs/heads/master") {
		if r.has(ctx, ref) {
			return ref
		}
	}
	return "HEAD"
}

// Base is the commit to compare a pull request with: the merge base of its head and the branch it goes
// into. When it has been merged, it is the merge base at that time, or, when its head itself became part
// of the branch, the commit before that; merged tells so. A shallow clone is deepened until it holds the
// merge base.
func (r *Repo) Base(ctx context.Context, p *PullRequest) (base Commit, merged bool, err error) {
	hash, err := r.mergeBase(ctx, p.Head.Hash, p.target)
	for i := 0; i < len(deepenings) && errors.Is(err, ErrNoBase) && r.shallow; i++ {
		if err := r.deepen(ctx, p, deepenings[i]); err != nil {
			return Commit{}, false, err
		}
		hash, err = r.mergeBase(ctx, p.Head.Hash, p.target)
	}
	if err == nil && hash == p.Head.Hash {
		merged = true
		hash, err = r.baseOfMerged(ctx, p)
	}
	if err != nil {
		return Commit{}, false, fmt.Errorf("pr/%d: %w", p.Number, err)
	}
	base, err = r.Resolve(ctx, "git:"+hash)
	return base, merged, err
}

func (r *Repo) mergeBase(ctx context.Context, a, b string) (string, error) {
	hash, err := r.line(ctx, "merge-base", a, b)
	if exitedWith(err, 1) {
		return "", fmt.Errorf("%w: in %s it has no commit in common with the main branch; give one with --base", ErrNoBase, r.dir)
	}
	return hash, err
}

// deepenings are by how many commits a shallow clone is deepened, one after the other, until it holds
// the merge base. Pull requests rarely start more than a few dozen commits back.
var deepenings = []int{64, 512, 4096}

// deepen fetches older commits. It adds to the clone, and moves none of its refs.
func (r *Repo) deepen(ctx context.Context, p *PullRequest, by int) error {
	remote, err := r.remote(ctx)
	if err != nil {
		return err
	}
	if remote == "" {
		return fmt.Errorf("pr/%d: %w: %s is a shallow clone without a remote; give a commit with --base", p.Number, ErrNoBase, r.dir)
	}
	c := r.call(append(fetchArgs(fmt.Sprintf("--deepen=%d", by)), remote, fmt.Sprintf("refs/pull/%d/head", p.Number), "HEAD")...)
	if _, err := c.output(ctx); err != nil {
		return r.fetchFailed(ctx, fmt.Sprintf("the history that %s, a shallow clone, lacks for pr/%d", r.dir, p.Number), remote, err)
	}
	return nil
}

// baseOfMerged looks for the merge that brought a head into its branch: the oldest of the branch's own
// commits that descends from it.
func (r *Repo) baseOfMerged(ctx context.Context, p *PullRequest) (string, error) {
	span := p.Head.Hash + ".." + p.target
	descendants, err := r.call("rev-list", "--ancestry-path", "--end-of-options", span).output(ctx)
	if err != nil {
		return "", err
	}
	own, err := r.call("rev-list", "--first-parent", "--parents", "--reverse", "--end-of-options", span).output(ctx)
	if err != nil {
		return "", err
	}
	descends := map[string]bool{}
	for _, hash := range strings.Fields(string(descendants)) {
		descends[hash] = true
	}
	for line := range strings.Lines(string(own)) {
		commit := strings.Fields(line)
		if len(commit) < 2 || !descends[commit[0]] {
			continue
		}
		if commit[1] != p.Head.Hash {
			return r.mergeBase(ctx, p.Head.Hash, commit[1])
		}
		break
	}
	parent, err := r.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", p.Head.Hash+"^1")
	if err != nil {
		return "", fmt.Errorf("%w: its head, %.12s, is the first commit of %s; give one with --base", ErrNoBase, p.Head.Hash, r.dir)
	}
	return parent, nil
}
