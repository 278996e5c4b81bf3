package spec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

func (s *Reader) loadRevision(ctx context.Context, spec, revision string) (Loaded, error) {
	repo, err := s.Repository(ctx)
	if err != nil {
		return Loaded{}, err
	}
	commit, err := s.resolve(ctx, repo, revision)
	if err != nil {
		return Loaded{}, err
	}
	return s.loadCommit(ctx, spec, repo, commit)
}

// resolve finds the commit of a revision, and says of a name that several have which one is taken.
func (s *Reader) resolve(ctx context.Context, repo *gitlists.Repo, revision string) (gitlists.Commit, error) {
	commit, err := repo.Resolve(ctx, revision)
	if err != nil {
		return commit, s.GitError(err)
	}
	// git takes the tag, say, without a word. A comparison with the wrong one would look like any other.
	if twin := repo.Twin(ctx, revision, commit); twin != "" {
		s.note("warning: %s is the name of several in %s: it is read as revision %.12s, and %s is another", revision, repo.Dir(), commit.Hash, twin)
	}
	return commit, nil
}

// Resolve finds the commit that a SPEC names, a revision or pr/N. The warning says why the head of the pull request may
// not be today's; it is empty where it is.
func (s *Reader) Resolve(ctx context.Context, spec string) (commit gitlists.Commit, warning string, err error) {
	repo, err := s.Repository(ctx)
	if err != nil {
		return commit, "", err
	}
	kind, word := Parse(spec)
	number, merged, _ := gitlists.PullNumber(word)
	// Where one commit is needed, as by history, a merge that is made here is none.
	if kind == Pull && merged {
		return commit, "", exit.Usagef("%w: pr/%d merged is not one commit of %s; pr/%d is", gitlists.ErrNoRevision, number, repo.Dir(), number)
	}
	if kind == Pull {
		_, pull, err := s.pull(ctx, spec, word)
		if err != nil {
			return commit, "", err
		}
		return pull.Head, pull.Warning, nil
	}
	commit, err = s.resolve(ctx, repo, strings.TrimPrefix(spec, "git:"))
	return commit, "", err
}

func (s *Reader) loadCommit(ctx context.Context, spec string, repo *gitlists.Repo, commit gitlists.Commit) (Loaded, error) {
	lists, err := repo.Lists(ctx, commit.Hash)
	if err != nil {
		return Loaded{}, s.GitError(err)
	}
	info := report.Side{
		Spec: spec, Kind: "git", Revision: commit.Hash, Date: commit.Date.Format(time.RFC3339), Subject: commit.Subject,
		Repository: repo.Web(), Folder: lists.Path,
	}
	if warning := lists.Warning(commit); warning != "" {
		s.note("warning: %s", warning)
		info.Notes = append(info.Notes, warning)
	}
	// They were found by a search of the tree. Somebody may have meant another folder, and can say so by --siglists-path.
	if s.Path == "" && !OfSocorro(lists) {
		where := "its siglists are in the folder " + cmp.Or(lists.Path, ".")
		s.note("%s: %s", spec, where)
		info.Notes = append(info.Notes, where)
	}
	loaded, err := s.loadedOf(lists, info, fmt.Sprintf("%s, commit %.12s", spec, commit.Hash))
	if err != nil {
		return loaded, err
	}
	code, err := repo.CodeOf(ctx, commit.Hash)
	if err != nil {
		return loaded, s.GitError(err)
	}
	loaded.code, loaded.Info.Code = code, SideCode(code, commit, lists)
	return loaded, nil
}

// loadedOf loads the lists of a side; what tells where they are from.
func (s *Reader) loadedOf(lists *gitlists.Lists, info report.Side, what string) (Loaded, error) {
	set, err := s.versions().Load(lists.FS())
	if err != nil {
		return Loaded{Lists: edited.Lists{Info: info}}, exit.Usagef("siglists: loading siglists of %s: %w", what, err)
	}
	info.Digest = set.Digest()
	return Loaded{Lists: edited.Lists{Set: set, Info: info}, files: lists.FS()}, nil
}

func (s *Reader) note(format string, args ...any) {
	if s.Say != nil {
		s.Say(fmt.Sprintf(format, args...))
	}
}

// Repository opens the repository that revisions are looked up in: --repo, else the clone that the
// working directory is in, else the clone that is kept.
func (s *Reader) Repository(ctx context.Context) (*gitlists.Repo, error) {
	if s.opened == nil {
		repo, err := s.open(ctx)
		if err != nil {
			return nil, s.GitError(err)
		}
		// One for all SPECs of a command: opening it runs git several times.
		repo.Remote, repo.Offline = s.Remote, s.Offline
		s.opened = repo
	}
	return s.opened, nil
}

func (s *Reader) open(ctx context.Context) (*gitlists.Repo, error) {
	var paths []string
	if s.Path != "" {
		paths = []string{s.Path}
	}
	if s.Repo != "" {
		repo, err := gitlists.Open(ctx, s.Repo, paths...)
		if errors.Is(err, gitlists.ErrNotRepository) {
			return nil, fmt.Errorf("--repo %s: %w", s.Repo, err)
		}
		return repo, err
	}
	// A working directory in some other clone, Firefox's say, must not hide the clone that is kept.
	here, err := gitlists.Open(ctx, ".", paths...)
	if err == nil {
		here.Offline = s.Offline
		has, err := here.HasLists(ctx)
		// It may be a clone of Socorro that is damaged. Another would answer as if it were the one that is meant.
		if err != nil {
			return nil, fmt.Errorf("%w; --repo names another clone", err)
		}
		if has {
			return here, nil
		}
	}
	// Such as a missing git, or one that is too old: the clone that is kept would fail for the same reason.
	if err != nil && !errors.Is(err, gitlists.ErrNotRepository) {
		return nil, err
	}
	kept, err := CloneDir()
	if err != nil {
		return nil, err
	}
	repo, err := gitlists.OpenClone(ctx, kept, paths...)
	if errors.Is(err, gitlists.ErrNoClone) && here != nil {
		return nil, fmt.Errorf("%w with siglists: that of the working directory has none where Socorro has them; --repo . takes it all the same, 'sigdiff siglists clone' makes a clone of Socorro", gitlists.ErrNotRepository)
	}
	if errors.Is(err, gitlists.ErrNoClone) {
		return nil, fmt.Errorf("%w: the working directory is in no clone of Socorro; 'sigdiff siglists clone' makes one, --repo names one", gitlists.ErrNotRepository)
	}
	return repo, err
}

// GitError gives an error over what the user named the exit code of wrong usage. One that has an exit code keeps it.
func (s *Reader) GitError(err error) error {
	if exit.Has(err) {
		return err
	}
	for _, usage := range []error{
		gitlists.ErrNotRepository, gitlists.ErrNoRevision, gitlists.ErrNoPull, gitlists.ErrNoBase, gitlists.ErrConflict, gitlists.ErrNoLists, gitlists.ErrBadPath,
	} {
		if !errors.Is(err, usage) {
			continue
		}
		// The kept clone is fetched by a command of ours, the user's own by git.
		if s.opened != nil && errors.Is(err, gitlists.ErrNoRevision) {
			if kept, _ := CloneDir(); s.opened.Dir() == kept {
				return exit.Usagef("%w; 'sigdiff siglists clone' fetches what is new", err)
			}
			return exit.Usagef("%w; 'git fetch' there gets what is new, 'git branch --all' and 'git tag' list what there is", err)
		}
		return exit.Usagef("%w", err)
	}
	return err
}

// CloneDir is where the clone is kept.
func CloneDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", exit.Usagef("no place for a clone of Socorro: %w; $XDG_CACHE_HOME names a folder to keep one in, --repo, with other commands, a clone", err)
	}
	return filepath.Join(dir, "sigdiff", "socorro.git"), nil
}
