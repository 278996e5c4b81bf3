package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

func (s *specReader) loadRevision(ctx context.Context, spec, revision string) (loadedSet, error) {
	repo, err := s.repository(ctx)
	if err != nil {
		return loadedSet{}, err
	}
	commit, err := repo.Resolve(ctx, revision)
	if err != nil {
		return loadedSet{}, s.gitError(err)
	}
	return s.loadCommit(ctx, spec, repo, commit)
}

func (s *specReader) loadPull(ctx context.Context, spec string) (loadedSet, error) {
	repo, err := s.repository(ctx)
	if err != nil {
		return loadedSet{}, err
	}
	number, _ := gitlists.PullNumber(spec)
	pull, err := repo.Pull(ctx, number)
	if err != nil {
		return loadedSet{}, s.gitError(err)
	}
	loaded, err := s.loadCommit(ctx, spec, repo, pull.Head)
	if pull.Warning != "" {
		s.app.note("warning: %s", pull.Warning)
	}
	loaded.pull = pull
	return loaded, err
}

// loadBase loads what a pull request is compared with when nothing else is said.
func (s *specReader) loadBase(ctx context.Context, pull *gitlists.PullRequest) (loadedSet, error) {
	repo, err := s.repository(ctx)
	if err != nil {
		return loadedSet{}, err
	}
	commit, merged, err := repo.Base(ctx, pull)
	if err != nil {
		return loadedSet{}, s.gitError(err)
	}
	loaded, err := s.loadCommit(ctx, fmt.Sprintf("merge base of pr/%d", pull.Number), repo, commit)
	if merged {
		loaded.info.Spec = fmt.Sprintf("before pr/%d", pull.Number)
		loaded.info.Notes = append(loaded.info.Notes, fmt.Sprintf("pr/%d is merged: this is what it was merged into", pull.Number))
	}
	return loaded, err
}

func (s *specReader) loadCommit(ctx context.Context, spec string, repo *gitlists.Repo, commit gitlists.Commit) (loadedSet, error) {
	lists, err := repo.Lists(ctx, commit.Hash)
	if err != nil {
		return loadedSet{}, s.gitError(err)
	}
	info := report.Side{
		Spec: spec, Kind: "git", Revision: commit.Hash, Date: commit.Date.Format(time.RFC3339), Subject: commit.Subject,
	}
	if warning := lists.Warning(commit); warning != "" {
		s.app.note("warning: %s", warning)
		info.Notes = append(info.Notes, warning)
	}
	set, err := siglists.LoadWithin(s.app.budget, lists.FS())
	if err != nil {
		return loadedSet{}, &exitError{exitUsage, fmt.Errorf("siglists: loading siglists of %s, commit %.12s: %w", spec, commit.Hash, err)}
	}
	info.Digest = set.Digest()
	return loadedSet{set: set, info: info}, nil
}

// note says something that is neither a result nor an error.
func (a *app) note(format string, args ...any) {
	a.say(fmt.Sprintf(format, args...))
}

// repository opens the repository that revisions are looked up in: --repo, else the clone that the
// working directory is in, else the clone that is kept.
func (s *specReader) repository(ctx context.Context) (*gitlists.Repo, error) {
	if s.opened == nil {
		repo, err := s.open(ctx)
		if err != nil {
			return nil, s.gitError(err)
		}
		repo.Remote = s.options.remote
		s.opened = repo
	}
	return s.opened, nil
}

func (s *specReader) open(ctx context.Context) (*gitlists.Repo, error) {
	var paths []string
	if s.options.path != "" {
		paths = []string{s.options.path}
	}
	if s.options.repo != "" {
		repo, err := gitlists.Open(ctx, s.options.repo, paths...)
		if errors.Is(err, gitlists.ErrNotRepository) {
			return nil, fmt.Errorf("--repo %s: %w", s.options.repo, err)
		}
		return repo, err
	}
	here, err := gitlists.Open(ctx, ".", paths...)
	if err == nil && hasLists(ctx, here) {
		return here, nil
	}
	if err != nil && !errors.Is(err, gitlists.ErrNotRepository) {
		return nil, err
	}
	kept, err := cloneDir()
	if err != nil {
		return nil, err
	}
	repo, err := gitlists.OpenClone(ctx, kept, paths...)
	if errors.Is(err, gitlists.ErrNoClone) {
		return nil, fmt.Errorf("%w: the working directory is in no clone of Socorro; 'sigdiff siglists clone' makes one, --repo names one", gitlists.ErrNotRepository)
	}
	return repo, err
}

// hasLists tells whether a repository is one with siglists.
func hasLists(ctx context.Context, repo *gitlists.Repo) bool {
	head, err := repo.Resolve(ctx, "HEAD")
	if err != nil {
		return false
	}
	has, err := repo.HasLists(ctx, head.Hash)
	return has && err == nil
}

// gitError gives an error over what the user named the exit code of wrong usage.
func (s *specReader) gitError(err error) error {
	for _, usage := range []error{
		gitlists.ErrNotRepository, gitlists.ErrNoRevision, gitlists.ErrNoPull, gitlists.ErrNoBase, gitlists.ErrNoLists, gitlists.ErrBadPath,
	} {
		if !errors.Is(err, usage) {
			continue
		}
		if kept, dirErr := cloneDir(); dirErr == nil && s.opened != nil && s.opened.Dir() == kept && errors.Is(err, gitlists.ErrNoRevision) {
			return usageError("%w; 'sigdiff siglists clone' fetches what is new", err)
		}
		if s.opened != nil && errors.Is(err, gitlists.ErrNoRevision) {
			return usageError("%w; 'git fetch' there gets what is new, 'git branch --all' and 'git tag' list what there is", err)
		}
		return &exitError{exitUsage, err}
	}
	return err
}
