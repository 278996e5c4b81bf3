package pipeline

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/corpora"
)

// compared makes the parts of crashes in shards.
func compared(t testing.TB, shards int, lines [][]byte) [][]byte {
	t.Helper()
	base, candidate := sides(t)
	f := &compareFn{Base: base, Candidate: candidate, Examples: 3}
	if err := f.Setup(); err != nil {
		t.Fatal(err)
	}
	entries := make([][]Entry, shards)
	put := func(e Entry) {
		at := shard(e.ID, shards)
		entries[at] = append(entries[at], e)
	}
	for i, line := range lines {
		id, record, err := corpora.ReadProcessed(line)
		if err != nil {
			t.Fatal(err)
		}
		put(Entry{Kind: entryLine, ID: id, File: "a", Line: i + 1, Record: record})
	}
	put(Entry{Kind: entryFailure, ID: "a:7", Text: "broken"})
	put(Entry{Kind: entryMissing, ID: "00000000-0000-4000-8000-000000261001"})
	entries[0] = append(entries[0], Entry{Kind: entryFile, ID: "b"}, Entry{Kind: entryFile}, Entry{Kind: entryFile})
	var parts [][]byte
	for i := range entries {
		part, err := f.ProcessElement(t.Context(), i, iterate(entries[i]))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part)
	}
	return parts
}

func iterate(entries []Entry) func(*Entry) bool {
	return func(e *Entry) bool {
		if len(entries) == 0 {
			return false
		}
		*e, entries = entries[0], entries[1:]
		return true
	}
}

// TestAnyGrouping: parts add up to the same bytes whatever is added first, and wherever accumulators are
// made, merged and sent.
func TestAnyGrouping(t *testing.T) {
	lines := crashes(t, 200)
	want := compared(t, 1, lines)[0]
	parts := compared(t, 12, lines)
	rapid.Check(t, func(rt *rapid.T) {
		f := &joinFn{}
		groups := make([]*part, rapid.IntRange(1, 5).Draw(rt, "groups"))
		for i := range groups {
			groups[i] = f.CreateAccumulator()
		}
		must := func(s *part, err error) *part {
			if err != nil {
				rt.Fatal(err)
			}
			return s
		}
		for _, part := range rapid.Permutation(parts).Draw(rt, "order") {
			i := rapid.IntRange(0, len(groups)-1).Draw(rt, "group")
			groups[i] = must(f.AddInput(groups[i], part))
			if rapid.Bool().Draw(rt, "send") {
				groups[i] = must(decodePart(encodePart(groups[i])))
			}
		}
		whole := groups[0]
		for _, g := range groups[1:] {
			if rapid.Bool().Draw(rt, "turn") {
				whole, g = g, whole
			}
			whole = must(f.MergeAccumulators(whole, g))
		}
		if got := f.ExtractOutput(whole); !bytes.Equal(got, want) {
			rt.Fatalf("%d bytes, and %d of one part; they differ", len(got), len(want))
		}
	})
}

// FuzzDecodePart: whatever comes, it is a part or an error, and a part is what it was made from.
func FuzzDecodePart(f *testing.F) {
	for _, part := range compared(f, 3, crashes(f, 0)[:30]) { // few, since inputs are made smaller byte by byte
		f.Add(part)
		f.Add(part[:len(part)/2])
	}
	f.Add(encodePart(&part{}))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodePart(b)
		if err != nil {
			if !errors.Is(err, errPart) {
				t.Fatal(err)
			}
			return
		}
		again, err := decodePart(encodePart(s))
		if err != nil || !bytes.Equal(encodePart(again), encodePart(s)) {
			t.Fatalf("another part: %v", err)
		}
	})
}

// TestOtherComparison: parts of different comparisons don't add up.
func TestOtherComparison(t *testing.T) {
	base, _ := sides(t)
	f := &compareFn{Base: base, Candidate: base, Examples: 3}
	if err := f.Setup(); err != nil {
		t.Fatal(err)
	}
	part, err := f.ProcessElement(t.Context(), 0, iterate(nil))
	if err != nil {
		t.Fatal(err)
	}
	join := &joinFn{}
	s, err := join.AddInput(join.CreateAccumulator(), compared(t, 1, crashes(t, 0))[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := join.AddInput(s, part); err == nil {
		t.Error("parts of other siglists were added")
	}
}
