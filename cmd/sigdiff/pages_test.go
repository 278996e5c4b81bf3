package main

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// TestPagesNameAll: each check of lint, each concern and each exit code has its row in the documentation, and no other has.
func TestPagesNameAll(t *testing.T) {
	names := func(text, pattern string) []string {
		var all []string
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			all = append(all, match[1])
		}
		return slices.Sorted(slices.Values(all))
	}
	var checks, kinds []string
	for _, c := range lint.Checks() {
		checks = append(checks, string(c.Name))
	}
	for _, kind := range concerns.All() {
		kinds = append(kinds, string(kind))
	}
	const word, number = "(?m)^\\| `([a-z-]+)` \\|", `(?m)^\| (\d+) \|`
	codes := names(readText(t, "../../internal/exit/exit.go"), `(?m)^\t[A-Z]\w+ += (\d+)`)
	for _, test := range []struct {
		where     string
		got, want []string
	}{
		{"docs/lint.md", names(readText(t, docs+"/lint.md"), word), checks},
		{"docs/judgement.md", names(readText(t, docs+"/judgement.md"), word), kinds},
		{"README.md", names(readText(t, "../../README.md"), number), codes},
		{"exit.Help", names(exit.Help, `(?m)^  (\d+) `), codes},
	} {
		slices.Sort(test.want)
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.where, diff)
		}
	}
}
