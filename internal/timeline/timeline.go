// Package timeline follows crashes through the siglists of one commit after the other.
package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// Timeline is the siglists of one commit after the other.
type Timeline struct {
	Versions []Version        // oldest first
	Code     []report.Commit  // that changed Socorro's code, oldest first
	LastCode *report.SideCode // at the end; nil where it is what the engine follows
	// Repository is where the commits are on the web; empty where that isn't known.
	Repository string
	// Shallow says that older commits are not in the clone, and how to get them; empty where they aren't
	// wanted. Before the first that is known to have touched the siglists, Hidden then counts the one that
	// the clone begins with: its siglists are known, what it changed is not.
	Shallow string
	Hidden  int

	// after are the commits that came after one, by their full hashes; nil where the repository doesn't have the code.
	after func(ctx context.Context, hash string) (map[string]bool, error)
	said  []string // of --from and --to: of pull requests that they may have grown since, and where the range begins
}

// Version is the siglists of one commit.
type Version struct {
	report.Commit
	Set     *siglists.Set   // nil where they don't load
	Err     error           // why they don't
	Lines   []siglists.Line // of those that don't load: what could be read
	Warning string          // what today's algorithm can't honour
}

// Load loads the siglists of every commit of a range that touched them, oldest first.
func Load(ctx context.Context, specs *spec.Reader, r Range) (*Timeline, error) {
	repo, err := specs.Repository(ctx)
	if err != nil {
		return nil, err
	}
	t, sets := &Timeline{Repository: repo.Web()}, siglists.NewVersions(specs.Budget)
	first, last, err := t.ends(ctx, specs, repo, r)
	if err != nil {
		return nil, specs.GitError(err)
	}
	commits, start, err := commitRange(ctx, repo, first.Hash, last.Hash)
	if err != nil {
		return nil, specs.GitError(err)
	}
	hashes := make([]string, len(commits))
	for i, c := range commits {
		hashes[i] = c.Hash
	}
	// All at once: git is started a few times, and not for each of hundreds of commits.
	lists, err := repo.ListsOf(ctx, last.Hash, hashes)
	if err != nil {
		return nil, specs.GitError(err)
	}
	if start != nil {
		t.Shallow = spec.ShallowNote(repo, *start).String()
		// A clone that begins before the siglists came hides nothing of them.
		if t.Hidden = 1; lists[0] == nil {
			commits, lists, t.Hidden = commits[1:], lists[1:], 0
		}
	}
	if len(commits) == 0 {
		return nil, exit.Usagef("no commit up to %s touches siglists in %s; --siglists-path tells where they are", r.To, repo.Dir())
	}
	if newest := lists[len(lists)-1]; newest != nil && specs.Path == "" && !spec.OfSocorro(newest) {
		t.said = append(t.said, "the siglists of the last commit are in the folder "+cmp.Or(newest.Path, "."))
	}
	for i, c := range commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t.Versions = append(t.Versions, newVersion(sets, c, lists[i]))
	}
	// last, and not the last of commits: the code may have changed since the siglists did.
	return t, t.readCode(ctx, repo, commits[0], last, lists[len(lists)-1])
}

// newVersion loads the siglists of a commit, which are nil where it has none. One that removed them is part of their history: the
// next is compared with those of before.
func newVersion(sets *siglists.Versions, c gitlists.Commit, lists *gitlists.Lists) Version {
	v := Version{Commit: spec.Commit(c), Err: gitlists.ErrNoLists}
	if lists == nil {
		return v
	}
	v.Warning = lists.Warning(c)
	if v.Set, v.Err = sets.Load(lists.FS()); v.Set == nil {
		v.Lines = linesOf(lists.FS())
	}
	return v
}

// linesOf are the lines of siglists that don't load, as far as they can be read.
func linesOf(fsys fs.FS) (lines []siglists.Line) {
	for _, name := range siglists.Names() {
		source, err := fs.ReadFile(fsys, name.File())
		if err != nil {
			continue // a list is missing, which is why they don't load
		}
		list, _ := siglists.Parse(name, source)
		lines = append(lines, list.Lines...)
	}
	return lines
}

// notes say what a reader must know about the siglists as a whole, but for the hidden commit's.
func (t *Timeline) notes() []string {
	// Each of these is said once for the whole, and not at each commit: reports show hundreds.
	notes := slices.Clone(t.said)
	if n := len(t.Code); n > 0 {
		notes = append(notes, fmt.Sprintf("every signature is made with the code of %s; Socorro's own changed %s in this time, last on %.10s, and what that did is not counted",
			report.Followed(), plural.Of(n, "time", "times"), t.Code[n-1].Date))
	}
	if t.LastCode != nil {
		notes = append(notes, t.LastCode.Text(report.Sentence("the last commit")).String())
	}
	last, n, broken, gone, conflicts := "", 0, 0, 0, 0
	for i, v := range t.Versions[t.Hidden:] {
		if v.Warning != "" {
			last, n = v.Date, n+1
		}
		if v.Err != nil {
			broken++
		}
		if errors.Is(v.Err, gitlists.ErrNoLists) && t.Hidden+i+1 < len(t.Versions) {
			gone++
		}
		if edited.ConflictText(v.Set) != nil {
			conflicts++
		}
	}
	if n > 0 {
		notes = append(notes, fmt.Sprintf("before December 2018 Socorro had a fifth list, which is not read, and another algorithm, which is not known here; up to %.10s (%s)",
			last, plural.Of(n, "commit", "commits")))
	}
	if conflicts > 0 {
		notes = append(notes, fmt.Sprintf("the siglists of %s hold a merge conflict, and both sides of it count", plural.Of(conflicts, "commit", "commits")))
	}
	if broken > 0 {
		notes = append(notes, fmt.Sprintf("the siglists of %s don't load; the next is compared with the last that does", plural.Of(broken, "commit", "commits")))
	}
	if gone > 0 {
		notes = append(notes, fmt.Sprintf("%s removed the siglists or moved them to a folder that is not looked at; what changed until they came back counts as the next commit's", plural.Of(gone, "commit", "commits")))
	}
	return append(notes, t.Unknown()...)
}

// brokenEnd says that the present is not known, since the siglists of the last commit don't load; empty where they do.
func (t *Timeline) brokenEnd() string {
	last := t.Versions[len(t.Versions)-1]
	why := "its siglists don't load"
	switch {
	case last.Err == nil:
		return ""
	case errors.Is(last.Err, gitlists.ErrNoLists):
		why = "it has none where they were; --siglists-path follows them where they are"
	}
	return fmt.Sprintf("which signatures the last commit gives, %.12s (%s), is not known, since %s", last.Revision, last.Subject, why)
}

// Unknown is what can't be known of the commits, a sentence each, the present first: where the last siglists don't load, and
// what a shallow clone lacks.
func (t *Timeline) Unknown() []string {
	return slices.DeleteFunc([]string{t.brokenEnd(), t.Shallow}, func(text string) bool { return text == "" })
}
