package gitlists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sigdiff/sigdiff/internal/address"
)

// DefaultRemote is the address of Socorro's repository.
const DefaultRemote = "https://github.com/mozilla-services/socorro"

// ErrNoClone is returned by OpenClone when there is no clone yet.
var ErrNoClone = errors.New("no clone of Socorro is kept")

// OpenClone opens the clone that Clone keeps at a path.
func OpenClone(ctx context.Context, dir string, paths ...string) (*Repo, error) {
	// A bare repository always has this file. To ask git takes a process, and a clone is looked for by most commands.
	if _, err := os.Stat(filepath.Join(dir, "HEAD")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s", ErrNoClone, dir)
	}
	return Open(ctx, dir, paths...)
}

// Clone keeps a clone of Socorro at a path: bare, and without the contents of files, which are fetched
// when they are first read. Branches and tags are in it, pull requests only once they are asked for. If
// there is a clone already, it is brought up to date, or, when another remote is given, replaced. An
// empty remote means that of the clone, else DefaultRemote. Git draws its progress on progress unless
// that is nil. When it fails, what was there before stays.
func Clone(ctx context.Context, dir, remote string, progress io.Writer) (*Repo, error) {
	remote, err := absoluteRemote(remote)
	if err != nil {
		return nil, fmt.Errorf("cloning: %w", err)
	}
	r, err := OpenClone(ctx, dir)
	switch {
	case err == nil && r.isCloneOf(remote):
		return r, r.update(ctx, progress)
	// What is there and can't be opened is not replaced: it may not be a clone of ours.
	case err != nil && !errors.Is(err, ErrNoClone):
		return nil, err
	case remote == "":
		remote = DefaultRemote
	}
	if err := cloneTo(ctx, dir, remote, progress); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("cloning %s: %w", address.WithoutSecrets(remote), err)
	}
	return Open(ctx, dir)
}

func (r *Repo) isCloneOf(remote string) bool {
	return remote == "" || r.address("origin") == remote
}

// cloneTo clones under another name first, so that there is never half a clone at the path.
func cloneTo(ctx context.Context, dir, remote string, progress io.Writer) (err error) {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	// In the same folder, so that a rename is enough in the end.
	scratch, err := os.MkdirTemp(parent, filepath.Base(dir)+".*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	fresh := filepath.Join(scratch, "clone.git")
	c := call{dir: parent, progress: progress, fetches: true, args: []string{"clone", "--bare", "--filter=blob:none"}}
	// The name by which it is brought up to date, whatever the user calls remotes. Old gits refuse --origin for bare clones.
	c.config = []string{"-c", "clone.defaultRemoteName=origin"}
	c.args = append(c.args, progressFlag(progress), "--end-of-options", remote, fresh)
	if _, err := c.output(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrFetch, err)
	}
	r, err := Open(ctx, fresh)
	if err != nil {
		return err
	}
	err = r.checkLists(ctx)
	r.reading.rest() // or the folder could not be moved, on some machines
	if err != nil {
		return err
	}
	return replace(fresh, dir, filepath.Join(scratch, "old.git"))
}

// replace moves a folder to where another may be, which is moved out of the way: a rename can't replace a folder that isn't
// empty. If it fails, the other is put back.
func replace(fresh, dir, aside string) error {
	err := os.Rename(dir, aside)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if moveErr := os.Rename(fresh, dir); moveErr != nil {
		if err == nil {
			moveErr = errors.Join(moveErr, os.Rename(aside, dir))
		}
		return moveErr
	}
	return nil
}

// absoluteRemote makes the path of a repository on this machine one that holds from everywhere.
func absoluteRemote(remote string) (string, error) {
	// An address is no path that is there, and stays as it is.
	if _, err := os.Stat(remote); err != nil {
		return remote, nil
	}
	return Physical(remote)
}

func progressFlag(progress io.Writer) string {
	if progress == nil {
		return "--no-progress"
	}
	return "--progress"
}

// checkLists tells that siglists are at the head of the clone. Reading them has the side effect that
// those of today are in a partial clone from then on.
func (r *Repo) checkLists(ctx context.Context) error {
	head, err := r.Resolve(ctx, "HEAD")
	if err != nil {
		return err
	}
	_, err = r.Lists(ctx, head.Hash)
	return err
}

// HasLists tells whether siglists are at HEAD, without reading them.
func (r *Repo) HasLists(ctx context.Context) (bool, error) {
	head, err := r.head(ctx)
	if err != nil || head == "" {
		return false, err
	}
	found, err := r.trees(ctx, []string{head}, r.paths)
	return err == nil && found[0] != nil, err
}

// head is the hash of the commit at HEAD, which may be damaged or missing; empty where there is none yet.
func (r *Repo) head(ctx context.Context) (string, error) {
	hash, err := r.line(ctx, "rev-parse", "--verify", "--quiet", "HEAD")
	if exitedWith(err, 1) {
		return "", nil
	}
	return hash, err
}

func (r *Repo) update(ctx context.Context, progress io.Writer) error {
	// Branches that were deleted or made anew are so here too: the clone has nothing of its own to lose.
	c := r.fetching("fetch", "--prune", "--no-write-fetch-head", progressFlag(progress), "origin", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
	c.progress = progress
	if err := r.fetch(ctx, c); err != nil {
		return r.fetchFailed(ctx, "what is new", "the remote of "+r.dir, err)
	}
	if err := r.followHead(ctx); err != nil {
		return err
	}
	return r.checkLists(ctx)
}

// followHead makes the clone's HEAD the branch that is the remote's, which may have been renamed.
func (r *Repo) followHead(ctx context.Context) error {
	out, err := r.fetching("ls-remote", "--symref", "origin", "HEAD").output(ctx)
	if err != nil {
		return r.fetchFailed(ctx, "the name of the main branch", "the remote of "+r.dir, err)
	}
	fields := strings.Fields(string(out)) // "ref: refs/heads/main HEAD ..."
	// A remote whose HEAD is no branch, or that doesn't say, leaves ours as it is.
	if len(fields) < 2 || !strings.HasPrefix(fields[1], "refs/heads/") {
		return nil
	}
	if _, err := r.call("symbolic-ref", "HEAD", fields[1]).output(ctx); err != nil {
		return fmt.Errorf("setting HEAD of %s: %w", r.dir, err)
	}
	return nil
}
