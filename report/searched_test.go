package report

import (
	"bytes"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// searched is a report over crashes of a search that found the lines of one of its verdicts absent.
func searched() *Report {
	r := nasty()
	r.SetSearched(&Searched{Host: "https://crash-stats.example", First: "2026-05-30", Last: "2026-11-28", All: true, Lines: []SearchedLine{
		{Line: "+ irrelevant mozilla::Seldom", Absent: true}, {Line: `+ prefix a$b`, Absent: true}, {Line: "+ irrelevant a$b", Crashes: 1},
	}})
	return r
}

// TestSearched: only what is absent by the search, of the same list, is said to be; there is no use in searching again.
func TestSearched(t *testing.T) {
	kinds := map[string]compare.VerdictKind{}
	for _, v := range searched().Lines {
		kinds[v.Change.Line.Text] = v.Kind
	}
	if kinds["mozilla::Seldom"] != compare.Absent || kinds[`a$b`] != compare.NotSeen || kinds["gone"] != compare.NotSeen {
		t.Errorf("%v", kinds)
	}
	for format, want := range map[string]string{
		"text":     "no frame matches, and no crash of https://crash-stats.example, 2026-05-30 to 2026-11-28, has its text",
		"markdown": "| none in 25 weeks | 0 | 0 |", "html": "none in 25 weeks", "json": `"verdict": "absent"`,
	} {
		out := render(t, format, searched(), Options{})
		if !bytes.Contains(out, []byte(want)) || bytes.Contains(out, []byte("sigdiff fetch")) {
			t.Errorf("%s: %s", format, out)
		}
	}
	seen := searched()
	seen.Lines[6].Kind = compare.NoEffect // its text is in the corpus that was compared
	if seen.SetSearched(seen.Corpus.Searched); seen.Lines[6].Kind != compare.NoEffect {
		t.Errorf("a line that is seen: %s", seen.Lines[6].Kind)
	}
	part := nasty()
	part.SetSearched(&Searched{Lines: seen.Corpus.Searched.Lines})
	if part.Lines[6].Kind != compare.NotSeen {
		t.Errorf("by a search of a part of all crashes: %s", part.Lines[6].Kind)
	}
	r := nasty()
	r.SetSearched(nil)
	if !bytes.Contains(render(t, "text", r, Options{}), []byte("if there are any: "+r.Fetch)) {
		t.Error("nothing says how to search")
	}
}

// TestSearchedLines: how many crashes have what a line may match, as far as that is known.
func TestSearchedLines(t *testing.T) {
	for want, l := range map[string]SearchedLine{
		"x: not known, since the line has no text to search for, other lines may let it match more, or the service's answer was partial": {Unknown: true},
		"x: at least 2 crashes": {Crashes: 2, Unknown: true},
		"x: 0 crashes; 2 crashes have its text within other frames": {Crashes: 2, Absent: true, Listed: 2},
		"x: 0 crashes": {Absent: true},
		"x: 2 crashes have its text, but none of 1 looked at a frame that it matches": {Crashes: 2, Listed: 1},
		"x: 2 crashes":                  {Crashes: 2},
		"x: 2 crashes, most often a, b": {Crashes: 2, Listed: 2, Matching: 1, Signatures: []string{"a", "b"}},
	} {
		l.Line = "x"
		if got := l.phrase().String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for want, s := range map[bool]*Searched{false: {}, true: {Lines: []SearchedLine{{Absent: true}}}} {
		if s.none() != want {
			t.Errorf("%v: none of %d lines", !want, len(s.Lines))
		}
	}
}

// TestScreened: what stands on screening alone is said, with what was compared.
func TestScreened(t *testing.T) {
	s := &Screening{Crashes: 4, Compared: 2, Screened: 1, Left: 1, Grounds: []Ground{{Verdict: CachedGround, Crashes: 1, Compared: 1, Changed: 1}, {Verdict: "may change", Crashes: 3, Compared: 1}}}
	const want = "1 of 4 crashes stands on screening alone: what the search says of them makes the same signature on both sides. 1 was cached. Of 2 that may change, or that screening can't tell, 1 was compared in full: 0 changed; 1 was not compared"
	if got := s.note().Text.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
