package timeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// historyGroups is how many of the largest groups of changed crashes are kept of a commit.
const historyGroups = 5

// sets are the siglists, nil where they don't load.
func (t *Timeline) sets() []*siglists.Set {
	sets := make([]*siglists.Set, len(t.Versions))
	for i, v := range t.Versions {
		sets[i] = v.Set
	}
	return sets
}

// History follows crashes through the commits. The corpus's digest is the caller's to tell.
func (t *Timeline) History(ctx context.Context, source crashdata.Source, rules signatures.Ruleset, workers int) (*report.History, error) {
	followed, err := history.Follow(ctx, source, t.sets(), rules, history.Options{Workers: workers, Groups: historyGroups})
	if err != nil {
		return nil, fmt.Errorf("following the crashes: %w", err)
	}
	h := &report.History{
		Corpus:  report.Corpus{Crashes: followed.Crashes},
		Missing: followed.Missing, Failures: followed.Failures, Notes: t.notes(), Code: t.Code,
		WithoutStack: followed.WithoutStack, Repository: t.Repository,
	}
	// The hidden commit was followed, since the next is compared with it. What it changed itself isn't known.
	for i := t.Hidden; i < len(t.Versions); i++ {
		h.Commits = append(h.Commits, historyCommit(t.Versions[i], followed.Versions[i]))
	}
	return h, nil
}

func historyCommit(v Version, followed history.Version) report.HistoryCommit {
	c := report.HistoryCommit{
		Commit: v.Commit, Warning: v.Warning, Conflict: edited.ConflictText(v.Set).String(),
		Changed: followed.Changed, Signatures: followed.Signatures, Unsigned: followed.Unsigned, Groups: followed.Groups,
	}
	if v.Err != nil {
		c.Error = v.Err.Error()
	}
	for _, change := range followed.Changes {
		if change.Added {
			c.Added++
		} else {
			c.Removed++
		}
	}
	return c
}

// Bisect follows crashes of a cache through the commits. They keep the order of the ids, of which none is there twice.
// unknown is what it can't speak of, a sentence each: the present, where the last siglists don't load, what a shallow clone lacks, or
// crashes that all have no stack.
func (t *Timeline) Bisect(ctx context.Context, c *cache.Cache, ids []string, rules signatures.Ruleset) (b *report.Bisection, unknown []string, err error) {
	n := len(t.Versions)
	b = &report.Bisection{From: t.Versions[0].Commit, To: t.Versions[n-1].Commit, Commits: n, Notes: t.notes(), Code: t.Code, Repository: t.Repository}
	var crashes crashdata.Crashes
	var left table.Left
	for _, id := range ids {
		// One after the other, from the cache: people ask for a few, and want them in the order in which they named them.
		crash, err := corpora.Crash(c, id)
		if err != nil {
			left.Add(id, err)
			continue
		}
		crashes = append(crashes, crash)
	}
	// One worker will do for the few crashes that people ask about.
	followed, err := history.Follow(ctx, crashes, t.sets(), rules, history.Options{Workers: 1, EachCrash: true})
	if err != nil {
		return nil, nil, fmt.Errorf("following the crashes: %w", err)
	}
	b.Missing, b.Failures = left.Missing, append(left.Failures, followed.Failures...)
	for _, crash := range crashes {
		if changes := changesOf(followed, crash.ID()); len(changes) > 0 { // else it is among the failures
			bisected, err := bisectCrash(ctx, crash, changes, t, followed, rules)
			if err != nil {
				return nil, nil, err
			}
			if bisected.CodeSince, err = t.codeSince(ctx, b.SinceCommit(bisected)); err != nil {
				return nil, nil, err
			}
			b.Crashes = append(b.Crashes, bisected)
		}
	}
	unknown = t.Unknown()
	if n := followed.WithoutStack; n > 0 && n == len(b.Crashes) {
		unknown = slices.Insert(unknown, 0, report.NoStack(n, n))
		b.Notes = append(b.Notes, unknown[0])
	}
	return b, unknown, nil
}

func changesOf(followed *history.History, id string) []history.SignatureChange {
	return slices.DeleteFunc(slices.Clone(followed.SignatureChanges), func(change history.SignatureChange) bool { return change.ID != id })
}

// bisectCrash explains the changes of a crash.
func bisectCrash(ctx context.Context, crash *crashdata.Crash, changes []history.SignatureChange, t *Timeline, followed *history.History, rules signatures.Ruleset) (report.BisectedCrash, error) {
	bisected := report.BisectedCrash{ID: crash.ID(), Recorded: crash.Meta.Signature, Signature: changes[len(changes)-1].Signature}
	for i, to := range changes[1:] {
		change := report.SignatureChange{Commit: t.Versions[to.Version].Commit, Old: changes[i].Signature, New: to.Signature}
		// The version before may not load. Base is the last one that does.
		base := signatures.NewGenerator(t.Versions[followed.Versions[to.Version].Base].Set, rules)
		candidate := signatures.NewGenerator(t.Versions[to.Version].Set, rules)
		// Where a pattern meets its limit, the crash may have no signature at the commit before.
		result, err := compare.NewExplainer(base, candidate).Explain(ctx, crash)
		if err == nil || errors.Is(err, compare.ErrUnweighed) {
			_, change.Causes = result.Why(compare.NewDiffer(base, candidate))
			change.RuleChanges = result.RuleChanges()
		}
		if ctx.Err() != nil {
			return bisected, context.Cause(ctx)
		}
		if err != nil {
			change.Notes = append(change.Notes, err.Error())
		}
		for _, note := range append(edited.NotesOf("the former", base.Set), edited.NotesOf("the new", candidate.Set)...) {
			change.Notes = append(change.Notes, note.Text.String())
		}
		bisected.Changes, bisected.Since = append(bisected.Changes, change), &change.Commit
	}
	return bisected, nil
}

// Origins are the commits that the lines of the last siglists came with, by lines without a number: of lines that came, went and
// came again, the last time; of lines that are there twice, the first of them. Those that the first siglists have came with
// these, or in a shallow clone with a commit that isn't known. Of siglists that don't load the lines that came count, and none
// went: what they lack may be what is wrong with them.
func (t *Timeline) Origins() map[siglists.Line]report.Commit {
	origins := map[siglists.Line]report.Commit{}
	loaded := false
	for _, v := range t.Versions {
		came := v.Commit
		// Lines of the first siglists may be older than what a shallow clone has.
		if !loaded && t.Hidden > 0 {
			came = report.Commit{}
		}
		if v.Set == nil {
			addOrigins(origins, origins, v.Lines, came)
			continue
		}
		now := map[siglists.Line]report.Commit{}
		for _, name := range siglists.Names() {
			addOrigins(now, origins, v.Set.List(name).Lines, came)
		}
		origins, loaded = now, true
	}
	if !loaded {
		return nil
	}
	// Of these it isn't known. A line that is not in the map is shown without a commit.
	maps.DeleteFunc(origins, func(_ siglists.Line, c report.Commit) bool { return c == report.Commit{} })
	return origins
}

// addOrigins notes of lines the commits that they came with: those of before, or else one.
func addOrigins(now, before map[siglists.Line]report.Commit, lines []siglists.Line, came report.Commit) {
	for _, line := range lines {
		line.Number = 0 // a line keeps its origin where others before it come and go
		if c, had := before[line]; had {
			now[line] = c
		} else {
			now[line] = came
		}
	}
}
