package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
)

// acceptOptions are the flags of accept.
type acceptOptions struct {
	corpus, siglists, rules string // all three as the user gave them
	specs                   specOptions
	programs                programOptions
	workers                 int         // at least 1
	part                    partOptions // without --group all is accepted
}

// acceptCommand is 'sigdiff accept'. It loads the siglists, makes a signature of each crash of the corpus, and keeps
// all of them in the cache, or, with --group, changes some of those that are kept. What was kept before is only
// replaced once everything else succeeded.
func (a *app) acceptCommand() *cobra.Command {
	var o acceptOptions
	cmd := page("accept", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return a.runAccept(cmd.Context(), o) })
	f := cmd.Flags()
	f.StringVar(&o.corpus, "corpus", "", "the corpus")
	f.StringVar(&o.siglists, "siglists", "", "SPEC of the siglists")
	rulesFlag(f, &o.rules)
	workersFlag(f, &o.workers)
	o.specs.addFlags(cmd)
	o.programs.addFlags(cmd)
	o.part.addFlags(cmd)
	return cmd
}

func (a *app) runAccept(ctx context.Context, o acceptOptions) error {
	// Both only look at flags, so that cmp.Or may work out both.
	if err := cmp.Or(o.part.check(a.now()), o.programs.check(o.siglists)); err != nil {
		return err
	}
	specs := a.specs(o.specs)
	var processed func(id string) ([]byte, error) // of the cache, which is opened once the siglists are there
	a.runPrograms(specs, o.programs, func(id string) ([]byte, error) { return processed(id) })
	// Before the cache is opened for writing, which keeps other commands waiting.
	side, err := specs.Side(ctx, o.siglists, o.rules)
	if err != nil {
		return err
	}
	// A side that can't speak of everything is accepted all the same, and the exit code says so in the end.
	unknown := a.warn(side.Notes())
	return a.withCache(writing, func(c *cache.Cache) error {
		processed = cached(c)
		corpus, err := c.Corpus(o.corpus)
		if err != nil {
			return err
		}
		done, err := corpora.Accept(ctx, corpora.NewSource(c, corpus.IDs), side.Side, side.Set, o.workers)
		if err != nil {
			return fmt.Errorf("making the signatures of corpus %q: %w", o.corpus, err)
		}
		// cmp.Or works out both of its arguments, so that the results are kept also where unknown is an error.
		// A part leaves the accepted results as they are: the new ones only tell which crashes it is.
		if o.part.groups != nil {
			return cmp.Or(a.acceptPart(ctx, c, o, done), unknown)
		}
		return cmp.Or(a.keepAccepted(ctx, c, o, side, done), unknown)
	})
}

// keepAccepted stores the results and says what they are.
// It returns an error of exit.Incomplete where crashes that another run may get have no result, and where no crash
// has a stack; the results are stored then, too. Nothing at all is not stored: it would take the place of results
// that are.
func (a *app) keepAccepted(ctx context.Context, c *cache.Cache, o acceptOptions, side spec.Side, done corpora.Acceptance) error {
	results, info := done.Results, side.Info
	if results.Crashes() == 0 {
		return a.acceptResult(ctx, c, o.corpus, done)
	}
	// As JSON, since corpora knows no sides: it keeps what it is given, and acceptedInfo reads it.
	described, err := json.Marshal(info)
	if err != nil {
		return fmt.Errorf("describing %s: %w", info.Spec, err)
	}
	// Not a.now: this is when it was done, also in the demo.
	results.Info.Time = time.Now().UTC().Truncate(time.Second)
	results.Info.Side, results.Info.Rules = described, o.rules
	// Results of a later version, and damaged ones, are replaced, too: nothing can be compared with them.
	before, err := a.readAccepted(c, o.corpus)
	if err != nil {
		a.note("what was accepted before can't be read, and is replaced: %v", err)
	}
	// Before anything is said of them, and after all that can fail without the disk.
	if err := putAccepted(c, o.corpus, results); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "accepted for corpus %s: %s of %s, made with %s\n", visible(o.corpus), plural.Of(results.Signatures(), "signature", "signatures"), plural.Crashes(results.Crashes()), visible(info.Spec))
	if before != nil {
		fmt.Fprintf(a.stdout, "%s of them differ from what was accepted before\n", plural.Number(crashesOf(before.Changes(results))))
	}
	return a.acceptResult(ctx, c, o.corpus, done)
}

func putAccepted(c *cache.Cache, corpus string, accepted *corpora.Accepted) error {
	blob, err := accepted.Encode()
	if err != nil {
		return err
	}
	return c.PutAccepted(corpus, blob)
}

// acceptResult is the error for what was left open, once the results are stored, or where there are none to store. The first
// maxNamed crashes that failed are named on stderr; the missing ones are not, since 'sigdiff fetch --corpus' knows them.
func (a *app) acceptResult(ctx context.Context, c *cache.Cache, corpus string, done corpora.Acceptance) error {
	a.nameSome(len(done.Failures), "", func(i int) string {
		return fmt.Sprintf("not accepted: %s: %s", done.Failures[i].ID, done.Failures[i].Err)
	})
	n := done.Results.Crashes()
	// Where none has a stack, results say nothing: most likely these are no processed crashes.
	unknown := report.Unknown(noStack(done.WithoutStack, n))
	err := a.undone(ctx, c, "without accepted result", done.Missing, len(done.Failures), n == 0, unknown...)
	if n == 0 && exit.Has(err) {
		return exit.Incompletef("nothing was accepted for corpus %q: %w", corpus, err)
	}
	return err
}

// readAccepted reads what was accepted for a corpus, with the parts that hold today. It is nil where nothing was. The
// siglists in it share the command's budget, as all others do.
func (a *app) readAccepted(c *cache.Cache, corpus string) (*corpora.Accepted, error) {
	blob, err := c.Accepted(corpus)
	if errors.Is(err, cache.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	accepted, err := corpora.DecodeAccepted(a.budget, blob)
	if err != nil {
		return nil, fmt.Errorf("accepted results of corpus %q: %w", corpus, err)
	}
	// What holds depends on the day: a part may have an end.
	accepted.Apply(a.now())
	return accepted, nil
}

// mustAccepted is readAccepted where something must have been accepted; hint says what to do else.
func (a *app) mustAccepted(c *cache.Cache, corpus, hint string) (*corpora.Accepted, error) {
	accepted, err := a.readAccepted(c, corpus)
	if err == nil && accepted == nil {
		err = exit.Usagef("nothing was accepted for corpus %q yet%s", corpus, hint)
	}
	return accepted, err
}

// acceptedSide is the side of the results that were accepted for a corpus.
// Where there is none, that is wrong usage: the SPEC 'accepted' names nothing.
func (a *app) acceptedSide(c *cache.Cache, corpus string) (spec.Side, error) {
	if corpus == "" {
		return spec.Side{}, exit.Usagef("accepted results belong to a corpus; name it with --corpus")
	}
	accepted, err := a.mustAccepted(c, corpus, "; 'sigdiff accept' does")
	if err != nil {
		return spec.Side{}, err
	}
	return spec.Side{Side: accepted, Info: acceptedInfo(accepted, a.now()), Set: accepted.Siglists()}, nil
}

// acceptedInfo says what was accepted: the side as it was then, and when.
// It keeps the digest of the siglists, by which reports tell that a comparison is with the very lists that were
// accepted.
func acceptedInfo(accepted *corpora.Accepted, now time.Time) report.Side {
	var side report.Side
	_ = json.Unmarshal(accepted.Info.Side, &side) // a later version's may not fit; the results stand
	note := "accepted on " + accepted.Info.Time.Format(time.DateOnly)
	if side.Spec != "" {
		note += ", made with " + side.Spec
	}
	side.Spec, side.Kind, side.Results, side.Notes = "accepted", "accepted", accepted.Kept, append(side.Notes, note)
	for _, p := range accepted.Info.Parts {
		side.Notes = append(side.Notes, partNote(p, now))
	}
	return side
}

// partOptions are the flags of accept that accept a part.
type partOptions struct {
	groups []string  // NEW, or OLD -> NEW
	reason string    // any text; needed with groups
	bug    int       // 0: none
	until  string    // as given; empty: for good
	end    time.Time // what until says
}

func (o *partOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.groups, "group", nil, "accept only the changed crashes with this new signature, or 'OLD -> NEW'")
	f.StringVar(&o.reason, "reason", "", "with --group: why it is as it should be")
	numberFlag(f, &o.bug, "bug", 0, 0, "with --group: the number of the bug about it")
	f.StringVar(&o.until, "until", "", "with --group: the day, YYYY-MM-DD in UTC, from which on the crashes count as new again (default never)")
}

// check reads until, too. now is when the command runs: a part that has ended before it begins is a mistake.
func (o *partOptions) check(now time.Time) (err error) {
	switch {
	// Whoever gives a reason means a part. Without --group all would be accepted under it.
	case o.groups == nil && (o.reason != "" || o.bug != 0 || o.until != ""):
		return exit.Usagef("--reason, --bug and --until say why a part is accepted; name it with --group")
	case o.groups == nil:
		return nil
	case strings.TrimSpace(o.reason) == "":
		return exit.Usagef("--group needs a --reason, for those who read the report later")
	case o.until == "":
		return nil
	}
	// A day alone: reports name no time of it.
	if o.end, err = time.Parse(time.DateOnly, o.until); err != nil {
		return exit.Usagef("--until: %q is not a day: write YYYY-MM-DD", o.until)
	}
	// It would change nothing, and look as if it had.
	if !o.end.After(now) {
		return exit.Usagef("--until %s: that has passed", o.until)
	}
	return nil
}

// groupName is how reports show a group, so that it can be pasted after --group.
func groupName(p corpora.AcceptedPart) string { return p.From + " -> " + p.To }

// acceptPart accepts some of what differs from the accepted results.
// What it accepts is put beside the accepted results, and not into them: 'accepted' shows each part with its reason,
// and one with an end can cease to hold. Unlike keepAccepted it needs earlier results: they are what the rest stays
// at.
func (a *app) acceptPart(ctx context.Context, c *cache.Cache, o acceptOptions, done corpora.Acceptance) error {
	accepted, err := a.mustAccepted(c, o.corpus, ": --group accepts a part of what differs from that")
	if err != nil {
		return err
	}
	var chosen, rest []corpora.AcceptedPart
	changes := accepted.Changes(done.Results)
	// One --group OLD -> NEW is one part, and --group NEW as many as there are signatures that become NEW.
	is := func(group string, p corpora.AcceptedPart) bool { return group == p.To || group == groupName(p) }
	// Most likely it is misspelt, and its crashes would go on to count as new.
	for _, group := range o.part.groups {
		if !slices.ContainsFunc(changes, func(p corpora.AcceptedPart) bool { return is(group, p) }) {
			return exit.Usagef("nothing was accepted: --group %q: %s", group, noGroup(changes))
		}
	}
	for _, p := range changes {
		if !slices.ContainsFunc(o.part.groups, func(group string) bool { return is(group, p) }) {
			rest = append(rest, p)
			continue
		}
		// Each part has its own: another one may be accepted for another reason tomorrow.
		p.Time, p.Reason, p.Bug, p.Until = time.Now().UTC().Truncate(time.Second), o.part.reason, o.part.bug, o.part.end
		chosen = append(chosen, p)
	}
	// A later part goes before an earlier one of the same crash: see Accepted.Apply.
	accepted.Info.Parts = append(accepted.Info.Parts, chosen...)
	if err := putAccepted(c, o.corpus, accepted); err != nil {
		return err
	}
	for _, p := range chosen {
		fmt.Fprintf(a.stdout, "accepted for corpus %s: %s\n", visible(o.corpus), visible(partNote(p, a.now())))
	}
	fmt.Fprintf(a.stdout, "%s of %s still new\n", plural.Crashes(crashesOf(rest)), plural.Of(len(rest), "group", "groups"))
	return a.acceptResult(ctx, c, o.corpus, done)
}

// noGroup says which groups there are, where none was meant.
// Those of most crashes come first: see Accepted.Changes.
func noGroup(groups []corpora.AcceptedPart) string {
	if len(groups) == 0 {
		return "no crash has another signature than the accepted one"
	}
	var names []string
	shown, more := report.Limited(groups, maxNamed)
	for _, p := range shown {
		names = append(names, fmt.Sprintf("%q", groupName(p)))
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("and %s more", plural.Number(more)))
	}
	return "no such group; there is " + strings.Join(names, ", ")
}

func crashesOf(parts []corpora.AcceptedPart) (n int) {
	for _, p := range parts {
		n += len(p.IDs)
	}
	return n
}

// partNote says what was accepted by itself, and for how long.
// Both accept and reports say it in these words. Of a part that is over they say that, since its crashes are in the
// figures again.
func partNote(p corpora.AcceptedPart, now time.Time) string {
	text := fmt.Sprintf("%s by themselves, %s: %s", plural.Crashes(len(p.IDs)), groupName(p), p.Reason)
	if p.Bug > 0 {
		text += fmt.Sprintf(" (bug %d)", p.Bug)
	}
	switch {
	case p.Over(now):
		text += ", until " + p.Until.Format(time.DateOnly) + ": they count as new again"
	case !p.Until.IsZero():
		text += ", until " + p.Until.Format(time.DateOnly)
	}
	return text
}
