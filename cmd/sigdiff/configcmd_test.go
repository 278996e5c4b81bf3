package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSettingsHoldWhereThePageSays: docs/config.md names the commands in which each setting takes the place of its flag.
func TestSettingsHoldWhereThePageSays(t *testing.T) {
	word := regexp.MustCompile("`([a-z-]+)`")
	rows := regexp.MustCompile("(?m)^\\| `(corpus|limit|host|fail-on)` \\|[^|]*\\|([^|]*)\\|$").FindAllStringSubmatch(readText(t, docs+"/config.md"), -1)
	if len(rows) != 4 {
		t.Errorf("%d rows of settings, want 4", len(rows))
	}
	for _, row := range rows {
		var said, are []string
		for _, command := range word.FindAllStringSubmatch(row[2], -1) {
			said = append(said, command[1])
		}
		for path, cmd := range everyCommand() {
			if flag := cmd.LocalFlags().Lookup(row[1]); flag != nil && flag.Annotations[setBy] != nil {
				are = append(are, strings.TrimPrefix(path, "sigdiff "))
			}
		}
		if slices.Sort(are); !slices.Equal(said, are) {
			t.Errorf("%s holds in %v; the page says %v", row[1], are, said)
		}
	}
}
