package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/compare"
)

func bugsReport() *Report {
	return &Report{
		Groups: []compare.Group{
			{Pair: compare.Pair{Base: "a | b", Candidate: "a"}, Crashes: 10},
			{Pair: compare.Pair{Base: "c", Candidate: "a"}, Crashes: 5},
			{Pair: compare.Pair{Base: "c", Candidate: "d"}, Crashes: 3},
			{Pair: compare.Pair{Base: "", Candidate: "e"}, Crashes: 1},
			{Pair: compare.Pair{Base: "c", Candidate: ""}, Crashes: 2},
		},
		Signatures: []compare.SignatureCount{{Signature: "a", Base: 1, Candidate: 16}, {Signature: "a | b", Base: 10}, {Signature: "c", Base: 20, Candidate: 12}, {Signature: "d", Candidate: 3}},
	}
}

func TestNewBugs(t *testing.T) {
	r := bugsReport()
	losing, coming := BugSignatures(r.Groups)
	if diff := cmp.Diff([][]string{{"a | b", "c"}, {"a", "d", "e"}}, [][]string{losing, coming}); diff != "" {
		t.Errorf("the signatures to ask about (-want +got):\n%s", diff)
	}
	carried := map[int][]string{
		30: {"a | b", "unrelated"},
		7:  {"a | b", "a"},      // has what it needs
		20: {"c", "a"},          // lacks one of two
		10: {"c", "a | b", "d"}, // lacks the other
		5:  {"unrelated"},
	}
	got := NewBugs(r, carried, map[string]FirstSeen{"a": {"2025-01-02T03:04:05+00:00", "20250101"}})
	want := &Bugs{
		Updates: []BugUpdate{
			{ID: 10, Crashes: 15, Has: []string{"a | b", "c"}, Gone: []string{"a | b"}, Add: []string{"a"}},
			{ID: 30, Crashes: 10, Has: []string{"a | b"}, Gone: []string{"a | b"}, Add: []string{"a"}},
			{ID: 20, Crashes: 3, Has: []string{"c"}, Gone: []string{}, Add: []string{"d"}},
		},
		Settled: 1,
		After: []AfterSignature{
			{Signature: "a", Crashes: 15, FirstDate: "2025-01-02T03:04:05+00:00", FirstBuild: "20250101"},
			{Signature: "d", Crashes: 3, New: true},
			{Signature: "e", Crashes: 1, New: true},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bugs (-want +got):\n%s", diff)
	}
	if got, want := got.Heading(), "3 bugs need more signatures; 1 other has them already"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBugsRendered(t *testing.T) {
	r := bugsReport()
	r.Bugs = NewBugs(r, map[int][]string{30: {"a | b"}, 31: {"c"}}, map[string]FirstSeen{"a": {"2025-01-02T03:04:05+00:00", "20250101"}})
	for format, parts := range map[string][]string{
		"text": {
			"Bugs: 2 bugs need more signatures\n", "\nbug 30  10 crashes  https://bugzilla.mozilla.org/show_bug.cgi?id=30\n", "\n  has  [@ a | b ]  (no crash has it any more)\n  add  [@ a ]\n",
			"Signatures after the change: 2 new to the service, 1 known\n", "     15  since 2025-01-02  a\n      3  new               d\n",
		},
		"markdown": {"### Bugs: 2 bugs need more signatures\n", "- [bug 30](https://bugzilla.mozilla.org/show_bug.cgi?id=30), 10 crashes\n", "  - has, but no crash any more, `[@ a | b ]`\n  - **add** `[@ a ]`\n", "| 3 | `new` | `d` |\n"},
		"json":     {`"bugs": {`, `"id": 30,`, `"new": true`},
		"html":     {`<a href="https://bugzilla.mozilla.org/show_bug.cgi?id=30"`, "<li>has, but no crash any more, <code>a | b</code></li><li>add <code>a</code></li>", "<td>since 2025-01-02</td>"},
	} {
		var out bytes.Buffer
		if err := ComparisonFormats().Render(&out, format, r, Options{}); err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s lacks %q:\n%s", format, part, out.String())
			}
		}
		r := bugsReport()
		out.Reset()
		if err := ComparisonFormats().Render(&out, format, &Report{Bugs: &Bugs{Settled: 1}}, Options{}); err != nil || strings.Contains(out.String(), "new to the service") {
			t.Errorf("%s: no crash comes to a signature, %v: %s", format, err, out.String())
		}
		out.Reset()
		if err := ComparisonFormats().Render(&out, format, r, Options{}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(out.String()), "bug") && format != "html" {
			t.Errorf("%s speaks of bugs without having been asked", format)
		}
	}
}
