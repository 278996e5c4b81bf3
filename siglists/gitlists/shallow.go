package gitlists

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// shallowCommits are the commits whose parents a shallow clone lacks.
func (r *Repo) shallowCommits(ctx context.Context) (map[string]bool, error) {
	if !r.shallow {
		return nil, nil
	}
	// In a worktree it lies with the repository that the worktree is of.
	path, err := r.line(ctx, "rev-parse", "--git-path", "shallow")
	if err == nil && !filepath.IsAbs(path) {
		path = filepath.Join(r.gitDir, path)
	}
	if err != nil {
		return nil, err
	}
	list, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a fetch may have brought the rest
		return nil, fmt.Errorf("reading where the shallow clone %s begins: %w", r.dir, err)
	}
	hashes, cut := strings.Fields(string(list)), map[string]bool{}
	err = r.objects(ctx, hashes, func(i int, o object, _ bool) error {
		header, _, _ := bytes.Cut(o.content, []byte("\n\n"))
		// The commit as it is stored has its parents, whatever the clone lacks.
		if bytes.Contains(header, []byte("\nparent ")) { // the first commit of all may be listed too
			cut[hashes[i]] = true
		}
		return nil
	})
	return cut, err
}

// withoutCut leaves out the commits that a shallow clone begins with: what they changed is not known there.
func (r *Repo) withoutCut(ctx context.Context, commits []Commit) ([]Commit, error) {
	cut, err := r.shallowCommits(ctx)
	return slices.DeleteFunc(commits, func(c Commit) bool { return cut[c.Hash] }), err
}

// Start is the commit that the history of a commit, named by its full hash, begins with in a shallow clone:
// its parents are not known. It is nil where all of the history is here. Only first parents are followed,
// as by Log.
func (r *Repo) Start(ctx context.Context, hash string) (*Commit, error) {
	if err := checkHashes(hash); err != nil {
		return nil, err
	}
	cut, err := r.shallowCommits(ctx)
	if err != nil || len(cut) == 0 {
		return nil, err
	}
	chain, err := r.call("rev-list", "--first-parent", "--reverse", hash).output(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for where the shallow clone %s begins: %w", r.dir, err)
	}
	first, _, _ := strings.Cut(string(chain), "\n")
	if !cut[first] {
		return nil, nil
	}
	start, err := r.commit(ctx, first)
	return &start, err
}
