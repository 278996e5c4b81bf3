package report

import (
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// A missed expectation that no crash could have met says so in every format, before its causes, and how it
// would be written stays in one piece and steers no format.
func TestMissedIsMisspelt(t *testing.T) {
	r := nasty()
	c := walked()
	c.Crash = nil
	r.Expect = NewExpectations([]Expected{
		{ID: crashIDs(0, 1)[0], Signature: "a", Comparison: c, Misspelt: &signatures.Misspelt{Why: "arguments are dropped", Instead: "F<T>::b | `c`"}},
		{ID: crashIDs(3, 1)[0], Signature: "c", Comparison: compare.Comparison{Base: c.Base, Candidate: c.Base}},
		{ID: crashIDs(1, 1)[0], Signature: "b", Comparison: c, Misspelt: &signatures.Misspelt{Why: "nothing is printable"}},
		{ID: crashIDs(2, 1)[0], Signature: long, Comparison: c, Misspelt: &signatures.Misspelt{Why: "of one that is met"}},
	}, r.Groups, compare.Differ{})
	for _, name := range []string{"text", "markdown", "html", "json"} {
		text := string(render(t, name, r, Options{}))
		for _, want := range []string{"no signature can be this: arguments are dropped; ", "no signature can be this: nothing is printable, and nothing is left"} {
			if strings.Count(text, want) != 1 {
				t.Errorf("%s: %d times %q", name, strings.Count(text, want), want)
			}
		}
		if strings.Contains(text, "of one that is met") {
			t.Errorf("%s: says of a met expectation that it can't be", name)
		}
		if !strings.Contains(text, "its signature does not change") && name != "json" {
			t.Errorf("%s: doesn't say that a signature stays", name)
		}
		instead := map[string]string{"html": "F&lt;T&gt;::b | `c`", "markdown": "`` F<T>::b | `c` ``"}[name]
		if instead == "" {
			instead = "F<T>::b | `c`"
		}
		if !strings.Contains(text, instead) {
			t.Errorf("%s: no %s", name, instead)
		}
	}
}

// Longer names come with their crashes; texts show the first few, JSON all.
func TestLongerNames(t *testing.T) {
	r := nasty()
	r.Lines[1].Longer = []compare.FrameCount{{Frame: "A<x>", Crashes: 3}, {Frame: "B", Crashes: 1}, {Frame: "C", Crashes: 1}, {Frame: "last", Crashes: 1}}
	if got, want := frameList(r.Lines[1].Longer).String(), "A<x> (3 crashes), B (1 crash), C (1 crash)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, v := range []compare.Verdict{r.Lines[1], {Kind: compare.Decides}} {
		v.Missed = []compare.NearMiss{{How: "with underscores", Frames: []compare.FrameCount{{Frame: "_x", Crashes: 2}}}}
		got := joined(verdictDetails(v), "; ").String()
		if strings.Contains(got, "ends in the middle of longer names") != (len(v.Longer) > 0) || !strings.HasSuffix(got, "with underscores it would also match 1 frame, such as _x (2 crashes)") {
			t.Errorf("%s", got)
		}
		for _, unseen := range []compare.VerdictKind{compare.NotSeen, compare.Absent} {
			if v.Kind = unseen; strings.Contains(joined(verdictDetails(v), "; ").String(), "also") {
				t.Errorf("%s: it matches something, too", unseen)
			}
		}
	}
	if text := string(render(t, "json", r, Options{})); !strings.Contains(text, `"frame": "last"`) {
		t.Error("JSON leaves out a longer name")
	}
}
