package main

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/verify"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	selection
	specs     specOptions
	service   serviceOptions
	base      string // a SPEC; empty: the own one of pr/N
	since     string // empty: when pr/N was merged
	expect    string // a path, - for stdin; empty: none
	num       int    // crashes; at least 1
	reprocess string // a path; empty: not written
	format    string
}

// verifyCommand is 'sigdiff verify'. For each changed line one search asks the service for crashes that show whether
// it made them with the line; crashes that the user names are asked for by id. internal/verify judges, this file
// asks.
func (a *app) verifyCommand() *cobra.Command {
	var o verifyOptions
	cmd := page("verify", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error { return a.runVerify(cmd.Context(), o, args[0], args[1:]) })
	f := cmd.Flags()
	o.selection.addFlags(cmd)
	f.Lookup("corpus").Annotations = nil // what is asked of a service is named
	o.specs.addFlags(cmd)
	o.service.addFetchFlags(cmd, "the address of the service (default "+fetch.DefaultHost+")")
	f.StringVar(&o.base, "base", "", "SPEC of the siglists before the change (default, of pr/N: its merge base)")
	f.StringVar(&o.since, "since", "", "when the change was merged or deployed, UTC: YYYY-MM-DD, YYYY-MM-DDThh:mm, yesterday, thisweek (default: when pr/N was merged)")
	f.StringVar(&o.expect, "expect", "", "crashes and the signatures that they should have, as 'sigdiff diff --expect' reads them (- for stdin)")
	numberFlag(f, &o.num, "num", 1, 50, "how many changed crashes are fetched again")
	f.StringVar(&o.reprocess, "reprocess", "", "write the ids of the crashes that were processed before the change to this file")
	formatFlag(cmd, &o.format, "text", "text", "json")
	return cmd
}

// check refuses flags that don't go together; byCrashes tells whether crashes are named.
func (o *verifyOptions) check(byCrashes bool, flags *pflag.FlagSet) error {
	switch {
	// --expect names crashes itself.
	case byCrashes && o.expect != "":
		return exit.Usagef("name the crashes in one way: --corpus, --ids, ids, or --expect")
	case o.reprocess != "" && !byCrashes && o.expect == "":
		return exit.Usagef("--reprocess writes ids of crashes: name some with --corpus, --ids, ids, or --expect")
	case !byCrashes && flags.Changed("num"):
		return exit.Usagef("--num has no effect here: it is for the changed crashes of --corpus, --ids or ids")
	}
	return nil
}

func (a *app) runVerify(ctx context.Context, o verifyOptions, word string, args []string) error {
	byCrashes := o.named(args)
	if err := o.check(byCrashes, a.flags); err != nil {
		return err
	}
	if err := o.specs.CheckPair("verify", o.base, word); err != nil {
		return err
	}
	// Before the service is asked: a mistake in it takes no searches.
	expected, err := readNamed(a, "--expect", o.expect, corpora.ParseExpectations)
	if err != nil {
		return err
	}
	reader := a.specs(o.specs)
	base, candidate, changes, err := changedSides(ctx, reader, o.base, word)
	if err != nil {
		return err
	}
	v := &verify.Report{}
	if v.Since, err = a.changedSince(ctx, o.since, reader, base, candidate); err != nil {
		return err
	}
	progress := a.fetching()
	client, err := o.service.client(progress)
	if err != nil {
		return err
	}
	defer client.Close()
	v.Host = client.Origin()
	judge, err := newJudge(ctx, reader, base, candidate)
	if err != nil {
		return err
	}
	var open error // over crashes that could not be held against the change
	// Made with the default rules, which are what the service runs.
	before := signatures.NewGenerator(base.Set, signatures.DefaultRules())
	after := signatures.Side(signatures.NewGenerator(candidate.Set, signatures.DefaultRules()))
	switch {
	case o.expect != "":
		// All of them are asked for, whatever --num is: somebody named them, and says what is right.
		v.Crashes, after = &verify.Crashes{Changed: len(expected), Crashes: expectedCrashes(expected)}, nil
	case byCrashes:
		// Before the service is asked for anything: the cache may have to be waited for, and its answers age.
		if v.Crashes, open, err = a.changedCrashes(ctx, o, args, before, after); err != nil {
			return err
		}
	}
	if v.Lines, err = verifyLines(ctx, client, judge, changes, fetch.Since(v.Since, a.now())); err != nil {
		return err
	}
	if v.Crashes != nil {
		err = verify.Fetch(ctx, client, v.Crashes.Crashes, before, after, progress.pulled)
		progress.end()
		if err != nil {
			return err
		}
	}
	v.Decide()
	return a.printVerification(o, v, open)
}

// changedSince is since when the change may be in effect.
// Where it isn't known, that is an error: crashes of before the change would count against it.
func (a *app) changedSince(ctx context.Context, given string, reader *spec.Reader, base, candidate spec.Loaded) (time.Time, error) {
	if given != "" {
		t, err := fetch.ParseTime(given)
		if err != nil {
			// A bound or a range, as searches take them, is no moment: "<2026-11-01" would be since ever.
			w, err := fetch.ParseDate(given, a.now())
			if err != nil {
				return time.Time{}, exit.Usagef("--since: %w", err)
			}
			t = w.From.Time
		}
		if t.After(a.now()) {
			return t, exit.Usagef("--since %s: that is yet to come", given)
		}
		return t, nil
	}
	since, err := reader.Landed(ctx, base, candidate)
	if err == nil && since.IsZero() {
		err = exit.Usagef("when %s was merged is not known, if it was: --since says since when its signatures count", candidate.Info.Spec)
	}
	return since, err
}

// newJudge judges by both sides and, of a pull request or another revision, by the main branch as it is now: what was
// merged since may be deployed, too.
func newJudge(ctx context.Context, reader *spec.Reader, base, candidate spec.Loaded) (*verify.Judge, error) {
	var later *siglists.Set
	if candidate.Pull != nil || candidate.Info.Revision != "" {
		branch, err := reader.LoadMain(ctx, candidate.Pull)
		if err != nil {
			return nil, fmt.Errorf("the main branch: %w", err)
		}
		later = branch.Set
	}
	return verify.NewJudge(base.Set, candidate.Set, later)
}

// verifyLines looks for crashes that have a frame of the changed lines: one request a line.
func verifyLines(ctx context.Context, client *fetch.Client, judge *verify.Judge, changes []siglists.Change, window fetch.Window) ([]verify.Line, error) {
	lines := make([]verify.Line, len(changes))
	for i, c := range changes {
		line, err := linesearch.New(c)
		if err != nil {
			return nil, exit.Usagef("%w", err)
		}
		// Such a line is in the report all the same.
		if line.Stems == nil {
			lines[i] = verify.Line{Line: c.Edit(), Verdict: verify.Unclear, Why: "it has no text to search for; crashes tell (--corpus, --expect)"}
			continue
		}
		// No filter of products or channels: siglists are the same for all.
		query := fetch.Query{Terms: url.Values{verify.Column(line): line.Contains()}, Window: window}
		look, err := client.Look(ctx, query, verify.Columns(), false)
		if err != nil {
			return nil, fmt.Errorf("searching for %s: %w", c.Edit(), err)
		}
		if lines[i], err = judge.Line(line, look); err != nil {
			return nil, err
		}
		// So that a reader can look at the same crashes.
		lines[i].URL = client.Origin() + "/search/?" + query.Encode()
	}
	return lines, nil
}

// changedCrashes chooses crashes that the change alters. open is the error over those of which the cache doesn't tell.
func (a *app) changedCrashes(ctx context.Context, o verifyOptions, args []string, before, after signatures.Side) (chosen *verify.Crashes, open, err error) {
	err = a.withCrashes(o.selection, args, func(c *cache.Cache, which cache.Corpus) error {
		// Crashes that the change doesn't alter would tell nothing.
		tally, err := compare.Compare(ctx, corpora.NewSource(c, which.IDs), before, after, compare.Options{Workers: runtime.GOMAXPROCS(0), Changed: true})
		if err != nil {
			return fmt.Errorf("comparing: %w", err)
		}
		totals := tally.Totals()
		chosen = &verify.Crashes{Changed: totals.Changed, Crashes: spreadChanged(tally.Groups(), o.num)}
		open = a.undone(ctx, c, notCompared, tally.Missing(), totals.Failed, totals.Compared == 0)
		return nil
	})
	return chosen, open, err
}

// expectedCrashes are those of --expect, with the signatures that they should have.
func expectedCrashes(expected []corpora.Expected) []verify.Crash {
	crashes := make([]verify.Crash, len(expected))
	for i, e := range expected {
		crashes[i] = verify.Crash{ID: e.ID, Expected: e.Signature}
	}
	return crashes
}

// spreadChanged chooses some of the changed crashes, of all their new signatures.
// num are chosen in all.
func spreadChanged(groups []compare.Group, num int) []verify.Crash {
	var found []linesearch.Found
	all := map[string]verify.Crash{}
	for _, g := range groups {
		for _, c := range g.Changed {
			found = append(found, linesearch.Found{ID: c.ID, Keys: []string{g.Candidate, g.Base}})
			all[c.ID] = verify.Crash{ID: c.ID, Before: g.Base, Expected: g.Candidate}
		}
	}
	var crashes []verify.Crash
	// By the new signature first: each is another thing that the change was to bring about.
	for _, id := range linesearch.Spread(found, num) {
		crashes = append(crashes, all[id])
	}
	return crashes
}

// printVerification writes the report, which is the result, and ends with what it could not look at: its own errors have a code
// and no text.
func (a *app) printVerification(o verifyOptions, v *verify.Report, open error) error {
	// Before the report, which says that the ids are there.
	if v.Crashes != nil {
		if err := writeIDs(o.reprocess, v.Crashes.Reprocess.IDs); err != nil {
			return err
		}
	}
	if o.format == "json" {
		if err := report.WriteJSON(a.stdout, v); err != nil {
			return err
		}
	} else {
		v.Text(a.stdout, maxNamed)
	}
	switch v.Verdict {
	case verify.NotDeployed:
		return exit.With(exit.Changed, open)
	case verify.Unclear:
		return exit.With(exit.Incomplete, open)
	}
	return open
}
