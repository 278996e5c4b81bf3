package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// The rulesets: today's, and that of 2023.
const (
	defaultRules = "default"
	oldRules     = "2023"
)

// specHelp explains SPEC in the help of a command.
const specHelp = `A SPEC is a directory of siglists; a git revision of --repo; pr/N, the head of a
pull request, as the remote has it; pr/N/merge, the same merged with the branch that
it goes into; 'recorded', the signature that the processed crash came with; or
'accepted', the results last accepted for the corpus. A word that could be a directory or a revision is the
directory; dir:PATH and git:REVISION force a reading. Without --repo, revisions are
those of the clone that the working directory is in, or else of the one that
'sigdiff siglists clone' keeps.`

// specOptions are the flags that tell where the siglists of SPECs are.
type specOptions struct {
	repo, path, remote string
}

func (o *specOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.repo, "repo", "", "the clone of Socorro whose revisions SPECs are (default . or, when that isn't one, what 'sigdiff siglists clone' keeps)")
	f.StringVar(&o.path, "siglists-path", "", "where the siglists are in the clone (default "+gitlists.DefaultPath+", before mid-2018 "+gitlists.OldPath+")")
	f.StringVar(&o.remote, "remote", "", "the remote, or its address, that pull requests are fetched from (default Socorro's own, else origin)")
}

// specKind is how a SPEC is read.
type specKind int

const (
	specWord specKind = iota // a directory or a revision
	specDir
	specGit
	specPull
	specMerge
	specRecorded
	specAccepted
)

// parseSpec tells how a SPEC is read, and what is left of it then.
func parseSpec(spec string) (specKind, string) {
	dir, isDir := strings.CutPrefix(spec, "dir:")
	revision, isGit := strings.CutPrefix(spec, "git:")
	_, isPull := gitlists.PullNumber(spec)
	_, isMerge := gitlists.MergeNumber(spec)
	switch {
	case isDir:
		return specDir, dir
	case isGit:
		return specGit, revision
	case isPull:
		return specPull, spec
	case isMerge:
		return specMerge, spec
	case spec == "recorded":
		return specRecorded, spec
	case spec == "accepted":
		return specAccepted, spec
	case isPath(spec):
		return specDir, spec
	}
	return specWord, spec
}

// isPath tells a word that can only be a path.
func isPath(word string) bool {
	slashed := filepath.ToSlash(word)
	return word == "." || word == ".." || strings.HasPrefix(slashed, "./") || strings.HasPrefix(slashed, "../") ||
		strings.HasSuffix(slashed, "/") || filepath.IsAbs(word)
}

// specReader loads the siglists of SPECs. It opens a repository when it first needs one.
type specReader struct {
	app     *app
	options specOptions
	offline bool // nothing is fetched
	opened  *gitlists.Repo
	// notes are what a reader of a comparison must know of its two sides together.
	notes []report.Note
	// accepted gives the side of accepted results; nil where none can be meant.
	accepted func() (loadedSide, error)
}

func (a *app) specs(o specOptions) *specReader { return &specReader{app: a, options: o} }

// loadedSet is the siglists of a SPEC.
type loadedSet struct {
	set    *siglists.Set
	info   report.Side
	code   gitlists.Code         // beside the siglists; empty where there is none
	pull   *gitlists.PullRequest // of pr/N and pr/N/merge
	target *gitlists.Target      // of pr/N/merge
}

// load loads the siglists of a SPEC that names some: a directory, a revision or a pull request.
func (s *specReader) load(ctx context.Context, spec string) (loadedSet, error) {
	kind, word := parseSpec(spec)
	switch kind {
	case specDir:
		return s.loadDir(spec, word)
	case specGit:
		return s.loadRevision(ctx, spec, "git:"+word)
	case specPull:
		return s.loadPull(ctx, spec)
	case specMerge:
		return s.loadMerge(ctx, spec)
	case specWord:
		return s.loadWord(ctx, word)
	}
	return loadedSet{}, usageError("%q are signatures, not siglists; dir:%s is a directory of that name", spec, spec)
}

// loadWord loads what may be a directory or a revision: a directory when it holds siglists.
func (s *specReader) loadWord(ctx context.Context, word string) (loadedSet, error) {
	info, err := os.Stat(word)
	isDir := err == nil && info.IsDir()
	if isDir && holdsLists(word) {
		if repo, err := s.repository(ctx); err == nil {
			if commit, err := repo.Resolve(ctx, "git:"+word); err == nil {
				s.app.note("%s is read as the directory; git:%s is revision %.12s", word, word, commit.Hash)
			}
		}
		return s.loadDir(word, word)
	}
	loaded, err := s.loadRevision(ctx, word, "git:"+word)
	switch {
	case isDir && errors.Is(err, gitlists.ErrNoRevision), isDir && errors.Is(err, gitlists.ErrNotRepository):
		return s.loadDir(word, word) // for what it lacks
	case errors.Is(err, gitlists.ErrNoRevision), errors.Is(err, gitlists.ErrNotRepository):
		return loadedSet{}, usageError("no siglists at %s: no such directory, and %w", word, err)
	}
	return loaded, err
}

// holdsLists tells whether a directory has one of the four lists.
func holdsLists(dir string) bool {
	for _, name := range siglists.Names() {
		if _, err := os.Lstat(filepath.Join(dir, name.File())); err == nil {
			return true
		}
	}
	return false
}

func (s *specReader) loadDir(spec, dir string) (loadedSet, error) {
	set, err := siglists.LoadDirWithin(s.app.budget, dir)
	if err != nil {
		return loadedSet{}, &exitError{exitUsage, fmt.Errorf("siglists: %w", err)}
	}
	code, err := gitlists.DirCode(dir)
	info := report.Side{Spec: spec, Kind: "dir", Digest: set.Digest()}
	if files := code.Differing(engine.Code()); len(code) > 0 && len(files) > 0 {
		info.Code = &report.SideCode{Files: files}
	}
	return loadedSet{set: set, info: info, code: code}, err
}
