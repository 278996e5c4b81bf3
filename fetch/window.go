package fetch

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

const (
	day  = 24 * time.Hour
	week = 7 * day // time.Truncate takes those from a Monday
	// defaultDays is what the service searches when no lower bound is given.
	defaultDays = 7
	// maxDays is the longest window that the service accepts.
	maxDays = 365
	// keptWeeks is how long the service keeps crashes; what is older is silently not found.
	keptWeeks = 26
)

// A Bound is one end of a window.
type Bound struct {
	Time      time.Time // UTC, whole microseconds: finer is not kept by the service
	Exclusive bool      // whether a crash at exactly Time is outside
}

// A Window is the stretch of time, by when crashes were sent, that a search covers. Both ends are always set.
type Window struct {
	From, To Bound
}

// Kept is the window of all crashes that the service surely keeps: 25 weeks and up to six days. It drops weeks, from Monday, and that in
// which its time ends may be gone already: answers to a search that needs it are partial then.
func Kept(now time.Time) Window {
	to := now.UTC().Truncate(time.Microsecond)
	return Window{From: Bound{Time: to.Add((1 - keptWeeks) * week).Truncate(week)}, To: Bound{Time: to}}
}

// Since is the window from a moment on, of what the service keeps now. It ends with the day, so that the service searches all of it
// at once: see searched.
func Since(from, now time.Time) Window {
	w := Kept(now)
	if from.After(w.From.Time) {
		w.From.Time = from.UTC().Truncate(time.Microsecond)
	}
	w.To = wholeDay(now.UTC().Truncate(day)).To
	return w
}

// searched are the parts of a window that the service searches whole, one or two. It has an index for each week of a year, from
// Monday, and searches those of the days that it meets in steps of a day from the start of the window. So it finds nothing of the day
// on which a window ends, if that is the first of an index, and the window ends at an earlier hour than it began.
func (w Window) searched() []Window {
	last := w.To.Time.Truncate(day)
	first := last.Weekday() == time.Monday || last.YearDay() == 1
	met := w.From.Time.Sub(w.From.Time.Truncate(day)) <= w.To.Time.Sub(last)
	if !first || met || w.To.Time.Equal(last) && w.To.Exclusive {
		return []Window{w}
	}
	return []Window{{From: w.From, To: Bound{Time: last, Exclusive: true}}, {From: Bound{Time: last}, To: w.To}}
}

// unsearched says what is missing in the answer to one search of the window, if anything is.
func (w Window) unsearched() (missing []string) {
	for _, part := range w.searched()[1:] {
		missing = append(missing, fmt.Sprintf("the service searches nothing of %s: the window ends on that day, at an earlier hour than it begins; let it end with a day", part.From.Time.Format(time.DateOnly)))
	}
	return missing
}

// AllKept tells whether the window holds all that the service kept at a moment. One as long that ended before does not: of its
// first weeks the service kept nothing any more.
func (w Window) AllKept(at time.Time) bool {
	kept := Kept(at)
	return !w.From.Time.After(kept.From.Time) && !w.To.Time.Before(kept.To.Time)
}

// Over tells whether a window had ended at a moment, so that no more crashes are sent in it. Some may still be processed.
func (w Window) Over(at time.Time) bool { return !w.To.Time.After(at) }

// params are the window as the service's date parameter takes it.
func (w Window) params() []string {
	return []string{operator(">", w.From) + formatTime(w.From.Time), operator("<", w.To) + formatTime(w.To.Time)}
}

func operator(side string, b Bound) string {
	if b.Exclusive {
		return side
	}
	return side + "="
}

// String is the window as two date parameters, such as `>=2026-11-01T00:00:00+00:00 <2026-11-02T00:00:00+00:00`.
func (w Window) String() string { return strings.Join(w.params(), " ") }

// MarshalJSON writes the window as `{"from": ">=TIME", "to": "<TIME"}`.
func (w Window) MarshalJSON() ([]byte, error) {
	p := w.params()
	return json.Marshal(map[string]string{"from": p[0], "to": p[1]})
}

// UnmarshalJSON reads what [Window.MarshalJSON] wrote.
func (w *Window) UnmarshalJSON(data []byte) error {
	var j struct{ From, To string }
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	b, err := parseBounds([]string{j.From, j.To}, time.Time{})
	if err == nil && (b.lower == nil || b.upper == nil) {
		err = fmt.Errorf("window %q to %q: it has two bounds of one side", j.From, j.To)
	}
	if err == nil {
		w.From, w.To = *b.lower, *b.upper
	}
	return err
}

// check refuses the windows that the service would refuse or that can't hold a crash.
func (w Window) check() error {
	if !w.From.Time.Before(w.To.Time) {
		return fmt.Errorf("the window %s is empty: its end is not after its start", w)
	}
	if w.To.Time.Sub(w.From.Time) > maxDays*day {
		return fmt.Errorf("the window %s is longer than %d days, the most that the service searches", w, maxDays)
	}
	return nil
}

// bounds are those given so far, the tightest of each side.
type bounds struct {
	lower, upper *Bound
}

// add keeps the tighter of two bounds, as the service does; of two at the same time the first.
func (b *bounds) add(more bounds) {
	if more.lower != nil && (b.lower == nil || more.lower.Time.After(b.lower.Time)) {
		b.lower = more.lower
	}
	if more.upper != nil && (b.upper == nil || more.upper.Time.Before(b.upper.Time)) {
		b.upper = more.upper
	}
}

// freeze fills in the bounds that were not given the way the service would at this moment: up to now, from a
// week before the end.
func (b bounds) freeze(now time.Time) Window {
	w := Window{To: Bound{Time: now.UTC().Truncate(time.Microsecond)}}
	if b.upper != nil {
		w.To = *b.upper
	}
	w.From = Bound{Time: w.To.Time.Add(-defaultDays * day)}
	if b.lower != nil {
		w.From = *b.lower
	}
	return w
}

// parseBound reads one value of the date parameter: an operator and a time.
func parseBound(value string) (bounds, error) {
	rest := strings.TrimLeft(value, "<>=")
	op := value[:len(value)-len(rest)]
	var lower bool
	switch op {
	case ">", ">=":
		lower = true
	case "<", "<=":
	default:
		return bounds{}, fmt.Errorf("date %q: a date needs one of the operators >=, >, <, <= in front", value)
	}
	t, err := ParseTime(rest)
	if err != nil {
		return bounds{}, err
	}
	b := &Bound{Time: t, Exclusive: len(op) == 1}
	if lower {
		return bounds{lower: b}, nil
	}
	return bounds{upper: b}, nil
}

// timeLayouts are the spellings that the service reads; a fraction of a second fits after any seconds.
var timeLayouts = []string{
	"2006-01-02",
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
}

// A `+` that was pasted unescaped into a query comes out as a space.
var lostPlus = lazyregexp.New(` (\d\d:?\d\d)$`)

// ParseTime reads a time as the service does: YYYY-MM-DD, or with `T` or a space and hh:mm:ss, a fraction and
// an offset, all UTC unless the text says otherwise. The result is cut to whole microseconds.
func ParseTime(s string) (time.Time, error) {
	text := strings.TrimSpace(s)
	// Only behind the date: there, a space stands for the T.
	if len(text) > len("2006-01-02T") {
		text = text[:11] + lostPlus().ReplaceAllString(text[11:], "+$1")
	}
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	for _, layout := range timeLayouts {
		t, _ := time.Parse(layout, text) // the year 1 with an error
		if t = t.UTC(); t.Year() >= 1970 && t.Year() < 10_000 {
			return t.Truncate(time.Microsecond), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.60q is not a date: write YYYY-MM-DD or YYYY-MM-DDThh:mm:ss", s)
}

// formatTime writes a time as the service itself does in its answers.
func formatTime(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05+00:00")
	}
	return t.Format("2006-01-02T15:04:05.000000+00:00")
}

// ParseDate reads a day or a word for a stretch of days, all in UTC: YYYY-MM-DD and `yesterday` are whole days,
// `today` goes from midnight to now, `thisweek` and `thismonth` are the 7 and 30 days up to now, as Socorro's
// own tools take them.
func ParseDate(word string, now time.Time) (Window, error) {
	now = now.UTC().Truncate(time.Microsecond)
	midnight := now.Truncate(day)
	switch word {
	case "thisweek":
		return bounds{}.freeze(now), nil
	case "thismonth":
		return Window{From: Bound{Time: now.Add(-30 * day)}, To: Bound{Time: now}}, nil
	case "today":
		return Window{From: Bound{Time: midnight}, To: Bound{Time: now}}, nil
	case "yesterday":
		return wholeDay(midnight.Add(-day)), nil
	}
	// A day alone. Times are for bounds, which say on which side of them a crash must be.
	t, _ := time.Parse("2006-01-02", word) // the year 1 with an error
	if t.Year() < 1970 {
		return Window{}, fmt.Errorf("%.60q is not a date: write YYYY-MM-DD, today, yesterday, thisweek or thismonth", word)
	}
	return wholeDay(t), nil
}

func wholeDay(start time.Time) Window {
	return Window{From: Bound{Time: start}, To: Bound{Time: start.Add(day), Exclusive: true}}
}

// ParseDates reads when a crash was sent, as people say it: one day, word or range FIRST..LAST, or up to two
// bounds such as >=2026-11-01. A crash at from is inside, one at to is not; the zero time is no bound. Searches of
// the service find the same crashes.
func ParseDates(dates []string, now time.Time) (from, to time.Time, err error) {
	b, err := parseBounds(dates, now)
	if err != nil {
		return from, to, err
	}
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

// instant is the start of the second that a bound is in, or of the next one: the service knows bounds no finer.
func instant(b Bound, next bool) time.Time {
	start := b.Time.Truncate(tick)
	if next {
		return start.Add(tick)
	}
	return start
}
