package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

func drawTable(t *rapid.T) (*Table, map[string]*crashdata.Crash) {
	var crashes crashdata.Crashes
	byID := map[string]*crashdata.Crash{}
	for i := range rapid.IntRange(1, 10).Draw(t, "crashes") {
		doc := enginetest.DrawOddCrash(t, i)
		if rapid.Bool().Draw(t, "plain") {
			doc = enginetest.DrawCrash(t, i, enginetest.Frames()[:4]) // some are alike
		}
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
		byID[c.ID()] = c
	}
	table, err := Load(t.Context(), crashes, rapid.IntRange(1, 3).Draw(t, "workers"))
	if err != nil {
		t.Fatal(err)
	}
	return table, byID
}

// signaturesOf makes the signatures by crash id, with a worker for each shard.
func signaturesOf(t *rapid.T, table *Table, worker func() *signatures.Worker) map[string]string {
	all := map[string]string{}
	for _, s := range table.Shards() {
		reader, w := s.Reader(), worker()
		for i := range s.Inputs() {
			c, err := reader.Crash(i)
			if err != nil {
				t.Fatal(err)
			}
			r, err := w.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, m := range s.Metas(i) {
				all[m.ID] = r.Signature
				n++
			}
			if n != s.Count(i) || s.HasStack(i) != c.HasStack() {
				t.Fatalf("%d crashes, of %d; a stack: %v, %v", n, s.Count(i), s.HasStack(i), c.HasStack())
			}
		}
	}
	return all
}

// A crash from a table is the crash that went into it, meta data included.
func TestTableKeepsCrashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, byID := drawTable(t)
		seen := 0
		for _, s := range table.Shards() {
			reader := s.Reader()
			for i := range s.Inputs() {
				for _, m := range s.Metas(i) {
					c, err := reader.Crash(i)
					if err != nil {
						t.Fatal(err)
					}
					c.Meta = m
					if got, want := fmt.Sprintf("%q", c.AppendRecord(nil)), fmt.Sprintf("%q", byID[m.ID].AppendRecord(nil)); got != want {
						t.Fatalf("got %s, want %s", got, want)
					}
					seen++
				}
			}
		}
		if seen != len(byID) || table.Crashes() != len(byID) {
			t.Fatalf("%d crashes, %d, of %d", seen, table.Crashes(), len(byID))
		}
	})
}

// A chain of edits leads to the signatures that each set makes by itself, and what an edit calls clean keeps its own.
func TestEditsArePlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, byID := drawTable(t)
		rules := signatures.DefaultRules()
		plain := func(set *siglists.Set) map[string]string {
			w, all := signatures.NewGenerator(set, rules).Worker(), map[string]string{}
			for id, c := range byID {
				r, err := w.Generate(c)
				if err != nil {
					t.Fatal(err)
				}
				all[id] = r.Signature
			}
			return all
		}
		set := enginetest.DrawSet(t, "first")
		layer, err := NewLayer(set).Over(t.Context(), table.Symbols())
		if err != nil {
			t.Fatal(err)
		}
		was := plain(set)
		for n := range rapid.IntRange(1, 4).Draw(t, "edits") {
			next := drawNext(t, layer.Set, fmt.Sprint("edit ", n))
			edit, err := layer.Edit(t.Context(), next)
			if err != nil {
				t.Fatal(err)
			}
			checkSteps(t, edit)
			is := plain(next)
			same(t, "before", was, signaturesOf(t, table, func() *signatures.Worker { return edit.View(rules, rules).Base }))
			same(t, "after", is, signaturesOf(t, table, func() *signatures.Worker { return edit.View(rules, rules).Candidate }))
			checkClean(t, table, edit.Dirty(), was, is)
			layer, was = edit.Apply(), is
			checkLayer(t, layer)
		}
	})
}

// drawNext draws a siglist set, which may have most lines of another.
func drawNext(t *rapid.T, set *siglists.Set, label string) *siglists.Set {
	if rapid.Bool().Draw(t, label+" is of other lists") {
		return enginetest.DrawSet(t, label)
	}
	var changes []siglists.Change
	for _, name := range siglists.Names() {
		text := rapid.SampledFrom(append(enginetest.Lines(), "")).Draw(t, fmt.Sprint(label, " ", name))
		if list := set.List(name); text != "" && len(list.Lines) != 1 {
			changes = append(changes, siglists.Change{Line: siglists.Line{List: name, Text: text}, Added: !list.Has(text)})
		}
	}
	next, err := set.With(changes)
	if err != nil {
		return enginetest.DrawSet(t, label)
	}
	return next
}

// checkSteps checks that an edit has a step of each frame that a look at all frames gives one.
func checkSteps(t *rapid.T, e *Edit) {
	var stepped []int
	for n, f := range e.From.frames {
		want, got := e.symbolStep(e.From, n), e.steps[n]
		if (got == nil) != (want == nil) || got != nil && (!slices.Equal(got.Touched, want.Touched) || got.Concerned != want.Concerned) {
			t.Fatalf("the step of %q is %+v, want %+v", f.Text, got, want)
		}
		if want != nil {
			stepped = append(stepped, n)
		}
	}
	if !slices.Equal(e.stepped, stepped) {
		t.Fatalf("steps of %v, want %v", e.stepped, stepped)
	}
}

// checkLayer checks that an edit leads to what the set makes of the frames by itself.
func checkLayer(t *rapid.T, l *Layer) {
	fresh, err := NewLayer(l.Set).Over(t.Context(), l.symbols)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(l.odd, fresh.odd) {
		t.Fatalf("each edit looks at %v, want %v", l.odd, fresh.odd)
	}
	text := func(n int) string { return fresh.frames[n].Text }
	if !slices.IsSortedFunc(l.order(), func(a, b int) int { return strings.Compare(text(a), text(b)) }) {
		t.Fatalf("the order of the texts is %v", l.order())
	}
}

func same(t *rapid.T, when string, want, got map[string]string) {
	for id := range want {
		if got[id] != want[id] {
			t.Fatalf("%s the edit %s has %q, want %q", when, id, got[id], want[id])
		}
	}
}

func checkClean(t *rapid.T, table *Table, dirty []bool, was, is map[string]string) {
	for _, s := range table.Shards() {
		for i := range s.Inputs() {
			for _, m := range s.Metas(i) {
				if was[m.ID] != is[m.ID] && (dirty == nil || !s.Holds(i, dirty, true)) {
					t.Fatalf("%s changes from %q to %q and is clean", m.ID, was[m.ID], is[m.ID])
				}
			}
		}
	}
}

// TestFramesOfAnotherThread: crashes with the same frames in a row, which lie otherwise in the crashing thread and in thread 0, are
// two inputs: they have other signatures.
func TestFramesOfAnotherThread(t *testing.T) {
	var crashes crashdata.Crashes
	for _, threads := range []string{`[{"frames": [{"function": "b"}]}, {"frames": [{"function": "a"}]}]`, `[{"frames": []}, {"frames": [{"function": "a"}, {"function": "b"}]}]`} {
		c, err := crashdata.ParseProcessed([]byte(`{"json_dump": {"crash_info": {"crashing_thread": 1}, "threads": ` + threads + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c, c)
	}
	table, err := Load(t.Context(), crashes, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s := table.Shards()[0]; s.Inputs() != 2 || s.Count(0) != 2 || s.Count(1) != 2 {
		t.Errorf("%d inputs of two, with two crashes each", s.Inputs())
	}
}
