package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/lines"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// nastyLines has every kind of line, and strings that try something.
func nastyLines(t *testing.T) *Lines {
	t.Helper()
	sources := siglists.Sources{
		siglists.Sentinels:   []byte("# top \x1b[2J\n_purecall\n"),
		siglists.Irrelevant:  []byte("\n  foo\\b\n# <b>\nbar | `x`\r\n" + hostilePattern + "\n"),
		siglists.Prefix:      []byte("foo\n=1+1\n"),
		siglists.LineNumbers: []byte("js_Interpret"),
	}
	set, err := sources.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &Lines{
		Siglists: Side{Spec: "main", Kind: "git", Revision: "ee6e502f972c97666bc9b7bcad627c547dd9e17a", Digest: "1111111111111111"},
		Corpus:   Corpus{Name: "nightly | `x`", Crashes: 23456, Digest: "3333333333333333"},
		Notes:    []Note{{Text: Sentence("of another age %s", "\x1b[2J")}}, Set: set, Origins: map[siglists.Line]Commit{},
		Measured: &lines.Measured{
			Crashes: 23456, All: tally(23454, "Firefox", "Fenix"), Left: table.Left{
				Missing:  []string{"0000ffff-0000-4000-8000-000000261014"},
				Failures: []table.Failure{{ID: "2000ffff-0000-4000-8000-000000261014", Err: "a pattern \x1b]0;title\a needs too many steps"}},
			},
		},
	}
	for _, name := range siglists.Names() {
		for _, line := range set.List(name).Lines {
			l.Measured.Lines = append(l.Measured.Lines, lines.Line{Line: line})
		}
	}
	all := l.Measured.Lines
	all[1].Frames, all[1].Holds, all[1].Decides = 3, tally(400, "Firefox", "Fenix", "Focus", hostile), tally(12, "Firefox", escapes, "Fenix", "Focus")
	all[1].Others = []lines.Other{{Line: all[4].Line, Frames: 3}, {Line: all[2].Line, Frames: 1}, {Line: all[3].Line, Frames: 1}}
	all[4].Frames, all[4].Holds = 3, tally(400, "Firefox")
	all[4].Others = []lines.Other{{Line: all[1].Line, Frames: 3}}
	all[6].Only, all[6].Decides = true, tally(23454, "Firefox")
	l.Origins[siglists.Line{List: siglists.Irrelevant, Text: `foo\b`}] = commit(1, "2017-09-27T12:00:00Z", "bug 1402037 - improve \x1b[2J signatures (#4017)")
	l.Origins[siglists.Line{List: siglists.Prefix, Text: "foo"}] = commit(2, "2018-01-11T12:00:00Z", "Merge pull request #4288 from willkg/1416841-drop-dotstar")
	l.Origins[siglists.Line{List: siglists.Prefix, Text: "=1+1"}] = commit(3, "2018-01-11T12:00:00Z", "=1+1 (#4288)")
	return l
}

// hostilePattern is a line that Python takes.
const hostilePattern = "<script>alert.1.</script>"

func tally(n int, products ...string) lines.Counts {
	t := lines.Counts{Crashes: n, First: "2026-10-14", Last: "2026-10-27", Platforms: map[string]int{"Windows NT": n}, Products: map[string]int{}}
	for i, p := range products {
		t.Products[p] = n - i
	}
	return t
}

func TestLinesGolden(t *testing.T) {
	l := nastyLines(t)
	for _, format := range LinesFormats().Names() {
		var out bytes.Buffer
		if err := LinesFormats().Render(&out, format, l, Options{}); err != nil {
			t.Fatal(err)
		}
		golden(t, "lines."+format, out.Bytes())
	}
	var out bytes.Buffer
	if err := AnnotatedLines(&out, l, Options{Color: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "lines.annotated", out.Bytes())
}

// TestLinesFit: lines that don't fit into a comment are counted.
func TestLinesFit(t *testing.T) {
	l := nastyLines(t)
	l.Measured.Lines = slices.Repeat(l.Measured.Lines, 500)
	var out bytes.Buffer
	if err := LinesFormats().Render(&out, "markdown", l, Options{}); err != nil {
		t.Fatal(err)
	}
	if left := 500 - strings.Count(out.String(), "| `2: foo"); out.Len() > markdownLimit || left <= 0 || !strings.Contains(out.String(), fmt.Sprintf("\n%d lines omitted\n\n1,000 lines match no frame\n", left)) {
		t.Errorf("%d bytes, %d lines left out: %s", out.Len(), left, out.String()[out.Len()-500:])
	}
}

// TestMarkdownFolds: a folded section that has no room says so, and is neither half there nor missed by nobody.
func TestMarkdownFolds(t *testing.T) {
	l, e, r := nastyLines(t), explanation(), withFacts(big(5000))
	l.Measured.Lines = slices.Repeat(l.Measured.Lines, 3000)
	for _, line := range l.Measured.Lines {
		l.Measured.Lines = append(l.Measured.Lines, lines.Line{Line: line.Line, Holds: tally(1), Frames: 1})
	}
	e.Base, e.Candidate = nil, &Explained{Result: signatures.Result{Passes: slices.Repeat([]signatures.Pass{{Thread: "0", CutAt: -1, Frames: make([]signatures.FrameTrace, 2000)}}, 7)}}
	r.Bugs = &Bugs{After: slices.Repeat(List[AfterSignature]{{Signature: "a", Crashes: 1}}, 5000)}
	for name, test := range map[string]struct {
		write func(w io.Writer) error
		folds []string
	}{
		"lines":   {func(w io.Writer) error { return LinesFormats().Render(w, "markdown", l, Options{}) }, each(siglists.Names(), siglists.Name.File)},
		"explain": {func(w io.Writer) error { return ExplainFormats().Render(w, "markdown", e, Options{}) }, slices.Repeat([]string{"Thread 0"}, 7)},
		"report":  {func(w io.Writer) error { return ComparisonFormats().Render(w, "markdown", r, Options{}) }, []string{"Several become one", "Signatures as a whole", "Top crashers among", r.Bugs.AfterHeading()}},
	} {
		var out bytes.Buffer
		if err := test.write(&out); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if opened, closed := strings.Count(text, "<details>"), strings.Count(text, "</details>"); opened != closed || len(text) > markdownLimit {
			t.Errorf("%s: %d bytes, %d details opened, %d closed", name, len(text), opened, closed)
		}
		for _, fold := range test.folds {
			if shown, left := strings.Count(text, "<summary>"+fold), strings.Count(text, "<p>Left out: "+fold); shown+left != CountOf(test.folds, func(f string) bool { return f == fold }) {
				t.Errorf("%s: %s is shown %d times, and left out %d times", name, fold, shown, left)
			}
		}
		if !strings.Contains(text, "<p>Left out: ") {
			t.Errorf("%s: all has room, so that nothing is tested: %d bytes", name, len(text))
		}
	}
}

func TestBugOfCommit(t *testing.T) {
	for subject, want := range map[string]string{
		"bug 1402037 - improve shutdownhang signatures (#4017)":            "1402037",
		"Bug 1795651 - Ignore operations":                                  "1795651",
		"Fixes bug 1319298 - Handle some rust functions":                   "1319298",
		"fix bug-1319298 (#4017)":                                          "1319298",
		"Merge pull request #4288 from willkg/1416841-drop-dotstar":        "1416841",
		"Merge pull request #4288 from willkg/bug-1416841":                 "1416841",
		"Merge pull request #4296 from amccreight/patch-14":                "",
		"Add alloc::alloc::handle_alloc_error to sentinals (#6199)":        "",
		"Add Foo1234567 to the prefix list, debug 1234567 is not the word": "",
	} {
		if got := (Commit{Subject: subject}).Bug(); got != want {
			t.Errorf("%s: bug %q, want %q", subject, got, want)
		}
	}
}
