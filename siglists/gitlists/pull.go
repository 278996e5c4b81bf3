package gitlists

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/internal/address"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// PullRequest is the head of a pull request.
type PullRequest struct {
	Number int
	Head   Commit
	// Warning is said when the head may not be today's, since no remote could be asked.
	Warning string

	target, main string // the ref of the branch that pull requests go into, and its hash
	merge        ref    // the merge that the remote made of it; its zero value where there is none
	// What Base finds: the commit that it goes into, and the merge bases.
	into  string
	bases []string
	// others are the other branches and pull requests by their heads, once they were asked for.
	others map[string]Head
}

var pullSpec = lazyregexp.New(`^pr/([1-9][0-9]{0,8})(/merge)?$`)

// PullNumber reads pr/N, or, where merge tells so, pr/N/merge.
func PullNumber(spec string) (n int, merge, ok bool) {
	m := pullSpec().FindStringSubmatch(spec)
	if m == nil {
		return 0, false, false
	}
	n, err := strconv.Atoi(m[1])
	return n, m[2] != "", err == nil
}

// Pull finds the head of a pull request. It is fetched from the remote, together with the head of the
// remote's main branch and the merge of the two that the remote may have made, each time anew, since pull
// requests grow. When no remote can be asked, or it doesn't have it, what was fetched last time or
// refs/pull/N/head of the repository is used, with a warning.
func (r *Repo) Pull(ctx context.Context, n int) (*PullRequest, error) {
	p := &PullRequest{Number: n}
	remote := r.remote()
	var fetchErr error
	if remote != "" {
		fetchErr = r.fetchPull(ctx, remote, n)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	mine, fetched := pullRefs(n), r.refsOf(remote)+pullRefs(n)[len("refs/"):]
	// A mirror of the repository has the refs of pull requests as its own; ours are kept apart from what the user fetches.
	refs, err := r.refs(ctx, mine, fetched)
	if err != nil {
		return nil, err
	}
	// Where the remote has no such pull request, what was fetched from it once is not newer than what the repository has.
	gone := said(fetchErr, "couldn't find remote ref refs/pull/")
	from := fetched
	if remote == "" || gone || fetchErr != nil && refs[mine+"head"].date > refs[fetched+"head"].date {
		from = mine
	}
	if refs[from+"head"].hash == "" {
		return nil, r.noPull(ctx, n, remote, fetchErr)
	}
	if p.Head, err = r.commit(ctx, refs[from+"head"].hash); err != nil {
		return nil, err
	}
	p.merge, p.target, p.main = refs[from+"merge"], from+"target", refs[from+"target"].hash
	// A bundle has no HEAD, and neither has what was fetched from one.
	if p.main == "" {
		if p.target, p.main, err = r.localTarget(ctx, remote); err != nil {
			return nil, err
		}
	}
	p.Warning = r.pullWarning(p, remote, fetchErr)
	return p, nil
}

// pullRefs is what the refs of a pull request begin with in the repository that it was made in.
func pullRefs(n int) string { return fmt.Sprintf("refs/pull/%d/", n) }

func (r *Repo) noPull(ctx context.Context, n int, remote string, fetchErr error) error {
	switch {
	case remote == "":
		return fmt.Errorf("%w: pr/%d is not in %s, which has %s", ErrNoPull, n, r.dir, r.noRemote())
	case fetchErr == nil, said(fetchErr, "couldn't find remote ref refs/pull/"):
		return fmt.Errorf("%w: %s, the remote of %s, has no pr/%d; --remote names another", ErrNoPull, address.WithoutSecrets(remote), r.dir, n)
	}
	return r.fetchFailed(ctx, fmt.Sprintf("pr/%d", n), remote, fetchErr)
}

// pullWarning says why the head of a pull request may not be today's; it is empty when it is.
func (r *Repo) pullWarning(p *PullRequest, remote string, fetchErr error) string {
	var why string
	switch {
	case fetchErr != nil:
		why = fetchErr.Error()
	case remote == "":
		why = r.dir + " has " + r.noRemote()
	default:
		return ""
	}
	why, _, _ = strings.Cut(why, "\n")
	return fmt.Sprintf("pr/%d is as it was when it was last fetched (its head is of %s): %s", p.Number, p.Head.Date.Format(time.DateOnly), why)
}

// fetchPull fetches the head of a pull request, the merge of it if there is one, and the head of the
// remote. A bundle of refs may lack HEAD.
func (r *Repo) fetchPull(ctx context.Context, remote string, n int) error {
	from, to := pullRefs(n), r.refsOf(remote)+pullRefs(n)[len("refs/"):]
	fetch := func(refs ...string) error {
		// With the asterisk a merge that is not there, such as of a pull request with conflicts, is no error. One that was there goes.
		refs = append(refs, "+"+from+"head:"+to+"head", "+"+from+"merge*:"+to+"merge*")
		return r.fetch(ctx, r.fetching(append(append(fetchArgs("--prune"), remote), refs...)...))
	}
	err := fetch("+HEAD:" + to + "target")
	if said(err, "couldn't find remote ref HEAD") {
		return fetch()
	}
	return err
}

// fetchArgs begin a fetch that touches nothing but what it is asked for; the remote comes next.
func fetchArgs(more ...string) []string {
	args := []string{"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--recurse-submodules=no", "--refmap="}
	return append(append(args, more...), "--end-of-options")
}

// ref is what a ref points to.
type ref struct {
	hash    string
	parents []string
	date    string // the committer's, so that later ones sort behind
}

// refs are those that begin with one of some prefixes, by their full names.
func (r *Repo) refs(ctx context.Context, prefixes ...string) (map[string]ref, error) {
	args := []string{"for-each-ref", "--format=%(refname) %(objectname) %(committerdate:unix) %(parent)"}
	out, err := r.call(append(args, prefixes...)...).output(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the refs of %s: %w", r.dir, err)
	}
	found := map[string]ref{}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) >= 3 { // what is no commit has no date
			found[fields[0]] = ref{hash: fields[1], date: fields[2], parents: fields[3:]}
		}
	}
	return found, nil
}

// socorro matches the addresses of Socorro's own repository.
var socorro = lazyregexp.New(`[/:]mozilla-services/socorro(?:\.git)?/?$`)

// Web is where the repository is on the web, without a slash at its end; empty unless it is known to be a clone of
// Socorro's.
func (r *Repo) Web() string {
	if slices.ContainsFunc(r.settings.remotes, func(m remote) bool { return socorro().MatchString(m.url) }) {
		return DefaultRemote
	}
	return ""
}

// remote is the remote that pull requests are fetched from, by name where it has one; it is empty when
// there is none, or several of which none is Socorro's or called origin. Contributors' clones often have
// their fork as origin, so Socorro's address goes first.
func (r *Repo) remote() string {
	if r.Remote != "" {
		return r.named(r.Remote)
	}
	remotes := r.settings.remotes
	for _, is := range []func(remote) bool{
		func(m remote) bool { return socorro().MatchString(m.url) },
		func(m remote) bool { return m.name == "origin" },
	} {
		if i := slices.IndexFunc(remotes, is); i >= 0 {
			return remotes[i].name
		}
	}
	if len(remotes) == 1 {
		return remotes[0].name
	}
	return ""
}

// FetchesFrom tells whether pull requests are fetched from a repository on GitHub, named as owner/name.
func (r *Repo) FetchesFrom(repository string) bool {
	at := strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(r.address(r.remote()), "/"), ".git"))
	name, ok := strings.CutSuffix(at, strings.ToLower(repository))
	return ok && (strings.HasSuffix(name, "github.com/") || strings.HasSuffix(name, "github.com:"))
}

// named is the remote of a name, or the address that is there in its place. A path begins where the user is.
func (r *Repo) named(remote string) string {
	if r.address(remote) == remote { // no remote has that name
		if path, err := absoluteRemote(remote); err == nil {
			return path
		}
	}
	return remote
}

// noRemote says why there is no remote to fetch from.
func (r *Repo) noRemote() string {
	var names []string
	for _, m := range r.settings.remotes {
		names = append(names, printable(m.name))
	}
	if len(names) == 0 {
		return "no remote to fetch it from; --remote names one"
	}
	last := len(names) - 1
	return fmt.Sprintf("the remotes %s and %s; --remote says which", strings.Join(names[:last], ", "), names[last])
}

// MainBranch is the main branch, by its name and its commit: as it was fetched with a pull request; where that is nil, as that of the
// remote that pull requests go to was last fetched; without such a remote, the repository's own.
func (r *Repo) MainBranch(ctx context.Context, p *PullRequest) (name string, commit Commit, err error) {
	if p != nil {
		commit, err = r.commit(ctx, p.main)
		return r.branchName(ctx, p.target), commit, err
	}
	ref, hash, err := r.ownTarget(ctx)
	if err != nil {
		return "", Commit{}, err
	}
	commit, err = r.commit(ctx, hash)
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/remotes/"), "refs/heads/"), commit, err
}

// ownTarget is the main branch, as the repository knows it, and its commit.
func (r *Repo) ownTarget(ctx context.Context) (ref, hash string, err error) {
	remote := r.remote()
	ref, hash, err = r.localTarget(ctx, remote)
	// As in a clone of one branch, and of a commit, as CI makes them: against HEAD, what was committed would be no change.
	if err == nil && ref == "HEAD" && remote != "" && !r.bare {
		err = fmt.Errorf("%w: the clone %s lacks the main branch of %s; 'git -C %s fetch %s main:main' gets it, --base names another", ErrNoBase, r.dir, printable(remote), r.dir, printable(remote))
	}
	return ref, hash, err
}

// localTarget is the branch that pull requests go into, as the repository knows it, and its commit.
func (r *Repo) localTarget(ctx context.Context, remote string) (ref, hash string, err error) {
	var names []string
	if remote != "" {
		names = []string{"refs/remotes/" + remote + "/HEAD", "refs/remotes/" + remote + "/main", "refs/remotes/" + remote + "/master"}
	}
	// In a bare repository, such as a mirror, HEAD is the remote's main branch. Elsewhere it is what the user has checked out,
	// and the last thing to go by.
	if r.bare {
		names = append(names, "HEAD")
	}
	names = append(names, "refs/heads/main", "refs/heads/master", "HEAD")
	refs, err := r.refs(ctx, names...)
	if err != nil {
		return "", "", err
	}
	for _, name := range names {
		if name == "HEAD" {
			hash, err = r.line(ctx, "rev-parse", "--verify", "HEAD^{commit}")
		} else {
			hash, err = refs[name].hash, nil
		}
		if hash != "" && err == nil {
			return name, hash, nil
		}
	}
	return "", "", fmt.Errorf("%w: %s has no main branch; give a commit with --base", ErrNoBase, r.dir)
}
