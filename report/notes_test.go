package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// Notes stand before all figures in the formats for people, those of what could not be known first, and
// what they quote steers neither Markdown nor HTML.
func TestNotesComeFirst(t *testing.T) {
	r := nasty()
	data := "socorro/signature/rules.py <img> @a #1 `x` **b** https://evil"
	r.Notes = []Note{{Text: say("the siglists are equal")}, {Text: Sentence("changes %s", data), Unknown: true}}
	if got := r.Unknown(); !slices.Equal(got, []string{"changes " + data}) {
		t.Errorf("unknown: %q", got)
	}
	var review strings.Builder
	if err := WriteReview(&review, &Review{Report: r}, Options{}); err != nil || strings.Count(review.String(), "changes `") != 1 || !strings.Contains(review.String(), "the siglists are equal") {
		t.Errorf("a review, %v: %s", err, review.String())
	}
	for _, name := range []string{"text", "markdown", "html"} {
		text := string(render(t, name, r, Options{}))
		unknown, known := strings.Index(text, "changes "), strings.Index(text, "the siglists are equal")
		figures := strings.Index(text, r.Headline())
		if name == "html" {
			figures = strings.Index(text, "<section")
		}
		if unknown < 0 || unknown > known || known > figures {
			t.Errorf("%s: notes at %d and %d, figures at %d", name, unknown, known, figures)
		}
		if name == "html" && strings.Contains(text, "<img>") {
			t.Error("html: holds data as it is")
		}
		if name == "markdown" {
			if outside, spans := readSpans(text[unknown:known]); outside != "changes ␣**\n\n**" || !slices.Equal(spans, []string{data}) {
				t.Errorf("markdown: %q outside of the spans %q", outside, spans)
			}
		}
	}
}

// codeDiffers is a comparison of commits whose code differs, from each other and from what the engine follows.
func codeDiffers() *Report {
	change := Commit{Revision: strings.Repeat("1a", 20), Date: "2024-05-08T12:00:00Z", Subject: "what it did"}
	return &Report{
		Base:      Side{Spec: "old", Kind: "git", Digest: "1", Code: &SideCode{Files: []string{"socorro/signature/rules.py"}, Since: []Commit{change, change}}},
		Candidate: Side{Spec: "new", Kind: "git", Digest: "1", Code: &SideCode{Files: []string{}, Since: []Commit{change}}},
		Totals:    compare.Totals{Crashes: 1, Compared: 1},
		Code:      &CodeChange{Files: []string{"socorro/signature/rules.py"}, Commits: []Commit{change, change, change, change, change}},
	}
}

// The sides' code is told in two sentences at most, that of the older side for both.
func TestCodeNotes(t *testing.T) {
	r := codeDiffers()
	want := []string{
		"base and candidate differ in Socorro's code, too: socorro/signature/rules.py (" + strings.Repeat("1a1a1a1a1 what it did; ", 4) + "and 1 more); what that does is not in this report, which makes both sides with the rules of " + Followed(),
		"base and candidate had other code than that of " + Followed() + ", which sigdiff follows: socorro/signature/rules.py; the algorithm changed 2 times since, last on 2024-05-08 (1a1a1a1a1 what it did); signatures of that code may be others",
	}
	if got := r.Unknown(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if text := strings.Join(texts(r.notes()), "\n"); strings.Contains(text, "same rules") {
		t.Errorf("contradicts itself: %s", text)
	}
	// The code of both can be run where both are commits, and the older side is either.
	const run = "; 'sigdiff diff --base python:0123456789ab --candidate python:0123456789ab' runs the code of both"
	r.Base, r.Candidate = r.Candidate, r.Base
	for _, revisions := range [][2]string{{"0123456789abcdef", ""}, {"", "0123456789abcdef"}, {"0123456789abcdef", "0123456789abcdef"}} {
		r.Base.Revision, r.Candidate.Revision = revisions[0], revisions[1]
		first := want[0]
		if revisions[0] == revisions[1] {
			first += run
		}
		if got := r.Unknown(); !slices.Equal(got, []string{first, want[1]}) {
			t.Errorf("%q: %q", revisions, got)
		}
	}
	r.Base, r.Candidate = r.Candidate, r.Base
	r.Code, r.Base.Code = nil, nil
	if got := r.Unknown(); len(got) != 1 || !strings.HasPrefix(got[0], "the candidate had other code") {
		t.Errorf("the candidate alone: %q", got)
	}
	r.Candidate.Code = nil
	if got := r.Unknown(); got != nil {
		t.Errorf("the same code: %q", got)
	}
}

// What follows from sides and totals is said before the figures, and ends the comparison where they mean nothing.
func TestDerivedNotes(t *testing.T) {
	dir := func(digest string) Side { return Side{Spec: "d", Kind: "dir", Digest: digest} }
	accepted, recorded := Side{Kind: "accepted", Digest: "1"}, Side{Kind: "recorded"}
	some := compare.Totals{Crashes: 9, Compared: 9}
	changed := compare.Totals{Crashes: 9, Compared: 9, Changed: 3}
	for _, test := range []struct {
		name            string
		base, candidate Side
		totals          compare.Totals
		notes           []string // one that starts with ! is of something unknown
	}{
		{"usual", dir("1"), dir("2"), compare.Totals{Crashes: 9, Compared: 9, Changed: 1, WithoutStack: 8}, nil},
		{"no crashes", dir("1"), dir("2"), compare.Totals{}, []string{"!there was no crash to compare"}},
		// What no crash can be changed by is known without any.
		{"no crashes of the same siglists", dir("1"), dir("1"), compare.Totals{}, []string{"base and candidate are the same siglists, with the same rules"}},
		{"no crashes of other rules", dir("1"), Side{Spec: "d", Kind: "dir", Digest: "1", Rules: "2023"}, compare.Totals{}, []string{"!there was no crash to compare"}},
		{"no crashes of recorded signatures", recorded, recorded, compare.Totals{}, []string{"!there was no crash to compare", "base and candidate are the same signatures"}},
		{"all missing", dir("1"), dir("2"), compare.Totals{Crashes: 2, Missing: 2}, []string{"!no crash could be compared"}},
		{"no stacks", dir("1"), dir("1"), compare.Totals{Crashes: 2, Compared: 1, Missing: 1, WithoutStack: 1}, []string{
			"!1 of 1 crash has no stack: no frame of the crashing thread in json_dump.threads, and no Java exception; is this a processed crash?",
			"base and candidate are the same siglists, with the same rules",
		}},
		{"other rules", dir("1"), Side{Spec: "d", Kind: "dir", Digest: "1", Rules: "2023"}, some, nil},
		{"recorded", recorded, recorded, some, []string{"base and candidate are the same signatures"}},
		{"accepted twice", accepted, accepted, some, []string{"base and candidate are the same signatures"}},
		{"siglists and their acceptance", dir("1"), accepted, some, []string{"the siglists are those of the acceptance"}},
		{"a program in Python", Side{Kind: "python"}, dir("1"), changed, []string{fewConcerns}},
		{"recorded and siglists", recorded, dir("1"), changed, []string{fewConcerns}},
		{"a program and siglists", Side{Kind: "exec"}, dir("1"), changed, []string{fewConcerns}},
		{"recorded and siglists that agree", recorded, dir("1"), some, []string{fewConcerns}},
		{"accepted and its siglists that agree", accepted, dir("1"), some, []string{"the siglists are those of the acceptance"}},
		{"accepted and other siglists that agree", accepted, dir("2"), some, []string{fewConcerns}},
		{"accepted", accepted, dir("1"), compare.Totals{Crashes: 9, Compared: 9, Changed: 3, DataChanged: 2}, []string{
			"the siglists are those of the acceptance", "the data of 2 crashes changed since their signatures were accepted, which may be why these differ, or why they don't", fewConcerns,
		}},
		{"accepted and other siglists", accepted, dir("2"), compare.Totals{Crashes: 9, Compared: 9, Changed: 3, DataChanged: 1}, []string{
			"the data of 1 crash changed since its signature was accepted, which may be why that differs, or why it doesn't", fewConcerns,
		}},
	} {
		var got []string
		for _, n := range (&Report{Base: test.base, Candidate: test.candidate, Totals: test.totals}).notes() {
			got = append(got, map[bool]string{true: "!", false: ""}[n.Unknown]+n.Text.String())
		}
		if !slices.Equal(got, test.notes) {
			t.Errorf("%s: %q, want %q", test.name, got, test.notes)
		}
	}
}

// Where nothing could be known, no heading has a number, which would be read as a result.
func TestNothingIsNoNumber(t *testing.T) {
	for want, totals := range map[string]compare.Totals{
		"There was no crash to compare": {},
		"No crash could be compared":    {Crashes: 2, Missing: 2},
		"2 of 2 crashes have no stack":  {Crashes: 2, Compared: 2, WithoutStack: 2},
	} {
		r := &Report{Totals: totals}
		var review strings.Builder
		if err := WriteReview(&review, &Review{Report: r}, Options{}); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"markdown": string(render(t, "markdown", r, Options{})), "html": string(render(t, "html", r, Options{})), "review": review.String(), "title": r.Title(),
		} {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) || strings.Contains(text, "0 of") {
				t.Errorf("%s, want %q: %.500s", name, want, text)
			}
		}
	}
}

// Signatures may change though no crash has a stack: that is known.
func TestChangedWithoutStacks(t *testing.T) {
	r := &Report{Totals: compare.Totals{Crashes: 2, Compared: 2, Changed: 1, WithoutStack: 2}}
	if got := r.Title(); got != "1 of 2 crashes change" {
		t.Errorf("%q", got)
	}
}

// fewConcerns is what is said where a side is no siglist set.
const fewConcerns = "lines have no verdicts here, and of the concerns only kinds, spray and marks were looked for: the others need two siglist sets"

// Crashes without a recorded signature are said to have none: all of them change, and that says nothing.
func TestUnrecordedNotes(t *testing.T) {
	dir, recorded := Side{Spec: "d", Kind: "dir", Digest: "1"}, Side{Kind: "recorded"}
	const note = "no signature is recorded for 3 of 9 crashes; each of them that gets one counts as changed"
	for _, test := range []struct {
		base, candidate Side
		signatures      []compare.SignatureCount
		want            []string
	}{
		{recorded, dir, []compare.SignatureCount{{Signature: "", Base: 3}, {Signature: "a", Base: 1, Candidate: 4}}, []string{note, fewConcerns}},
		{dir, recorded, []compare.SignatureCount{{Signature: "", Candidate: 3}}, []string{note, fewConcerns}},
		{recorded, dir, []compare.SignatureCount{{Signature: "", Candidate: 3}}, []string{fewConcerns}},
		{dir, dir, []compare.SignatureCount{{Signature: "", Base: 3}}, []string{"base and candidate are the same siglists, with the same rules"}},
	} {
		r := &Report{Base: test.base, Candidate: test.candidate, Totals: compare.Totals{Crashes: 9, Compared: 9, Changed: 3}, Signatures: test.signatures}
		if got := texts(r.notes()); !slices.Equal(got, test.want) {
			t.Errorf("%v: %q, want %q", test.signatures, got, test.want)
		}
	}
}

// Of no crashes nothing can be told of a line.
func TestNoVerdictsFromNoCrashes(t *testing.T) {
	set := func(line string) *siglists.Set {
		lists := fstest.MapFS{}
		for _, name := range siglists.Names() {
			lists[name.File()] = &fstest.MapFile{Data: []byte(line + "\n")}
		}
		set, err := siglists.Load(lists)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	base, candidate := set("foo"), set("bar")
	tally, err := compare.Compare(t.Context(), crashdata.Crashes{}, signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()), compare.Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(t.Context(), Side{}, Side{}, Corpus{}, tally)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Lines) > 0 {
		t.Errorf("lines %v", r.Lines)
	}
}

// TestLineThatNeverMatches: that no frame can match a line is a verdict on that line alone.
func TestLineThatNeverMatches(t *testing.T) {
	generator := func(prefix string) *signatures.Generator {
		set, err := siglists.Sources{siglists.Sentinels: nil, siglists.Irrelevant: []byte("no\n"), siglists.Prefix: []byte(prefix), siglists.LineNumbers: nil}.Load(nil)
		if err != nil {
			t.Fatal(err)
		}
		return signatures.NewGenerator(set, signatures.DefaultRules())
	}
	crash, err := crashdata.ParseProcessed(fmt.Appendf(nil, `{"uuid": "%s", "json_dump": {"threads": [{"frames": [{"function": "a"}]}]}}`, crashIDs(0, 1)[0]))
	if err != nil {
		t.Fatal(err)
	}
	tally, err := compare.Compare(t.Context(), crashdata.Crashes{crash}, generator("x\n"), generator("x\nf$oo\nb\n"), compare.Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(t.Context(), Side{Kind: "dir"}, Side{Kind: "dir"}, Corpus{}, tally)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]compare.VerdictKind{}
	for _, v := range r.Lines {
		got[v.Change.Line.Text] = v.Kind
	}
	if len(got) != 2 || got["f$oo"] != compare.Never || got["b"] != compare.NotSeen {
		t.Errorf("%v", got)
	}
}

// Whether stacks are alike is known where lines were weighed, and is no question without siglists on both sides, or a merge.
func TestStrangersNotLookedFor(t *testing.T) {
	set := func(irrelevant string) *siglists.Set {
		set, err := siglists.Sources{siglists.Sentinels: nil, siglists.Irrelevant: []byte(irrelevant), siglists.Prefix: []byte("x\n"), siglists.LineNumbers: nil}.Load(nil)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	var crashes crashdata.Crashes
	for i, top := range []string{"a", "b"} {
		c, err := crashdata.ParseProcessed(fmt.Appendf(nil, `{"uuid": "%s", "json_dump": {"threads": [{"frames": [{"function": "%s"}, {"function": "c"}]}]}}`, crashIDs(i, 1)[0], top))
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	dir, recorded := Side{Kind: "dir"}, Side{Kind: "recorded"}
	for _, test := range []struct {
		base, candidate Side
		irrelevant      string
		weighed, want   bool
	}{
		{dir, dir, "a\nb\n", false, true},
		{dir, dir, "a\nb\n", true, false},
		{dir, dir, "none\n", false, false},
		{recorded, dir, "a\nb\n", false, false},
		{dir, recorded, "a\nb\n", false, false},
	} {
		rules := signatures.DefaultRules()
		tally, err := compare.Compare(t.Context(), crashes, signatures.NewGenerator(set("no\n"), rules), signatures.NewGenerator(set(test.irrelevant), rules), compare.Options{Workers: 1, Verdicts: test.weighed})
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(t.Context(), test.base, test.candidate, Corpus{}, tally)
		if err != nil {
			t.Fatal(err)
		}
		if r.noStrangers != test.want || len(r.Notes) > 0 != test.want {
			t.Errorf("%+v: %v, %v", test, r.noStrangers, r.Notes)
		}
	}
}

func TestShareIsNeitherNothingNorAll(t *testing.T) {
	for _, test := range []struct {
		part, whole int
		want        string
	}{
		{0, 5026, "0.0%"}, {1, 5026, "under 0.1%"}, {3, 5026, "0.1%"}, {5023, 5026, "99.9%"}, {5025, 5026, "over 99.9%"}, {5026, 5026, "100.0%"}, {132, 311, "42.4%"},
	} {
		if got := percent(test.part, test.whole); got != test.want {
			t.Errorf("%d of %d: %s, want %s", test.part, test.whole, got, test.want)
		}
	}
}

// Crashes without a stack are counted in the first line, where there are some.
func TestWithoutStackInTheFirstLine(t *testing.T) {
	text := totalsText(compare.Totals{Crashes: 5, Compared: 5, WithoutStack: 2, SignaturesBase: 1, SignaturesCandidate: 1})
	if want := "5 crashes compared: 0 changed (0.0%), 0 missing, 0 failed, 2 without a stack; 1 signature before, 1 after"; text != want {
		t.Errorf("%q, want %q", text, want)
	}
}

// What is said of a side, a corpus, a line and old crashes, where a part of it is missing, or is the same.
func TestWordsWithoutMore(t *testing.T) {
	for got, want := range map[string]string{
		sideText(Side{Spec: "abc", Revision: "abc"}):                                            "abc",
		sideText(Side{Spec: "main", Revision: "abc"}):                                           "main = abc",
		Corpus{First: "2026-10-01", Last: "2026-10-01"}.among("of "):                            "of 2026-10-01",
		Corpus{First: "2026-10-01", Last: "2026-10-02"}.among("of "):                            "of 2026-10-01 to 2026-10-02",
		place(line(siglists.Prefix, 0, "x")):                                                    "prefix_signature_re.txt",
		staleText(&Report{StaleBefore: "2026-10-01T00:00:00Z"}):                                 "",
		verdictCounts([]verdictSection{{Kind: compare.Decides, Lines: make([]lineOutline, 2)}}): "2 decide",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What lint finds stands beside the line that it is about; how to fetch is said where that may help.
func TestBesideLines(t *testing.T) {
	r := &Report{Fetch: "fetch it", Lint: []lint.Finding{{Place: lint.Place{File: siglists.Irrelevant.File(), Line: 9}}, {Place: lint.Place{File: siglists.Prefix.File(), Line: 8}}}}
	if got := r.lintOf(line(siglists.Prefix, 9, "x")); len(got) > 0 {
		t.Errorf("%v", got)
	}
	// Lint looks at added lines. A removed one may have stood at the same place.
	for _, is := range []bool{true, false} {
		v := compare.Verdict{Change: siglists.Change{Line: line(siglists.Prefix, 8, "x"), Added: is}}
		if got := len(r.jsonLine(v).Lint) > 0; got != is {
			t.Errorf("added %v: lint %v", is, got)
		}
	}
	added, removed := []lineOutline{{Sign: "+"}}, []lineOutline{{Sign: "-"}}
	for _, test := range []struct {
		section verdictSection
		report  *Report
		want    string
	}{
		{verdictSection{Kind: compare.NotSeen, Lines: added}, r, "crashes that show such a line, if there are any: fetch it"},
		{verdictSection{Kind: compare.NotSeen, Lines: removed}, r, ""},
		{verdictSection{Kind: compare.NoEffect, Lines: added}, r, ""},
		{verdictSection{Kind: compare.NotSeen, Lines: added}, &Report{}, ""},
	} {
		if got := fetchHint(test.section, test.report).String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// Changed lines are in the order of what to look at; removed lines that did nothing are one sentence.
func TestOrderOfLines(t *testing.T) {
	verdict := func(number int, kind compare.VerdictKind, added bool) compare.Verdict {
		return compare.Verdict{Change: siglists.Change{Line: line(siglists.Prefix, number, fmt.Sprintf("line%d", number)), Added: added}, Kind: kind}
	}
	r := &Report{Lines: []compare.Verdict{verdict(1, compare.Redundant, false), verdict(2, compare.Redundant, true), verdict(3, compare.Redundant, true), verdict(4, compare.NotSeen, false), verdict(5, compare.Absent, false), verdict(6, compare.NotSeen, false)}}
	r.Corpus.Searched = &Searched{}
	r.Lines[5].NearMisses = []compare.NearMiss{{How: "escaped"}}
	r.Concerns = []concerns.Concern{{Kind: concerns.Siblings, Line: &r.Lines[2].Change.Line}}
	var got []string
	for _, s := range verdictSections(r) {
		got = append(got, string(s.Kind)+": "+strings.Join(append(each(s.Lines, func(l lineOutline) string { return l.Text }), s.Removed...), " "))
	}
	if want := []string{"redundant: line3 line2 line1", "not-seen: line6 line4", "absent: line5"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	r.Lines = r.Lines[3:5]
	if text := string(render(t, "text", r, Options{})); strings.Contains(text, "Frames") || strings.Count(text, "1 removed line matched nothing: ") != 2 {
		t.Errorf("%s", text)
	}
}

// A group names a few causes, and none where a side is a program: what lines do on the other explains no difference to it.
func TestCausesOfGroups(t *testing.T) {
	var causes []compare.CountedCause
	for i := range maxCauses + 2 {
		causes = append(causes, cause(compare.CauseAdded, line(siglists.Prefix, i+1, "x"), 1))
	}
	for _, test := range []struct {
		base, candidate Side
		want            string
	}{
		{Side{Kind: "dir"}, Side{Kind: "dir"}, "and 2 more causes"},
		{Side{Kind: "exec"}, Side{Kind: "dir"}, notByLists},
		{Side{Kind: "dir"}, Side{Kind: "python"}, notByLists},
	} {
		r := &Report{Base: test.base, Candidate: test.candidate, Groups: []compare.Group{group("a", "b", compare.Renamed, 0, 1, causes...)}}
		about := newOutline(r).Groups[0].about()
		if got := about[len(about)-1].String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// TestNeedsChanged: these formats name every changed crash.
func TestNeedsChanged(t *testing.T) {
	for _, test := range []struct {
		format, by string
		want       bool
	}{{"ids", ByGroup, true}, {"csv", "", true}, {"csv", ByCrash, true}, {"csv", ByGroup, false}, {"json", ByCrash, false}} {
		if got := NeedsChanged(test.format, Options{By: test.by}); got != test.want {
			t.Errorf("%s by %q: %v", test.format, test.by, got)
		}
	}
}

// TestNotLookedFor: what was given up, for the work it takes or for what is not known, is said, and is no answer that there is
// no concern.
func TestNotLookedFor(t *testing.T) {
	dir := Side{Kind: "dir"}
	for _, test := range []struct {
		report Report
		note   string // what the last one has; empty for no note
		want   []concerns.Kind
	}{
		{Report{Base: dir, Candidate: dir}, "", nil},
		{Report{Base: dir, Candidate: dir, unsure: true}, "takes more work than is allowed", []concerns.Kind{concerns.Siblings}},
		{Report{Base: dir, Candidate: dir, Lines: []compare.Verdict{{}, {Entangled: true}}}, "has flags or references", []concerns.Kind{concerns.Siblings}},
		{Report{Base: dir, Candidate: dir, noStrangers: true}, "", []concerns.Kind{concerns.Strangers}},
		{Report{Base: dir, Candidate: Side{Kind: "recorded"}}, fewConcerns, []concerns.Kind{concerns.Siblings, concerns.Strangers, concerns.Cuts}},
	} {
		r := &test.report
		r.Totals = compare.Totals{Crashes: 1, Compared: 1, Changed: 1}
		var got []concerns.Kind
		for _, kind := range []concerns.Kind{concerns.Siblings, concerns.Strangers, concerns.Cuts, concerns.Marks} {
			if r.NotLookedFor(kind) {
				got = append(got, kind)
			}
		}
		if notes := strings.Join(texts(r.notes()), ""); !slices.Equal(got, test.want) || !strings.Contains(notes, test.note) || (notes == "") != (test.note == "") {
			t.Errorf("%q, want %q: %s", got, test.want, notes)
		}
	}
}

// TestNoCrashCanChange: that is known without a crash where lists that take the same frames make signatures by the same rules
// and the same code, and only there.
func TestNoCrashCanChange(t *testing.T) {
	dir, other, rules := Side{Kind: "dir", Digest: "1"}, Side{Kind: "dir", Digest: "2"}, Side{Kind: "dir", Digest: "2", Rules: "2023"}
	alike := []Note{{Text: say("they take the same frames"), Alike: true}}
	for _, test := range []struct {
		report Report
		want   bool
	}{
		{Report{Base: dir, Candidate: dir}, true},
		{Report{Base: dir, Candidate: dir, Code: &CodeChange{}}, false},
		{Report{Base: dir, Candidate: other}, false},
		{Report{Base: dir, Candidate: other, Notes: alike}, true},
		{Report{Base: dir, Candidate: other, Notes: alike, Code: &CodeChange{}}, false},
		{Report{Base: dir, Candidate: rules, Notes: alike}, false},
		{Report{Base: dir, Candidate: Side{Kind: "recorded"}, Notes: alike}, false},
		{Report{Base: Side{Kind: "exec"}, Candidate: other, Notes: alike}, false},
	} {
		want := map[bool]string{true: "no crash can change", false: "what changes is not known"}[test.want]
		if got := test.report.changed(); got != want {
			t.Errorf("%+v: %s, want %s", test.report, got, want)
		}
	}
}
