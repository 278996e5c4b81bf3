package main

import (
	"context"
	"fmt"
	"strings"
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
	sets     []*siglists.Set // nil where they don't load
	errors   []error         // why they don't
	warnings []string        // what today's algorithm can't honour
}

// timeline loads the siglists of every commit that touched them, oldest first.
func (s *specReader) timeline(ctx context.Context, o timelineOptions) (*timeline, error) {
	repo, err := s.repository(ctx)
	if err != nil {
		return nil, err
	}
	commits, err := commitRange(ctx, repo, o)
	if err != nil {
		return nil, s.gitError(err)
	}
	if len(commits) == 0 {
		return nil, usageError("no commit up to %s touches siglists in %s; --siglists-path tells where they are", o.to, repo.Dir())
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
	for i, c := range commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t.add(versions, c, lists[i])
		if set := t.sets[i]; set != nil {
			t.sets[i] = set.Within(s.app.budget)
		}
	}
	return t, nil
}

// commitRange are the commits that touched the siglists, from the one in force at --from on.
func commitRange(ctx context.Context, repo *gitlists.Repo, o timelineOptions) ([]gitlists.Commit, error) {
	to, err := repo.Resolve(ctx, o.to)
	if err != nil {
		return nil, fmt.Errorf("--to: %w", err)
	}
	if o.from == "" {
		return repo.Log(ctx, "", to.Hash)
	}
	from, err := repo.Resolve(ctx, o.from)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	before, err := repo.Log(ctx, "", from.Hash)
	if err != nil {
		return nil, err
	}
	after, err := repo.Log(ctx, from.Hash, to.Hash)
	if err != nil {
		return nil, err
	}
	return append(before[max(0, len(before)-1):], after...), nil
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
	last, n := -1, 0
	for i, warning := range t.warnings {
		if warning != "" {
			last, n = i, n+1
		}
	}
	if n > 0 {
		date, _, _ := strings.Cut(t.commits[last].Date, "T")
		notes = append(notes, fmt.Sprintf("before December 2018 Socorro had a fifth list and another algorithm; up to %s (%s) this is what today's algorithm makes of the four lists",
			date, count(n, "commit", "commits")))
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
	return &timeline{t.commits[n:], t.sets[n:], t.errors[n:], t.warnings[n:]}
}

// count is a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
