package madeup

import (
	"reflect"
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/siglists"
)

func countLines(set *siglists.Set) int {
	n := 0
	for _, name := range siglists.Names() {
		n += len(set.List(name).Lines)
	}
	return n
}

// same tells that two sets have the same files.
func same(a, b *siglists.Set) bool { return reflect.DeepEqual(a.Sources(), b.Sources()) }

func TestGenerateSiglists(t *testing.T) {
	for _, n := range []int{44, 100, 571, 3000} {
		set := GenerateSiglists(1, n)
		if got := countLines(set); got != n {
			t.Errorf("%d lines, want %d", got, n)
		}
		if !same(set, GenerateSiglists(1, n)) {
			t.Errorf("two lists of %d lines from one seed differ", n)
		}
	}
	if same(GenerateSiglists(1, 100), GenerateSiglists(2, 100)) {
		t.Error("two seeds give the same lists")
	}
}

// TestGeneratedLines: no line is there twice in its file, and enough of them match frames of generated crashes to be
// worth measuring.
func TestGeneratedLines(t *testing.T) {
	set := GenerateSiglists(1, 571)
	for _, name := range []siglists.Name{siglists.Irrelevant, siglists.Prefix} {
		list, matching := set.List(name), 0
		for i, line := range list.Lines {
			if slices.ContainsFunc(list.Lines[:i], func(other siglists.Line) bool { return other.Text == line.Text }) {
				t.Errorf("%s: it is there twice", line)
			}
			pattern, err := list.Pattern(i)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if slices.ContainsFunc(vocabulary(), func(s symbol) bool { is, err := pattern.Match(s.plain); return is && err == nil }) {
				matching++
			}
		}
		if matching < len(list.Lines)*3/4 {
			t.Errorf("%s: %d of %d lines match a function", name, matching, len(list.Lines))
		}
	}
}

func TestChangeSiglists(t *testing.T) {
	base := GenerateSiglists(1, 571)
	for _, k := range []int{0, 1, 10, 37} {
		changed, added := ChangeSiglists(base, 9, k), 0
		changes := siglists.Diff(base, changed)
		for _, c := range changes {
			if c.Added {
				added++
			}
		}
		if added != (k+1)/2 || len(changes) != k {
			t.Errorf("k = %d: %d lines changed, %d of them added", k, len(changes), added)
		}
		if !same(changed, ChangeSiglists(base, 9, k)) {
			t.Errorf("k = %d: two changes from one seed differ", k)
		}
	}
	if !same(base, GenerateSiglists(1, 571)) {
		t.Error("the base lists were changed")
	}
	if !same(base, ChangeSiglists(base, 9, 0)) {
		t.Error("no change is not the same lists")
	}
}
