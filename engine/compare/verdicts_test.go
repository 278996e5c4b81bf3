package compare

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestEditsOfLines: a line that takes another's place is one edit with it, unless only the one that went decides.
func TestEditsOfLines(t *testing.T) {
	for _, test := range []struct {
		base, candidate string
		edit            bool
	}{
		{"pre\nzz", "prefixe\nzz", true}, // neither changes a signature
		{"prexx\nzz", "pre\nzz", true},   // the one that came decides
		{"preff\nzz", "preyy\nzz", true}, // neither does
		{"pre\nzz", "prexx\nzz", false},
	} {
		set := func(prefix string) *signatures.Generator {
			return signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", prefix, "qq"), signatures.DefaultRules())
		}
		tally, err := Compare(t.Context(), crashesOf(t, enginetest.NewStack(2, "prefixed a b", "")), set(test.base), set(test.candidate), Options{Workers: 1, Verdicts: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range tally.Verdicts() {
			if got := v.Edit != nil; got != test.edit {
				t.Errorf("%q to %q: %s %s: an edit: %v, want %v", test.base, test.candidate, v.Change, v.Kind, got, test.edit)
			}
		}
	}
}

// TestEditsAreUndoneWhole: an edit of which both lines match the same frames has no effect, though leaving out one of them
// would have. One that matches fewer frames, or more, decides.
func TestEditsAreUndoneWhole(t *testing.T) {
	for _, test := range []struct{ base, candidate, lined, want string }{
		{"pre.*\nzz", "pre\nzz", "qq", "no-effect 0 of 0"},
		{"pre\nzz", "prefixed\nzz", "qq", "no-effect 0 of 0"}, // in these crashes
		{"pre\nzz", "prefixe$\nprefixed$\nzz", "qq", "balanced 2 of 0"},
		{"prefixed\nzz", "pre|b\nzz", "qq", "decides 2 of 2"},
		{"prefixed\nzz", "pre|c\nzz", "qq", "balanced 2 of 0"}, // c is not reached
		{"pre|c\nzz", "prefixed\nzz", "qq", "balanced 2 of 0"},
		{"pre.*\nzz", "pre\nzz", "xx", "balanced 2 of 0"}, // texts may be others with another source line
	} {
		set := func(prefix, lined string) *signatures.Generator {
			return signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", prefix, lined), signatures.DefaultRules())
		}
		tally, err := Compare(t.Context(), crashesOf(t, enginetest.NewStack(2, "prefixed b c", "")), set(test.base, "qq"), set(test.candidate, test.lined), Options{Workers: 1, Verdicts: true})
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, v := range tally.Verdicts() {
			if v.Change.Added && v.Frames > 0 {
				got = fmt.Sprintf("%s %d of %d", v.Kind, v.Crashes, v.Changed)
			}
		}
		if got != test.want {
			t.Errorf("%q to %q: %s, want %s", test.base, test.candidate, got, test.want)
		}
	}
}

// TestFramesOfEdits: how the frames of two lines compare, of which one takes the place of the other.
func TestFramesOfEdits(t *testing.T) {
	set := func(prefix string) *signatures.Generator {
		return signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", prefix, "qq"), signatures.DefaultRules())
	}
	crashes := crashesOf(t, enginetest.NewStack(2, "prefixed b c", ""), enginetest.NewStack(1, "pretty b c", ""), enginetest.NewStack(1, "pretend b c", ""))
	tally, err := Compare(t.Context(), crashes, set("pret\nzz"), set("pre\nzz"), Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Edit{}
	for _, v := range tally.Verdicts() {
		got[v.Change.Line.Text] = Edit{Same: v.Edit.Same, More: v.Edit.More, Fewer: v.Edit.Fewer}
	}
	if diff := cmp.Diff(map[string]Edit{"pre": {Same: 2, More: 1}, "pret": {Same: 2, Fewer: 1}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEntangled: flags or references of a list of either side may make a line mean something else than it does alone.
func TestEntangled(t *testing.T) {
	for _, test := range []struct {
		base, candidate string
		want            bool
	}{{"zz", "zz\npre", false}, {"(?i)zz", "(?i)zz\npre", true}, {"(?i)zz", "zz\npre", true}, {"zz", "(?i)zz\npre", true}, {"zz", "zz\n(z)\\1", true}} {
		set := func(prefix string) *signatures.Generator {
			return signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", prefix, "qq"), signatures.DefaultRules())
		}
		tally, err := Compare(t.Context(), crashesOf(t, enginetest.NewStack(1, "prefixed b", "")), set(test.base), set(test.candidate), Options{Workers: 1, Verdicts: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range tally.Verdicts() {
			if v.Entangled != test.want {
				t.Errorf("%q to %q: %s: %v", test.base, test.candidate, v.Change, v.Entangled)
			}
		}
	}
}

// TestVerdictsOfShortLists: a line of a list that has no other is weighed as any line is, though a list
// without lines matches everything.
func TestVerdictsOfShortLists(t *testing.T) {
	prefix := func(lines string) *siglists.Set { return enginetest.NewSet(t, "s", "zz", lines, "qq\nqqq") }
	irrelevant := func(lines string) *siglists.Set { return enginetest.NewSet(t, "s", lines, "zz", "qq\nqqq") }
	lined := func(lines string) *siglists.Set { return enginetest.NewSet(t, "s", "zz", "zz", lines) }
	for _, test := range []struct {
		name            string
		base, candidate *siglists.Set
		verdicts        []string
	}{
		{"a second line", prefix("pre"), prefix("pre\nother"), []string{"other not-seen 0 frames 0 crashes"}},
		{"the second line goes", prefix("pre\nother"), prefix("pre"), []string{"other not-seen 0 frames 0 crashes"}},
		{
			"a line of a list with flags", prefix("(?i)qq"), prefix("(?i)qq\nother\nPRE"),
			[]string{"other not-seen 0 frames 0 crashes", "PRE decides 1 frames 2 crashes"},
		},
		{
			"a line of a list with numbers of groups", prefix("(q)"), prefix("(q)\n(|x)pre\\1\n(q)?other"),
			[]string{"(|x)pre\\1 not-seen 0 frames 0 crashes", "(q)?other not-seen 0 frames 0 crashes"},
		},
		{
			"the only line becomes another: without it none of a list is left, which does not match every frame as an empty list does", prefix("other"), prefix("pre"),
			[]string{"other not-seen 0 frames 0 crashes", "pre decides 1 frames 2 crashes longer prefixed 2 mid-word 2"},
		},
		{
			"that matches nothing", prefix("pre"), prefix("other"),
			[]string{"pre decides 1 frames 2 crashes", "other not-seen 0 frames 0 crashes"},
		},
		{
			"that matches nothing, for a letter", prefix("pre"), prefix("Pre"),
			[]string{"pre decides 1 frames 2 crashes", "Pre not-seen 0 frames 0 crashes in another case: prefixed 2"},
		},
		{
			"and whose loss changes nothing", irrelevant("zz"), irrelevant("yy"),
			[]string{"zz not-seen 0 frames 0 crashes", "yy not-seen 0 frames 0 crashes"},
		},
		{
			"of lines whose source line is added", lined("qq"), lined("pre"),
			[]string{"qq not-seen 0 frames 0 crashes", "pre decides 1 frames 2 crashes longer prefixed:None 2 mid-word 2"},
		},
		{
			"of a line that only matches a frame without its source line, which it has with the edit",
			lined("qq"), enginetest.NewSet(t, "s", "zz", "zz\nprefixed$", "qq\npre"),
			[]string{"prefixed$ not-seen 0 frames 0 crashes", "pre decides 1 frames 2 crashes longer prefixed:None 2 mid-word 2"},
		},
		{
			"of a line that went, and that matched the frame as it was",
			enginetest.NewSet(t, "s", "zz", "zz\nprefixed$", "qq"), lined("qq\npre"),
			[]string{"prefixed$ no-effect 1 frames 0 crashes", "pre decides 1 frames 2 crashes longer prefixed:None 2 mid-word 2"},
		},
		{
			"lines that don't go together", prefix("(?i)QRE\nqq"), prefix("(?i)PRE\nqq"),
			[]string{"(?i)QRE decides 0 frames 2 crashes", "(?i)PRE decides 1 frames 2 crashes"},
		},
		{"the first lines", irrelevant(""), irrelevant("a\nyy"), []string{"a not-reached 1 frames 0 crashes", "yy not-seen 0 frames 0 crashes"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tally, err := Compare(context.Background(), crashesOf(t, enginetest.NewStack(2, "prefixed a b", "")),
				signatures.NewGenerator(test.base, signatures.DefaultRules()), signatures.NewGenerator(test.candidate, signatures.DefaultRules()), Options{Workers: 1, Verdicts: true})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.verdicts, sketchOf(tally).Verdicts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestVerdictsGivenUp: a crash of which it isn't known what undoing one change makes of it counts for none of the changes, as in
// all other figures.
func TestVerdictsGivenUp(t *testing.T) {
	set := func(prefix string) *signatures.Generator {
		return signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", prefix, "qq"), signatures.DefaultRules())
	}
	deep := strings.Repeat("a", 60)
	tally, err := Compare(t.Context(), crashesOf(t, enginetest.NewStack(2, deep+" b", "")), set("a\n(?:(a|aa)+)+(?!x)\\1b"), set("b"), Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tally.Failures() {
		// The line that was put back has the place that it had.
		if want := `matching prefix_signature_re.txt:2, "(?:(a|aa)+)+`; !strings.Contains(f.Err, want) {
			t.Errorf("%s: want %s", f.Err, want)
		}
	}
	if n := len(tally.Failures()); n != 2 {
		t.Errorf("%d of 2 crashes failed", n)
	}
	for _, v := range tally.Verdicts() {
		if v.LineCounts != (LineCounts{}) {
			t.Errorf("%s: %+v of crashes that could not be compared", v.Change, v.LineCounts)
		}
	}
}

// bothWays compares crashes as they come and in memory, where the candidate is an edit of the base.
func bothWays(t *testing.T, crashes crashdata.Source, base, candidate *signatures.Generator) ([]*Tally, *Edited) {
	t.Helper()
	tally, err := Compare(t.Context(), crashes, base, candidate, Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBase(t.Context(), crashes, base, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	edited, err := b.Edit(t.Context(), candidate.Set)
	if err != nil {
		t.Fatal(err)
	}
	inMemory, err := edited.Compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	edited.Judge()
	return []*Tally{tally, inMemory}, edited
}

// TestFramesOfNoSignature: what stands on stacks that no signature is made from, such as those of a Java crash, or of thread 0
// unless that hangs, is neither matched nor a near miss, in a comparison and in one over crashes in memory.
func TestFramesOfNoSignature(t *testing.T) {
	threads := func(crashing int, stacks ...string) string {
		return fmt.Sprintf(`, "json_dump": {"crash_info": {"crashing_thread": %d}, "threads": [{"frames": [%s]}, {"frames": [%s]}]}`, crashing, stacks[0], stacks[1])
	}
	const native, own, watchdog = `{"function": "native"}`, `{"function": "own"}`, `{"function": "RunWatchdog"}`
	for _, test := range []struct{ extra, verdict, matched string }{
		{threads(1, native, own), "nati not-seen 0 frames 0 crashes", "[]"},
		{threads(0, native, own) + `, "java_stack_trace": "E: a"`, "nati not-seen 0 frames 0 crashes", "[]"},
		{threads(1, native, watchdog), "nati no-effect 1 frames 0 crashes", "[{native 2}]"},
		{threads(1, own, watchdog+","+native), "nati not-reached 1 frames 0 crashes", "[{native 2}]"},
		{threads(1, own, watchdog+`,{"function": "Native"}`), "nati not-seen 0 frames 0 crashes in another case: Native 2", "[]"},
	} {
		crashes := crashesOf(t, enginetest.NewStack(2, "", test.extra), enginetest.NewStack(5, "foo", ""))
		base, candidate := enginetest.NewSet(t, "s", "zz", "zz", "qq"), enginetest.NewSet(t, "s", "zz", "zz\nnati", "qq")
		g, k := signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules())
		tallies, edited := bothWays(t, crashes, g, k)
		for _, tally := range tallies {
			if diff := cmp.Diff([]string{test.verdict}, sketchOf(tally).Verdicts); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.extra, diff)
			}
		}
		if got := fmt.Sprint(edited.Matched()[0].Frames); got != test.matched {
			t.Errorf("%s: matched %s, want %s", test.extra, got, test.matched)
		}
	}
}

// TestFramesOfNoHangAnyMore: a line of which the base has frames of thread 0 in signatures is not one that matched nothing, though
// the crash is no hang to the candidate.
func TestFramesOfNoHangAnyMore(t *testing.T) {
	const hang = `, "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{"function": "native"}]}, {"frames": [{"function": "RunWatchdog"}, {"function": "own"}]}]}`
	set := func(irrelevant, prefix string) *signatures.Generator {
		return signatures.NewGenerator(enginetest.NewSet(t, "s", irrelevant, prefix, "qq"), signatures.DefaultRules())
	}
	crashes := crashesOf(t, enginetest.NewStack(2, "", hang))
	a, b := set("zz", "zz\nnati"), set("zz\nRunWatchdog", "zz")
	for nati, sides := range map[string][2]*signatures.Generator{"not-reached": {a, b}, "no-effect": {b, a}} {
		tallies, _ := bothWays(t, crashes, sides[0], sides[1])
		want := []string{"RunWatchdog decides 1 frames 2 crashes", "nati " + nati + " 1 frames 0 crashes"}
		for _, tally := range tallies {
			if diff := cmp.Diff(want, sketchOf(tally).Verdicts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	}
}
