package report

import (
	"bytes"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/siglists"
)

// searched is a report over crashes of a search that found the lines of one of its verdicts absent.
func searched() *Report {
	r := nasty()
	r.SetSearched(&Searched{Host: "https://crash-stats.example", First: "2026-05-30", Last: "2026-11-28", Absent: []siglists.Line{
		{List: siglists.Irrelevant, Text: "mozilla::Seldom"}, {List: siglists.Prefix, Text: `a$b`},
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
	r := nasty()
	r.SetSearched(nil)
	if !bytes.Contains(render(t, "text", r, Options{}), []byte("if there are any: "+r.Fetch)) {
		t.Error("nothing says how to search")
	}
}
