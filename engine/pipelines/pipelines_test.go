package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

func parse(t interface{ Fatal(...any) }, doc []byte) *crashdata.Crash {
	c, err := crashdata.ParseProcessed(doc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMeasure: 3 + 2 + 1 crashes; the first frame puts the first two stacks together, the whole stack tells all three apart.
func TestMeasure(t *testing.T) {
	set := enginetest.NewSet(t, "s", "zz", "a", "zz")
	var crashes crashdata.Crashes
	for _, doc := range enginetest.Crashes(enginetest.NewStack(3, "a b x", ""), enginetest.NewStack(2, "a c x", ""), enginetest.NewStack(1, "a b y", "")) {
		crashes = append(crashes, parse(t, doc))
	}
	var sides []signatures.Side
	for _, spec := range []string{"stack", "top:1", "hash"} { // 4+2, 6, 3+2+1 crashes
		rules, err := signatures.ParseRuleset(spec)
		if err != nil {
			t.Fatal(err)
		}
		sides = append(sides, signatures.NewGenerator(set, rules))
	}
	got, err := Measure(t.Context(), crashes, sides, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := []Pipeline{{Signatures: 2, Largest: 6}, {Signatures: 1, Largest: 6}, {Signatures: 3, Singletons: 1, Largest: 6}}
	if diff := cmp.Diff(want, got.Pipelines); diff != "" {
		t.Errorf("pipelines (-want +got):\n%s", diff)
	}
	if len(got.Pairs) != 3 || got.Compared != 6 || got.Crashes != 6 {
		t.Fatalf("%+v", got)
	}
	// stack and hash: the signature of 4 crashes becomes two of 3 and 1.
	if p := got.Pairs[1]; p.A != 0 || p.B != 2 || p.Under != (Grouping{1, 4}) || p.Over != (Grouping{}) || p.Together != 4 {
		t.Errorf("%+v", p)
	}
}

// The largest signatures are 20: of 22, of 1 to 22 crashes, all but those of 1 and 2.
func TestLargest(t *testing.T) {
	var crashes crashdata.Crashes
	var stacks []enginetest.Stack
	for n := range 22 {
		stacks = append(stacks, enginetest.NewStack(n+1, fmt.Sprintf("f%d", n), ""))
	}
	for _, doc := range enginetest.Crashes(stacks...) {
		crashes = append(crashes, parse(t, doc))
	}
	set := enginetest.NewSet(t, "s", "zz", "zz", "zz")
	got, err := Measure(t.Context(), crashes, []signatures.Side{signatures.NewGenerator(set, signatures.DefaultRules())}, 1)
	if err != nil || got.Pipelines[0] != (Pipeline{Signatures: 22, Singletons: 1, Largest: 22*23/2 - 3}) || got.Pairs != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// failing is a side that fails for some crashes.
type failing struct {
	signatures.Side
	ids []string
}

func (f failing) NewSigner() signatures.Signer { return failingSigner{f.Side.NewSigner(), f.ids} }

type failingSigner struct {
	signatures.Signer
	ids []string
}

func (f failingSigner) Generate(c *crashdata.Crash) (signatures.Result, error) {
	if slices.Contains(f.ids, c.ID()) {
		return signatures.Result{}, errors.New("it failed")
	}
	return f.Signer.Generate(c)
}

// withMissing is a source that hasn't got a crash.
type withMissing struct{ crashdata.Crashes }

func (s withMissing) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	if err := visit(0, "missing", nil, crashdata.ErrMissing); err != nil {
		return err
	}
	return s.Crashes.Each(ctx, workers, visit)
}

// A crash that one pipeline fails on is in no figure, and is counted.
func TestFailures(t *testing.T) {
	set := enginetest.NewSet(t, "s", "zz", "zz", "zz")
	side := signatures.NewGenerator(set, signatures.DefaultRules())
	var crashes crashdata.Crashes
	for _, doc := range enginetest.Crashes(enginetest.NewStack(4, "a", "")) {
		crashes = append(crashes, parse(t, doc))
	}
	got, err := Measure(t.Context(), withMissing{crashes}, []signatures.Side{side, failing{side, []string{enginetest.ID(2), enginetest.ID(1)}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []table.Failure{{ID: enginetest.ID(1), Err: "pipeline 2: it failed"}, {ID: enginetest.ID(2), Err: "pipeline 2: it failed"}}
	if !slices.Equal(got.Failures, want) || !slices.Equal(got.Missing, []string{"missing"}) || got.Crashes != 5 || got.Compared != 2 {
		t.Errorf("%+v", got)
	}
	if got.Pipelines[0] != (Pipeline{Signatures: 1, Largest: 2}) {
		t.Errorf("%+v", got.Pipelines)
	}
}

// Crashes without a recorded signature don't belong together for that.
func TestUnrecorded(t *testing.T) {
	side := signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", "zz", "zz"), signatures.DefaultRules())
	var crashes crashdata.Crashes
	for i, doc := range enginetest.Crashes(enginetest.NewStack(3, "a", "")) {
		crashes = append(crashes, parse(t, doc))
		if i > 0 {
			crashes[i].Meta.Signature = "old"
		}
	}
	got, err := Measure(t.Context(), crashes, []signatures.Side{side, signatures.Recorded{}}, 1)
	want := []table.Failure{{ID: enginetest.ID(0), Err: "pipeline 2: no signature is recorded"}}
	if err != nil || got.Compared != 2 || !slices.Equal(got.Failures, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestNothing: of pipelines that made no signature of one crash nobody can say that they are alike.
func TestNothing(t *testing.T) {
	side := signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", "zz", "zz"), signatures.DefaultRules())
	crash := parse(t, enginetest.Crashes(enginetest.NewStack(1, "a", ""))[0])
	for _, test := range []struct {
		source crashdata.Source
		fails  []string
	}{{crashdata.Crashes{}, nil}, {withMissing{}, nil}, {crashdata.Crashes{crash}, []string{crash.ID()}}} {
		got, err := Measure(t.Context(), test.source, []signatures.Side{side, failing{side, test.fails}}, 1)
		if err != nil || got.Compared != 0 || len(got.Pairs) != 0 || len(got.Pipelines) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// TestMeasureIsPlain: whatever the number of workers, each pair is what comparing its signatures crash by crash gives.
func TestMeasureIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var crashes crashdata.Crashes
		for i := range rapid.IntRange(0, 12).Draw(t, "crashes") {
			c := parse(t, enginetest.DrawCrash(t, i, enginetest.Frames()))
			c.Meta.Signature = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "recorded")
			crashes = append(crashes, c)
		}
		sides := []signatures.Side{signatures.Recorded{}}
		for i, spec := range []string{"default", "top:1", "proto"} {
			rules, err := signatures.ParseRuleset(spec)
			if err != nil {
				t.Fatal(err)
			}
			sides = append(sides, signatures.NewGenerator(enginetest.DrawSet(t, fmt.Sprint("set ", i)), rules))
		}
		got, err := Measure(context.Background(), crashes, sides, rapid.IntRange(0, 3).Draw(t, "workers"))
		if err != nil {
			t.Fatal(err)
		}
		groups := make([][]string, len(sides))
		for i, side := range sides {
			signer, distinct := side.NewSigner(), map[string]bool{}
			for _, c := range crashes {
				result, err := signer.Generate(c)
				if err != nil {
					t.Fatal(err)
				}
				groups[i], distinct[result.Signature] = append(groups[i], result.Signature), true
			}
			if got.Pipelines[i].Signatures != len(distinct) {
				t.Errorf("pipeline %d: %d signatures, want %d", i, got.Pipelines[i].Signatures, len(distinct))
			}
		}
		if pairs := len(sides) * (len(sides) - 1) / 2; len(crashes) > 0 && len(got.Pairs) != pairs {
			t.Errorf("%d pairs, want %d", len(got.Pairs), pairs)
		}
		for _, p := range got.Pairs {
			want := plainPair(groups[p.A], groups[p.B])
			want.A, want.B = p.A, p.B
			same(t, p, want)
		}
	})
}
