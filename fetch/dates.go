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
	b, err := parseBounds(dates, now)
	if err != nil {
		return from, to, err
	}
	// The service's clock has microseconds, so that "after t" is "from the next microsecond on".
	if b.lower != nil {
		from = instant(*b.lower, b.lower.Exclusive)
	}
	if b.upper != nil {
		to = instant(*b.upper, !b.upper.Exclusive)
	}
	if !to.IsZero() && !from.Before(to) {
		return from, to, fmt.Errorf("%s: it ends before it begins", strings.Join(dates, " "))
	}
	return from, to, nil
}

// parseBounds reads what [ParseDates] takes; none is given where there are no dates.
func parseBounds(dates []string, now time.Time) (all bounds, err error) {
	for _, text := range dates {
		var b bounds
		switch isBound := strings.HasPrefix(text, "<") || strings.HasPrefix(text, ">"); {
		case isBound:
			b, err = parseBound(text)
		case len(dates) > 1:
			err = errors.New("more than one date; a range is FIRST..LAST")
		default:
			b, err = parseSpan(text, now)
		}
		if err != nil {
			return bounds{}, err
		}
		all.add(b)
	}
	return all, nil
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
