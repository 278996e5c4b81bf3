package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/meant"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// diffResult is how the program ends. Crashes that are missing because the service doesn't have them
// leave nothing undone.
// What was found, expectations that are missed and what --fail-on asks for, goes before what is not known, and that before
// --exit-code. All of it is said.
func (a *app) diffResult(r *report.Report, o diffOptions, unknown []string) error {
	var found, open []error
	for _, err := range []error{expectResult(r.Expect), failed(o.failWhen, r), a.unfinished(leftIn(r), notCompared, false, unknown)} {
		if e, ok := errors.AsType[*exit.Error](err); ok && e.Code == exit.Changed {
			found = append(found, err)
		} else {
			open = append(open, err)
		}
	}
	// The first of them gives the code.
	err := errors.Join(append(found, open...)...)
	if err == nil && o.exitCode && r.Totals.Changed > 0 {
		// The report says what changed: there is nothing to add on stderr.
		return exit.With(exit.Changed, nil)
	}
	return err
}

const notCompared = "not compared"

// undone is the error of figures that don't speak of crashes that another run may get, of any crash at all (none), or of
// something that can't be known, in words; nil for none of these.
func (a *app) undone(ctx context.Context, c *cache.Cache, what string, missing []string, failed int, none bool, unknown ...string) error {
	l, err := leftOf(ctx, c, missing, failed)
	if err != nil {
		return err
	}
	return a.unfinished(l, what, none, unknown)
}

// unfinished is undone where what is left is counted already.
// Texts that the reader sees in the report on the same terminal are not said twice; the code is 3 all the same.
func (a *app) unfinished(l left, what string, none bool, unknown []string) error {
	var open []error
	if l.open() || none {
		open = append(open, l.err(what))
	}
	for _, text := range a.unshown(unknown) {
		open = append(open, errors.New(text))
	}
	if open == nil && len(unknown) == 0 {
		return nil
	}
	return exit.With(exit.Incomplete, errors.Join(open...))
}

// failOnHelp says what --fail-on takes.
const failOnHelp = "exit with 1 when the report has one of these: concerns, a kind of concern such as never or siblings, a kind of group such as merged, or more changed crashes than changed>100 or changed>1%; with 3 when it has none, and such concerns were not all looked for"

// failWhen is a condition of --fail-on.
type failWhen struct {
	found func(r *report.Report) string // what of a report makes it true; empty where nothing does
	kinds []concerns.Kind               // that must have been looked for, or else nothing found says nothing
}

// parseFailOn reads the conditions of --fail-on.
// They are read before anything is compared, so that a misspelt one fails at once and not after hours.
func parseFailOn(words []string) ([]failWhen, error) {
	var all []failWhen
	for _, word := range words {
		// Spaces come of lists such as "concerns, merged".
		when, err := parseCondition(strings.TrimSpace(word))
		if err != nil {
			return nil, exit.Usagef("--fail-on %q: %w", word, err)
		}
		all = append(all, when)
	}
	return all, nil
}

func parseCondition(word string) (failWhen, error) {
	switch {
	case word == "concerns":
		return failWhen{func(r *report.Report) string { return some(len(r.Concerns), "concern", "concerns") }, concerns.All()}, nil
	// Kinds of concerns and of groups have no name in common, so that the order of these cases doesn't matter.
	case slices.Contains(concerns.All(), concerns.Kind(word)):
		is := func(c concerns.Concern) bool { return c.Kind == concerns.Kind(word) }
		found := func(r *report.Report) string { return some(report.CountOf(r.Concerns, is), word, word) }
		return failWhen{found, []concerns.Kind{concerns.Kind(word)}}, nil
	case slices.Contains(compare.GroupKinds(), compare.GroupKind(word)):
		is := func(g compare.Group) bool { return g.Kind == compare.GroupKind(word) }
		found := func(r *report.Report) string {
			return some(report.CountOf(r.Groups, is), word+" group", word+" groups")
		}
		return failWhen{found: found}, nil
	}
	if limit, ok := strings.CutPrefix(word, "changed>"); ok {
		return parseMost(limit)
	}
	names := conditions()
	return failWhen{}, fmt.Errorf("that is no condition%s; there are %s, changed>100 and changed>1%%", meant.Text(word, names), strings.Join(names, ", "))
}

// conditions are those of --fail-on that are words alone.
func conditions() []string {
	names := []string{"concerns"}
	for _, kind := range concerns.All() {
		names = append(names, string(kind))
	}
	for _, kind := range compare.GroupKinds() {
		names = append(names, string(kind))
	}
	return names
}

// parseMost reads how many changed crashes are not too many: a number or a share.
func parseMost(limit string) (failWhen, error) {
	// A number may have a fraction: half a percent of a large corpus is many crashes.
	number, share := strings.CutSuffix(limit, "%")
	most, err := strconv.ParseFloat(number, 64)
	// Written so that NaN is refused, too.
	if err != nil || !(most >= 0 && most <= 1e12) {
		return failWhen{}, fmt.Errorf("%q is no number of crashes, and no share such as 1%%", limit)
	}
	return failWhen{found: func(r *report.Report) string {
		above := float64(r.Totals.Changed)
		if share {
			// The share is of the crashes compared. Missing ones would make it smaller than it is. It is rounded once, so that a
			// share that is just the limit is not above it.
			above = 100 * above / float64(max(1, r.Totals.Compared))
		}
		if above <= most {
			return ""
		}
		return plural.Of(r.Totals.Changed, "crash changed", "crashes changed") + ", more than " + limit
	}}, nil
}

func some(n int, one, many string) string {
	if n == 0 {
		return ""
	}
	return plural.Of(n, one, many)
}

// failed is the error of a report that has what --fail-on asks for, or may have it; nil for neither.
// All that hold are named, not only the first. One that holds is enough, whatever else could not be known.
func failed(conditions []failWhen, r *report.Report) error {
	var found, unknown []string
	for _, when := range conditions {
		if text := when.found(r); text != "" {
			found = append(found, text)
		}
		for _, kind := range when.kinds {
			if name := string(kind); r.NotLookedFor(kind) && !slices.Contains(unknown, name) {
				unknown = append(unknown, name)
			}
		}
	}
	switch {
	case found != nil:
		return exit.With(exit.Changed, fmt.Errorf("--fail-on: %s", strings.Join(found, ", ")))
	case unknown != nil:
		return exit.Incompletef("--fail-on: %s: such concerns were not all looked for; a note in the report says why", strings.Join(unknown, ", "))
	}
	return nil
}

// expect holds the expectations against what the sides make of their crashes.
// Which lines decided may be left open: what came of an expectation is known all the same.
func expect(ctx context.Context, c *cache.Cache, expected []corpora.Expected, base, candidate signatures.Side, r *report.Report) (*report.Expectations, error) {
	// One for all: it remembers frames.
	explainer := compare.NewExplainer(base, candidate)
	results := make([]report.Expected, len(expected))
	for i, e := range expected {
		// An expected crash need not be among those compared: it is looked up by its id.
		results[i] = report.Expected{ID: e.ID, Signature: e.Signature}
		// Only siglists with rules can tell that no crash gets a signature; a program may make any.
		if g, ok := candidate.(*signatures.Generator); ok {
			results[i].Misspelt = g.Rules.Misspelt(e.Signature)
		}
		crash, err := corpora.Crash(c, e.ID)
		if err == nil {
			results[i].Comparison, err = explainer.Explain(ctx, crash)
		}
		if ctx.Err() != nil { // which may be why there is none
			return nil, ctx.Err()
		}
		// Also a crash that isn't cached: an expectation that can't be checked is no expectation that is met.
		if !errors.Is(err, compare.ErrUnweighed) {
			results[i].Err = err
		}
	}
	return report.NewExpectations(results, r.Groups, compare.NewDiffer(base, candidate)), nil
}

// expectResult is the outcome of the expectations: those missed exit with 1, those that can't be
// compared with 3.
// Missed ones go before: what is known to be wrong is worse than what isn't known. Nothing expected is nil.
func expectResult(x *report.Expectations) error {
	switch {
	case x == nil:
		return nil
	case len(x.Missed) > 0:
		return exit.With(exit.Changed, fmt.Errorf("%s", plural.Of(len(x.Missed), "expectation missed", "expectations missed")))
	case len(x.Absent) > 0:
		return exit.Incompletef("%s can't be compared: %s: %s; 'sigdiff fetch' gets those that are not cached",
			plural.Of(len(x.Absent), "expected crash", "expected crashes"), x.Absent[0].ID, x.Absent[0].Err)
	}
	return nil
}

// warnMisspelt warns of signatures to search for that no crash gets. They are searched for all the same: older
// rules wrote signatures otherwise.
func (a *app) warnMisspelt(names []string) {
	for _, s := range names {
		if m := signatures.DefaultRules().Misspelt(s); m != nil {
			a.note("warning: --signature %s: %s; it is searched for all the same, since older rules may have written it", s, m)
		}
	}
}

// askBugs asks the service for the bugs of the signatures that lose crashes, and which of those that
// crashes come to it has seen before.
// Where no signature changes there is nothing to ask for, and no network is needed. That an answer is missing fails the
// command: a report without bugs would look like one of signatures that have none.
func (a *app) askBugs(ctx context.Context, service serviceOptions, r *report.Report) (*report.Bugs, error) {
	losing, coming := report.BugSignatures(r.Groups)
	// There is nothing to ask, and so no need of a token.
	if len(losing)+len(coming) == 0 {
		return report.NewBugs(r, nil, nil), nil
	}
	client, err := service.client(a.fetching())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	// The answer also has the other signatures of these bugs. So NewBugs can tell which the bug lacks.
	bugs, err := client.Bugs(ctx, losing)
	if err != nil {
		return nil, fmt.Errorf("--bugs: %w", err)
	}
	// A signature that is not among the dates is new to the service.
	dates, err := client.FirstDates(ctx, coming)
	if err != nil {
		return nil, fmt.Errorf("--bugs: %w", err)
	}
	carried, first := map[int][]string{}, map[string]report.FirstSeen{}
	for _, b := range bugs {
		// By bug: one may carry several of the signatures that lose crashes.
		carried[b.ID] = append(carried[b.ID], b.Signature)
	}
	for _, d := range dates {
		first[d.Signature] = report.FirstSeen{Date: d.FirstDate, Build: d.FirstBuild}
	}
	return report.NewBugs(r, carried, first), nil
}
