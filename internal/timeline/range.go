package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// Range tells which commits are followed: from the siglists of a revision on, or from those before a day, to those of another,
// or at the end of a day. So changes of both days are inside.
type Range struct {
	From, To string    // SPECs of commits, days, or words for days; an empty From is the first siglists
	Now      time.Time // that words for days are about
}

// days are those that a word stands for; ok is false for a revision. A branch that looks like a day is named with git:.
func (r Range) days(word string) (days fetch.Window, ok bool) {
	days, err := fetch.ParseDate(word, r.Now)
	return days, err == nil
}

// ends are the commits that a range begins and ends with. It begins with none where that is the first of all.
func (t *Timeline) ends(ctx context.Context, specs *spec.Reader, repo *gitlists.Repo, r Range) (first, last gitlists.Commit, err error) {
	for _, flag := range [][2]string{{"--from", r.From}, {"--to", r.To}} {
		// A bare number is a pull request elsewhere; here it would most often be meant as a year.
		if _, err := time.Parse("2006", flag[1]); err == nil {
			return first, last, exit.Usagef("%s %s: a day is YYYY-MM-DD, and the pull request is pr/%s", flag[0], flag[1], flag[1])
		}
	}
	from, fromDay := r.days(r.From)
	to, toDay := r.days(r.To)
	// Else the range would be empty, and "no commit" would look like the answer.
	if fromDay && toDay && !from.From.Time.Before(to.To.Time) {
		return first, last, exit.Usagef("--from %s --to %s: it ends before it begins", r.From, r.To)
	}
	// --to first: a mistake in it is said before the history of --from is read, and days of --from are looked for in its history.
	if toDay {
		last, err = t.endOf(ctx, specs, repo, r.To, to.To.Time)
	} else {
		last, err = t.resolve(ctx, specs, "--to", r.To)
	}
	switch {
	case err != nil || r.From == "":
		return first, last, err
	case fromDay:
		first, err = repo.LastBefore(ctx, last.Hash, from.From.Time)
		return first, last, err
	}
	if first, err = t.resolve(ctx, specs, "--from", r.From); err != nil {
		return first, last, err
	}
	first, err = t.fork(ctx, repo, first, last)
	return first, last, err
}

// endOf is the last commit of the day that --to names, which ends at a time.
func (t *Timeline) endOf(ctx context.Context, specs *spec.Reader, repo *gitlists.Repo, day string, end time.Time) (gitlists.Commit, error) {
	head, err := t.resolve(ctx, specs, "--to", "HEAD")
	if err != nil {
		return head, err
	}
	last, err := repo.LastBefore(ctx, head.Hash, end)
	if err != nil || last.Hash != "" {
		return last, err
	}
	// What a shallow clone lacks may well be older.
	start, err := repo.Start(ctx, head.Hash)
	if err == nil && start != nil {
		err = exit.Usagef("--to %s: every commit that is here is younger: %s", day, spec.ShallowNote(repo, *start))
	}
	return last, cmp.Or(err, exit.Usagef("--to %s: the first commit is younger", day))
}

// resolve finds the commit that a flag names, and notes when that may be an old one.
func (t *Timeline) resolve(ctx context.Context, specs *spec.Reader, flag, word string) (gitlists.Commit, error) {
	commit, warning, err := specs.Resolve(ctx, word)
	if errors.Is(err, gitlists.ErrNoRevision) {
		err = fmt.Errorf("%w; a day is YYYY-MM-DD", err)
	}
	if err != nil {
		return commit, fmt.Errorf("%s: %w", flag, err)
	}
	if warning != "" {
		t.said = append(t.said, warning)
	}
	return commit, nil
}

// fork is the commit that a range begins with: --from, or, where the first parents of --to don't lead there, where they leave its
// history. Else the first commit behind would be said to undo what --from has and it never had. It is none where
// they have no commit in common.
func (t *Timeline) fork(ctx context.Context, repo *gitlists.Repo, first, last gitlists.Commit) (gitlists.Commit, error) {
	fork, err := repo.Fork(ctx, last.Hash, first.Hash)
	switch {
	case err != nil || fork.Hash == first.Hash:
		return fork, err
	// Else git would give an empty range, which looks like siglists that never changed.
	case fork.Hash == last.Hash:
		return fork, exit.Usagef("the commit of --from, %.12s, has that of --to, %.12s, in its history: it ends before it begins", first.Hash, last.Hash)
	}
	at := "with the first commit, for none that they have in common is here"
	if fork.Hash != "" {
		at = fmt.Sprintf("at %.12s (%s), where they leave its history", fork.Hash, fork.Subject)
	}
	t.said = append(t.said, fmt.Sprintf("the first parents of --to do not lead to --from, %.12s (%s): this begins %s", first.Hash, first.Subject, at))
	return fork, nil
}

// commitRange are the commits that touched the siglists, from the one in force at a commit on (empty: the first of
// all). Where that may be one that a shallow clone lacks, start is the commit that the clone begins with, and the first.
func commitRange(ctx context.Context, repo *gitlists.Repo, from, to string) (commits []gitlists.Commit, start *gitlists.Commit, err error) {
	if from != "" {
		// The commit of --from need not have touched the siglists. They are those of the last one before that did.
		before, err := repo.Log(ctx, "", from)
		if err != nil {
			return nil, nil, err
		}
		commits = before[max(0, len(before)-1):]
	}
	if len(commits) == 0 {
		if start, err = repo.Start(ctx, cmp.Or(from, to)); err != nil {
			return nil, nil, err
		}
		if start != nil {
			commits = append(commits, *start)
		}
	}
	after, err := repo.Log(ctx, from, to)
	return append(commits, after...), start, err
}
