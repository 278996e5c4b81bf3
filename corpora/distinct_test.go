package corpora

import (
	"cmp"
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// TestFrames: a frame counts once for each crash, and its function is without the line that the lists put behind it.
func TestFrames(t *testing.T) {
	c := newCache(t)
	w := c.Writer(t.Context())
	for i, frames := range []string{
		`{"function": "foo", "line": 7}, {"function": "foo", "line": 7}, {"function": "bar", "line": 3}, {"function": "x::y:3", "line": 3}`, `{"function": "bar", "line": 9}, {}, {"module": "m.dll"}`,
	} {
		id := demoIDs(t, 2)[i]
		if err := Put(t.Context(), w, id, nil, []byte(`{"uuid": "`+id+`", "json_dump": {"threads": [{"frames": [`+frames+`]}]}}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	set := enginetest.NewSet(t, "sentinel", "irrelevant", "bar|foo|x::y", "foo")
	for _, workers := range []int{1, 2} {
		got, left, err := Frames(t.Context(), NewSource(c, nil), signatures.NewGenerator(set, signatures.DefaultRules()), workers)
		if err != nil || len(left.Missing)+len(left.Failures) > 0 {
			t.Fatal(left, err)
		}
		slices.SortFunc(got, func(a, b lint.Frame) int { return cmp.Compare(a.Text, b.Text) })
		want := []lint.Frame{
			{Text: "bar", Function: "bar", Crashes: 2}, {Text: "foo:7", Function: "foo", Crashes: 1}, {Text: "m.dll", Crashes: 1}, {Text: "x::y:3", Function: "x::y:3", Crashes: 1},
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d workers: %+v", workers, got)
		}
	}
}
