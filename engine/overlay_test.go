package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/siglists"
)

// newSet makes a set of lists that are given as text.
func newSet(t interface{ Fatal(...any) }, sentinels, irrelevant, prefix, lineNumbers string) *siglists.Set {
	set, err := siglists.Load(fstest.MapFS{
		siglists.Sentinels.File():   {Data: []byte(sentinels)},
		siglists.Irrelevant.File():  {Data: []byte(irrelevant)},
		siglists.Prefix.File():      {Data: []byte(prefix)},
		siglists.LineNumbers.File(): {Data: []byte(lineNumbers)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The lines and frames that random comparisons are made of: few, so that they meet.
var (
	drawnLines = []string{
		"a", "b", "foo", "foo::b", ".*Wait", "a|c", `f\w+`, "(x)y", `foo:1`, "zz", "RunWatchdog", "mozalloc_handle_oom",
		"(?!a)b", `(o)\1`, `foo$`, "b|", "(x)y", `(o)\1`, "x", "PR",
	}
	drawnFrames = []string{
		"a", "b", "foo", "foo::bar", "PR_Wait", "xy", "zz", "c", "RunWatchdog", "mozalloc_handle_oom", "oo", "x.dll", "foo\n", "",
	}
)

func drawList(t *rapid.T, label string) string {
	lines := rapid.SliceOfN(rapid.SampledFrom(drawnLines), 0, 4).Draw(t, label)
	return strings.Join(lines, "\n")
}

func drawSet(t *rapid.T, label string) *siglists.Set {
	irrelevant, prefix, lined := drawList(t, label+" irrelevant"), drawList(t, label+" prefix"), drawList(t, label+" line numbers")
	// Lists without lines match everything; that is worth drawing, but not every time.
	if rapid.IntRange(0, 9).Draw(t, label+" fill") > 0 {
		irrelevant, prefix, lined = irrelevant+"\nqq", prefix+"\nqq", lined+"\nqq"
	}
	return newSet(t, rapid.SampledFrom([]string{"", "foo", "b\nPR_Wait", "foo:1"}).Draw(t, label+" sentinels"), irrelevant, prefix, lined)
}

func drawCrash(t *rapid.T, i int) *Crash { return drawCrashOf(t, i, drawnFrames) }

func drawCrashOf(t *rapid.T, i int, from []string) *Crash {
	id := fmt.Sprintf("aaaaaaaa-bbbb-4ccc-8ddd-%06xd50101", i)
	id = id[:30] + "150101"
	var threads []string
	for n := range 2 {
		frames := rapid.SliceOfN(rapid.SampledFrom(from), 0, 6).Draw(t, fmt.Sprint("thread ", n))
		for i, f := range frames {
			frames[i] = fmt.Sprintf(`{"function": %q, "line": %d}`, f, 1+i%2)
		}
		threads = append(threads, `{"frames": [`+strings.Join(frames, ",")+`]}`)
	}
	doc := fmt.Sprintf(`{"uuid": %q, "json_dump": {"crash_info": {"crashing_thread": %d}, "threads": [%s]}}`,
		id, rapid.IntRange(0, 1).Draw(t, "crashing"), strings.Join(threads, ","))
	c, err := ParseProcessed([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCompareIsPlain holds the comparison, with all its shortcuts, against making each signature on its
// own, and the verdicts against really undoing each change.
func TestCompareIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, candidate := drawSet(t, "base"), drawSet(t, "candidate")
		var crashes Crashes
		for i := range rapid.IntRange(1, 12).Draw(t, "crashes") {
			crashes = append(crashes, drawCrash(t, i))
		}
		b, c := NewGenerator(base, DefaultRules()), NewGenerator(candidate, DefaultRules())
		workers := rapid.IntRange(1, 3).Draw(t, "workers")
		tally, err := Compare(context.Background(), crashes, b, c, Options{Workers: workers, Examples: 2, Changed: true, Verdicts: true})
		if err != nil {
			t.Fatal(err)
		}
		checkPairs(t, tally, crashes, b, c)
		checkVerdicts(t, tally, crashes, base, candidate)
		checkExplained(t, tally, crashes, b, c)
	})
}

// checkExplained: the causes of single crashes add up to those of their groups.
func checkExplained(t *rapid.T, tally *Tally, crashes Crashes, b, c *Generator) {
	explainer, err := NewExplainer(b, c)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[Pair]map[Cause]int{}
	for _, crash := range crashes {
		result, err := explainer.Explain(crash)
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
		if diff := cmp.Diff(counts[pair], p.causes); diff != "" {
			t.Fatalf("causes of %q (-explained +compared):\n%s", pair, diff)
		}
	}
}

func signatureOf(t *rapid.T, g *Generator, c *Crash) string {
	r, err := g.Worker().Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	return r.Signature
}

func checkPairs(t *rapid.T, tally *Tally, crashes Crashes, b, c *Generator) {
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
		got[pair] = p.crashes
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("pairs (-plain +compared):\n%s", diff)
	}
}

func checkVerdicts(t *rapid.T, tally *Tally, crashes Crashes, base, candidate *siglists.Set) {
	for _, v := range tally.Verdicts() {
		undone, err := siglists.Undo(base, candidate, v.Change)
		if err != nil {
			t.Fatal(err)
		}
		with, without := NewGenerator(candidate, DefaultRules()), NewGenerator(undone, DefaultRules())
		decides := 0
		pairs, longer := map[Pair]int{}, map[string]int{}
		for _, crash := range crashes {
			if signatureOf(t, with, crash) != signatureOf(t, without, crash) {
				decides++
				pairs[Pair{signatureOf(t, NewGenerator(base, DefaultRules()), crash), signatureOf(t, with, crash)}]++
				plainLonger(t, longer, v.Change, crash, with, without)
			}
		}
		if v.Crashes != decides || (v.Kind == Decides) != (decides > 0) {
			t.Fatalf("%s: %s for %d crashes; undoing it changes %d", v.Change, v.Kind, v.Crashes, decides)
		}
		checkCauses(t, tally, v.Change, pairs)
		if diff := cmp.Diff(sortLonger(longer), v.Longer); diff != "" {
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
		if got := tally.pairs[pair].causes[Cause{change.Line, kind}]; got < crashes || got > tally.pairs[pair].crashes {
			t.Fatalf("%s decides %d crashes of %q, and is a cause of %d of %d", change, crashes, pair, got, tally.pairs[pair].crashes)
		}
	}
}

// plainLonger counts a crash that a line decides for the frames whose name goes on where the line ends.
func plainLonger(t *rapid.T, longer map[string]int, change siglists.Change, crash *Crash, with, without *Generator) {
	text := insideNames(change)
	result, err := with.Worker().Explain(crash)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, pass := range result.Passes {
		for _, f := range pass.Frames {
			a, b := classify(with.set.Matcher(), with.set, f.Frame), classify(without.set.Matcher(), without.set, f.Frame)
			if text != "" && f.reached() && goesOn(f.Text, text) && otherwise(a, b) && !seen[f.Text] {
				seen[f.Text] = true
				longer[f.Text]++
			}
		}
	}
}

// TestMovedLines: lines that only moved are no change, yet where groups are counted over the list they
// may mean something else.
func TestMovedLines(t *testing.T) {
	base := newSet(t, "s", "(x)y\n(o)\\1\nqq", "p\nq", "l\nm")
	candidate := newSet(t, "s", "(o)\\1\n(x)y\nqq", "p\nq", "l\nm")
	tally, err := Compare(context.Background(), crashesOf(t, stack{1, "oo zz", ""}),
		NewGenerator(base, DefaultRules()), NewGenerator(candidate, DefaultRules()), Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := tally.Groups(); len(got) != 1 || got[0].Base != "oo" || got[0].Candidate != "zz" {
		t.Errorf("groups %+v", got)
	}
}
