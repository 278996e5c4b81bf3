package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// stacksOver knows as many frames, which are named by letters, and what they weigh, under an edit that changes nothing.
func stacksOver(t *testing.T, weights ...float64) (*stacks, *table.Edit) {
	t.Helper()
	set := enginetest.NewSet(t, "", "qq", "qq", "qq")
	symbols := crashdata.NewSymbols()
	var frames []string
	for i := range weights {
		frames = append(frames, fmt.Sprintf(`{"function": "%c"}`, 'a'+i))
	}
	crash, err := crashdata.ParseProcessed(fmt.Appendf(nil, `{"uuid": %q, "json_dump": {"threads": [{"frames": [%s]}]}}`, enginetest.ID(1), strings.Join(frames, ",")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := symbols.Decoders(1)[0].Decode(crash.AppendRecord(nil)); err != nil {
		t.Fatal(err)
	}
	layer, err := table.NewLayer(set).Over(t.Context(), symbols.All())
	if err != nil {
		t.Fatal(err)
	}
	edit, err := layer.Edit(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	s := newStacks(newNames())
	s.over(s.names.over(edit))
	s.weights = make([]float64, len(s.names.symbols))
	for i, w := range weights {
		s.weights[s.names.numbers[string(rune('a'+i))]] = w
	}
	return s, edit
}

// named are frames by their names.
func (s *stacks) named(letters string) (frames []int32) {
	for _, letter := range letters {
		frames = append(frames, s.names.numbers[string(letter)])
	}
	return frames
}

// TestThresholds: each number that a comparison goes by, one below it, at it, and one above it.
func TestThresholds(t *testing.T) {
	count := func(is bool) int {
		if is {
			return 1
		}
		return 0
	}
	for _, test := range []struct {
		name  string
		at    int
		count func(n int) int
		want  [3]int
	}{
		{"hundredths of likeness of strangers", strangersBelow * 100, func(n int) int {
			// The frame at the top of both stacks weighs n each, and that below it in one of them the rest of 200.
			s, edit := stacksOver(t, float64(n), 2*float64(200-2*n))
			return len(s.strangers(map[Pair]*pairTally{
				{"x", "z"}: {Crashes: strangersFrom, sample: sample{{1, 1, s.named("ab")}}},
				{"z", "z"}: {Crashes: 1, sample: sample{{2, 1, s.named("a")}}},
			}, edit))
		}, [3]int{1, 0, 0}},
		{"crashes that come to strangers", strangersFrom, func(n int) int {
			s, edit := stacksOver(t, 1, 1)
			return len(s.strangers(map[Pair]*pairTally{
				{"x", "z"}: {Crashes: n, sample: sample{{1, 1, s.named("a")}}},
				{"z", "z"}: {Crashes: 1, sample: sample{{2, 1, s.named("b")}}},
			}, edit))
		}, [3]int{0, 1, 1}},
		{"frames of nine that become irrelevant", 3, func(n int) int {
			l := &likeness{weight: make([]float64, n+6), worth: append(slices.Repeat([]worth{becoming}, n), slices.Repeat([]worth{full}, 6)...)}
			var stack []int32
			for name := range n + 6 {
				stack = append(stack, int32(name))
			}
			count := 0
			l.each(stack, func(int32, float64) { count++ })
			return count
		}, [3]int{6, 6, 10}},
		{"crashes of which shares are", shareOf, func(n int) int {
			s, _ := stacksOver(t, 0)
			s.crashes, s.frames = n, []int{1}
			s.weigh()
			return count(s.weights[0] != math.Exp(-rarity*1.0/shareOf))
		}, [3]int{0, 0, 1}},
		{"other crashes than the four that come together in a prefix", 4, func(n int) int {
			s, _ := stacksOver(t, 1, 1, 1)
			s.crashes, s.frames = 4+n, []int{4 + n, 4, 4 + n}
			return count(s.silent(Pair{"a | b", "a"}, 4)(s.named("c")[0]))
		}, [3]int{0, 1, 1}},
		{"others of six that have a frame, too", 3, func(n int) int {
			s, _ := stacksOver(t, 1, 1, 1)
			s.crashes, s.frames = 2+6, []int{2 + n, 2, 2 + n}
			return count(s.silent(Pair{"a | b", "a"}, 2)(s.named("c")[0]))
		}, [3]int{0, 0, 1}},
		{"stacks that stand for all", maxSample, func(n int) int {
			var all sample
			for i := range n {
				all = all.add(sampled{uint64(i), 1, nil})
			}
			return len(all)
		}, [3]int{maxSample - 1, maxSample, maxSample}},
		{"crashes with one of the stacks that stand for all", 2, func(n int) int {
			var all sample
			for range n {
				all = all.add(sampled{1, 1, nil})
			}
			return 10*len(all) + all[0].crashes
		}, [3]int{11, 12, 13}},
		{"underscores in front of a sibling", maxUnderscores, func(n int) int {
			line := siglists.Line{List: siglists.Irrelevant, Text: strings.Repeat("_", n) + "foo"}
			return count(Sibling(line)(nil, "foo"))
		}, [3]int{1, 1, 0}},
		{"letters that are searched for", gramSize, func(n int) int {
			text := "abcdef"[:n]
			return len(newFrameSearch(nil, []table.Seen{{Classified: &signatures.Classified{Text: "zzzzzz"}}}, []string{text}).mayHave(text))
		}, [3]int{1, 0, 0}},
		{"letters of a line with a slip", 16, func(n int) int {
			return len(oneAway(siglists.Line{List: siglists.Prefix, Text: "mozilla::dom::Windov"[:n]}))
		}, [3]int{0, 2, 2}},
	} {
		var got [3]int
		for i := range got {
			got[i] = test.count(test.at - 1 + i)
		}
		if got != test.want {
			t.Errorf("%s: one below %d, at it, one above it: %v, want %v", test.name, test.at, got, test.want)
		}
	}
}

// TestLikenessOfNothing: stacks of which nothing counts are alike, and a part of a signature that is no frame silences none.
func TestLikenessOfNothing(t *testing.T) {
	s, _ := stacksOver(t, 1, 1)
	if got := s.likeness(nil).like(nil, nil); got != 1 {
		t.Errorf("nothing is %v like nothing", got)
	}
	s.crashes, s.frames = 2, []int{1, 1}
	if cut := s.silent(Pair{"a | b | IPC_Message_Name=x", "a | IPC_Message_Name=x"}, 2); cut == nil || !cut(s.named("a")[0]) || cut(s.named("b")[0]) {
		t.Error("a signature with a message behind it was not cut short")
	}
	silent := s.silent(Pair{"OOM | unknown | b", "OOM | unknown"}, 2)
	if silent(s.named("a")[0]) || silent(s.named("b")[0]) {
		t.Error("a mark silences a frame")
	}
}

// TestSiblingOfASentinel: a sentinel is no pattern.
func TestSiblingOfASentinel(t *testing.T) {
	for text, want := range map[string]map[string]bool{
		"pa.ic": {"_pa.ic": true, "_panic": false, "pa.ic": true, "pa.ic<T>": true, "pa.ics": false},
		"(a)":   {"_(a)": true, "_a": false},
	} {
		sibling := Sibling(siglists.Line{List: siglists.Sentinels, Text: text})
		for frame, is := range want {
			if sibling(nil, frame) != is {
				t.Errorf("%s: %s: %v", text, frame, !is)
			}
		}
	}
}
