package gitlists

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrConflict is returned by Merge for a pull request that does not merge by itself.
var ErrConflict = errors.New("conflict")

// Merge is a pull request merged with the branch that it goes into.
type Merge struct {
	Commit Commit // the remote's merge; its zero value where the siglists were merged here
	Lists  *Lists
}

// Merge is the merge of a pull request, of which Base was asked, with its branch as it is today: the one that
// the remote made, where it is of the same two commits, else one of the siglists alone that is made here.
// Nothing is written to the repository, and none of its merge drivers are run.
func (r *Repo) Merge(ctx context.Context, p *PullRequest) (*Merge, error) {
	if p.mergeIsOfHead() && p.merge.parents[0] == p.into {
		commit, err := r.commit(ctx, p.merge.hash)
		if err != nil {
			return nil, err
		}
		lists, err := r.Lists(ctx, commit.Hash)
		return &Merge{commit, lists}, err
	}
	if len(p.bases) != 1 {
		return nil, fmt.Errorf("%w: pr/%d and the branch it goes into have %d merge bases; merge them with git, and compare the merge",
			ErrNoBase, p.Number, len(p.bases))
	}
	var all [3]*Lists
	for i, hash := range []string{p.into, p.bases[0], p.Head.Hash} {
		lists, err := r.Lists(ctx, hash)
		if err != nil {
			return nil, err
		}
		all[i] = lists
	}
	merged := &Lists{Path: all[0].Path, files: map[string][]byte{}}
	var conflicts []string
	for _, name := range listFiles() {
		content, clean, err := r.mergeFile(ctx, all[0].files[name], all[1].files[name], all[2].files[name])
		if err != nil {
			return nil, fmt.Errorf("merging %s: %w", name, err)
		}
		if !clean {
			conflicts = append(conflicts, name)
		} else if content != nil {
			merged.files[name] = content
		}
	}
	if len(conflicts) > 0 {
		return nil, fmt.Errorf("%w: pr/%d does not merge with %.12s, which it goes into: %s", ErrConflict, p.Number, p.into, strings.Join(conflicts, ", "))
	}
	return &Merge{Lists: merged}, nil
}

// mergeFile merges what two sides made of a file; nil is no file. clean is false for a conflict.
func (r *Repo) mergeFile(ctx context.Context, ours, base, theirs []byte) (content []byte, clean bool, err error) {
	same := func(x, y []byte) bool { return (x == nil) == (y == nil) && bytes.Equal(x, y) }
	switch {
	case same(ours, theirs), same(base, theirs):
		return ours, true, nil
	case same(base, ours):
		return theirs, true, nil
	// One side removed what the other changed.
	case ours == nil || theirs == nil:
		return nil, false, nil
	}
	// Git merges files, and these are in no working tree.
	dir, err := os.MkdirTemp("", "sigdiff-merge-*")
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	args := []string{"merge-file", "-p"}
	for i, side := range [][]byte{ours, base, theirs} { // in the order that merge-file wants them
		args = append(args, filepath.Join(dir, strconv.Itoa(i)))
		if err := os.WriteFile(args[len(args)-1], side, 0o600); err != nil {
			return nil, false, err
		}
	}
	content, err = r.call(args...).output(ctx)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && (exit.ExitCode() > 0 && exit.ExitCode() < 128 || said(err, "binary")) {
		return nil, false, nil // the exit code is how many conflicts there are
	}
	return content, err == nil, err
}
