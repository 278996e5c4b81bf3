package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
)

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
	f.IntVar(&o.bug, "bug", 0, "with --group: the number of the bug about it")
	f.StringVar(&o.until, "until", "", "with --group: the day, YYYY-MM-DD in UTC, from which on the crashes count as new again (default never)")
}

// check reads until, too. now is when the command runs: a part that has ended before it begins is a mistake.
func (o *partOptions) check(now time.Time) (err error) {
	switch {
	case o.groups == nil && (o.reason != "" || o.bug != 0 || o.until != ""):
		return exit.Usagef("--reason, --bug and --until say why a part is accepted; name it with --group")
	case o.groups == nil:
		return nil
	case strings.TrimSpace(o.reason) == "":
		return exit.Usagef("--group needs a --reason, for those who read the report later")
	case o.bug < 0:
		return exit.Usagef("--bug %d: it is the number of a bug", o.bug)
	case o.until == "":
		return nil
	}
	if o.end, err = fetch.ParseTime(o.until); err != nil {
		return exit.Usagef("--until: %w", err)
	}
	if !o.end.After(now) {
		return exit.Usagef("--until %s: that has passed", o.until)
	}
	return nil
}

// chooses tells whether a flag names a part: by its new signature, or by both.
func (o *partOptions) chooses(p corpora.AcceptedPart) bool {
	return slices.Contains(o.groups, p.To) || slices.Contains(o.groups, groupName(p))
}

// groupName is how reports show a group, so that it can be pasted after --group.
func groupName(p corpora.AcceptedPart) string { return p.From + " -> " + p.To }

// acceptPart accepts some of what differs from the accepted results.
// What it accepts is put beside the accepted results, and not into them: 'accepted' shows each part with its reason,
// and one with an end can cease to hold. Unlike keepAccepted it needs earlier results: they are what the rest stays
// at.
func (a *app) acceptPart(ctx context.Context, c *cache.Cache, o acceptOptions, done corpora.Acceptance) error {
	accepted, err := a.readAccepted(c, o.corpus)
	if err == nil && accepted == nil {
		err = exit.Usagef("nothing was accepted for corpus %q yet: --group accepts a part of what differs from that", o.corpus)
	}
	if err != nil {
		return err
	}
	var chosen, rest []corpora.AcceptedPart
	for _, p := range accepted.Changes(done.Results) {
		// One --group OLD -> NEW is one part, and --group NEW as many as there are signatures that become NEW.
		if !o.part.chooses(p) {
			rest = append(rest, p)
			continue
		}
		p.Time, p.Reason, p.Bug, p.Until = time.Now().UTC().Truncate(time.Second), o.part.reason, o.part.bug, o.part.end
		chosen = append(chosen, p)
	}
	if chosen == nil {
		return exit.Usagef("nothing was accepted: %s", noGroup(rest))
	}
	accepted.Info.Parts = append(accepted.Info.Parts, chosen...)
	blob, err := accepted.Encode()
	if err != nil {
		return err
	}
	if err := c.PutAccepted(o.corpus, blob); err != nil {
		return err
	}
	for _, p := range chosen {
		fmt.Fprintf(a.stdout, "accepted for corpus %s: %s\n", visible(o.corpus), visible(partNote(p, a.now())))
	}
	fmt.Fprintf(a.stdout, "%s of %s still new\n", plural.Crashes(crashesOf(rest)), plural.Of(len(rest), "group", "groups"))
	return a.acceptResult(ctx, c, done)
}

// noGroup says which groups there are, where none was meant.
// Those of most crashes come first: see Accepted.Changes.
func noGroup(groups []corpora.AcceptedPart) string {
	if len(groups) == 0 {
		return "no crash has another signature than the accepted one"
	}
	var names []string
	for _, p := range groups[:min(len(groups), maxNamed)] {
		names = append(names, fmt.Sprintf("%q", groupName(p)))
	}
	if more := len(groups) - len(names); more > 0 {
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
