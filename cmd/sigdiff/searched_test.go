package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/report"
)

// TestLacksNotes: what a corpus lacks is said, whichever command made it, and also of what was added.
func TestLacksNotes(t *testing.T) {
	partial := corpusProvenance{Command: "fetch", Provenance: fetch.Provenance{Incomplete: []string{"a shard failed"}}}
	for _, test := range []struct {
		provenance any
		want       []string
	}{
		{partial, []string{"the corpus is not complete: a shard failed"}},
		{corpusProvenance{Command: "fetch"}, nil},
		{importProvenance{"import", []string{"a"}, []string{"2 documents were not imported"}}, []string{"the corpus is not complete: 2 documents were not imported"}},
		{map[string]any{"command": "import", "added": []any{partial}}, []string{"the corpus is not complete: a shard failed"}},
		{map[string]any{"command": "corpus sample", "of": map[string]any{"added": []any{partial}}}, []string{"the corpus is not complete: a shard failed"}},
		{nil, nil},
	} {
		from, err := json.Marshal(test.provenance)
		if err != nil {
			t.Fatal(err)
		}
		notes := lacksNotes(from)
		if len(notes) != len(test.want) || len(notes) == 1 && (notes[0].Text.String() != test.want[0] || !notes[0].Unknown) {
			t.Errorf("%s: %v, want %q", from, notes, test.want)
		}
	}
}

// TestAbsentNeedsTheWeeksKept: a line is absent only where all that the service had when it was asked was searched. A window as
// long that ended before has weeks of which the service kept nothing any more.
func TestAbsentNeedsTheWeeksKept(t *testing.T) {
	asked := time.Date(2028, time.February, 29, 23, 59, 59, 999_999_900, time.UTC) // dates have microseconds
	kept := fetch.Kept(asked)
	for name, test := range map[string]struct {
		from, to time.Duration // by which the window's ends are moved
		want     bool
	}{
		"all":                 {0, 0, true},
		"more":                {-30 * 24 * time.Hour, time.Hour, true},
		"a late beginning":    {time.Microsecond, 0, false},
		"an early end":        {0, -time.Microsecond, false},
		"as long, but before": {-24 * time.Hour, -24 * time.Hour, false},
		"longer, but before":  {-100 * 24 * time.Hour, -time.Hour, false},
	} {
		w := kept
		w.From.Time, w.To.Time = w.From.Time.Add(test.from), w.To.Time.Add(test.to)
		text, err := json.Marshal(corpusProvenance{
			Command: "fetch", Lines: []report.SearchedLine{{Line: "+ prefix mozilla::Foo", Absent: true}},
			Provenance: fetch.Provenance{Window: &w, Time: asked},
		})
		if err != nil {
			t.Fatal(err)
		}
		if s := searchedLines(text); s == nil || len(s.Lines) != 1 || s.All != test.want {
			t.Errorf("%s: %s: %+v", name, w, s)
		}
	}
}

// TestSearchedDays: the days that a report names were searched, the last of them too.
func TestSearchedDays(t *testing.T) {
	now := time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	for dates, want := range map[string][2]string{
		"yesterday":              {"2026-11-20", "2026-11-20"},
		"2026-11-01..2026-11-07": {"2026-11-01", "2026-11-07"},
		"thisweek":               {"2026-11-14", "2026-11-21"},
		"today":                  {"2026-11-21", "2026-11-21"},
		"<=2026-11-20":           {"2026-11-13", "2026-11-20"},
		"<2026-11-20T00:00:01":   {"2026-11-13", "2026-11-20"},
	} {
		query, err := fetch.Filters{Dates: []string{dates}}.Query(now)
		if err != nil {
			t.Fatal(err)
		}
		s := corpusProvenance{Provenance: fetch.Provenance{Window: &query.Window, Time: now}}.asSearched()
		if got := [2]string{s.First, s.Last}; got != want {
			t.Errorf("%s: %s, want %s", dates, got, want)
		}
	}
}
