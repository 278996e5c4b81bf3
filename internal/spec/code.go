package spec

import (
	"context"
	"time"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// SideCode tells in what the code of a commit is not what the engine follows; nil where it is. Where the repository has
// siglists alone, where Socorro keeps them, the commit's date tells.
func SideCode(code gitlists.Code, commit gitlists.Commit, lists *gitlists.Lists) *report.SideCode {
	// Files is never nil: it would be null in JSON reports.
	differing := &report.SideCode{Files: []string{}, Since: AlgorithmChanges(commit.Date, time.Time{})}
	if code != nil {
		differing.Files = code.Differing(signatures.Code())
	}
	// A repository of other people's lists has no history of Socorro's code, so that its dates say nothing.
	if len(differing.Files) > 0 || code == nil && OfSocorro(lists) && len(differing.Since) > 0 {
		return differing
	}
	return nil
}

// OfSocorro tells whether siglists are where Socorro keeps them.
func OfSocorro(lists *gitlists.Lists) bool {
	return lists != nil && (lists.Path == gitlists.DefaultPath || lists.Path == gitlists.OldPath)
}

// AlgorithmChanges are the known changes of the algorithm after one time and not after another, which may be
// the zero time for no end.
func AlgorithmChanges(after, until time.Time) []report.Commit {
	// The table is part of the engine: a clone may lack these commits, or be of siglists alone.
	changes := []report.Commit{}
	for _, c := range signatures.AlgorithmChanges() {
		// after is outside, until is inside: a commit's own change counts for those that come behind it.
		when, _ := time.Parse(time.RFC3339, c.Date)
		if when.After(after) && (until.IsZero() || !when.After(until)) {
			changes = append(changes, report.Commit{Revision: c.Revision, Date: c.Date, Subject: c.What})
		}
	}
	return changes
}

// CodeChange is what differs in Socorro's code between two sides; nil where nothing does, or where one of them is a
// folder of siglists alone, which belongs to no code.
func (s *Reader) CodeChange(ctx context.Context, base, candidate Side) (*report.CodeChange, error) {
	// Two revisions are compared also where one of them has no code, as before it came: all of it is what differs then.
	oneRepository := base.Info.Kind == "git" && candidate.Info.Kind == "git"
	if !oneRepository && (base.code == nil || candidate.code == nil) {
		return nil, nil
	}
	change := &report.CodeChange{Files: candidate.code.Differing(base.code), Commits: []report.Commit{}}
	if len(change.Files) == 0 {
		return nil, nil
	}
	// A working tree, and a merge that was made here, are no commits: what differs is known, and not since when.
	if base.Info.Revision == "" || candidate.Info.Revision == "" {
		return change, nil
	}
	repo, err := s.Repository(ctx)
	if err != nil {
		return nil, err
	}
	// Three dots: the commits of either side, since the base may have changed the code, too, after the candidate left it.
	commits, err := repo.CodeLog(ctx, "--no-merges", base.Info.Revision+"..."+candidate.Info.Revision)
	change.Commits = Commits(commits)
	return change, err
}

// Commit is a commit as reports have it.
func Commit(c gitlists.Commit) report.Commit {
	return report.Commit{Revision: c.Hash, Date: c.Date.Format(time.RFC3339), Subject: c.Subject}
}

// Commits are commits as reports have them.
func Commits(commits []gitlists.Commit) []report.Commit {
	all := []report.Commit{}
	for _, c := range commits {
		all = append(all, Commit(c))
	}
	return all
}

// StaleBefore is when the siglists last changed, for a comparison with recorded signatures: what was
// processed before that was processed with other siglists. It is --stale-before, else the date of the last
// commit that changed the siglists of the other side; the zero time when neither is known.
//
// Both are instants, compared as such. Production takes siglists over some time after they change, so that
// crashes of the hours after may still be counted as not explained by their age: they are
// the ones to look at, not to leave out.
func (s *Reader) StaleBefore(ctx context.Context, given string, base, candidate Side) (time.Time, error) {
	if given != "" {
		t, err := fetch.ParseTime(given)
		if err != nil {
			return t, exit.Usagef("--stale-before: %w", err)
		}
		return t, nil
	}
	// Recorded signatures are of the service's lists. The other side tells which lists these were to be.
	other := candidate.Info
	switch {
	case candidate.Info.Kind == "recorded":
		other = base.Info
	case base.Info.Kind != "recorded":
		return time.Time{}, nil
	}
	// A folder has no history, and the revision of code isn't that of the siglists in it where these are others. All changed
	// crashes count then, old ones, too.
	if other.Revision == "" || other.Kind == "python" && s.Programs.Siglists != "" {
		return time.Time{}, nil
	}
	repo, err := s.Repository(ctx)
	if err != nil {
		return time.Time{}, err
	}
	commits, err := repo.Log(ctx, "", other.Revision)
	if err != nil {
		return time.Time{}, err
	}
	// In a shallow clone the commit that changed the lists last may be one that isn't there.
	if len(commits) == 0 {
		start, err := repo.Start(ctx, other.Revision)
		if start != nil {
			s.pairNote("which signatures were made before the siglists last changed is not known: %s, or --stale-before says when that was", ShallowNote(repo, *start))
		}
		return time.Time{}, err
	}
	return commits[len(commits)-1].Date, nil
}

// FormatTime is a time as reports have it; empty for none.
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ShallowNote says what a shallow clone that begins at a commit doesn't show.
func ShallowNote(repo *gitlists.Repo, start gitlists.Commit) report.Phrase {
	return report.Sentence("%s is a shallow clone that begins at %.12s (%s): older commits are not looked at; 'git -C %s fetch --unshallow' gets them",
		repo.Dir(), start.Hash, start.Date.Format(time.DateOnly)+", "+start.Subject, repo.Dir())
}
