package screen

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

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
