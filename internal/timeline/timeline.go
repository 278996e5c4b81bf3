package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// timelineOptions are the flags that choose commits of the siglists.
type timelineOptions struct {
	specs    specOptions
	from, to string
}

func (o *timelineOptions) addFlags(cmd *cobra.Command) {
	o.specs.addFlags(cmd)
	cmd.Flags().StringVar(&o.from, "from", "", "the first commit is the one that the siglists of this revision come from (default: the first that has siglists)")
	cmd.Flags().StringVar(&o.to, "to", "HEAD", "the last commit is the one that the siglists of this revision come from")
}

// timeline is the siglists of one commit after the other.
type timeline struct {
	commits  []report.Commit
	sets     []*siglists.Set  // nil where they don't load
	errors   []error          // why they don't
	warnings []string         // what today's algorithm can't honour
	code     []report.Commit  // that changed Socorro's code, oldest first
	lastCode *report.SideCode // at the end; nil where it is what the engine follows
	// shallow says that older commits are not in the clone, and how to get them; empty where they aren't
	// wanted. Before the first that is known to have touched the siglists, hidden then counts the one that
	// the clone begins with: its siglists are known, what it changed is not.
	shallow string
	hidden  int
}

// timeline loads the siglists of every commit that touched them, oldest first.
func (s *specReader) timeline(ctx context.Context, o timelineOptions) (*timeline, error) {
	repo, err := s.repository(ctx)
	if err != nil {
		return nil, err
	}
	to, err := repo.Resolve(ctx, o.to)
	if err != nil {
		return nil, s.gitError(fmt.Errorf("--to: %w", err))
	}
	commits, start, err := commitRange(ctx, repo, o, to)
	if err != nil {
		return nil, s.gitError(err)
	}
	hashes := make([]string, len(commits))
	for i, c := range commits {
		hashes[i] = c.Hash
	}
	lists, err := repo.ListsOf(ctx, hashes)
	if err != nil {
		return nil, s.gitError(err)
	}
	t, versions := &timeline{}, siglists.NewVersions()
	if start != nil {
		t.shallow = shallowNote(repo, *start)
		if t.hidden = 1; lists[0] == nil {
			commits, lists, t.hidden = commits[1:], lists[1:], 0
		}
	}
	if len(commits) == 0 {
		return nil, usageError("no commit up to %s touches siglists in %s; --siglists-path tells where they are", o.to, repo.Dir())
	}
	for i, c := range commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t.add(versions, c, lists[i])
		if set := t.sets[i]; set != nil {
			t.sets[i] = set.Within(s.app.budget)
		}
	}
	return t, t.readCode(ctx, repo, commits[0], to, lists[len(lists)-1])
}

// shallowNote says what a shallow clone that begins at a commit doesn't show.
func shallowNote(repo *gitlists.Repo, start gitlists.Commit) string {
	return fmt.Sprintf("%s is a shallow clone that begins at %.12s (%s, %s): older commits are not looked at; 'git -C %s fetch --unshallow' gets them",
		repo.Dir(), start.Hash, start.Date.Format(time.DateOnly), start.Subject, repo.Dir())
}

// shallowError is the error of what a shallow clone lacks, if it lacks any.
func shallowError(note string) error {
	if note == "" {
		return nil
	}
	return &exitError{exitIncomplete, errors.New(note)}
}

// commitRange are the commits that touched the siglists, from the one in force at --from on. Where that may
// be one that a shallow clone lacks, start is the commit that the clone begins with, and the first.
func commitRange(ctx context.Context, repo *gitlists.Repo, o timelineOptions, to gitlists.Commit) (commits []gitlists.Commit, start *gitlists.Commit, err error) {
	begin, fromHash := to.Hash, ""
	if o.from != "" {
		from, err := repo.Resolve(ctx, o.from)
		if err != nil {
			return nil, nil, fmt.Errorf("--from: %w", err)
		}
		before, err := repo.Log(ctx, "", from.Hash)
		if err != nil {
			return nil, nil, err
		}
		begin, fromHash, commits = from.Hash, from.Hash, before[max(0, len(before)-1):]
	}
	if len(commits) == 0 {
		if start, err = repo.Start(ctx, begin); err != nil {
			return nil, nil, err
		}
		if start != nil {
			commits = append(commits, *start)
		}
	}
	after, err := repo.Log(ctx, fromHash, to.Hash)
	return append(commits, after...), start, err
}

// add adds a commit; its lists are nil when it has none.
func (t *timeline) add(versions *siglists.Versions, c gitlists.Commit, lists *gitlists.Lists) {
	var set *siglists.Set
	var warning string
	err := gitlists.ErrNoLists
	if lists != nil {
		set, err = versions.Load(lists.FS())
		warning = lists.Warning(c)
	}
	t.commits = append(t.commits, report.Commit{Revision: c.Hash, Date: c.Date.Format(time.RFC3339), Subject: c.Subject})
	t.sets = append(t.sets, set)
	t.errors = append(t.errors, err)
	t.warnings = append(t.warnings, warning)
}

// notes say what a reader must know about the siglists as a whole.
func (t *timeline) notes() []string {
	var notes []string
	if n := len(t.code); n > 0 {
		notes = append(notes, fmt.Sprintf("every signature is made with the code of %s; Socorro's own changed %s in this time, last on %.10s, and what that did is not counted",
			report.Followed(), count(n, "time", "times"), t.code[n-1].Date))
	}
	if t.lastCode != nil {
		notes = append(notes, t.lastCode.Text("the last commit"))
	}
	last, n := -1, 0
	for i, warning := range t.warnings {
		if warning != "" {
			last, n = i, n+1
		}
	}
	if n > 0 {
		notes = append(notes, fmt.Sprintf("before December 2018 Socorro had a fifth list, which is not read, and another algorithm, which is not known here; up to %.10s (%s)",
			t.commits[last].Date, count(n, "commit", "commits")))
	}
	broken := 0
	for _, err := range t.errors {
		if err != nil {
			broken++
		}
	}
	if broken > 0 {
		notes = append(notes, fmt.Sprintf("the siglists of %s don't load; the next is compared with the last that does", count(broken, "commit", "commits")))
	}
	return notes
}

// after is the timeline without its first commits.
func (t *timeline) after(n int) *timeline {
	code := slices.DeleteFunc(slices.Clone(t.code), func(c report.Commit) bool { return n > 0 && c.Date <= t.commits[n-1].Date })
	return &timeline{commits: t.commits[n:], sets: t.sets[n:], errors: t.errors[n:], warnings: t.warnings[n:], code: code, lastCode: t.lastCode}
}

// count is a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
