// Package spec reads SPECs, with which people name siglists: directories, git revisions, pull requests, and the
// signatures that were recorded or accepted. It makes of each a side of a comparison.
package spec

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Options tell where the siglists of SPECs are.
type Options struct {
	Repo   string // the clone of Socorro; empty: the one of the working directory, or the one that is kept
	Path   string // of the siglists in it; empty: where Socorro has them
	Remote string // that pull requests are fetched from; empty: Socorro's own, else origin
}

// Kind is how a SPEC is read.
type Kind int

const (
	Word     Kind = iota // a directory or a revision
	Dir                  // dir:PATH, or what can only be a path
	Revision             // git:REVISION
	Pull                 // pr/N, or pr/N/merge
	Recorded
	Accepted
	Exec   // exec:COMMAND
	Python // python:REVISION
)

// Parse tells how a SPEC is read, and what is left of it then.
func Parse(spec string) (Kind, string) {
	// Forms with a prefix first: they are how a word is made to mean what it would not mean by itself.
	for _, form := range []struct {
		prefix string
		kind   Kind
	}{{"dir:", Dir}, {"git:", Revision}, {"exec:", Exec}, {"python:", Python}} {
		if rest, ok := strings.CutPrefix(spec, form.prefix); ok {
			return form.kind, rest
		}
	}
	// Pull requests go before paths, since their addresses end in all ways.
	pull, _ := pullWord(spec)
	_, _, isPull := gitlists.PullNumber(pull)
	switch {
	case isPull:
		return Pull, pull
	case spec == "recorded":
		return Recorded, spec
	case spec == "accepted":
		return Accepted, spec
	case isPath(spec):
		return Dir, spec
	}
	return Word, spec
}

// isPath tells a word that can only be a path.
func isPath(word string) bool {
	// A word with a slash in its middle may be a branch, and is looked up as both.
	slashed := filepath.ToSlash(word)
	return word == "." || word == ".." || strings.HasPrefix(slashed, "./") || strings.HasPrefix(slashed, "../") ||
		strings.HasSuffix(slashed, "/") || filepath.IsAbs(word)
}

// Reader loads the siglists of SPECs. It opens a repository when it first needs one.
type Reader struct {
	Options
	Budget  *pyre.Budget      // of matching
	Say     func(text string) // says what is neither a result nor an error; nil for nobody to hear it
	Offline bool              // nothing is fetched
	// Notes are what a reader of a comparison must know of its two sides together.
	Notes []report.Note
	// Accepted gives the side of accepted results; nil where none can be meant.
	Accepted func() (Side, error)
	// Programs run exec:COMMAND and python:REVISION; nil where no program is to be run.
	Programs *Programs

	opened *gitlists.Repo
	sets   *siglists.Versions // that were loaded, which have much in common
}

// Loaded is the siglists of a SPEC, and what belongs to them.
type Loaded struct {
	edited.Lists
	Pull *gitlists.PullRequest // of pr/N and pr/N/merge

	target   *gitlists.Target // of pr/N/merge
	code     gitlists.Code    // beside the siglists; nil where they belong to none
	checkout string           // the folder of the siglists of a checkout
	files    fs.FS            // of the siglists
}

// Load loads the siglists of a SPEC that names some: a directory, a revision or a pull request.
func (s *Reader) Load(ctx context.Context, spec string) (Loaded, error) {
	kind, word := Parse(spec)
	switch {
	// First: a command may be empty, too, but what is wrong here is that there is one.
	case kind == Exec, kind == Python:
		return Loaded{}, noProgram(spec)
	case word == "":
		return Loaded{}, exit.Usagef("%q names no siglists", spec)
	}
	switch kind {
	case Dir:
		return s.loadDir(ctx, spec, word)
	case Revision:
		return s.loadRevision(ctx, spec, word)
	case Pull:
		return s.loadPull(ctx, spec, word)
	case Word:
		return s.loadWord(ctx, word)
	}
	return Loaded{}, exit.Usagef("%q are signatures, not siglists; dir:%s is a directory of that name", spec, spec)
}

// loadWord loads what may be a directory or a revision: a directory when it holds siglists.
func (s *Reader) loadWord(ctx context.Context, word string) (Loaded, error) {
	info, err := os.Stat(word)
	isDir := err == nil && info.IsDir()
	if s.holdsLists(word) {
		if repo, err := s.Repository(ctx); err == nil {
			// A branch of that name is what the user may have meant. A failing git is no reason to say anything.
			if commit, err := repo.Resolve(ctx, word); err == nil {
				s.note("%s is read as the directory; git:%s is revision %.12s", word, word, commit.Hash)
			}
		}
		return s.loadDir(ctx, word, word)
	}
	loaded, err := s.loadRevision(ctx, word, word)
	none := errors.Is(err, gitlists.ErrNoRevision) || errors.Is(err, gitlists.ErrNotRepository)
	switch {
	// Loading the folder says which files it lacks, which helps more than that there is no such revision.
	case none && isDir:
		return s.loadDir(ctx, word, word)
	case none:
		return Loaded{}, exit.Usagef("no siglists at %s: no such directory, and %w", word, err)
	}
	return loaded, err
}

// versions loads sets.
func (s *Reader) versions() *siglists.Versions {
	if s.sets == nil {
		s.sets = siglists.NewVersions(s.Budget)
	}
	return s.sets
}

func (s *Reader) loadDir(ctx context.Context, spec, path string) (Loaded, error) {
	dir := s.Folder(path)
	if IsListFile(path) {
		s.note("%s is one of the four files of a siglist set; all those of %s are read", path, dir)
	}
	set, err := s.versions().LoadDir(dir)
	if err != nil {
		return Loaded{}, exit.Usagef("siglists: %w", err)
	}
	// Its error comes with what was loaded: the caller decides, and gets the siglists with it.
	code, err := gitlists.DirCode(ctx, dir)
	info := report.Side{Spec: spec, Kind: "dir", Digest: set.Digest()}
	if files := code.Differing(signatures.Code()); code != nil && len(files) > 0 {
		info.Code = &report.SideCode{Files: files, Since: []report.Commit{}}
	}
	if warning := gitlists.DirWarning(dir); warning != "" {
		s.note("warning: %s", warning)
		info.Notes = append(info.Notes, warning)
		// Such a folder is older than the algorithm that the engine follows, though no file of code says so.
		info.Code = cmp.Or(info.Code, &report.SideCode{Files: []string{}})
		info.Code.Since = AlgorithmChanges(gitlists.WithTrimDLL(), time.Time{})
	}
	loaded := Loaded{Lists: edited.Lists{Set: set, Info: info}, code: code, files: os.DirFS(dir)}
	if s.isCheckout(path) {
		loaded.checkout = dir
		loaded.Info.Notes = append(loaded.Info.Notes, "the siglists in the working tree, at "+dir)
	}
	return loaded, err
}
