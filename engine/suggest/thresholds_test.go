package suggest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// TestThresholds: each number that a suggestion goes by, one below it, at it, and one above it.
func TestThresholds(t *testing.T) {
	stack := func(n int, frames string) enginetest.Stack { return enginetest.NewStack(n, frames, "") }
	numbered := func(n int, frames string) (all []enginetest.Stack) {
		for i := range n {
			all = append(all, stack(1, fmt.Sprintf(frames, i)))
		}
		return all
	}
	for _, test := range []struct {
		name    string
		at      int
		stacks  func(n int) []enginetest.Stack
		want    [3]string // the lines, or how what is said of a refusal begins
		repeats int       // how often it is tried, where the order of a map could show
	}{
		{"callers of a helper", several, func(n int) []enginetest.Stack {
			return append(numbered(n, "x waiting caller%d z"), stack(5, "waiting alpha z"), stack(5, "waiting beta z"))
		}, [3]string{"p waiting", "i waiting", "i waiting"}, 1},
		{"signatures of a spray", sprayed, func(n int) (all []enginetest.Stack) {
			for _, before := range []string{"", "known", "known2", "known known2", "known2 known"}[:n] {
				all = append(all, stack(3, "waiting "+before+" alpha z"))
			}
			return all
		}, [3]string{"p waiting", "refused: the crashes would scatter: 4 signatures end in 1 frame", "refused: the crashes would scatter: 5 signatures end in 1 frame"}, 1},
		{"signatures of a spray for each of three last frames", 6, func(n int) (all []enginetest.Stack) {
			for _, before := range []string{"known", "known2", "known known2", "known2 known", "known known"}[:n-2] {
				all = append(all, stack(3, "waiting "+before+" alpha z"))
			}
			return append(all, stack(3, "waiting beta z"), stack(3, "waiting gamma z"))
		}, [3]string{"p waiting", "refused: the crashes would scatter: 6 signatures end in 3 frames", "refused: the crashes would scatter: 7 signatures end in 3 frames"}, 1},
		{"crashes that are all alone", loners, func(n int) []enginetest.Stack { return numbered(n, "waiting a%d z") }, [3]string{
			"p waiting", "refused: the crashes would scatter: 12 of 12 would be alone", "refused: the crashes would scatter: 13 of 13 would be alone",
		}, 1},
		{"crashes of twelve that are alone", 6, func(n int) []enginetest.Stack {
			return append(numbered(n, "waiting a%d z"), stack(2, "waiting b z"), stack(10-n, "waiting c z"))
		}, [3]string{"p waiting", "p waiting", "refused: the crashes would scatter: 7 of 12 would be alone"}, 1},
		{"crashes of six without a further frame", 3, func(n int) []enginetest.Stack {
			return []enginetest.Stack{stack(n, "gone waiting"), stack(5-n, "waiting alpha z"), stack(1, "waiting beta z")}
		}, [3]string{"p waiting", "refused: the stacks end where their thread begins: 3 of 6", "refused: the stacks end where their thread begins: 4 of 6"}, 1},
		{"crashes beside one of another stack", 10, func(n int) []enginetest.Stack {
			return []enginetest.Stack{stack(n, "waiting alpha z"), stack(1, "waiting beta z")}
		}, [3]string{"p waiting", "refused: the stacks are alike", "refused: the stacks are alike"}, 1},
		{"crashes beside one of another signature", 10, func(n int) []enginetest.Stack {
			return []enginetest.Stack{stack(n-5, "waiting alpha one z"), stack(5, "waiting alpha two z"), stack(1, "waiting beta z")}
		}, [3]string{"p waiting, p alpha", "p waiting, p alpha", "p waiting, p alpha"}, 1},
		{"frames that are the same", maxSteps, func(n int) []enginetest.Stack {
			same := strings.Join([]string{"waiting", "one", "two", "three"}[:n], " ")
			return []enginetest.Stack{stack(5, same+" alpha z"), stack(5, same+" beta z")}
		}, [3]string{"p waiting, p one", "p waiting, p one, p two", "refused: more than 3 lines would be needed"}, 1},
		{"letters of a name with siblings", minStem, func(n int) []enginetest.Stack {
			name := "waiting"[:n]
			return []enginetest.Stack{stack(1, "__"+name+" beta z"), stack(5, name+" alpha z"), stack(5, name+" beta z")}
		}, [3]string{"p waiti", "p waitin, p __waitin", "p waiting, p __waiting"}, 1},
		{"crashes that end at the second of two frames of one text", 5, func(n int) []enginetest.Stack {
			return []enginetest.Stack{stack(n, "waitingé beta z"), stack(5, "waiting alpha z")}
		}, [3]string{"p waiting$", "p waiting$", "p waitingé"}, 20},
	} {
		for i, want := range test.want {
			for range test.repeats {
				if got := suggested(t, test.stacks(test.at-1+i)); got != want && !(strings.HasPrefix(want, "refused") && strings.HasPrefix(got, want)) {
					t.Errorf("%s: %d: %q, want %q", test.name, test.at-1+i, got, want)
					break
				}
			}
		}
	}
}

// suggested are the lines for the signature that the last of some stacks has, or why there are none.
func suggested(t *testing.T, stacks []enginetest.Stack) string {
	var crashes crashdata.Crashes
	for _, doc := range enginetest.Crashes(stacks...) {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	all, err := table.Load(t.Context(), crashes, 1)
	if err != nil {
		t.Fatal(err)
	}
	set := enginetest.NewSet(t, "", "qq\ngone", "qq\nknown\nknown2", "qq")
	s, err := Split(t.Context(), all, signatures.NewGenerator(set, signatures.DefaultRules()), strings.Fields(stacks[len(stacks)-1].Frames)[0])
	if err != nil {
		t.Fatal(err)
	}
	if s.Refused != "" {
		return "refused: " + s.Refused
	}
	var lines []string
	for _, step := range s.Steps {
		for _, line := range step.Lines {
			lines = append(lines, string(step.List[:1])+" "+line)
		}
	}
	return strings.Join(lines, ", ")
}

// TestWorth: the steps that stay are those up to the first whose entropy parts the crashes, and further ones that raise it enough.
func TestWorth(t *testing.T) {
	for _, test := range []struct {
		entropies []float64
		want      int
	}{
		{[]float64{0.1, 0.2}, 2},
		{[]float64{parted - 0.01, 0.9}, 2},
		{[]float64{parted, parted}, 1},
		{[]float64{parted + 0.01, 0.5}, 1},
		{[]float64{0.5, 0.5 + minRise - 0.01}, 1},
		{[]float64{0.5, 0.5 + minRise}, 2},
		{[]float64{0.5, 0.5 + minRise + 0.01}, 2},
		{[]float64{0.5, 0.5, 0.5 + 2*minRise - 0.01}, 1},
		{[]float64{0.5, 0.5, 0.5 + 2*minRise}, 3},
		{[]float64{0.5, 0.5, 0.5 + 2*minRise + 0.01}, 3},
	} {
		var steps []Step
		for _, e := range test.entropies {
			steps = append(steps, Step{Entropy: e})
		}
		if got := worth(steps); got != test.want {
			t.Errorf("%v: %d steps, want %d", test.entropies, got, test.want)
		}
	}
}
