package compare

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// everything is all that reports and concerns read from a tally.
type everything struct {
	Summary   summary
	Strangers []Stranger
	Known     bool
	Products  []string
}

func everythingOf(t *Tally) everything {
	strangers, known := t.Strangers()
	return everything{summaryOf(t), strangers, known, t.Products()}
}

// TestBaseIsCompare: what a base that is kept makes of one edit after the other is what Compare makes of it.
func TestBaseIsCompare(t *testing.T) {
	narrow := 0
	rapid.Check(t, func(t *rapid.T) {
		var all crashdata.Crashes
		for i := range rapid.IntRange(0, 30).Draw(t, "crashes") {
			if rapid.Bool().Draw(t, "odd") {
				all = append(all, drawOddCrash(t, i))
			} else {
				all = append(all, drawCrashOf(t, i, enginetest.MoreFrames()))
			}
		}
		crashes := crashdata.Source(all)
		if rapid.Bool().Draw(t, "flaky") {
			crashes = flaky{all}
		}
		o := Options{Workers: rapid.IntRange(1, 3).Draw(t, "workers"), Examples: 2, Changed: rapid.Bool().Draw(t, "changed"), Verdicts: true}
		rules := drawRules(t, "rules")
		set := enginetest.DrawSet(t, "base")
		b := signatures.NewGenerator(set, rules)
		base, err := NewBase(context.Background(), crashes, b, o)
		if err != nil {
			t.Fatal(err)
		}
		for n := range rapid.IntRange(1, 4).Draw(t, "edits") {
			candidate := enginetest.DrawSet(t, fmt.Sprint("edit ", n))
			if rapid.Bool().Draw(t, "narrow") {
				if candidate, err = set.With(enginetest.DrawChanges(t, set)); err != nil {
					t.Skip("it doesn't load")
				}
			}
			c := signatures.NewGenerator(candidate, rules)
			edited, err := base.Edit(context.Background(), candidate)
			if err != nil {
				t.Fatal(err)
			}
			got, err := edited.Compare(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			edited.Judge()
			if !edited.whole && edited.Crashes > 0 {
				narrow++
			}
			want, err := Compare(context.Background(), crashes, b, c, o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(everythingOf(want), everythingOf(got)); diff != "" {
				t.Fatalf("(-Compare +Base)\n%s", diff)
			}
		}
	})
	if narrow == 0 {
		t.Error("all comparisons were whole")
	}
}

// TestBaseFindsStrangers: of crashes that keep a signature, and of which the edit concerns some, all stacks stand for them: those that
// were compared, and those that were not.
func TestBaseFindsStrangers(t *testing.T) {
	crashes := crashesOf(t, enginetest.NewStack(20, "loop b1 b2", ""), enginetest.NewStack(2, "loop wait a1 c2", ""), enginetest.NewStack(3, "wait loop a1 a2", ""),
		enginetest.NewStack(2, "loop b1 b3", ""), enginetest.NewStack(300, "other loop o1 o2", ""))
	g := func(irrelevant string) *signatures.Generator {
		return signatures.NewGenerator(enginetest.NewSet(t, "s", irrelevant, "p", "l"), signatures.DefaultRules())
	}
	o := Options{Workers: 1, Verdicts: true}
	base, err := NewBase(t.Context(), crashes, g("i"), o)
	if err != nil {
		t.Fatal(err)
	}
	edited, err := base.Edit(t.Context(), g("i\nwait").Set)
	if err != nil {
		t.Fatal(err)
	}
	got, err := edited.Compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	edited.Judge()
	want, err := Compare(t.Context(), crashes, g("i"), g("i\nwait"), o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everythingOf(want), everythingOf(got)); diff != "" {
		t.Errorf("(-Compare +Base)\n%s", diff)
	}
	if strangers, _ := got.Strangers(); edited.whole || len(strangers) != 1 || strangers[0].Likeness == 0 {
		t.Errorf("the test tries too little: %v, %+v", edited.whole, strangers)
	}
}

// TestBaseOfOddCrashes: where what the base knows of the crashes that an edit leaves alone doesn't hold, all are compared.
func TestBaseOfOddCrashes(t *testing.T) {
	const limit = `(?:(a|aa)+)+(?!x)\1b`
	threads := func(crashing int, frames ...string) enginetest.Stack {
		return enginetest.NewStack(2, "", fmt.Sprintf(`, "json_dump": {"crash_info": {"crashing_thread": %d}, "threads": [{"frames": [%s]}, {"frames": [%s]}]}`, crashing, frames[0], frames[1]))
	}
	line := func(n int) string {
		return fmt.Sprintf(`{"function": "foo", "line": %d}, {"function": "own"}`, n)
	}
	other, deep := enginetest.NewStack(20, "other o", ""), enginetest.NewStack(2, strings.Repeat("a", 60)+" b", "")
	hang := threads(1, `{"function": "native"}`, `{"function": "RunWatchdog"}, {"function": "own"}`)
	for _, test := range []struct {
		name                                                    string
		stacks                                                  []enginetest.Stack
		irrelevant, prefix, otherIrrelevant, otherPrefix, lined string
		whole                                                   bool
	}{
		{"it fails without the edit", []enginetest.Stack{deep, other}, "", limit, "", limit + "\nother", "", true},
		{"it fails with the edit alone", []enginetest.Stack{deep, other}, "", "", "", limit, "", true},
		{"it is no hang any more", []enginetest.Stack{hang, other}, "", "nati", "RunWatchdog", "", "", true},
		{"a line means a source line", []enginetest.Stack{threads(0, line(1), ""), threads(0, line(2), ""), other}, "", "", "", "foo:1", "foo", false},
		{"most crashes are concerned", []enginetest.Stack{deep, other}, "", "", "", "other", "", false},
	} {
		set := func(irrelevant, prefix string) *signatures.Generator {
			return signatures.NewGenerator(enginetest.NewSet(t, "s", "zz\n"+irrelevant, "zz\n"+prefix, "zz\n"+test.lined), signatures.DefaultRules())
		}
		tallies, edited := bothWays(t, crashesOf(t, test.stacks...), set(test.irrelevant, test.prefix), set(test.otherIrrelevant, test.otherPrefix))
		if diff := cmp.Diff(everythingOf(tallies[0]), everythingOf(tallies[1])); diff != "" || edited.whole != test.whole {
			t.Errorf("%s: all are compared: %v (-Compare +Base)\n%s", test.name, edited.whole, diff)
		}
	}
}

// TestLess: what is left of the crashes with a signature has no facet that none of them has.
func TestLess(t *testing.T) {
	a, b := Facet{Product: "a"}.Share(), Facet{Product: "b"}.Share()
	all := &pairTally{Crashes: 3, Moved: 2, Facets: Facets{a: 2, b: 1}, Reasons: [crashdata.ReasonKinds]int{1: 3}}
	want := &pairTally{Crashes: 1, Moved: 1, Facets: Facets{a: 1}, Reasons: [crashdata.ReasonKinds]int{1: 1}}
	got := all.less(&pairTally{Crashes: 2, Moved: 1, Facets: Facets{a: 1, b: 1}, Reasons: [crashdata.ReasonKinds]int{1: 2}})
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(pairTally{})); diff != "" || len(all.Facets) != 2 {
		t.Errorf("%v (-want +got)\n%s", all.Facets, diff)
	}
	if all.less(all) != nil {
		t.Error("something is left of all")
	}
}

// TestBaseMatchedSpaces: functions that differ in spaces are one frame, and of the list of line numbers each is another text: a crash
// counts for the frame once where a line matches one of them, whichever stands on its stack first.
func TestBaseMatchedSpaces(t *testing.T) {
	const tight, wide = "::operator a,b", "::operator a, b"
	stack := func(functions ...string) string {
		var frames []string
		for _, f := range functions {
			frames = append(frames, fmt.Sprintf(`{"function": %q}`, f))
		}
		return `, "json_dump": {"threads": [{"frames": [` + strings.Join(frames, ",") + `]}]}`
	}
	crashes := crashesOf(t, enginetest.NewStack(4, "", stack(wide, tight)), enginetest.NewStack(2, "", stack(tight, wide, tight)), enginetest.NewStack(1, "", stack(wide)))
	set := enginetest.NewSet(t, "s", "i", "p", "l")
	base, err := NewBase(t.Context(), crashes, signatures.NewGenerator(set, signatures.DefaultRules()), Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{"::operator a,b": "[{::operator a, b 6}]", "::operator a, b": "[{::operator a, b 7}]", "::operator a,": "[{::operator a, b 7}]", `::operator a,b|(zz)\1`: "[{::operator a, b 6}]"} {
		change, err := siglists.ParseChange("line-numbers:"+line, true)
		if err != nil {
			t.Fatal(err)
		}
		candidate, err := set.With([]siglists.Change{change})
		if err != nil {
			t.Fatal(err)
		}
		edited, err := base.Edit(t.Context(), candidate)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(edited.Matched()[0].Frames); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
		// A verdict counts likewise. Where the line is taken away, both functions make the same frame.
		tally, err := Compare(t.Context(), crashes, signatures.NewGenerator(candidate, base.side.Rules), base.side, Options{Workers: 1, Verdicts: true})
		if err != nil {
			t.Fatal(err)
		}
		if held := tally.Verdicts()[0].Held; !strings.Contains(want, fmt.Sprintf(" %d}", held)) {
			t.Errorf("%s: %d crashes hold it, want %s", line, held, want)
		}
	}
}

// TestBaseMatched: what lines match is counted over the stacks that signatures are made from, and so are the frames that there are.
func TestBaseMatched(t *testing.T) {
	set := enginetest.NewSet(t, "s", "foo", "p", "l")
	const java = `, "java_exception": {"exception": {"values": [{"stacktrace": {"type": "X", "frames": []}}]}}`
	crashes := crashesOf(t, enginetest.NewStack(3, "foo a::b c", ""), enginetest.NewStack(2, "a::c a::b", ""), enginetest.NewStack(1, "c", ""), enginetest.NewStack(1, "c nowhere", java))
	g := signatures.NewGenerator(set, signatures.DefaultRules())
	base, err := NewBase(t.Context(), crashes, g, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	var changes []siglists.Change
	for _, edit := range []string{"prefix:a::", "irrelevant:zz", "prefix:c"} {
		c, err := siglists.ParseChange(edit, true)
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, c)
	}
	candidate, err := set.With(changes)
	if err != nil {
		t.Fatal(err)
	}
	edited, err := base.Edit(t.Context(), candidate)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Matched{}
	for i, m := range edited.Matched() {
		got[edited.Changes()[i].Line.Text] = m
	}
	want := map[string]Matched{
		"zz": {}, "a::": {[]FrameCount{{"a::b", 5}, {"a::c", 2}}, 5}, "c": {[]FrameCount{{"c", 4}}, 4},
	}
	if diff := cmp.Diff(want, got); diff != "" || edited.Crashes != 6 || base.Frames() != 4 {
		t.Errorf("%d crashes, %d frames (-want +got)\n%s", edited.Crashes, base.Frames(), diff)
	}
}
