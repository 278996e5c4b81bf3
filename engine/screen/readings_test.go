package screen

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
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
			row, crash := rowOf(t, w, doc)
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
		{"b", small, NoProto},
		{"OOM | large | b", large, NoProto},
		{"b", "", NoProto},
		{"b | EMPTY: no frame data available", "", NoProto},
		{"", "", NoFrames},
		{"", large, NoProto},
		{"java.lang.E: at a.b(C.java)", "", Java},
		{"OOM | large | java.lang.E: at a.b(C.java)", large, Java},
		{"java.lang.E: at a b", "", NoProto},
		{"java.lang.E: at a b(C.java)", `, "java_stack_trace": "java.lang.E: x\n\tat a b(C.java:1)"`, Java},
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
		if got.Crash.HasStack() != (test.want == Java) {
			t.Errorf("%q%s: what stands for it has a stack: %v", test.signature, test.more, got.Crash.HasStack())
		}
	}
}

// TestRows: what is found of a row, for which reason, and whether both signatures can be read.
func TestRows(t *testing.T) {
	type lists struct{ sentinels, irrelevant, prefix string }
	base := lists{"", "qq", "z\na|y"}
	brackets := lists{"", "qq", "z\n\\{a"}
	for _, test := range []struct {
		what             string
		base, candidate  lists
		signature, proto string
		thread           string
		want             Reason
		readable         bool
	}{
		{"no hang, beside a sentinel more", base, lists{"foo", "qq", "z\na|y"}, "b", "b | c", "1", Untouched, true},
		{"what a line matches elsewhere than at the start of a frame", base, lists{"", "qq", "z\na|y\nb"}, "xb", "xb", "1", Untouched, true},
		{"a line that may begin with anything", base, lists{"", "qq", "z\na|y\n[bq]"}, "b", "b | c", "1", OtherWalk, true},
		{"a line that may begin with anything, and another line", base, lists{"", "qq", "z\na|y\n[bq]\nfoo"}, "b", "b | c", "1", OtherWalk, true},
		{"RunWatchdog in the walk of thread 0", base, lists{"", "qq", "z\na|y\nfoo"}, "c", "c | RunWatchdog", "0", SameWalk, true},
		{"RunWatchdog in the walk of a thread that is not known", base, lists{"", "qq", "z\na|y\nfoo"}, "c", "c | RunWatchdog", "null", SameWalk, true},
		{"RunWatchdog in the walk of a thread that is no number", base, lists{"", "qq", "z\na|y\nfoo"}, "c", "c | RunWatchdog", `"0"`, SameWalk, true},
		{"a hang for the candidate alone", base, lists{"", "qq", "z\na|y\nc"}, "c", "c | RunWatchdog", "1", OtherWalk, false},
		{"a hang for the base, but not for the service", base, lists{"", "qq", "z\na|y\nfoo"}, "z", "z | RunWatchdog", "1", OtherStored, false},
		{"a hang that crashed in thread 0, as all do for the service, beside a sentinel more", base, lists{"foo", "qq", "z\na|y"}, "shutdownhang | z | RunWatchdog", "z | RunWatchdog", "0", Watchdog, false},
		{"a hang that crashed in another thread, beside a sentinel more", base, lists{"foo", "qq", "z\na|y"}, "shutdownhang | z | c", "z | c", "1", Watchdog, false},
		{"a hang of a thread that is not known, with RunWatchdog in it", base, lists{"", "qq", "z\na|y\nfoo"}, "shutdownhang | z | RunWatchdog", "z | RunWatchdog", "null", Untouched, true},
		{"a hang of a thread that is not known, beside a line less", base, lists{"", "qq", "a|y"}, "shutdownhang | z | RunWatchdog", "z | RunWatchdog", "null", OtherWalk, false},
		{"a line of several texts, none of which separates frames", base, lists{"", "qq", "z\na|y\nb"}, "a | b", "a | b", "1", SameWalk, true},
		{"two ways to split it, one of which changes", brackets, lists{"", "qq\n\\{a .+b\\}", "z\n\\{a"}, "z | {a | b}", "z | {a | b}", "1", OpenSplits, true},
		{"two ways to split it, the first of which makes what was recorded", lists{"", "qq", "z"}, lists{"", "qq", "z\nb\\}"}, "z | {a", "z | {a | b}", "1", SameWalk, true},
		{"two ways to split it, the second of which makes what was recorded", lists{"", "qq", "z"}, lists{"", "qq", "z\nb\\}"}, "z | {a | b}", "z | {a | b}", "1", SameWalk, true},
		{"two ways to split it, and a thread that the search doesn't have", base, lists{"x", "qq\n\\{a$", "z\na|y"}, "shutdownhang | {a", "{a | b} | x", "1", Watchdog, false},
		{"a separator that a line has, however it is written", lists{"", "qq", "z\nb \\x7c c"}, lists{"", "qq", "z\nb \\x7c c\nb$"}, "b", "b | c", "1", OpenSplits, false},
	} {
		set := func(l lists) *siglists.Set { return enginetest.NewSet(t, l.sentinels, l.irrelevant, l.prefix, "qq") }
		s := newScreener(t, set(test.base), set(test.candidate))
		row, err := ParseRow(fmt.Appendf(nil, `{"uuid": %q, "signature": %q, "proto_signature": %q, "crashing_thread": %s, "date": "2026-11-01T00:00:00+00:00"}`,
			enginetest.ID(1), test.signature, test.proto, test.thread))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Screen(row)
		if err != nil || got.Reason != test.want {
			t.Errorf("%s: %s (%s), %v, want %s", test.what, got.Verdict, got.Reason, err, test.want)
		}
		if (got.Crash != nil) != (got.Verdict == Unchanged) {
			t.Errorf("%s: %s, and what stands for it: %v", test.what, got.Verdict, got.Crash)
		}
		if got.Crash != nil && made(t, s.base, got.Crash).Signature != test.signature {
			t.Errorf("%s: what stands for it has the signature %q", test.what, made(t, s.base, got.Crash).Signature)
		}
		if readings, err := s.Readings(row); err != nil || (readings != nil) != test.readable {
			t.Errorf("%s: it is read as %q, %v", test.what, readings, err)
		}
	}
}

// TestMostJoints: of so many places at which a proto signature may be split, or not, all ways are tried.
func TestMostJoints(t *testing.T) {
	for inside, want := range map[int]bool{mostJoints - 1: true, mostJoints: false} {
		ways, clear := (&splits{}).of("{" + strings.Repeat("a | ", inside) + "a} | b")
		if clear != want || clear && len(ways) != 1<<mostJoints {
			t.Errorf("%d separators in brackets, and one behind: %d ways, %v", inside, len(ways), clear)
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
