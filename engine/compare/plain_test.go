package compare

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

func drawCrash(t *rapid.T, i int) *crashdata.Crash { return drawCrashOf(t, i, enginetest.Frames()) }

func drawCrashOf(t *rapid.T, i int, from []string) *crashdata.Crash {
	return parse(t, enginetest.DrawCrash(t, i, from))
}

func drawOddCrash(t *rapid.T, i int) *crashdata.Crash { return parse(t, enginetest.DrawOddCrash(t, i)) }

func crashesOf(t *testing.T, stacks ...enginetest.Stack) crashdata.Crashes {
	t.Helper()
	var crashes crashdata.Crashes
	for _, doc := range enginetest.Crashes(stacks...) {
		crashes = append(crashes, parse(t, doc))
	}
	return crashes
}

func parse(t interface{ Fatal(...any) }, doc []byte) *crashdata.Crash {
	c, err := crashdata.ParseProcessed(doc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// drawRules draws a ruleset, Socorro's more often than others.
func drawRules(t *rapid.T, label string) signatures.Ruleset {
	spec := rapid.SampledFrom([]string{"default", "default", "default", "default", "stack", "proto", "proto:2,+OOMSignature", "top:2", "hash"}).Draw(t, label)
	rules, err := signatures.ParseRuleset(spec)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// TestCompareIsPlain holds the comparison, with all its shortcuts, against making each signature on its
// own, and the verdicts against really undoing each change.
func TestCompareIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, candidate := enginetest.DrawSet(t, "base"), enginetest.DrawSet(t, "candidate")
		var crashes crashdata.Crashes
		for i := range rapid.IntRange(1, 12).Draw(t, "crashes") {
			crashes = append(crashes, drawCrash(t, i))
		}
		b, c := signatures.NewGenerator(base, drawRules(t, "base rules")), signatures.NewGenerator(candidate, drawRules(t, "candidate rules"))
		workers := rapid.IntRange(0, 3).Draw(t, "workers")
		inMemory := rapid.SampledFrom([]int{1, 2, maxCrashes}).Draw(t, "in memory")
		tally, err := compareBy(context.Background(), crashes, b, c, Options{Workers: workers, Examples: 2, Changed: true, Verdicts: true}, inMemory)
		if err != nil {
			t.Fatal(err)
		}
		checkPairs(t, tally, crashes, b, c)
		checkVerdicts(t, tally, crashes, b, c)
		checkExplained(t, tally, crashes, b, c)
	})
}

// checkExplained: the causes of single crashes add up to those of their groups.
func checkExplained(t *rapid.T, tally *Tally, crashes crashdata.Crashes, b, c *signatures.Generator) {
	explainer := NewExplainer(b, c)
	counts := map[Pair]map[Cause]int{}
	for _, crash := range crashes {
		result, err := explainer.Explain(context.Background(), crash)
		if err != nil {
			t.Fatal(err)
		}
		if !result.Changed() {
			continue
		}
		pair := Pair{result.Base.Signature, result.Candidate.Signature}
		_, causes := result.Why(NewDiffer(b, c))
		for _, cause := range causes {
			counts[pair] = count(counts[pair], cause, 1)
		}
	}
	for pair, p := range tally.pairs {
		if diff := cmp.Diff(counts[pair], p.Causes); diff != "" {
			t.Fatalf("causes of %q (-explained +compared):\n%s", pair, diff)
		}
	}
}

func signatureOf(t *rapid.T, g *signatures.Generator, c *crashdata.Crash) string {
	r, err := g.Worker().Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	return r.Signature
}

func checkPairs(t *rapid.T, tally *Tally, crashes crashdata.Crashes, b, c *signatures.Generator) {
	want, without := map[Pair]int{}, 0
	for _, crash := range crashes {
		want[Pair{signatureOf(t, b, crash), signatureOf(t, c, crash)}]++
		if !crash.HasStack() {
			without++
		}
	}
	if got := tally.Totals().WithoutStack; got != without {
		t.Fatalf("%d crashes without a stack, want %d", got, without)
	}
	got := map[Pair]int{}
	for pair, p := range tally.pairs {
		got[pair] = p.Crashes
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("pairs (-plain +compared):\n%s", diff)
	}
}

func checkVerdicts(t *rapid.T, tally *Tally, crashes crashdata.Crashes, base, with *signatures.Generator) {
	for _, v := range tally.Verdicts() {
		undone, err := siglists.Undo(base.Set, with.Set, v.Change)
		if err == nil && v.Kind == NoEffect && v.Edit != nil && v.Edit.More == 0 && v.Edit.Fewer == 0 { // undone whole
			undone, err = siglists.Undo(base.Set, undone, siglists.Change{Line: v.Edit.Other, Added: !v.Change.Added})
		}
		if err != nil {
			t.Fatal(err)
		}
		without := signatures.NewGenerator(undone, with.Rules)
		decides := 0
		pairs, longer := map[Pair]int{}, map[string]int{}
		for _, crash := range crashes {
			if signatureOf(t, with, crash) != signatureOf(t, without, crash) {
				decides++
				pairs[Pair{signatureOf(t, base, crash), signatureOf(t, with, crash)}]++
				plainLonger(t, longer, v.Change, crash, [3]*signatures.Generator{base, with, without})
			}
		}
		changed := decides
		for p, n := range pairs {
			if p.Base == p.Candidate {
				changed -= n
			}
		}
		if v.Crashes != decides || v.Changed != changed || (v.Kind == Decides) != (changed > 0) || (v.Kind == Balanced) != (decides > 0 && changed == 0) {
			t.Fatalf("%s: %s for %d crashes, of which %d change; undoing it changes %d, of which %d change", v.Change, v.Kind, v.Crashes, v.Changed, decides, changed)
		}
		checkCauses(t, tally, v.Change, pairs)
		if diff := cmp.Diff(FrameCounts(longer), v.Longer); diff != "" {
			t.Fatalf("%s: longer names (-plain +weighed):\n%s", v.Change, diff)
		}
	}
}

// checkCauses: a line that alone decides crashes of a group is a cause of it, of at least as many. A line can
// decide crashes of no group: those whose signature another line keeps as it was.
func checkCauses(t *rapid.T, tally *Tally, change siglists.Change, decided map[Pair]int) {
	kind := CauseRemoved
	if change.Added {
		kind = CauseAdded
	}
	for pair, crashes := range decided {
		if pair.Base == pair.Candidate {
			continue
		}
		if got := tally.pairs[pair].Causes[Cause{change.Line, kind}]; got < crashes || got > tally.pairs[pair].Crashes {
			t.Fatalf("%s decides %d crashes of %q, and is a cause of %d of %d", change, crashes, pair, got, tally.pairs[pair].Crashes)
		}
	}
}

// plainLonger counts a crash that a line decides for the frames whose name goes on where the line ends, and that it
// makes others than the base has.
func plainLonger(t *rapid.T, longer map[string]int, change siglists.Change, crash *crashdata.Crash, of [3]*signatures.Generator) {
	text := insideNames(change)
	result, err := of[1].Worker().Explain(crash)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, pass := range result.Passes {
		for _, f := range pass.Frames {
			var c [3]*signatures.Classified // by the base, the candidate, and that without the change
			for i, g := range of {
				c[i] = signatures.Classify(g.Set, f.Frame)
			}
			if text != "" && f.Reached() && goesOn(f.Text, text) && otherwise(c[0], c[1]) && otherwise(c[1], c[2]) && !seen[f.Text] {
				seen[f.Text] = true
				longer[f.Text]++
			}
		}
	}
}

// TestMovedLines: lines that only moved are no change, yet where groups are counted over the list they
// may mean something else.
func TestMovedLines(t *testing.T) {
	base := enginetest.NewSet(t, "s", "(x)y\n(o)\\1\nqq", "p\nq", "l\nm")
	candidate := enginetest.NewSet(t, "s", "(o)\\1\n(x)y\nqq", "p\nq", "l\nm")
	tally, err := Compare(context.Background(), crashesOf(t, enginetest.NewStack(1, "oo zz", "")),
		signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()), Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := tally.Groups(); len(got) != 1 || got[0].Base != "oo" || got[0].Candidate != "zz" {
		t.Errorf("groups %+v", got)
	}
}
