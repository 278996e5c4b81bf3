package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// with makes code that of a side, and tells in what it is not what the engine follows. Where the repository has
// siglists alone, where Socorro keeps them, the commit's date tells.
func (l loadedSet) with(code gitlists.Code, commit gitlists.Commit, lists *gitlists.Lists) loadedSet {
	l.code = code
	differing := &report.SideCode{Since: algorithmChanges(commit.Date, time.Time{})}
	if len(code) > 0 {
		differing.Files = code.Differing(engine.Code())
	}
	if len(differing.Files) > 0 || len(code) == 0 && ofSocorro(lists) && len(differing.Since) > 0 {
		l.info.Code = differing
	}
	return l
}

// ofSocorro tells whether siglists are where Socorro keeps them.
func ofSocorro(lists *gitlists.Lists) bool {
	return lists != nil && (lists.Path == gitlists.DefaultPath || lists.Path == gitlists.OldPath)
}

// algorithmChanges are the known changes of the algorithm after one time and not after another, which may be
// the zero time for no end.
func algorithmChanges(after, until time.Time) []report.Commit {
	var changes []report.Commit
	for _, c := range engine.AlgorithmChanges() {
		when, err := time.Parse(time.RFC3339, c.Date)
		if err == nil && when.After(after) && (until.IsZero() || !when.After(until)) {
			changes = append(changes, report.Commit{Revision: c.Revision, Date: c.Date, Subject: c.What})
		}
	}
	return changes
}

// codeChange is what differs in Socorro's code between two sides; nil where nothing does, or where a side has no
// code.
func (s *specReader) codeChange(ctx context.Context, base, candidate loadedSide) (*report.CodeChange, error) {
	if len(base.code) == 0 || len(candidate.code) == 0 {
		return nil, nil
	}
	change := &report.CodeChange{Files: candidate.code.Differing(base.code)}
	if len(change.Files) == 0 {
		return nil, nil
	}
	if base.info.Revision == "" || candidate.info.Revision == "" {
		return change, nil
	}
	repo, err := s.repository(ctx)
	if err != nil {
		return nil, err
	}
	commits, err := repo.CodeLog(ctx, change.Files, "--no-merges", base.info.Revision+"..."+candidate.info.Revision)
	for _, c := range commits {
		change.Commits = append(change.Commits, reportCommit(c))
	}
	return change, err
}

func reportCommit(c gitlists.Commit) report.Commit {
	return report.Commit{Revision: c.Hash, Date: c.Date.Format(time.RFC3339), Subject: c.Subject}
}

// noteCode says on stderr that the signatures of a side are not made with its own code.
func (a *app) noteCode(side report.Side) {
	if side.Code != nil {
		a.note("warning: %s", side.Code.Text(side.Spec))
	}
}

// noteCodes says on stderr what can't be known of a pair of sides, since it is the code that differs.
func (a *app) noteCodes(ctx context.Context, specs *specReader, base, candidate loadedSide) (err error) {
	r := report.Report{Base: base.info, Candidate: candidate.info}
	r.Code, err = specs.codeChange(ctx, base, candidate)
	for _, text := range r.Unknown() {
		a.note("warning: %s", text)
	}
	return err
}

// readCode finds out how Socorro's code changed after the first commit and up to another, and in what it is not what the
// engine follows then. Known changes of the algorithm count as far as the repository is Socorro's; other commits that
// changed the code count where they are not part of what the engine follows.
func (t *timeline) readCode(ctx context.Context, repo *gitlists.Repo, first, last gitlists.Commit, newest *gitlists.Lists) error {
	codes, err := repo.CodeOf(ctx, first.Hash, last.Hash)
	if err != nil {
		return err
	}
	t.lastCode = loadedSet{}.with(codes[1], last, newest).info.Code
	known := algorithmChanges(first.Date, last.Date)
	if len(codes[0])+len(codes[1]) == 0 {
		if ofSocorro(newest) {
			t.code = known
		}
		return nil
	}
	hashes := []string{engine.Revision}
	for _, c := range known {
		hashes = append(hashes, c.Revision)
	}
	have, err := repo.Have(ctx, hashes)
	if err != nil {
		return err
	}
	var changes []report.Commit
	for i, c := range known {
		if have[i+1] {
			changes = append(changes, c)
		}
	}
	others, err := otherCode(ctx, repo, first.Hash, last.Hash, codes, have[0])
	changes = append(changes, others...)
	slices.SortStableFunc(changes, func(a, b report.Commit) int { return strings.Compare(a.Date, b.Date) })
	t.code = slices.CompactFunc(changes, func(a, b report.Commit) bool { return a.Revision == b.Revision })
	return err
}

// otherCode are the commits that changed the code and are not part of what the engine follows.
func otherCode(ctx context.Context, repo *gitlists.Repo, first, last string, codes []gitlists.Code, hasFollowed bool) ([]report.Commit, error) {
	var files []string
	for _, code := range append(codes, engine.Code()) {
		files = append(files, code.Differing(nil)...)
	}
	slices.Sort(files)
	chosen := []string{"--first-parent", last, "^" + first}
	if hasFollowed {
		chosen = append(chosen, "^"+engine.Revision)
	}
	commits, err := repo.CodeLog(ctx, slices.Compact(files), chosen...)
	var changes []report.Commit
	for _, c := range commits {
		changes = append(changes, reportCommit(c))
	}
	return changes, err
}
