// Package gitlists reads siglists out of a clone of Socorro: at a revision, at a pull request's head,
// or at every commit of a range. It runs git, 2.30 or newer, so that whatever git can read is read:
// bare clones and worktrees, shallow and partial clones, clones that borrow another one's objects.
package gitlists

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// Where Socorro keeps its siglists: since mid-2018 in DefaultPath, before that in OldPath.
const (
	DefaultPath = "socorro/signature/siglists"
	OldPath     = "socorro/siglists"
)

// Errors over what the user named. The text of the error that wraps one says which thing was meant and
// what to do.
var (
	// ErrNotRepository is returned by Open for a folder that is in no git repository.
	ErrNotRepository = errors.New("not a git repository")
	// ErrNoRevision is returned for a revision that the repository doesn't have.
	ErrNoRevision = errors.New("no such revision")
	// ErrNoPull is returned for a pull request that neither the repository nor its remote has.
	ErrNoPull = errors.New("no such pull request")
	// ErrNoBase is returned by Base when there is no commit to compare a pull request with.
	ErrNoBase = errors.New("nothing to compare it with")
	// ErrNoLists is returned for a commit without siglists at the paths where they are looked for.
	ErrNoLists = errors.New("no siglists")
	// ErrBadPath is returned by Open for a path that can't be one inside a repository.
	ErrBadPath = errors.New("not a path inside a repository")
)

// Repo is a git repository that holds siglists. It may be used by several goroutines at once.
type Repo struct {
	// Remote is where pull requests are fetched from: the name of a remote, an address, or a path. When
	// empty it is the remote that is Socorro's own, else origin.
	Remote string
	// Offline is set where nothing may be fetched, not even what a partial clone lacks.
	Offline bool

	dir    string   // as the user named it
	gitDir string   // absolute
	top    string   // where the paths of remotes begin: at the top of the working tree, if there is one
	paths  []string // where siglists are looked for, best first
	moved  bool     // whether they may be elsewhere at a commit that has none there

	bare, shallow bool
	settings      settings
	reading       reading
}

// Open finds the repository that a folder is in. Siglists are looked for at the paths given, by default
// at DefaultPath and, where that isn't there, at OldPath; of a commit that has none there, and in its history, in the one folder
// that has all of them.
func Open(ctx context.Context, dir string, paths ...string) (*Repo, error) {
	r := &Repo{dir: dir, moved: len(paths) == 0}
	if r.moved {
		paths = []string{DefaultPath, OldPath}
	}
	for _, p := range paths {
		clean, err := cleanPath(p)
		if err != nil {
			return nil, err
		}
		r.paths = append(r.paths, clean)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: no folder %s", ErrNotRepository, dir)
	}
	// Git would say the same, later.
	if !mayBeInRepository(dir) {
		return nil, fmt.Errorf("%w: %s", ErrNotRepository, dir)
	}
	// All at once, since each run of git takes longer than most of what is done with its answer.
	c := call{dir: dir, args: []string{"rev-parse", "--is-bare-repository", "--is-shallow-repository", "--is-inside-work-tree", "--show-cdup", "--absolute-git-dir"}}
	// Some users have git refuse bare repositories that it comes across. This one was named, if it isn't just where they are.
	if filepath.Clean(dir) != "." {
		c.config = []string{"-c", "safe.bareRepository=all"}
	}
	out, err := c.output(ctx)
	if said(err, "not a git repository") {
		return nil, fmt.Errorf("%w: %s", ErrNotRepository, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the repository at %s: %w", dir, err)
	}
	if err := r.setUp(string(out)); err != nil {
		return nil, err
	}
	if err := r.readSettings(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// mayBeInRepository tells whether git may find a repository from a folder: it, or one above it, has what git looks for.
// Most folders of siglists are in none, and to ask git takes a process.
func mayBeInRepository(dir string) bool {
	at, err := Physical(dir)
	if err != nil {
		return true
	}
	for above := ""; at != above; at, above = filepath.Dir(at), at {
		for _, name := range []string{".git", "HEAD"} { // of a working tree, and of a bare repository
			if _, err := os.Lstat(filepath.Join(at, name)); !errors.Is(err, fs.ErrNotExist) {
				return true
			}
		}
	}
	return false
}

// Physical is the absolute path of what is there, without links, as git and the system find it. The name of the working directory
// that the shell passes on may lead through links, and then .. leads elsewhere by it.
func Physical(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil || filepath.IsAbs(path) {
		return path, err
	}
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here)
	}
	return filepath.Join(here, path), err
}

func (r *Repo) setUp(out string) error {
	lines := strings.SplitN(strings.TrimSuffix(out, "\n"), "\n", 4)
	if len(lines) != 4 {
		return fmt.Errorf("opening the repository at %s: git answered %q", r.dir, out)
	}
	r.bare, r.shallow, r.gitDir = lines[0] == "true", lines[1] == "true", filepath.FromSlash(lines[3])
	r.top = r.gitDir
	if lines[2] == "true" { // then git says how to get from the folder to the top, too
		up, gitDir, _ := strings.Cut(lines[3], "\n")
		r.gitDir = filepath.FromSlash(gitDir)
		r.top = r.dir + string(filepath.Separator) + filepath.FromSlash(up) // not joined: the folder may be a link
	}
	return nil
}

func cleanPath(p string) (string, error) {
	clean := path.Clean(strings.TrimSuffix(p, "/"))
	if p == "" || path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsFunc(p, unicode.IsControl) {
		return "", fmt.Errorf("%w: %q", ErrBadPath, p)
	}
	if clean == "." {
		return "", nil
	}
	return clean, nil
}

// Dir is the folder that the repository was opened with.
func (r *Repo) Dir() string { return r.dir }

// call is a call that asks no remote.
func (r *Repo) call(args ...string) call {
	return call{dir: r.gitDir, gitDir: r.gitDir, config: r.settings.off, env: r.settings.env, args: args}
}

// fetching is a call that may ask a remote.
func (r *Repo) fetching(args ...string) call {
	c := r.call(args...)
	c.dir = r.top
	c.fetches = !r.Offline && r.settings.unsafe == ""
	return c
}

// fetch runs a git that fetches. What reads objects begins anew after it.
func (r *Repo) fetch(ctx context.Context, c call) error {
	defer r.reading.rest()
	_, err := c.output(ctx)
	return err
}

// line runs git and returns the one line it prints.
func (r *Repo) line(ctx context.Context, args ...string) (string, error) {
	out, err := r.call(args...).output(ctx)
	return string(bytes.TrimSuffix(out, []byte("\n"))), err
}

// Commit is one commit.
type Commit struct {
	Hash string // in full
	// Date is when the commit was made (its committer's date: for a change that was merged by
	// squashing or rebasing, when it was merged), in UTC.
	Date time.Time
	// Subject is the first line of the message, without control characters.
	Subject string
}

// Resolve finds the commit that a revision means, in any of git's forms.
func (r *Repo) Resolve(ctx context.Context, revision string) (Commit, error) {
	if revision == "" || strings.ContainsFunc(revision, unicode.IsControl) {
		return Commit{}, fmt.Errorf("%w: %q", ErrNoRevision, revision)
	}
	// Of a day before the log of a branch git only warns, which cat-file doesn't pass on.
	if !strings.Contains(revision, "@{") {
		if commit, ok := r.readCommit(ctx, revision); ok {
			return commit, nil
		}
	}
	out, warning, err := r.call("rev-parse", "--verify", "--end-of-options", revision).outputAndWarning(ctx)
	if err != nil {
		return Commit{}, r.noRevision(revision, err)
	}
	// By a day before that git means the first that the clone had of the branch, and only warns.
	if _, since, ok := strings.Cut(warning, " only goes back to "); ok {
		return Commit{}, fmt.Errorf("%w: %q: where the branch of this clone was is only known back to %s; 'git -C %s rev-list -1 --first-parent --before=DAY BRANCH' names the last commit of before a day",
			ErrNoRevision, revision, strings.TrimSpace(since), r.dir)
	}
	// rev-parse also takes what excludes a commit, such as ^main.
	object := strings.TrimSuffix(string(out), "\n")
	if strings.HasPrefix(object, "^") {
		return Commit{}, fmt.Errorf("%w: %q is not one commit", ErrNoRevision, revision)
	}
	commit, err := r.commit(ctx, object)
	if damagedPack(err) {
		return Commit{}, fmt.Errorf("looking up revision %q in %s: %w", revision, r.dir, err)
	}
	if said(err, "expected commit type") || said(err, "bad revision") || said(err, "bad object") {
		return Commit{}, fmt.Errorf("%w: %q is no commit of %s", ErrNoRevision, revision, r.dir)
	}
	return commit, err
}

// Twin is a branch or tag of the name that a revision starts with, and which is another commit than git takes that name
// for. It is empty where there is none.
func (r *Repo) Twin(ctx context.Context, revision string, taken Commit) string {
	for _, kind := range []string{"refs/heads/", "refs/tags/"} {
		if commit, ok := r.readCommit(ctx, kind+revision+"^{commit}"); ok && commit.Hash != taken.Hash {
			return kind + revision
		}
	}
	return ""
}

// commit reads the commit that an object, named by its full hash, is or names.
func (r *Repo) commit(ctx context.Context, hash string) (Commit, error) {
	if commit, ok := r.readCommit(ctx, hash+"^{commit}"); ok {
		return commit, nil
	}
	commits, err := r.log(ctx, "--no-walk", hash+"^{commit}", "--")
	if err == nil && len(commits) != 1 {
		err = fmt.Errorf("git answered with %d commits", len(commits))
	}
	if err != nil {
		return Commit{}, fmt.Errorf("reading commit %s: %w", hash, err)
	}
	return commits[0], nil
}

func (r *Repo) noRevision(revision string, err error) error {
	var failed *gitError
	switch {
	case !errors.As(err, &failed):
		return err
	case said(err, "is ambiguous"):
		return fmt.Errorf("%w: %q could be several in %s; give more of the hash", ErrNoRevision, revision, r.dir)
	case said(err, "log for ") && said(err, " only has "): // main@{9}
		return fmt.Errorf("%w: %q in %s, which doesn't know that much of where the branch was", ErrNoRevision, revision, r.dir)
	case damagedPack(err), !said(err, "Needed a single revision") && !said(err, "unknown revision"):
		return fmt.Errorf("looking up revision %q in %s: %w", revision, r.dir, err)
	case r.shallow:
		return fmt.Errorf("%w: %q in %s, a shallow clone; 'git -C %s fetch --unshallow' brings the rest of its history",
			ErrNoRevision, revision, r.dir, r.dir)
	}
	return fmt.Errorf("%w: %q in %s", ErrNoRevision, revision, r.dir)
}

// LastBefore finds the newest commit from before a time: a commit, named by its full hash, or one of its first parents. It is the
// zero value where all are younger.
func (r *Repo) LastBefore(ctx context.Context, hash string, t time.Time) (Commit, error) {
	if err := checkHashes(hash); err != nil {
		return Commit{}, err
	}
	until := t.Add(-time.Nanosecond).UTC().Format(time.RFC3339) // git's own bound is included
	commits, err := r.log(ctx, "--first-parent", "--max-count=1", "--until="+until, hash, "--")
	if err != nil || len(commits) == 0 {
		return Commit{}, err
	}
	return commits[0], nil
}

// Fork finds where a commit and its first parents leave the history of another: the newest of them that is in it. It is the zero
// value where none is, as far as the repository knows.
func (r *Repo) Fork(ctx context.Context, hash, other string) (Commit, error) {
	if err := checkHashes(hash, other); err != nil {
		return Commit{}, err
	}
	out, err := r.call("rev-list", "--first-parent", "--parents", hash, "^"+other).output(ctx)
	if err != nil {
		return Commit{}, fmt.Errorf("looking for where %.12s leaves the history of %.12s: %w", hash, other, err)
	}
	fork := hash
	for line := range strings.Lines(string(out)) { // the oldest comes last: itself, then its parents
		_, fork, _ = strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		fork, _, _ = strings.Cut(fork, " ")
	}
	if fork != other {
		// Git takes a commit that is missing from an excluded history for its end, and says nothing. Of what it lists it does.
		if _, err := r.call("rev-list", "--count", other).output(ctx); err != nil {
			return Commit{}, fmt.Errorf("reading the history of %.12s: %w", other, err)
		}
	}
	if fork == "" {
		return Commit{}, nil
	}
	return r.commit(ctx, fork)
}

// Log lists the commits that changed the siglists, oldest first: those reachable from one commit and
// not from another, which may be empty for the whole history. Both are hashes. Only first parents are
// followed, so that a merged pull request is one commit: what production went through. The commit that a
// shallow clone begins with is left out: what it changed is not known there. See Start.
func (r *Repo) Log(ctx context.Context, fromExclusive, to string) ([]Commit, error) {
	var but []string
	if fromExclusive != "" {
		but = append(but, fromExclusive)
	}
	chosen, err := r.FirstParents(ctx, to, but...)
	if err != nil {
		return nil, err
	}
	return r.touched(ctx, to, chosen...)
}

// LogMerged lists what Log does, but also the commits of merged branches, and their merges only where both sides changed the
// siglists.
func (r *Repo) LogMerged(ctx context.Context, fromExclusive, to string) ([]Commit, error) {
	if err := checkHashes(fromExclusive, to); err != nil {
		return nil, err
	}
	return r.touched(ctx, to, "--topo-order", to, "^"+fromExclusive)
}

// FirstParents are the arguments of git that choose a commit and its first parents, but for those in the history of others, all
// named by their full hashes. Where these are not first parents themselves, git would leave out the merge that comes first
// behind them, as one that changed nothing.
func (r *Repo) FirstParents(ctx context.Context, to string, but ...string) ([]string, error) {
	if err := checkHashes(to); err != nil {
		return nil, err
	}
	chosen := []string{"--first-parent", to}
	for _, other := range but {
		fork, err := r.Fork(ctx, to, other)
		if err != nil {
			return nil, err
		}
		if fork.Hash != "" {
			chosen = append(chosen, "^"+fork.Hash)
		}
	}
	return chosen, nil
}

// touched lists the commits that changed the siglists, oldest first, of those that arguments of git choose from the history of one.
func (r *Repo) touched(ctx context.Context, to string, chosen ...string) ([]Commit, error) {
	paths, err := r.pathsOf(ctx, to)
	if err != nil {
		return nil, err
	}
	args := append(append([]string{"--reverse"}, chosen...), "--")
	// Not the folders: what explains the lists lies beside them, and the last commit that touched that changed none.
	for _, p := range paths {
		for _, file := range append(listFiles(), trimDLLFile) {
			args = append(args, path.Join(p, file))
		}
	}
	commits, err := r.log(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("listing the commits that changed the siglists: %w", err)
	}
	return r.withoutCut(ctx, commits)
}

var fullHash = lazyregexp.New(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

func checkHashes(hashes ...string) error {
	for _, h := range hashes {
		if !fullHash().MatchString(h) {
			return fmt.Errorf("%w: %q is not the full hash of a commit", ErrNoRevision, h)
		}
	}
	return nil
}

func (r *Repo) log(ctx context.Context, args ...string) ([]Commit, error) {
	return readLog(ctx, r.logCall(args...))
}

func (r *Repo) logCall(args ...string) call {
	args = append([]string{"log", "--no-color", "--no-decorate", "--no-notes", "--encoding=UTF-8", "--format=tformat:%H %cI %s"}, args...)
	// The date is one that Go reads, and the subject comes last, since it may hold anything but a line end.
	return r.fetching(args...) // paths need trees, which a treeless clone lacks
}

func readLog(ctx context.Context, c call) ([]Commit, error) {
	out, err := c.output(ctx)
	if err != nil {
		return nil, err
	}
	var commits []Commit
	for text := range strings.Lines(string(out)) {
		hash, rest, _ := strings.Cut(strings.TrimSuffix(text, "\n"), " ")
		date, subject, _ := strings.Cut(rest, " ")
		// Git writes %cI so, in the committer's own time zone.
		when, err := time.Parse(time.RFC3339, date)
		if err != nil {
			return nil, fmt.Errorf("reading the date of commit %s: %w", hash, err)
		}
		commits = append(commits, Commit{Hash: hash, Date: when.UTC(), Subject: printable(subject)})
	}
	return commits, nil
}

// printable keeps a commit's subject, which anybody may have written, from driving a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}
