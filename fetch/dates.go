package fetch

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ParseDates reads when a crash was processed, as people say it: one day, word or range FIRST..LAST, or up to two
// bounds such as >=2026-11-01. A crash at from is inside, one at to is not; the zero time is no bound.
func ParseDates(dates []string, now time.Time) (from, to time.Time, err error) {
	isBound := func(text string) bool { return strings.HasPrefix(text, "<") || strings.HasPrefix(text, ">") }
	for _, text := range dates {
		if len(dates) > 1 && !isBound(text) {
			return from, to, errors.New("more than one date; a range is FIRST..LAST")
		}
	}
	for _, text := range dates {
		parse := parseSpan
		if isBound(text) {
			parse = func(text string, _ time.Time) (bounds, error) { return parseBound(text) }
		}
		b, err := parse(text, now)
		if err != nil {
			return from, to, err
		}
		if b.lower != nil && instant(*b.lower, b.lower.Exclusive).After(from) {
			from = instant(*b.lower, b.lower.Exclusive)
		}
		if b.upper != nil {
			if end := instant(*b.upper, !b.upper.Exclusive); to.IsZero() || end.Before(to) {
				to = end
			}
		}
	}
	if !to.IsZero() && !from.Before(to) {
		return from, to, fmt.Errorf("%s: it ends before it begins", strings.Join(dates, " "))
	}
	return from, to, nil
}

// parseSpan reads one day or word, or the first and last of a range.
func parseSpan(text string, now time.Time) (bounds, error) {
	if text == "" {
		return bounds{}, errors.New("it is empty")
	}
	first, last, isRange := strings.Cut(text, "..")
	if !isRange {
		last = first
	}
	a, err := ParseDate(first, now)
	if err != nil {
		return bounds{}, err
	}
	b, err := ParseDate(last, now)
	return bounds{lower: &a.From, upper: &b.To}, err
}

// instant is a bound's time, or the next one that the service tells from it.
func instant(b Bound, next bool) time.Time {
	if next {
		return b.Time.Add(time.Microsecond)
	}
	return b.Time
}
