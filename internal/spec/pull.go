package spec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// loadPull loads the head of a pull request, pr/N, or it merged with the branch that it goes into, pr/N/merge. spec is
// how it was written, word what that means.
func (s *Reader) loadPull(ctx context.Context, spec, word string) (loaded Loaded, err error) {
	repo, pull, err := s.pull(ctx, spec, word)
	if err != nil {
		return Loaded{}, err
	}
	if _, merged, _ := gitlists.PullNumber(word); merged {
		loaded, err = s.loadMerge(ctx, word, repo, pull)
	} else {
		loaded, err = s.loadCommit(ctx, word, repo, pull.Head)
	}
	// Also beside an error of the siglists: lint looks at those that don't load, and asks for their base.
	loaded.Pull = pull
	if pull.Warning != "" {
		loaded.Info.Notes = append(loaded.Info.Notes, pull.Warning)
	}
	return loaded, err
}

// pull finds a pull request, and says when it may not be what it is today.
func (s *Reader) pull(ctx context.Context, spec, word string) (*gitlists.Repo, *gitlists.PullRequest, error) {
	if err := s.checkPull(ctx, spec, word); err != nil {
		return nil, nil, err
	}
	repo, err := s.Repository(ctx)
	if err != nil {
		return nil, nil, err
	}
	// It can be read: Parse took the word for a pull request by it.
	number, _, _ := gitlists.PullNumber(word)
	pull, err := repo.Pull(ctx, number)
	if err != nil {
		return nil, nil, s.GitError(err)
	}
	if pull.Warning != "" {
		s.note("warning: %s", pull.Warning)
	}
	return repo, pull, nil
}

// loadMerge loads a pull request merged with the branch that it goes into.
func (s *Reader) loadMerge(ctx context.Context, spec string, repo *gitlists.Repo, pull *gitlists.PullRequest) (Loaded, error) {
	base, _, err := repo.Base(ctx, pull)
	if err != nil {
		return Loaded{}, s.GitError(err)
	}
	target, err := repo.Target(ctx, pull, base)
	if err != nil {
		return Loaded{}, s.GitError(err)
	}
	merge, err := repo.Merge(ctx, pull)
	if err != nil {
		return Loaded{}, s.GitError(err)
	}
	loaded := Loaded{}
	// The merge that the remote made is a commit, with its code. One that is made here has siglists alone.
	if merge.Commit.Hash != "" {
		loaded, err = s.loadCommit(ctx, spec, repo, merge.Commit)
	} else {
		info := report.Side{Spec: spec, Kind: "git", Folder: merge.Lists.Path, Notes: []string{
			fmt.Sprintf("the siglists of pr/%d (%.12s) merged with %s (%.12s)", pull.Number, pull.Head.Hash, target.Name, target.Commit.Hash),
		}}
		loaded, err = s.loadedOf(merge.Lists, info, spec)
		if err == nil {
			loaded, err = s.withMergedCode(ctx, repo, loaded, merge, base, target.Commit, pull.Head)
		}
	}
	loaded.target = target
	return loaded, err
}

// withMergedCode makes the code of a merge that of a side: of base, and what was made of it on both sides.
func (s *Reader) withMergedCode(ctx context.Context, repo *gitlists.Repo, loaded Loaded, merge *gitlists.Merge, base, target, head gitlists.Commit) (Loaded, error) {
	var codes [3]gitlists.Code
	for i, commit := range []gitlists.Commit{base, target, head} {
		code, err := repo.CodeOf(ctx, commit.Hash)
		if err != nil {
			return loaded, s.GitError(err)
		}
		codes[i] = code
	}
	// A file that both sides changed is in conflict, unless both made the same of it.
	loaded.code = codes[0].Merged(codes[1], codes[2])
	loaded.Info.Code = SideCode(loaded.code, target, merge.Lists)
	conflicts, err := repo.CodeConflicts(ctx, codes[0], codes[1], codes[2])
	if len(conflicts) > 0 {
		loaded.Info.Code.Conflicts = conflicts // which are no code that the engine follows
	}
	return loaded, s.GitError(err)
}

// LoadBase loads what a pull request or a checkout is compared with when nothing else is said: what it is merged with, or
// the merge base of its head. What a reader must know of the two becomes notes.
func (s *Reader) LoadBase(ctx context.Context, candidate Loaded) (Loaded, error) {
	// It knows its own base by its HEAD. All other candidates without a base are pull requests: see HasBase.
	if candidate.checkout != "" {
		return s.loadBranchBase(ctx, candidate)
	}
	repo, err := s.Repository(ctx)
	if err != nil {
		return Loaded{}, err
	}
	pull := candidate.Pull
	if candidate.target != nil {
		loaded, err := s.loadCommit(ctx, fmt.Sprintf("target of pr/%d", pull.Number), repo, candidate.target.Commit)
		if err == nil && candidate.Set != nil && len(siglists.Diff(loaded.Set, candidate.Set)) == 0 {
			s.pairNote("merging pr/%d changes no line of the siglists of %s", pull.Number, candidate.target.Name)
		}
		return loaded, err
	}
	commit, merged, err := repo.Base(ctx, pull)
	if err != nil {
		return Loaded{}, s.GitError(err)
	}
	loaded, err := s.loadCommit(ctx, fmt.Sprintf("merge base of pr/%d", pull.Number), repo, commit)
	switch {
	case err != nil:
		return loaded, err
	// Its merge base of today would be its own head, with which nothing has changed.
	case merged:
		loaded.Info.Spec = fmt.Sprintf("before pr/%d", pull.Number)
		loaded.Info.Notes = append(loaded.Info.Notes, fmt.Sprintf("pr/%d is merged: this is what it was merged into", pull.Number))
		return loaded, s.GitError(s.noteUndone(ctx, repo, pull, loaded, candidate))
	}
	if candidate.Set == nil { // they don't load, which is what matters
		return loaded, nil
	}
	// What follows is said only of open pull requests. Of merged ones noteUndone says what has become of them.
	if err := s.noteTarget(ctx, repo, pull, commit, newMade(loaded.Set, candidate.Set)); err != nil {
		return Loaded{}, s.GitError(err)
	}
	return loaded, s.GitError(s.noteStack(ctx, repo, pull, commit))
}

func (s *Reader) pairNote(format string, args ...any) {
	s.Notes = append(s.Notes, report.Note{Text: report.Sentence(format, args...)})
}

// noteTarget says what has become of the branch that a pull request goes into since its base: other siglists,
// perhaps with the very changes of the pull request.
func (s *Reader) noteTarget(ctx context.Context, repo *gitlists.Repo, pull *gitlists.PullRequest, base gitlists.Commit, by made) error {
	moved, err := repo.HasMoved(ctx, pull, base)
	// Most are open for some days on the main branch, whose lists have not changed: nothing needs to be said.
	if err != nil || !moved && !pull.OwnTarget() {
		return err
	}
	target, err := repo.Target(ctx, pull, base)
	if err != nil {
		return err
	}
	if pull.OwnTarget() {
		s.pairNote("pr/%d goes into %s (%s), and is compared with where it left that", pull.Number, target.Name, commitList([]gitlists.Commit{target.Commit}))
	}
	if !moved {
		return nil
	}
	lists, err := repo.Lists(ctx, target.Commit.Hash)
	if err != nil {
		return err
	}
	if set, err := lists.Set(); err == nil && by.landed(set) {
		s.pairNote("%s has the lines of pr/%d already", target.Name, pull.Number)
	}
	s.pairNote("%s has changed the siglists since: %s; pr/%d/merge is pr/%d merged with it", target.Name, commitList(target.Moved), pull.Number, pull.Number)
	return nil
}

// noteUndone says that the branch that a pull request was merged into has not all of its changes any more, and since
// which commit: one that lacks some, right after one that has all.
func (s *Reader) noteUndone(ctx context.Context, repo *gitlists.Repo, pull *gitlists.PullRequest, base, candidate Loaded) error {
	if candidate.Set == nil { // they don't load, which is what matters
		return nil
	}
	by := newMade(base.Set, candidate.Set)
	target, err := repo.Target(ctx, pull, pull.Head)
	if err != nil || len(by.changes) == 0 {
		return err
	}
	commit, err := sinceWhen(ctx, repo, target.Moved, by, false)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil: // what else there is to say doesn't depend on it
		s.pairNote("whether %s still has all that pr/%d changed is not known: %v", target.Name, pull.Number, err)
	case commit != nil:
		s.pairNote("%s has not all that pr/%d changed any more, since %s", target.Name, pull.Number, commitList([]gitlists.Commit{*commit}))
	}
	return nil
}

// sinceWhen is the commit since which siglists have all of some changes, or else lack a part of them; nil where that is not so
// after the last of the commits. Siglists that don't load do neither.
func sinceWhen(ctx context.Context, repo *gitlists.Repo, commits []gitlists.Commit, by made, has bool) (since *gitlists.Commit, err error) {
	for i, c := range slices.Backward(commits) {
		lists, err := repo.Lists(ctx, c.Hash)
		is := !has // of a commit without siglists
		switch {
		case err == nil:
			set, err := lists.Set()
			is = err == nil && by.landed(set) == has
		case !errors.Is(err, gitlists.ErrNoLists):
			return nil, err
		}
		if !is {
			break
		}
		since = &commits[i]
	}
	return since, nil
}

// made is what a pull request made of the siglists that it began with.
type made struct {
	changes   []siglists.Change
	candidate *siglists.Set
}

func newMade(base, candidate *siglists.Set) made {
	return made{siglists.Diff(base, candidate), candidate}
}

// landed tells whether siglists have all that was changed: every line that was added, none that was removed. Of lines that are
// there several times, they have as many as it left.
func (m made) landed(set *siglists.Set) bool {
	for _, c := range m.changes {
		has, left := set.List(c.Line.List).Count(c.Line.Text), m.candidate.List(c.Line.List).Count(c.Line.Text)
		if c.Added && has < left || !c.Added && has > left {
			return false
		}
	}
	return len(m.changes) > 0
}

// noteStack says of what a pull request is made when that is more than one commit of its own.
func (s *Reader) noteStack(ctx context.Context, repo *gitlists.Repo, pull *gitlists.PullRequest, base gitlists.Commit) error {
	stack, err := repo.Stack(ctx, pull, base)
	// One commit that is nobody else's is the usual pull request, and needs no explaining.
	if err != nil || len(stack.Commits) == 0 || len(stack.Commits) == 1 && len(stack.Heads) == 0 {
		return err
	}
	text := report.Sentence("pr/%d changes the siglists in "+plural.Of(len(stack.Commits), "commit", "commits")+": %s", pull.Number, commitList(stack.Commits))
	for _, head := range stack.Heads {
		what := "%s"
		// A branch that is no pull request has no SPEC that says so.
		if head.Pull == 0 {
			what = "the branch %s"
		}
		text = append(text, report.Sentence("; %.7s is the head of "+what, head.Hash, head.Name)...)
	}
	if last := len(stack.Heads) - 1; last >= 0 {
		text = append(text, report.Sentence(", and --base %s leaves out what comes before", stack.Heads[last].Spec())...)
	}
	s.pairNote("%s", text)
	return nil
}

// maxCommits is how many commits a note names.
const maxCommits = 3

// commitList names the last of commits, oldest first, and says how many there are before.
func commitList(commits []gitlists.Commit) report.Phrase {
	// The last are the ones that a reader knows, or looks for.
	before := max(0, len(commits)-maxCommits)
	var text report.Phrase
	for i, c := range commits[before:] {
		text = append(text, report.Sentence([]string{"", ", "}[min(i, 1)]+"%s", fmt.Sprintf("%.7s %s", c.Hash, c.Subject))...)
	}
	if before > 0 {
		text = append(text, report.Sentence(", and "+plural.Of(before, "commit", "commits")+" before")...)
	}
	return text
}

// WorkTree is the SPEC of the checkout of Socorro that is at hand: the one that the working directory is in, else --repo.
func (o Options) WorkTree() (string, error) {
	// "." is the whole checkout from everywhere in it, but in the folder of the siglists, where it is that.
	deep := hasLists(".")
	// A folder above is only taken from among the lists: elsewhere in a checkout, "." is the whole of it.
	for up := range upwards {
		if o.isCheckout(up) {
			return up, nil
		}
		if !deep {
			break
		}
	}
	if o.isCheckout(o.Repo) {
		return o.Repo, nil
	}
	return "", exit.Usagef("no siglists are named, and the working directory is in no checkout of Socorro that has them")
}

// loadBranchBase loads what the working tree of a checkout is compared with: where its commit left the main branch.
func (s *Reader) loadBranchBase(ctx context.Context, candidate Loaded) (Loaded, error) {
	// Another reader, since this one may have opened --repo, whose HEAD is another's.
	own := &Reader{Options: s.Options, Budget: s.Budget, Say: s.Say, Offline: s.Offline}
	own.Repo = candidate.checkout // whose HEAD counts, wherever other SPECs are looked up
	repo, err := own.Repository(ctx)
	// Such as what was unpacked of an archive. It looks like a checkout.
	if errors.Is(err, gitlists.ErrNotRepository) {
		return Loaded{}, exit.Usagef("%s is in no clone of Socorro, so that where it left the main branch is not known; --base names what it is compared with", candidate.Info.Spec)
	}
	if err != nil {
		return Loaded{}, err
	}
	commit, branch, err := repo.BranchBase(ctx)
	if err != nil {
		return Loaded{}, own.GitError(err)
	}
	loaded, err := own.loadCommit(ctx, "merge base of HEAD and "+branch, repo, commit)
	if err == nil && candidate.Set != nil && len(siglists.Diff(loaded.Set, candidate.Set)) == 0 {
		s.pairNote("the working tree changes no line of the siglists since it left %s", branch)
	}
	return loaded, err
}

// Landed is since when the branch that a pull request goes into has its changes, or when the commit of another SPEC was
// made. It is the zero time where the branch hasn't them (any more), or there is no commit.
func (s *Reader) Landed(ctx context.Context, base, candidate Loaded) (time.Time, error) {
	// A revision counts from its own date on: when it came to the main branch isn't looked for.
	if candidate.Pull == nil {
		t, _ := time.Parse(time.RFC3339, candidate.Info.Date) // none, or as it was written
		return t, nil
	}
	repo, err := s.Repository(ctx)
	if err != nil {
		return time.Time{}, err
	}
	from, _, err := repo.Base(ctx, candidate.Pull)
	if err != nil {
		return time.Time{}, s.GitError(err)
	}
	target, err := repo.Target(ctx, candidate.Pull, from)
	if err != nil {
		return time.Time{}, s.GitError(err)
	}
	since, err := sinceWhen(ctx, repo, target.Moved, newMade(base.Set, candidate.Set), true)
	if since == nil {
		return time.Time{}, s.GitError(err)
	}
	return since.Date, nil
}
