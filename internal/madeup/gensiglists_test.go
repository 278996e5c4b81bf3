package madeup

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"testing"
)

func countLines(lists map[string][]byte) int {
	n := 0
	for _, content := range lists {
		n += len(patternLines(content))
	}
	return n
}

func TestGenerateSiglists(t *testing.T) {
	files := []string{irrelevantFile, prefixFile, sentinelsFile, lineNumbersFile}
	for _, n := range []int{44, 100, 571, 3000} {
		lists := GenerateSiglists(1, n)
		if names := slices.Sorted(maps.Keys(lists)); !slices.Equal(names, files) {
			t.Fatalf("files are %q", names)
		}
		if got := countLines(lists); got != n {
			t.Errorf("%d lines, want %d", got, n)
		}
		if !maps.EqualFunc(lists, GenerateSiglists(1, n), bytes.Equal) {
			t.Errorf("two lists of %d lines from one seed differ", n)
		}
	}
	if maps.EqualFunc(GenerateSiglists(1, 100), GenerateSiglists(2, 100), bytes.Equal) {
		t.Error("two seeds give the same lists")
	}
}

// TestGeneratedLines: every line compiles, none is there twice in its file, and
// enough of them match frames of generated crashes to be worth measuring.
func TestGeneratedLines(t *testing.T) {
	lists := GenerateSiglists(1, 571)
	for _, name := range []string{irrelevantFile, prefixFile, lineNumbersFile} {
		lines, matching := patternLines(lists[name]), 0
		for i, line := range lines {
			re, err := regexp.Compile(`^(?:` + line + `)`)
			if err != nil {
				t.Errorf("%s: %q: %v", name, line, err)
				continue
			}
			if slices.Contains(lines[:i], line) {
				t.Errorf("%s: %q is there twice", name, line)
			}
			if slices.ContainsFunc(vocabulary(), func(s symbol) bool { return re.MatchString(s.plain) }) {
				matching++
			}
		}
		if name != lineNumbersFile && matching < len(lines)*3/4 {
			t.Errorf("%s: %d of %d lines match a function", name, matching, len(lines))
		}
	}
}

func TestChangeSiglists(t *testing.T) {
	base := GenerateSiglists(1, 571)
	untouched := maps.Clone(base)
	for _, k := range []int{0, 1, 10, 37} {
		changed := ChangeSiglists(base, 9, k)
		added, removed := 0, 0
		for name := range base {
			before, after := patternLines(base[name]), patternLines(changed[name])
			added += missing(after, before)
			removed += missing(before, after)
		}
		if added != (k+1)/2 || removed != k/2 {
			t.Errorf("k = %d: %d lines added and %d removed", k, added, removed)
		}
		if !maps.EqualFunc(changed, ChangeSiglists(base, 9, k), bytes.Equal) {
			t.Errorf("k = %d: two changes from one seed differ", k)
		}
	}
	if !maps.EqualFunc(base, untouched, bytes.Equal) {
		t.Error("the base lists were changed")
	}
	if !maps.EqualFunc(base, ChangeSiglists(base, 9, 0), bytes.Equal) {
		t.Error("no change is not the same lists")
	}
}

func missing(from, in []string) int {
	n := 0
	for _, line := range from {
		if !slices.Contains(in, line) {
			n++
		}
	}
	return n
}
