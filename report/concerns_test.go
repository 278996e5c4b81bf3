package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestConcernsLeadToRows: a concern leads to the row of the line that does it. The two lines of an edit have one row.
func TestConcernsLeadToRows(t *testing.T) {
	r := nasty()
	edited, came := line(siglists.Prefix, 8, "JS::Call"), line(siglists.Prefix, 8, "JS::Call$")
	for _, test := range []struct {
		name string
		by   compare.Cause
		want siglists.Change
	}{
		{"the line that came", compare.Cause{Line: came, Kind: compare.CauseAdded}, siglists.Change{Line: came, Added: true}},
		{"the line that went", compare.Cause{Line: edited, Kind: compare.CauseRemoved}, siglists.Change{Line: came, Added: true}},
		{"a removed line", compare.Cause{Line: r.Lines[0].Change.Line, Kind: compare.CauseRemoved}, r.Lines[0].Change},
	} {
		r.Concerns = []concerns.Concern{{Kind: concerns.Marks, By: []compare.Cause{test.by}, Why: "-x"}}
		if said := newConcerns(r, nil); said[0].Line != lineID(test.want) {
			t.Errorf("%s: the concern leads to %s, want %s", test.name, said[0].Line, lineID(test.want))
		}
	}
}

// TestConcernsSayTheirKind: no two kinds of concerns have one sentence.
func TestConcernsSayTheirKind(t *testing.T) {
	js, said := line(siglists.Prefix, 8, "JS::Call"), map[string]concerns.Kind{}
	for _, kind := range concerns.All() {
		text := concernSentence(concerns.Concern{
			Kind: kind, Line: &js, Why: "-x", Crashes: 2, Of: 3, Signatures: []string{"a"},
			Frames: []compare.FrameCount{{Frame: "b", Crashes: 2}}, Counts: []concerns.Count{{Name: "c", N: 2}, {Name: "d", N: 1}},
		}).String()
		if other, twice := said[text]; twice {
			t.Errorf("%s says what %s says: %s", kind, other, text)
		}
		said[text] = kind
	}
}

// TestConcernsOfOne: sentences about one crash, and about several.
func TestConcernsOfOne(t *testing.T) {
	js, panics := line(siglists.Prefix, 8, "JS::Call"), line(siglists.Sentinels, 3, "panic")
	for _, test := range []struct {
		concern concerns.Concern
		want    string
	}{
		{concerns.Concern{Kind: concerns.Siblings, Line: &js, Crashes: 2, Of: 3, Frames: []compare.FrameCount{{Frame: "_JS::Call", Crashes: 2}}}, "JS::Call misses _JS::Call, which stays in the signatures of 2 crashes (it decides 3)."},
		{concerns.Concern{Kind: concerns.Siblings, Line: &panics, Crashes: 2, Of: 3, Frames: []compare.FrameCount{{Frame: "panic<T>", Crashes: 2}}}, "panic misses panic<T> (2 crashes); it decides 3."},
		{concerns.Concern{Kind: concerns.Idle, Line: &js, Why: "oom"}, "JS::Call makes irrelevant what a rule knows its crashes by, oom."},
		{concerns.Concern{Kind: concerns.Idle, Line: &js, Why: "oom", Crashes: 1}, "JS::Call makes irrelevant what a rule knows its crashes by, oom: it matches a frame of 1 crash."},
		{concerns.Concern{Kind: concerns.Idle, Line: &js, Why: "oom", Crashes: 2}, "JS::Call makes irrelevant what a rule knows its crashes by, oom: it matches a frame of 2 crashes."},
		{
			concerns.Concern{Kind: concerns.Siblings, Line: &panics, Crashes: 5, Of: 3, Frames: []compare.FrameCount{{Frame: "_panic", Crashes: 3}, {Frame: "panic<T>", Crashes: 2}}},
			"panic misses _panic (3 crashes), panic<T> (2 crashes); it decides 3.",
		},
		{
			concerns.Concern{Kind: concerns.Idle, Line: &js, By: []compare.Cause{{Line: panics, Kind: compare.CauseAdded}, {Line: js, Kind: compare.CauseAdded}}, Frames: []compare.FrameCount{{Frame: "f", Crashes: 1}}},
			"panic (signature_sentinels.txt:3), JS::Call (prefix_signature_re.txt:8) leave JS::Call (prefix_signature_re.txt:8) nothing to do, since its frames become irrelevant: f (1 crash).",
		},
		{
			concerns.Concern{Kind: concerns.Idle, Line: &js, By: []compare.Cause{{Line: panics}, {Line: js}}, Crashes: 2},
			"JS::Call has nothing to do: panic (signature_sentinels.txt:3), JS::Call (prefix_signature_re.txt:8) make irrelevant what it matches, in 2 crashes.",
		},
		{concerns.Concern{Kind: concerns.MidWord, Line: &js, Crashes: 1, Of: 2, Frames: []compare.FrameCount{{Frame: "f", Crashes: 1}}}, "JS::Call ends in the middle of a word: 1 of its 2 crashes has f."},
		{concerns.Concern{Kind: concerns.MidWord, Line: &js, Crashes: 2, Of: 2, Frames: []compare.FrameCount{{Frame: "f", Crashes: 2}}}, "JS::Call ends in the middle of a word: 2 of its 2 crashes have f."},
		{
			concerns.Concern{Kind: concerns.Marks, By: []compare.Cause{{Line: js, Kind: compare.CauseAdded}, {Line: js, Kind: compare.CauseAdded}}, Why: "-x", Crashes: 1},
			"1 crash loses x. Causes: added JS::Call (prefix_signature_re.txt:8), added JS::Call (prefix_signature_re.txt:8).",
		},
		{concerns.Concern{Kind: concerns.Strangers, Crashes: 3, Of: 3, Signatures: []string{"s"}}, "3 crashes come to share s, and their stacks have little in common."},
		{concerns.Concern{Kind: concerns.Strangers, Crashes: 3, Of: 4, Signatures: []string{"s"}}, "3 crashes come to share s with 1 other, whose stack has little in common with theirs."},
		{concerns.Concern{Kind: concerns.Strangers, Crashes: 3, Of: 5, Signatures: []string{"s"}}, "3 crashes come to share s with 2 others, whose stacks have little in common with theirs."},
	} {
		if got := concernText(test.concern).String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// TestAnEditThatMatchesNothing: three noughts tell nothing.
func TestAnEditThatMatchesNothing(t *testing.T) {
	if got := verdictDetails(compare.Verdict{Kind: compare.NotSeen, Edit: &compare.Edit{}}); got != nil {
		t.Errorf("%v", got)
	}
}

// TestRowsOfEdits: the row of an edit also says what the line that went decided.
func TestRowsOfEdits(t *testing.T) {
	went, came := line(siglists.Prefix, 8, "JS::Call"), line(siglists.Prefix, 8, "JS::Call$")
	for _, test := range []struct {
		went compare.Verdict
		want string
	}{
		{compare.Verdict{Kind: compare.Redundant}, "3 crashes: 1 signature → 2; 1 frame as before, 0 more, 4 fewer"},
		{compare.Verdict{Kind: compare.Decides, LineCounts: compare.LineCounts{Crashes: 7, Changed: 7, From: 5, To: 6}}, "what it matches no more: 7 crashes: 5 signatures → 6; 3 crashes: 1 signature → 2; 1 frame as before, 0 more, 4 fewer"},
	} {
		test.went.Change, test.went.Edit = siglists.Change{Line: went}, &compare.Edit{Other: came, Same: 1, More: 4}
		other := compare.Verdict{Change: siglists.Change{Line: line(siglists.Prefix, 3, "other")}, Kind: compare.Decides}
		r := &Report{Lines: []compare.Verdict{test.went, other, {
			Change: siglists.Change{Line: came, Added: true}, Kind: compare.Decides, LineCounts: compare.LineCounts{Crashes: 3, Changed: 3, From: 1, To: 2}, Edit: &compare.Edit{Other: went, Same: 1, Fewer: 4},
		}}}
		slices.Reverse(r.Lines[:2])
		if got := joined(newLineOutline(r, 2).Details, "; ").String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
		// Its groups can't be shown by one of its two lines. A cause that all groups have is said with none.
		r.Groups = []compare.Group{group("a", "b", compare.Renamed, 0, 1, cause(compare.CauseAdded, came, 1))}
		p := newPage(r, "")
		if p.filters(); p.Filter(newLineOutline(r, 2)) != nil || p.Rows[0].Because != nil {
			t.Errorf("%+v", p.Rows)
		}
	}
}

// TestAllConcerns: without a limit all are said, with any other those that stand before everything.
func TestAllConcerns(t *testing.T) {
	r := nasty()
	for limit, want := range map[int]int{0: len(r.Concerns), 1: maxConcerns, 20: maxConcerns} {
		more := ""
		if n := len(r.Concerns) - want; n > 0 {
			more = "and " + plural.Of(n, "more concern", "more concerns")
		}
		for format, sign := range map[string]string{"text": "\n  ! ", "markdown": "\n- ⚠️ "} {
			out := string(render(t, format, r, Options{Limit: limit}))
			if got := strings.Count(out, sign); got != want || strings.Contains(out, "more concern") != (more != "") || !strings.Contains(out, more) {
				t.Errorf("limit %d as %s: %d said, want %d, and %q", limit, format, got, want, more)
			}
		}
	}
}
