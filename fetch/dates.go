package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/fetch"
)

// dateFilter puts what --date says into a filter: one day, word or range, or up to two bounds.
func dateFilter(dates []string, now time.Time, f *corpora.Filter) error {
	bounds := 0
	for _, text := range dates {
		if strings.HasPrefix(text, "<") || strings.HasPrefix(text, ">") {
			bounds++
		}
	}
	if len(dates) > 1 && bounds < len(dates) {
		return fmt.Errorf("more than one date; a range is FIRST..LAST")
	}
	for _, text := range dates {
		from, to, err := parseDates(text, now)
		if err != nil {
			return err
		}
		if from.After(f.From) {
			f.From = from
		}
		if !to.IsZero() && (f.To.IsZero() || to.Before(f.To)) {
			f.To = to
		}
	}
	if !f.To.IsZero() && !f.From.Before(f.To) {
		return fmt.Errorf("%s: it ends before it begins", strings.Join(dates, " "))
	}
	return nil
}

// parseDates reads one --date: from is inside, to is not; zero is no bound.
func parseDates(text string, now time.Time) (from, to time.Time, err error) {
	first, last, isRange := strings.Cut(text, "..")
	switch {
	case strings.HasPrefix(text, "<"), strings.HasPrefix(text, ">"):
		return parseBound(text)
	case isRange:
		a, err := fetch.ParseDate(first, now)
		if err != nil {
			return from, to, err
		}
		b, err := fetch.ParseDate(last, now)
		return startOf(a), endOf(b), err
	case text == "":
		return from, to, fmt.Errorf("it is empty")
	}
	w, err := fetch.ParseDate(text, now)
	return startOf(w), endOf(w), err
}

// instant is the finest difference between two times of processing.
const instant = time.Microsecond

func startOf(w fetch.Window) time.Time {
	if w.From.Exclusive {
		return w.From.Time.Add(instant)
	}
	return w.From.Time
}

func endOf(w fetch.Window) time.Time {
	if w.To.Exclusive {
		return w.To.Time
	}
	return w.To.Time.Add(instant)
}

// parseBound reads a time with an operator in front.
func parseBound(text string) (from, to time.Time, err error) {
	rest := strings.TrimLeft(text, "<>=")
	t, err := fetch.ParseTime(rest)
	if err != nil {
		return from, to, err
	}
	switch op := text[:len(text)-len(rest)]; op {
	case ">":
		return t.Add(instant), to, nil
	case ">=":
		return t, to, nil
	case "<":
		return from, t, nil
	case "<=":
		return from, t.Add(instant), nil
	default:
		return from, to, fmt.Errorf("%q is no operator; there are >=, >, < and <=", op)
	}
}
