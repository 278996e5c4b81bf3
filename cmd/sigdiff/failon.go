package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/meant"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// failOnHelp says what --fail-on takes.
const failOnHelp = "exit with 1 when the report has one of these: concerns, a kind of concern such as never or siblings, a kind of group such as merged, or more changed crashes than changed>100 or changed>1%"

// failWhen tells what of a report makes a condition of --fail-on true; empty where nothing does.
type failWhen func(r *report.Report) string

// parseFailOn reads the conditions of --fail-on.
// They are read before anything is compared, so that a misspelt one fails at once and not after hours.
func parseFailOn(words []string) ([]failWhen, error) {
	var all []failWhen
	for _, word := range words {
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
		return func(r *report.Report) string { return some(len(r.Concerns), "concern", "concerns") }, nil
	// Kinds of concerns and of groups have no name in common, so that the order of these cases doesn't matter.
	case slices.Contains(concerns.All(), concerns.Kind(word)):
		is := func(c concerns.Concern) bool { return c.Kind == concerns.Kind(word) }
		return func(r *report.Report) string { return some(count(r.Concerns, is), word, word) }, nil
	case slices.Contains(compare.GroupKinds(), compare.GroupKind(word)):
		is := func(g compare.Group) bool { return g.Kind == compare.GroupKind(word) }
		return func(r *report.Report) string { return some(count(r.Groups, is), word+" group", word+" groups") }, nil
	}
	if limit, ok := strings.CutPrefix(word, "changed>"); ok {
		return parseMost(limit)
	}
	names := conditions()
	return nil, fmt.Errorf("that is no condition%s; there are %s, changed>100 and changed>1%%", meant.Text(word, names), strings.Join(names, ", "))
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
	number, share := strings.CutSuffix(limit, "%")
	most, err := strconv.ParseFloat(number, 64)
	// Written so that NaN is refused, too.
	if err != nil || !(most >= 0 && most <= 1e12) {
		return nil, fmt.Errorf("%q is no number of crashes, and no share such as 1%%", limit)
	}
	return func(r *report.Report) string {
		above := float64(r.Totals.Changed)
		if share {
			// The share is of the crashes compared. Missing ones would make it smaller than it is.
			above *= 100 / float64(max(1, r.Totals.Compared))
		}
		if above <= most {
			return ""
		}
		return plural.Of(r.Totals.Changed, "crash changed", "crashes changed") + ", more than " + limit
	}, nil
}

// notLookedFor says which concerns of --fail-on a report can't speak of; empty for none.
func notLookedFor(words []string, r *report.Report) string {
	var kinds []string
	for _, word := range words {
		if kind := concerns.Kind(strings.TrimSpace(word)); slices.Contains(concerns.All(), kind) && r.NotLookedFor(kind) {
			kinds = append(kinds, string(kind))
		}
	}
	if kinds == nil {
		return ""
	}
	return fmt.Sprintf("--fail-on: %s: such concerns were not looked for; a note in the report says why", strings.Join(kinds, ", "))
}

func count[T any](all []T, is func(T) bool) (n int) {
	for _, one := range all {
		if is(one) {
			n++
		}
	}
	return n
}

func some(n int, one, many string) string {
	if n == 0 {
		return ""
	}
	return plural.Of(n, one, many)
}

// failed is the error of a report that has what --fail-on asks for; nil for none.
// All that hold are named, not only the first.
func failed(conditions []failWhen, r *report.Report) error {
	var found []string
	for _, when := range conditions {
		if text := when(r); text != "" {
			found = append(found, text)
		}
	}
	if found == nil {
		return nil
	}
	return exit.With(exit.Changed, fmt.Errorf("--fail-on: %s", strings.Join(found, ", ")))
}
