package compare

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// inParts are crashes as a cache gives them, each several times, so that what is remembered of one counts.
func inParts(crashes []*crashdata.Crash, times int) crashdata.Source {
	return Stored(slices.Repeat(crashes, times))
}

// TestAlikeIsPlain holds the comparison of records in parts, most of which are counted by what is remembered of
// others, against the comparison of the crashes.
func TestAlikeIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := enginetest.DrawSet(t, "base")
		candidate := base
		if rapid.Bool().Draw(t, "differ") {
			candidate = enginetest.DrawSet(t, "candidate")
		}
		var crashes crashdata.Crashes
		for i := range rapid.IntRange(1, 8).Draw(t, "crashes") {
			crashes = append(crashes, drawOddCrash(t, i))
		}
		times := rapid.IntRange(1, 4).Draw(t, "times")
		var all crashdata.Crashes
		for range times {
			all = append(all, crashes...)
		}
		o := Options{Workers: rapid.IntRange(1, 2).Draw(t, "workers"), Examples: 2, Changed: true, Verdicts: rapid.Bool().Draw(t, "verdicts")}
		b, c := signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules())
		plain, err := Compare(context.Background(), all, b, c, o)
		if err != nil {
			t.Fatal(err)
		}
		inParts, err := Compare(context.Background(), inParts(crashes, times), b, c, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(summaryOf(plain), summaryOf(inParts)); diff != "" {
			t.Fatalf("(-plain +in parts):\n%s", diff)
		}
		if diff := cmp.Diff(pairCounts(plain), pairCounts(inParts)); diff != "" {
			t.Fatalf("(-plain +in parts):\n%s", diff)
		}
	})
}

func pairCounts(t *Tally) map[Pair]int {
	counts := map[Pair]int{}
	for pair, p := range t.pairs {
		counts[pair] = p.Crashes
	}
	return counts
}

// TestAlikeAreToldApart: crashes that differ in one thing that decides their signatures, after each other, with
// siglists that differ in a line which matches "changed".
func TestAlikeAreToldApart(t *testing.T) {
	base := enginetest.NewSet(t, "cut", "skip\nskip too\nchanged", "pre\nRunWatchdog\nx.dll\ny.dll", "lined\nlined too")
	candidate := enginetest.NewSet(t, "cut", "skip\nskip too", "pre\nRunWatchdog\nx.dll\ny.dll\nned:None", "lined\nlined too")
	doc := func(members, last string, zero, stack string) string {
		var threads []string
		for _, frames := range []string{zero, stack} {
			threads = append(threads, fmt.Sprintf(`{"last_error_value": %q, "frames": [%s]}`, last, frames))
		}
		return fmt.Sprintf(`{%s "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [%s]}}`, members, strings.Join(threads, ","))
	}
	frames := func(functions ...string) string {
		var all []string
		for _, f := range functions {
			if strings.HasSuffix(f, ".dll") {
				all = append(all, fmt.Sprintf(`{"module": %q}`, f))
			} else {
				all = append(all, fmt.Sprintf(`{"function": %q, "line": 3}`, f))
			}
		}
		return strings.Join(all, ",")
	}
	for name, docs := range map[string][]string{
		"last error":       {doc("", "error_commitment_limit", "", frames("pre", "f")), doc("", "ERROR_COMMITMENT_LIMIT", "", frames("pre", "f"))},
		"a skipped frame":  {doc("", "", "", frames("skip", "f")), doc("", "", "", frames("changed", "f"))},
		"behind the stop":  {doc("", "", "", frames("f", "g")), doc("", "", "", frames("f", "changed"))},
		"a module again":   {doc("", "", "", frames("x.dll", "f")), doc("", "", "", frames("x.dll", "x.dll", "f")), doc("", "", "", frames("x.dll", "y.dll", "f"))},
		"a sentinel":       {doc("", "", "", frames("f", "cut")), doc("", "", "", frames("f"))},
		"thread 0":         {doc("", "", frames("a"), frames("RunWatchdog", "f")), doc("", "", frames("b"), frames("RunWatchdog", "f"))},
		"changed thread 0": {doc("", "", frames("a"), frames("RunWatchdog", "f")), doc("", "", frames("changed", "a"), frames("RunWatchdog", "f"))},
		"no thread 0":      {doc("", "", frames("a"), frames("RunWatchdog", "f")), doc("", "", "", frames("RunWatchdog", "f"))},
		"a longer stack":   {doc("", "", frames("a"), frames("RunWatchdog", "f")), doc("", "", "", frames("RunWatchdog", "pre", "f"))},
		"a source line":    {doc("", "", "", frames("lined")), strings.Replace(doc("", "", "", frames("lined")), `"line": 3`, `"line": 4`, 1)},
		"a hang":           {doc("", "", "", frames("f")), doc(`"hang": 1,`, "", "", frames("f"))},
		"a reason":         {doc("", "", "", frames("f")), doc(`"mdsw_status_string": "x", "abort_message": "y",`, "", "", frames("f"))},
		"Java":             {doc("", "", "", frames("f")), doc(`"java_stack_trace": "java.lang.E: x\n\tat a.b(C.java:1)",`, "", "", frames("f"))},
		"empty frames":     {doc("", "", "", frames("f")), doc("", "", "", `{},`+frames("f")), doc("", "", "", `{}`), doc("", "", "", "")},
		"what fails":       {doc("", "", "", frames("f")), doc("", "", "", `{"function": 3}`), doc("", "", "", frames("const", "f"))},
	} {
		t.Run(name, func(t *testing.T) {
			var crashes crashdata.Crashes
			for _, doc := range docs {
				c, err := crashdata.ParseProcessed([]byte(doc))
				if err != nil {
					t.Fatal(err)
				}
				crashes = append(crashes, c)
			}
			b, c := signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules())
			plain, err := Compare(t.Context(), append(append(crashes, crashes...), crashes...), b, c, Options{Workers: 1, Verdicts: true})
			if err != nil {
				t.Fatal(err)
			}
			inParts, err := Compare(t.Context(), inParts(crashes, 3), b, c, Options{Workers: 1, Verdicts: true})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(summaryOf(plain), summaryOf(inParts)); diff != "" {
				t.Errorf("(-plain +in parts):\n%s", diff)
			}
			if diff := cmp.Diff(pairCounts(plain), pairCounts(inParts)); diff != "" || len(inParts.pairs) < 2 && name != "behind the stop" && name != "a module again" {
				t.Errorf("%d pairs (-plain +in parts):\n%s", len(inParts.pairs), diff)
			}
		})
	}
}
