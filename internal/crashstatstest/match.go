package crashstatstest

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
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
	switch {
	case strings.HasPrefix(c.value, "__"):
		return c, badArgument("this stand-in knows no " + c.value)
	case f.Validation == "int" && f.kept(c.value) == nil: // or a bound, which is not asked for here
		return c, badArgument(fmt.Sprintf("Bad value for parameter %s: not a valid int", f.Name))
	case f.Name == "version" && strings.HasSuffix(c.value, "b"):
		c.op = "^" // of all betas
	case c.op == "@":
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
	if !c.field.words {
		return text == c.value
	}
	// Any word will do.
	return slices.ContainsFunc(wordsOf(c.value), func(word string) bool { return slices.Contains(wordsOf(text), word) })
}

// wordsOf are the words of a text as the search engine has them.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// wildcard matches `*` and `?`, unless a backslash is before them. path.Match would stop at slashes and knows brackets, so both are taken out
// of its way first.
func wildcard(pattern, text string) bool {
	plain := strings.NewReplacer("/", "\x00", "[", "\x01", "]", "\x02")
	ok, err := path.Match(plain.Replace(pattern), plain.Replace(text))
	return ok && err == nil
}

// A filter is all conditions on one field, any one of which will do. Negated values without an operator are one condition: that the
// crash has none of them.
type filter struct {
	name       string
	conditions []condition
}

func (f filter) matches(v any) bool {
	none := func(c condition) bool { return c.not && c.op == "" }
	return slices.ContainsFunc(f.conditions, func(c condition) bool {
		return c.matches(v) && (!none(c) || !slices.ContainsFunc(f.conditions, func(c condition) bool { return none(c) && !c.matches(v) }))
	})
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

// formatTime shows microseconds where there are some, as Python's isoformat does.
func formatTime(t time.Time) string {
	layout := "2006-01-02T15:04:05.000000+00:00"
	if t.Truncate(time.Second).Equal(t) {
		layout = "2006-01-02T15:04:05+00:00"
	}
	return t.UTC().Format(layout)
}

// dates are the bounds of a search, and the indexes that it looks into.
type dates struct {
	from, to time.Time
	indexes  map[string]bool
	missing  []any // errors over those that are not there
}

// A bound is one end of a window, as it was asked for.
type bound struct {
	op string
	at time.Time
}

// parseDates applies the service's rules: an operator is a must, the tightest bounds count, and a week is the default.
func parseDates(values []string, now time.Time) (dates, error) {
	ends := map[byte]*bound{}
	for _, v := range values {
		rest := strings.TrimLeft(v, "<>=")
		b := &bound{op: v[:len(v)-len(rest)]}
		if !slices.Contains([]string{"<", "<=", ">", ">="}, b.op) {
			return dates{}, badArgument("date must have a prefix operator")
		}
		var err error
		if b.at, err = parseTime(rest); err != nil {
			return dates{}, badArgument("Bad value for parameter date: not a valid datetime")
		}
		// The tightest of several bounds counts, of two at the same time the first.
		side := b.op[0]
		if old := ends[side]; old == nil || side == '<' && b.at.Before(old.at) || side == '>' && b.at.After(old.at) {
			ends[side] = b
		}
	}
	to := cmp.Or(ends['<'], &bound{"<=", now})
	from := cmp.Or(ends['>'], &bound{">=", to.at.AddDate(0, 0, -7)})
	if to.at.Sub(from.at) > 365*24*time.Hour {
		return dates{}, badArgument("Date range is bigger than 365 days")
	}
	// Indexes go by what was asked for, of a half-year. The oldest of them is deleted while it is still asked for.
	oldest := now.AddDate(0, 0, -26*7)
	kept := indexes(oldest, now)
	d := dates{from: from.second(), to: to.second(), indexes: indexes(from.at, to.at)}
	maps.DeleteFunc(d.indexes, func(name string, _ bool) bool { return !kept[name] })
	if d.indexes[index(oldest)] {
		d.missing = []any{map[string]any{"type": "missing_index", "index": index(oldest)}}
		delete(d.indexes, index(oldest))
	}
	return d, nil
}

// second is the first or the last moment within a bound. The service cuts bounds to seconds, and the search engine takes one that
// has no fraction for the whole second: > and <= mean its end, >= and < its begin.
func (b *bound) second() time.Time {
	second := b.at.Truncate(time.Second)
	switch b.op {
	case ">":
		return second.Add(time.Second)
	case "<":
		return second.Add(-time.Microsecond)
	case "<=":
		return second.Add(time.Second - time.Microsecond)
	}
	return second
}

// indexes are those that the service looks into between two moments: of the days that it meets in steps of a whole day from the first. So a
// search that ends on a Monday, at an earlier hour than it began, finds nothing of that Monday.
func indexes(from, to time.Time) map[string]bool {
	all := map[string]bool{}
	for t := from; !t.After(to); t = t.AddDate(0, 0, 1) {
		all[index(t)] = true
	}
	return all
}

// index is where the service keeps the crashes of a moment, socorro%Y%W: one for each week of a year, from Monday.
func index(t time.Time) string {
	sinceMonday := (int(t.Weekday()) + 6) % 7
	return fmt.Sprintf("socorro%d%02d", t.Year(), (t.YearDay()+6-sinceMonday)/7)
}

// hold tells whether a crash of a moment is found.
func (d dates) hold(t time.Time) bool {
	return !t.Before(d.from) && !t.After(d.to) && d.indexes[index(t)]
}
