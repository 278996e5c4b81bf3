package spec

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

var (
	// pullNumber is a pull request as people write it, and as GitHub names its head. What is longer is the start of a commit's hash.
	pullNumber = lazyregexp.New(`^(?:#|(?:refs/)?pull/|(?i:pr)/)?([1-9][0-9]{0,5}(?:/merge)?)(?:/head)?$`)
	// pullAddress is one as it stands in the browser's address bar, on any of its pages, and as GitHub's comments have it.
	pullAddress = lazyregexp.New(`^(?:(?:https?://)?(?:www\.)?github\.com/([^/\s]+/[^/\s]+)/pull/([1-9][0-9]{0,8})(?:\.diff|\.patch)?(?:[/?#].*)?|([\w.-]+/[\w.-]+)#([1-9][0-9]{0,8}))$`)
)

// pullWord is the SPEC pr/N that another way to write a pull request means, and the repository that an address names. It is
// the word itself where that is no such way.
func pullWord(word string) (pull, repository string) {
	// A number alone is one, too: checkPull says what else has that name, and dir: and git: make it that.
	if m := pullNumber().FindStringSubmatch(word); m != nil {
		return "pr/" + m[1], ""
	}
	if m := pullAddress().FindStringSubmatch(word); m != nil {
		return "pr/" + m[2] + m[4], m[1] + m[3]
	}
	return word, ""
}

// checkPull refuses the address of a pull request of another repository than the one that pull requests are fetched from,
// and says what else a bare number could be.
func (s *Reader) checkPull(ctx context.Context, spec, pull string) error {
	_, repository := pullWord(spec)
	// Written as pr/N it can't be anything else, and no repository is opened for it.
	if repository == "" && spec == pull {
		return nil
	}
	repo, err := s.Repository(ctx)
	if err != nil {
		return err
	}
	// Pull requests have numbers of their own in each repository: pr/7 of another one is another change.
	if repository != "" && !repo.FetchesFrom(repository) {
		return exit.Usagef("%s is a pull request of %s, and %s has another remote; --remote https://github.com/%s fetches from there", spec, repository, repo.Dir(), repository)
	}
	// Both are said and neither is refused: who types #7 means the pull request, whatever the folders are called.
	if s.holdsLists(spec) {
		s.note("%s is read as %s; ./%s is the directory", spec, pull, spec)
	}
	if names, _ := repo.Names(ctx); slices.Contains(names, spec) {
		s.note("%s is read as %s; git:%s is the branch or tag", spec, pull, spec)
	}
	return nil
}

// Folder is where the lists are that a path names: a folder of them, one of their files, or a checkout of Socorro. The
// path "." is the whole checkout from everywhere in it. A path that holds no lists is given back.
func (o Options) Folder(path string) string {
	if folder, ok := o.folder(path); ok || filepath.Clean(path) != "." {
		return cmp.Or(folder, path)
	}
	for up := range upwards {
		if folder, ok := o.folder(up); ok {
			return folder
		}
	}
	return path
}

// upwards gives the working directory and those above it, up to that of a clone, or the root.
func upwards(yield func(dir string) bool) {
	for up := "."; yield(up); up = filepath.Join(up, "..") {
		if dir, err := gitlists.Physical(up); err != nil || filepath.Dir(dir) == dir || exists(filepath.Join(up, ".git")) {
			return
		}
	}
}

// folder is where the lists are at a path, if there are any.
func (o Options) folder(path string) (folder string, ok bool) {
	if IsListFile(path) {
		return filepath.Dir(path), true
	}
	// The folder itself goes before what is below it: a checkout in which somebody stands among the lists is those lists.
	for _, below := range []string{".", cmp.Or(o.Path, gitlists.DefaultPath), gitlists.OldPath} {
		if folder := filepath.Join(path, below); hasLists(folder) {
			return folder, true
		}
	}
	return "", false
}

// OnDisk is the folder of the siglists that a SPEC names; ok is false where they are in none.
func (o Options) OnDisk(spec string) (folder string, ok bool) {
	kind, word := Parse(spec)
	if kind == Dir || kind == Word && o.holdsLists(word) {
		return o.Folder(word), true
	}
	return "", false
}

// holdsLists tells whether there are lists at a path, as Folder finds them.
func (o Options) holdsLists(path string) bool {
	_, ok := o.folder(path)
	return ok
}

// hasLists tells whether a folder has one of the four lists.
// One will do: a folder that lacks others is siglists with a mistake, which loading says, and not some other folder.
func hasLists(dir string) bool {
	return slices.ContainsFunc(siglists.Names(), func(n siglists.Name) bool { return exists(filepath.Join(dir, n.File())) })
}

// IsListFile tells whether a path is one of the four lists.
func IsListFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && slices.ContainsFunc(siglists.Names(), func(n siglists.Name) bool { return n.File() == filepath.Base(path) })
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
