package compare

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestExamplesArePlain: of the stacks with the smallest hashes, as many as are wanted, the crash with the smallest id, in whatever
// order crashes come.
func TestExamplesArePlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.IntRange(0, 4).Draw(t, "wanted")
		smallest := map[uint64]string{}
		var es examples
		for range rapid.IntRange(0, 12).Draw(t, "crashes") {
			e := example{rapid.Uint64Range(1, 6).Draw(t, "stack"), fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "id"))}
			if id, known := smallest[e.Stack]; !known || e.ID < id {
				smallest[e.Stack] = e.ID
			}
			es.add(e, want)
		}
		var plain examples
		for stack, id := range smallest {
			plain = append(plain, example{stack, id})
		}
		slices.SortFunc(plain, func(a, b example) int { return cmp.Compare(a.Stack, b.Stack) })
		if plain = plain[:min(want, len(plain))]; !slices.Equal(plain, es) {
			t.Fatalf("%v, want %v", es, plain)
		}
	})
}

func TestDatesWith(t *testing.T) {
	var d Dates
	for _, test := range []struct {
		day  string
		want Dates
	}{{"", Dates{}}, {"b", Dates{"b", "b"}}, {"", Dates{"b", "b"}}, {"c", Dates{"b", "c"}}, {"a", Dates{"a", "c"}}, {"b", Dates{"a", "c"}}} {
		if d = d.with(test.day); d != test.want {
			t.Errorf("with %q: %v, want %v", test.day, d, test.want)
		}
	}
}
