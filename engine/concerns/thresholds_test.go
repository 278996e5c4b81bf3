package concerns

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// numbered are as many stacks of one crash each.
func numbered(n int, frames string) (all []stacks) {
	for i := range n {
		all = append(all, stacks{1, fmt.Sprintf(frames, i), ""})
	}
	return all
}

// TestThresholds: each number that a concern goes by, one below it, at it, and one above it.
func TestThresholds(t *testing.T) {
	const memory, stop = "SIGSEGV", "Unhandled C++ Exception"
	for _, test := range []struct {
		name    string
		added   lists
		at      int
		crashes func(n int) []stacks
		kind    Kind
		want    [3]bool
	}{
		{"different frames that a sentinel cuts", lists{sentinels: "lock"}, minCut, func(n int) (all []stacks) {
			for i := range n {
				all = append(all, stacks{3, fmt.Sprintf("x%d lock z", i), ""})
			}
			return all
		}, Cuts, [3]bool{false, true, true}},
		{"crashes of a frame that stay together", lists{sentinels: "lock"}, togetherFrom, func(n int) []stacks {
			return []stacks{{n, "x lock z", ""}, {1, "y lock z", ""}}
		}, Cuts, [3]bool{false, true, true}},
		{"more than half of a frame's crashes stay together", lists{sentinels: "lock"}, 4, func(n int) []stacks {
			return append([]stacks{{n, "x lock z", ""}, {3, "y lock z", ""}}, numbered(4, "x lock a%d")...)
		}, Cuts, [3]bool{false, false, true}},
		{"more than half of all crashes stay together", lists{sentinels: "lock"}, 4, func(n int) []stacks {
			return append([]stacks{{n, "x lock z", ""}}, numbered(4, "y lock a%d")...)
		}, Cuts, [3]bool{false, false, true}},
		{"crashes that come to be strangers", lists{irrelevant: "wait"}, 3, func(n int) []stacks {
			return []stacks{{300, "other loop o1 o2", ""}, {n, "wait loop a1 a2", ""}, {3, "loop b1 b2", ""}}
		}, Strangers, [3]bool{false, true, true}},
		{"crashes of a kind", lists{irrelevant: "wait"}, kindFrom, func(n int) []stacks {
			return []stacks{{n, "wait a b", memory}, {4, "a b", stop}}
		}, Kinds, [3]bool{false, true, true}},
		{"crashes of a kind in twenty", lists{irrelevant: "wait"}, kindShare * 20, func(n int) []stacks {
			return []stacks{{n, "wait a b", memory}, {20 - n, "wait a b", "OUT_OF_MEMORY"}, {4, "a b", stop}}
		}, Kinds, [3]bool{false, true, true}},
		{"new signatures", lists{prefix: "w"}, sprayFrom, func(n int) []stacks { return numbered(n, "w pre::%d x") }, Spray, [3]bool{false, true, true}},
		{"new signatures for three last frames", lists{prefix: "w"}, sprayEach * 3, func(n int) []stacks {
			return append(numbered(n-2, "w pre::%d x"), stacks{1, "w pre::1 y", ""}, stacks{1, "w pre::1 z", ""})
		}, Spray, [3]bool{false, true, true}},
		{"new signatures where there were four", lists{prefix: "w"}, 4, func(n int) []stacks {
			all := numbered(4, "pre::%d w x")
			return append(all, numbered(n-4, "pre::1 w pre::%d x")...)
		}, Spray, [3]bool{false, false, true}},
	} {
		base := enginetest.NewSet(t, "s", "i", "pre::\nlock", "lined")
		join := func(lines, more string) string { return strings.TrimSpace(lines + "\n" + more) }
		candidate := enginetest.NewSet(t, join("s", test.added.sentinels), join("i", test.added.irrelevant), join("pre::\nlock", test.added.prefix), "lined")
		var got [3]bool
		for i := range got {
			for _, c := range concernsOf(t, base, candidate, crashesOf(t, test.crashes(test.at-1+i))) {
				got[i] = got[i] || c.Kind == test.kind
			}
		}
		if got != test.want {
			t.Errorf("%s: one fewer than %d, as many, one more: %v, want %v", test.name, test.at, got, test.want)
		}
	}
}

// TestCauseOfMost: a line is named that is a cause for more than half of the crashes.
func TestCauseOfMost(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "s", "i", "p", "lined"), enginetest.NewSet(t, "s", "i\nwait1\nwait2\nwait3", "p", "lined")
	for n, want := range map[int]int{3: 0, 4: 0, 5: 1} { // of as many and four others
		crashes := crashesOf(t, []stacks{{n, "wait1 a b", "SIGSEGV"}, {2, "wait2 a b", "SIGSEGV"}, {2, "wait3 a b", "SIGSEGV"}, {4, "a b", "Unhandled C++ Exception"}})
		if found := concernsOf(t, base, candidate, crashes); len(found) != 1 || len(found[0].By) != want {
			t.Errorf("%d of %d: %+v, want %d lines", n, n+4, found, want)
		}
	}
}
