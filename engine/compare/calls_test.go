package compare

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestCallersAreCounted holds the tables of several goroutines against a map, whatever room they were made for.
func TestCallersAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const names = 40
		want := map[[2]int32]int{}
		var tables []*calls
		for range rapid.IntRange(1, 3).Draw(t, "tables") {
			table := &calls{}
			table.expect(rapid.IntRange(0, names).Draw(t, "expected"))
			for range rapid.IntRange(0, 500).Draw(t, "calls") {
				one := call{int32(rapid.IntRange(0, names-1).Draw(t, "frame")), int32(rapid.IntRange(0, names-1).Draw(t, "caller")), rapid.IntRange(1, 9).Draw(t, "crashes")}
				want[[2]int32{one.frame, one.caller}] += one.crashes
				table.add(one)
			}
			tables = append(tables, table)
		}
		counts := make([][]int, names)
		for call, n := range want {
			counts[call[0]] = append(counts[call[0]], n)
		}
		for name, got := range callersOf(tables, names) {
			slices.Sort(got)
			slices.Sort(counts[name])
			if !slices.Equal(got, counts[name]) {
				t.Errorf("the callers of %d have %v crashes, want %v", name, got, counts[name])
			}
		}
	})
}
