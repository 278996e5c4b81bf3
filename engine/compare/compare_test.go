package compare

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// TestFailuresAreCounted: what can't be compared stands beside the changes and adds up.
func TestFailuresAreCounted(t *testing.T) {
	set := enginetest.NewSet(t, "s", "a\nb", "p\nq", "l\nm")
	limited := enginetest.NewSet(t, "s", `(?:(?=x)x*)*y`+"\nb", "p\nq", "l\nm")
	slow := crashesOf(t, enginetest.NewStack(1, strings.Repeat("x", 40000), ""))
	src := failing{Crashes: append(slow, crashesOf(t, enginetest.NewStack(2, "f", ""))...)}
	tally, err := Compare(context.Background(), src, signatures.NewGenerator(set, signatures.DefaultRules()), signatures.NewGenerator(limited, signatures.DefaultRules()), Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	got := tally.Totals()
	want := Totals{Crashes: 5, Compared: 2, Missing: 1, Failed: 2, SignaturesBase: 1, SignaturesCandidate: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%v", diff, tally.Failures())
	}
	if tally.Missing()[0] != "gone" || len(tally.Failures()) != 2 {
		t.Errorf("%v %v", tally.Missing(), tally.Failures())
	}
}

// failing gives two more crashes, one missing and one that can't be read.
type failing struct{ crashdata.Crashes }

func (f failing) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	if err := visit(0, "gone", nil, crashdata.ErrMissing); err != nil {
		return err
	}
	if err := visit(0, "bad", nil, errors.New("unreadable")); err != nil {
		return err
	}
	return f.Crashes.Each(ctx, workers, visit)
}

func TestCompareIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	set := enginetest.NewSet(t, "s", "a\nb", "p\nq", "l\nm")
	g := signatures.NewGenerator(set, signatures.DefaultRules())
	if _, err := Compare(ctx, crashesOf(t, enginetest.NewStack(1, "f", "")), g, g, Options{Workers: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestRecordedSide: production's signatures as a side.
func TestRecordedSide(t *testing.T) {
	g := signatures.NewGenerator(enginetest.NewSet(t, "s", "a\nb", "p\nq", "l\nm"), signatures.DefaultRules())
	crashes := crashesOf(t, enginetest.NewStack(1, "f", `, "signature": "f"`), enginetest.NewStack(1, "f", `, "signature": "old"`))
	tally, err := Compare(context.Background(), crashes, signatures.Recorded{}, g, Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := tally.Totals(); got.Changed != 1 || got.Compared != 2 || tally.Verdicts() != nil {
		t.Errorf("%+v %v", got, tally.Verdicts())
	}
}

// TestMergeIsCompare: tallies of parts merge into the tally of the whole.
func TestMergeIsCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, candidate := enginetest.DrawSet(t, "base"), enginetest.DrawSet(t, "candidate")
		var crashes crashdata.Crashes
		for i := range rapid.IntRange(2, 12).Draw(t, "crashes") {
			crashes = append(crashes, drawCrash(t, i))
		}
		compare := func(crashes crashdata.Crashes) *Tally {
			tally, err := Compare(context.Background(), crashes, signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()),
				Options{Workers: 1, Examples: 2, Changed: true, Verdicts: true})
			if err != nil {
				t.Fatal(err)
			}
			return tally
		}
		whole := compare(crashes)
		cut := rapid.IntRange(0, len(crashes)).Draw(t, "cut")
		merged := compare(crashes[cut:])
		merged.Merge(compare(crashes[:cut]))
		type report struct {
			Totals     Totals
			Groups     []Group
			Signatures []SignatureCount
			Verdicts   []Verdict
		}
		of := func(t *Tally) report { return report{t.Totals(), t.Groups(), t.Signatures(), t.Verdicts()} }
		if diff := cmp.Diff(of(whole), of(merged)); diff != "" {
			t.Fatalf("(-whole +merged):\n%s", diff)
		}
	})
}

// TestStale: a crash is as old as its last processing, and not as the day on which it was sent.
func TestStale(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "", "q", "q", "q"), enginetest.NewSet(t, "", "a", "q", "q")
	merged := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var crashes crashdata.Crashes
	for i, more := range []string{`, "completed_datetime": "2026-11-01T00:00:00+00:00"`, `, "completed_datetime": "2026-11-21T00:00:00+00:00"`, ""} {
		crashes = append(crashes, parse(t, fmt.Appendf(nil, `{"uuid": "%d", "date_processed": "2026-11-01T00:00:00+00:00"%s, "json_dump": {"threads": [{"frames": [{"function": "a"}, {"function": "b"}]}]}}`, i, more)))
	}
	tally, err := Compare(t.Context(), crashes, signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()), Options{Workers: 2, StaleBefore: merged})
	if err != nil {
		t.Fatal(err)
	}
	if got := tally.Totals(); got.Changed != 3 || got.Stale != 2 {
		t.Errorf("%+v", got)
	}
}
