package report

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// TestGoldenReports holds each format to testdata/report.*. One is run with -run 'TestGoldenReports/table'.
func TestGoldenReports(t *testing.T) {
	for _, test := range []struct {
		name, format string
		options      Options
	}{
		{"report.text", "text", Options{Limit: 20}},
		{"report.limit.text", "text", Options{Limit: 1}},
		{"report.80.text", "text", Options{Limit: 20, Width: 80}},
		{"report.color.text", "text", Options{Limit: 20, Width: 120, Color: true}},
		{"report.csv", "csv", Options{}},
		{"report.group.csv", "csv", Options{By: ByGroup}},
		{"report.json", "json", Options{}},
		{"report.md", "markdown", Options{Limit: 20, Host: testHost}},
		{"report.limit.md", "markdown", Options{Limit: 1, Host: testHost}},
		{"report.ids", "ids", Options{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			golden(t, test.name, render(t, test.format, nasty(), test.options))
		})
	}
}

// TestGoldenPage leaves the style and the script out, which are files of their own.
func TestGoldenPage(t *testing.T) {
	for name, r := range map[string]*Report{"report.html": nasty(), "facts.html": manyAlike()} {
		golden(t, name, styleless(t, r))
	}
}

func styleless(t *testing.T, r *Report) []byte {
	t.Helper()
	page := render(t, "html", r, Options{Host: testHost})
	for _, part := range []string{`(?s)<style>.*</style>`, `(?s)<script>"use strict".*</script>`, `sha256-[^']*`} {
		re := regexp.MustCompile(part)
		if !re.Match(page) {
			t.Errorf("the page has no %s", part)
		}
		page = re.ReplaceAllLiteral(page, []byte("…"))
	}
	return page
}

// TestGoldenExpectations checks that what was missed comes first, and collateral before what was meant.
func TestGoldenExpectations(t *testing.T) {
	for _, format := range []string{"text", "markdown", "json"} {
		golden(t, "expect."+format, render(t, format, expected(), Options{Limit: 20, Host: testHost}))
	}
}

// TestGoldenFacts looks at what many groups have in common.
func TestGoldenFacts(t *testing.T) {
	for _, test := range []struct {
		name, format string
		options      Options
	}{
		{"facts.80.text", "text", Options{Limit: 20, Width: 80}},
		{"facts.limit.text", "text", Options{Limit: 1}},
		{"facts.json", "json", Options{}},
		{"facts.md", "markdown", Options{Limit: 20}},
		{"facts.limit.md", "markdown", Options{Limit: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			golden(t, test.name, render(t, test.format, manyAlike(), test.options))
		})
	}
}

func TestGoldenNothingChanged(t *testing.T) {
	r := &Report{
		Base: Side{Spec: "a", Kind: "dir"}, Candidate: Side{Spec: "a", Kind: "dir"}, Corpus: Corpus{Name: "c", Crashes: 3, Digest: "d"},
		Totals: compare.Totals{Crashes: 3, Compared: 3, SignaturesBase: 1, SignaturesCandidate: 1},
		Lines:  []compare.Verdict{{Change: siglists.Change{Line: line(siglists.Prefix, 9, "far"), Added: true}, Kind: compare.NotSeen}},
	}
	for _, format := range ComparisonFormats().Names() {
		if format == "html" {
			continue // TestPages looks at it
		}
		golden(t, "nothing."+format, render(t, format, r, Options{Limit: 20}))
	}
}

func TestGoldenExplanations(t *testing.T) {
	single := explanation()
	single.Base = nil
	// The base walked further, and the candidate is a program, of which only its answer is known.
	swapped := explanation()
	swapped.Base, swapped.Candidate = swapped.Candidate, swapped.Base
	swapped.Base.Result.OtherData, swapped.Candidate.Side = true, Side{Spec: "exec:x", Kind: "exec"}
	// Lines of other texts took a frame alike; one that neither list took is the end of one walk alone.
	longer, frames := line(siglists.Prefix, 9, `a\|b|_purecall`), swapped.Base.Result.Passes[0].Frames
	frames[1].Line, frames[3].LineNumbers = &longer, nil
	unchanged := explanation()
	unchanged.Base = &Explained{Side: Side{Spec: "python:x", Kind: "python"}, Result: unchanged.Candidate.Result}
	unchanged.Base.Result.OtherData, unchanged.Candidate.Result.Fired = true, nil
	unchanged.Causes, unchanged.RuleChanges = nil, nil
	// A rule may change a signature without a walk, or none may.
	unwalked := explanation()
	unwalked.Notes = []Note{{Text: Sentence("the lists of %s are of another age", "a\x1b[2J")}}
	unwalked.Base, unwalked.Candidate.Result.Passes, unwalked.Candidate.Result.Fired = nil, nil, []string{}
	for _, test := range []struct {
		name, format string
		e            *Explanation
		options      Options
	}{
		{"explain.text", "text", explanation(), Options{}},
		{"explain.80.text", "text", explanation(), Options{Width: 80}},
		{"explain.single.text", "text", single, Options{}},
		{"explain.swapped.60.text", "text", swapped, Options{Width: 60, Color: true}},
		{"explain.unchanged.text", "text", unchanged, Options{}},
		{"explain.unwalked.text", "text", unwalked, Options{}},
		{"explain.unwalked.md", "markdown", unwalked, Options{}},
		{"explain.json", "json", explanation(), Options{}},
		{"explain.single.json", "json", single, Options{}},
		{"explain.md", "markdown", explanation(), Options{Host: testHost}},
		{"explain.html", "html", explanation(), Options{Host: testHost}},
		{"explain.single.html", "html", single, Options{Host: testHost}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := ExplainFormats().Render(&out, test.format, test.e, test.options); err != nil {
				t.Fatal(err)
			}
			goldenIn(t, test.name, test.format, out.Bytes())
		})
	}
}

func TestGoldenSignatures(t *testing.T) {
	c := walked()
	for _, format := range []string{"text", "csv", "markdown", "json"} {
		for _, verbose := range []bool{false, true} {
			name := "signature." + format
			if verbose {
				name = "signature.verbose." + format
			}
			var out bytes.Buffer
			p, err := NewSignaturePrinter(&out, format, SignatureOptions{Verbose: verbose})
			if err != nil {
				t.Fatal(err)
			}
			for _, result := range []signatures.Result{c.Base, c.Candidate} {
				if err := p.Print("id", hostile, result); err != nil {
					t.Fatal(err)
				}
			}
			golden(t, name, out.Bytes())
		}
	}
}

// TestSameBytes renders everything twice: no order may come from a map.
func TestSameBytes(t *testing.T) {
	for _, format := range ComparisonFormats().Names() {
		if !bytes.Equal(render(t, format, big(300), Options{}), render(t, format, big(300), Options{})) {
			t.Errorf("%s: two renderings differ", format)
		}
	}
}

// TestGoldenReviews: of a change of which everything is known, and of one of which nothing is.
func TestGoldenReviews(t *testing.T) {
	added := line(siglists.Irrelevant, 57, "x")
	verdict := func(kind compare.VerdictKind, edit *compare.Edit) compare.Verdict {
		return compare.Verdict{Change: siglists.Change{Line: added, Added: true}, Kind: kind, Edit: edit}
	}
	full := expected()
	full.Fetch, full.Lint = "", []lint.Finding{{Place: lint.Place{File: added.List.File(), Line: 57}, Message: "it is odd", Check: "odd"}}
	full.SetSearched(&Searched{First: "2026-05-30", Last: "2026-11-28", Lines: []SearchedLine{{Line: "+ irrelevant a|b", Crashes: 5}}})
	passes := *full
	passes.Notes = []Note{{Text: say("it is a merge")}, {Text: say("the crashes were not all fetched"), Unknown: true}}
	passes.Lines = []compare.Verdict{verdict(compare.Absent, nil), verdict(compare.Balanced, nil), verdict(compare.NoEffect, &compare.Edit{}), verdict(compare.NoEffect, nil)}
	passes.Totals.Changed, passes.Groups, passes.Expect = 0, nil, &Expectations{Met: 1}
	absent := passes
	absent.Lines, absent.Concerns, absent.Lint, absent.Signatures, absent.Facts = passes.Lines[:1], nil, nil, nil, facts.Facts{}
	absent.Corpus.Searched = &Searched{First: "2026-05-30", Last: "2026-11-28", Lines: []SearchedLine{{Line: "+ irrelevant x", Absent: true}}}
	same := Side{Spec: "a", Kind: "dir", Digest: "1"}
	fared := &Cases{
		Base: &Side{}, Lines: []siglists.Line{added}, Uncovered: []siglists.Line{added},
		Outcomes: []cases.Outcome{
			{Case: &cases.Case{Name: "`one`", Signature: "", Bug: 1, Lines: []siglists.Line{added}}, Given: hostile, Gone: []siglists.Line{added}},
			{Case: &cases.Case{Name: "two", Signature: "x"}, Given: "x", Gone: []siglists.Line{added}},
		},
		Failures: []cases.Failure{{Name: "three", Err: errors.New("it is no case")}},
		Causes:   map[string][]compare.Cause{"`one`": {{Line: added, Kind: compare.CauseAdded}}},
	}
	for name, v := range map[string]*Review{
		"review.md":        {Subject: "pr/7078", Commits: []Commit{commit(1, "2018-11-30T12:00:00Z", "the `first`")}, Bugs: []int{1234567}, Text: true, Cases: fared, Report: full},
		"review.passes.md": {Subject: "main", Cases: &Cases{Lines: []siglists.Line{added}, Outcomes: fared.Outcomes[1:]}, Report: &passes},
		"review.none.md":   {Subject: "main", Text: true, Report: &Report{}},
		"review.absent.md": {Subject: "main", Report: &absent},
		"review.same.md":   {Subject: "main", Report: &Report{Base: same, Candidate: same}},
	} {
		var out bytes.Buffer
		if err := WriteReview(&out, v, Options{Limit: 20, Host: testHost}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
	}
	more := Review{Report: &Report{Expect: &Expectations{Met: 1, Collateral: map[compare.Pair]bool{{}: true}}}}
	if got, want := more.expected().String(), "All is as expected, and more changed: 1 met, 0 missed; 1 changed group holds no expected crash. Is that meant?"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// What was expected of lists that change nothing counts all the same; who wrote no text is not told of one.
	for want, v := range map[string]Review{
		"All is as expected: 1 met": {Report: &Report{Base: same, Candidate: same, Expect: &Expectations{Met: 1}}},
		"Name a crash and the signature that it should get: nothing is expected so far.": {Report: &Report{}},
	} {
		if got := v.expected().String(); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// What changes is told, whatever a search found; and a search of other lines says nothing of these.
	other := *full
	other.SetSearched(absent.Corpus.Searched)
	for want, r := range map[string]*Report{"13 of 20 crashes looked at change.": &other, "0 of 20 crashes looked at change. 14 concerns.": {Totals: passes.Totals, Concerns: full.Concerns, Corpus: absent.Corpus}} {
		if got := (&Review{Report: r}).answer(nil); !strings.HasPrefix(got, strings.TrimSuffix(want, ".")) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
