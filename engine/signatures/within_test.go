package signatures

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// TestWithin: a worker's own budget ends its work, whether or not it has matched before, and another one lets a worker
// work that has not met the end of the first.
func TestWithin(t *testing.T) {
	set := enginetest.NewSet(t, "", `(a+)+\1z`, "b.*", "c.*") // the first tries all ways to cut a row of a
	crash, err := crashdata.ParseProcessed([]byte(`{"json_dump": {"threads": [{"frames": [{"function": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for name, warm := range map[string]bool{"fresh": false, "after a crash": true} {
		w := NewGenerator(set, DefaultRules()).Worker()
		if warm {
			w.Within(pyre.NewBudget(t.Context(), math.MaxInt, nil))
			other, err := crashdata.ParseProcessed([]byte(`{"json_dump": {"threads": [{"frames": [{"function": "b2"}]}]}}`))
			if err != nil {
				t.Fatal(err)
			}
			if r, err := w.Generate(other); err != nil || r.Signature != "b2" {
				t.Errorf("%s: %q, %v within a budget that has not ended", name, r.Signature, err)
			}
		}
		w.Within(pyre.NewBudget(ended, math.MaxInt, nil))
		if _, err := w.Generate(crash); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that the work has ended", name, err)
		}
	}
}

// TestRemembers: what a worker remembers grows with each frame that is new to it, by more than its text, and no other.
func TestRemembers(t *testing.T) {
	w := newTestWorker(t, "../../siglists/testdata/tricky/plain", "")
	var last int
	for _, step := range []struct {
		frame string
		grows bool
	}{{"first", true}, {"first", false}, {"second", true}, {"first", false}} {
		var stack crashdata.Thread
		stack.AddFrame(&crashdata.Symbol{Kind: crashdata.FrameCPP, Text: step.frame}, "1")
		w.Classify(&stack, stack.Frames[0])
		if grown := w.Remembers() - last; step.grows && grown <= len(step.frame) || !step.grows && grown != 0 {
			t.Errorf("%s: grew by %d", step.frame, grown)
		}
		last = w.Remembers()
	}
}

// TestRemembersAnswers: what a worker remembers of a frame it has asked the lists, under the budget that it has then. Another
// one may end before a walk gets to the frame.
func TestRemembersAnswers(t *testing.T) {
	lines := func(first string) string {
		var b strings.Builder
		for i := range 20 {
			fmt.Fprintf(&b, "%s%d.*\n", first, i)
		}
		return b.String()
	}
	set := enginetest.NewSet(t, "", lines("irrelevant"), lines("prefix"), "x")
	for i := range 1000 { // from when on the lists are known to meet no limit
		Classify(set, crashdata.Frame{Text: fmt.Sprint("frame", i)})
	}
	if lazy := Classify(set, crashdata.Frame{Text: "f"}); lazy.hits.Load() != nil {
		t.Fatal("the lists are asked where nobody needs it: the test tests nothing")
	}
	w := NewGenerator(set, DefaultRules()).Worker()
	var stack crashdata.Thread
	stack.AddFrame(&crashdata.Symbol{Kind: crashdata.FrameCPP, Text: "f"}, "1")
	if c := w.Classify(&stack, stack.Frames[0]); c.hits.Load() == nil {
		t.Error("a worker remembers a frame that it has not asked the lists for")
	}
}
