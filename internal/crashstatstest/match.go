package crashstatstest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A badArgument is a 400 in the service's words.
type badArgument string

func (e badArgument) Error() string { return "Bad request: BadArgumentError: " + string(e) }

// operators of texts, each a letter; what is enumerated knows none.
const operators = "=~$^@"

// A condition is one value of a filter.
type condition struct {
	field     field
	op, value string
	pattern   *regexp.Regexp
	not       bool
}

// parseCondition takes apart `!`, the operator and what is looked for.
func parseCondition(f field, value string) (condition, error) {
	c := condition{field: f, value: value}
	// Negation comes in front of the operator.
	c.value, c.not = strings.CutPrefix(c.value, "!")
	if f.Validation == "str" && c.value != "" && strings.Contains(operators, c.value[:1]) {
		c.op, c.value = c.value[:1], c.value[1:]
	}
	if c.op == "@" {
		var err error
		// The search engine's regular expressions match whole values.
		if c.pattern, err = regexp.Compile("^(?:" + c.value + ")$"); err != nil {
			return c, badArgument("Bad value for parameter " + f.Name)
		}
	}
	return c, nil
}

func (c condition) matches(v any) bool { return c.holds(v) != c.not }

// holds leaves the negation out.
func (c condition) holds(v any) bool {
	// A crash without the field matches nothing. With a `!` in front it matches, as in Super Search.
	if v == nil {
		return false
	}
	text := fmt.Sprint(v)
	switch c.op {
	case "=":
		return text == c.value
	case "~":
		return wildcard("*"+c.value+"*", text)
	case "^":
		return wildcard(c.value+"*", text)
	case "$":
		return wildcard("*"+c.value, text)
	case "@":
		return c.pattern.MatchString(text)
	}
	// Without an operator the search engine compares words, which it has in lower case.
	return strings.EqualFold(text, c.value)
}

// wildcard matches `*` and `?`; path.Match would stop at slashes and knows brackets, so both are taken out of its way first.
func wildcard(pattern, text string) bool {
	plain := strings.NewReplacer("/", "\x00", "[", "\x01", "]", "\x02", `\`, "\x03")
	ok, err := path.Match(plain.Replace(pattern), plain.Replace(text))
	return ok && err == nil
}

// A filter is all conditions on one field, any one of which will do.
type filter struct {
	name       string
	conditions []condition
}

func (f filter) matches(v any) bool {
	return slices.ContainsFunc(f.conditions, func(c condition) bool { return c.matches(v) })
}

var timeLayouts = []string{"2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05"}

func parseTime(s string) (time.Time, error) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Truncate(time.Microsecond), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date", s)
}

// formatTime always shows microseconds, as the service does for dates of crashes.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }

// dates are the bounds of a search.
type dates struct{ from, to time.Time }

// parseDates applies the service's rules: an operator is a must, the tightest bounds count, and a week is the default.
func parseDates(values []string, now time.Time) (dates, error) {
	var d dates
	for _, v := range values {
		rest := strings.TrimLeft(v, "<>=")
		op := v[:len(v)-len(rest)]
		if !slices.Contains([]string{"<", "<=", ">", ">="}, op) {
			return d, badArgument("date must have a prefix operator")
		}
		t, err := parseTime(rest)
		if err != nil {
			return d, badArgument("Bad value for parameter date: not a valid datetime")
		}
		// Dates have whole microseconds, so that what is after one is from the next on.
		switch op {
		case "<":
			t = t.Add(-time.Microsecond)
		case ">":
			t = t.Add(time.Microsecond)
		}
		// The tightest of several bounds counts.
		if op[0] == '<' && (d.to.IsZero() || t.Before(d.to)) {
			d.to = t
		}
		if op[0] == '>' && (d.from.IsZero() || t.After(d.from)) {
			d.from = t
		}
	}
	if d.to.IsZero() {
		d.to = now
	}
	if d.from.IsZero() {
		d.from = d.to.AddDate(0, 0, -7)
	}
	// Older crashes are not kept.
	if oldest := now.AddDate(0, 0, -26*7); d.from.Before(oldest) {
		d.from = oldest
	}
	return d, nil
}

// hold tells whether a moment is between the bounds.
func (d dates) hold(t time.Time) bool { return !t.Before(d.from) && !t.After(d.to) }
