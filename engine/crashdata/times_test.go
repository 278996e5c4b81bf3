package crashdata

import (
	"testing"
	"time"
)

func TestProcessedBefore(t *testing.T) {
	merged := time.Date(2026, 11, 1, 14, 0, 0, 0, time.FixedZone("", 2*60*60)) // 12:00 UTC
	tests := []struct {
		processed string
		want      bool
	}{
		{"2026-11-01T11:59:59.999999+00:00", true},
		{"2026-11-01T12:00:00+00:00", false},
		{"2026-11-01T12:00:00.000001+00:00", false},
		{"2026-11-01T13:30:00+02:00", true},
		{"2026-11-01T11:59:59Z", true},
		{"2026-11-01T11:59:59", true},
		{"2026-11-01 11:59:59.5", true},
		{"2026-11-01 12:00:01+00:00", false},
		{"", false},
		{"yesterday", false},
		{"2026-10-01", false}, // no time: whether it is before can't be told on the day itself
	}
	for _, tt := range tests {
		c := Meta{Sent: tt.processed}
		if got := c.ProcessedBefore(merged); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.processed, got, tt.want)
		}
		// Sent before, and processed again since.
		again := Meta{Sent: "2026-10-01T00:00:00+00:00", Completed: tt.processed}
		if got := again.ProcessedBefore(merged); got != (tt.want || tt.processed == "") {
			t.Errorf("processed again on %q: got %v", tt.processed, got)
		}
		if c.ProcessedBefore(time.Time{}) {
			t.Errorf("%q is before no time", tt.processed)
		}
	}
}

func TestDay(t *testing.T) {
	for _, test := range []struct{ id, processed, want string }{
		{"aaaaaaaa-bbbb-4ccc-8ddd-eeeeee261001", "2026-10-02T00:00:00+00:00", "2026-10-01"},
		{"aaaaaaaa-bbbb-4ccc-8ddd-eeeeee999999", "2026-10-02T00:00:00+00:00", "2026-10-02"},
		{"aaaaaaaa-bbbb-4ccc-8ddd-eeeeee260230", "", ""},
		{"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "", ""},
		{"261001", "", "2026-10-01"},
		{"61001", "", ""},
		{"", "2026-10-02T00:00:00+00:00", "2026-10-02"},
	} {
		if got := (Meta{ID: test.id, Sent: test.processed}).Day(); got != test.want {
			t.Errorf("%s, processed %q: %q, want %q", test.id, test.processed, got, test.want)
		}
	}
}
