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
	loaded, err := s.loadedOf(lists, info, fmt.Sprintf("%s, commit %.12s", spec, commit.Hash))
	if err != nil {
		return loaded, err
	}
	codes, err := repo.CodeOf(ctx, commit.Hash)
	if err != nil {
		return loaded, s.gitError(err)
	}
	return loaded.with(codes[0], commit, lists), nil
}

// loadedOf loads the lists of a side; what tells where they are from.
func (s *specReader) loadedOf(lists *gitlists.Lists, info report.Side, what string) (loadedSet, error) {
	set, err := siglists.LoadWithin(s.app.budget, lists.FS())
	if err != nil {
		return loadedSet{info: info}, &exitError{exitUsage, fmt.Errorf("siglists: loading siglists of %s: %w", what, err)}
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
		repo.Remote, repo.Offline = s.options.remote, s.offline
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
	if err == nil {
		here.Offline = s.offline
		if has, _ := here.HasLists(ctx, "HEAD"); has {
			return here, nil
		}
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

// gitError gives an error over what the user named the exit code of wrong usage.
func (s *specReader) gitError(err error) error {
	for _, usage := range []error{
		gitlists.ErrNotRepository, gitlists.ErrNoRevision, gitlists.ErrNoPull, gitlists.ErrNoBase, gitlists.ErrConflict, gitlists.ErrNoLists, gitlists.ErrBadPath,
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
