package screen

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// TestReadingsHaveTheTruth: whatever the ways to read a row, one of them is what both sides make of the crash; and frames that
// are sure are its frames.
func TestReadingsHaveTheTruth(t *testing.T) {
	read, sure := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		base := enginetest.DrawSet(t, "base")
		candidate := withLine(t, base)
		s, w := newScreener(t, base, candidate), newWorkers(base, base, candidate)
		for i := range rapid.IntRange(1, 6).Draw(t, "crashes") {
			doc := enginetest.DrawOddCrash(t, i)
			if rapid.Bool().Draw(t, "plain") {
				doc = enginetest.DrawCrash(t, i, append(enginetest.MoreFrames(), pipes...))
			}
			row, crash := rowOf(t, w, doc, rapid.Bool().Draw(t, "with the number of the thread"))
			readings, err := s.Readings(row)
			if err != nil {
				t.Fatal(err)
			}
			before := made(t, w.base, crash)
			if truth := (Reading{before.Signature, made(t, w.candidate, crash).Signature}); readings != nil {
				read++
				if !slices.Contains(readings, truth) {
					t.Fatalf("%q is none of the readings %q of %q", truth, readings, row.Proto)
				}
			}
			if frames, known := s.Frames(row); known {
				sure++
				var own []string // those of the last thread that has any
				for _, pass := range before.Passes {
					if len(pass.Frames) > 0 {
						own = nil
					}
					for _, f := range pass.Frames {
						own = append(own, f.Text)
					}
				}
				if diff := cmp.Diff(own, frames); diff != "" {
					t.Fatalf("%q (-crash +search):\n%s", row.Proto, diff)
				}
			}
		}
	})
	if read == 0 || sure == 0 {
		t.Errorf("%d crashes were read, of %d the frames are sure: the test is broken", read, sure)
	}
}

// TestOddRows: of what a search says that no crash has, nothing can be told.
func TestOddRows(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "", "qq", "a", "qq"), enginetest.NewSet(t, "", "qq", "a\nzz", "qq")
	s := newScreener(t, base, candidate)
	for columns, want := range map[string]Reason{
		`"signature": "b", "proto_signature": "b"`:            Untouched,
		`"signature": null, "proto_signature": "b"`:           OddRow,
		`"proto_signature": "b"`:                              OddRow,
		`"signature": 3, "proto_signature": "b"`:              OddRow,
		`"signature": "b", "proto_signature": 3`:              OddRow,
		`"signature": 3`:                                      OddRow,
		`"signature": "EMPTY: no crashing thread identified"`: NoFrames,
	} {
		row, err := ParseRow(fmt.Appendf(nil, `{"uuid": %q, %s, "crashing_thread": 0, "date": "2026-11-01T00:00:00+00:00"}`, enginetest.ID(1), columns))
		if err != nil {
			t.Fatalf("%s: %v", columns, err)
		}
		got, err := s.Screen(row)
		if err != nil || got.Reason != want {
			t.Errorf("%s: %+v, %v, want %s", columns, got, err, want)
		}
		if readings, err := s.Readings(row); err != nil || (readings != nil) != (want == Untouched) {
			t.Errorf("%s: it is read as %v, %v", columns, readings, err)
		}
	}
}

// TestRowsWithoutFrames: the recorded signature must say why a search has no frames, lest it be the search that doesn't say.
func TestRowsWithoutFrames(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "", "qq", "a", "qq"), enginetest.NewSet(t, "", "qq", "a\nzz", "qq")
	s := newScreener(t, base, candidate)
	const large, small = `, "oom_allocation_size": 500000`, `, "oom_allocation_size": 5`
	for _, test := range []struct {
		signature, more string
		want            Reason
	}{
		{"EMPTY: no frame data available", "", NoFrames},
		{"OOM | large | EMPTY: no frame data available", large, NoFrames},
		{"EMPTY: no frame data available", large, NoProto}, // which that rule would have in front
		{"OOM | large", large, NoProto},
		{"OOM | small", small, ByRules},
		{"OOM | large | b", large, NoProto},
		{"b", "", NoProto},
		{"b | EMPTY: no frame data available", "", NoProto},
		{"", "", NoFrames},
		{"", large, NoProto},
		{"java.lang.E: at a.b(C.java)", "", Java},
		{"OOM | large | java.lang.E: at a.b(C.java)", large, Java},
		{"java.lang.E: at a b", "", NoProto},
		{"x java.lang.E: at a.b(C.java)", "", NoProto},
		{"java.lang.E: at a.b(C.java)", `, "java_stack_trace": "java.lang.E: x\n\tat a.b(C.java:1)"`, Java},
		{"b", `, "proto_signature": "b", "java_stack_trace": "java.lang.E: x\n\tat a.b(C.java:1)"`, OddRow},
	} {
		row, err := ParseRow(fmt.Appendf(nil, `{"uuid": %q, "signature": %q, "crashing_thread": 0, "date": "2026-11-01T00:00:00+00:00"%s}`, enginetest.ID(1), test.signature, test.more))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Screen(row)
		if err != nil || got.Reason != test.want {
			t.Errorf("%q%s: %s, %v, want %s", test.signature, test.more, got.Reason, err, test.want)
		}
		if got.Verdict != Unchanged {
			continue
		}
		if before, after := made(t, s.base, got.Crash).Signature, made(t, s.candidate, got.Crash).Signature; before != row.Signature() || after != row.Signature() {
			t.Errorf("%q%s: what stands for it has the signatures %q and %q", test.signature, test.more, before, after)
		}
	}
}

// TestOtherRules: nothing can be told of rules that the service doesn't have.
func TestOtherRules(t *testing.T) {
	set := enginetest.NewSet(t, "", "qq", "a", "qq")
	for _, rules := range [][2]string{{"default", "stack"}, {"stack", "default"}, {"stack", "stack"}, {"default", "default"}} {
		var sides [2]*signatures.Generator
		for i, spec := range rules {
			ruleset, err := signatures.ParseRuleset(spec)
			if err != nil {
				t.Fatal(err)
			}
			sides[i] = signatures.NewGenerator(set, ruleset)
		}
		s, err := New(sides[0], sides[1])
		if err != nil {
			t.Fatal(err)
		}
		row, err := ParseRow(fmt.Appendf(nil, `{"uuid": %q, "signature": "b", "proto_signature": "b", "crashing_thread": 0, "date": "2026-11-01T00:00:00+00:00"}`, enginetest.ID(1)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Screen(row)
		if want := rules != [2]string{"default", "default"}; err != nil || (got.Reason == OtherRules) != want {
			t.Errorf("%v: %+v, %v", rules, got, err)
		}
	}
}
