package crashdata

import (
	"cmp"
	"time"
)

// SentTime is when the crash was sent, UTC; false when the processed crash doesn't say, or
// not in a way that can be read.
func (m Meta) SentTime() (time.Time, bool) { return parseTime(m.Sent) }

// ProcessedTime is when the crash was processed last, UTC. One that doesn't say that was processed when it was sent, as far as is
// known.
func (m Meta) ProcessedTime() (time.Time, bool) { return parseTime(cmp.Or(m.Completed, m.Sent)) }

// layouts are the spellings of times in processed crashes: ISO 8601 with an offset, as Socorro writes it, or
// without one, which means UTC; with T or a space. A fraction fits after any seconds.
var layouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
}

func parseTime(text string) (time.Time, bool) {
	// Layouts without an offset parse as UTC.
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// Day is the day of the crash: that at the end of its id, or else that on which it was sent; empty where neither
// is known.
func (m Meta) Day() string {
	// The id is there for every crash, and its day needs no time zone.
	if at := len(m.ID) - len("060102"); at >= 0 {
		if t, err := time.Parse("060102", m.ID[at:]); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	if t, ok := m.SentTime(); ok {
		return t.Format(time.DateOnly)
	}
	return ""
}

// ProcessedBefore tells whether the crash was processed last before a time; never when that is zero. Both are
// compared as instants, whatever their offsets. One of which that isn't known is taken for a new one, so that a change which nobody
// meant isn't put down to its age.
func (m Meta) ProcessedBefore(t time.Time) bool {
	if t.IsZero() {
		return false
	}
	processed, ok := m.ProcessedTime()
	return ok && processed.Before(t)
}
