package main

import (
	"slices"
	"testing"
)

// TestOpener: $BROWSER names a program and its arguments, where there is a word in it.
func TestOpener(t *testing.T) {
	t.Setenv("BROWSER", "")
	usual := opener()
	for browser, want := range map[string][]string{" ": usual, "\t\n": usual, "firefox": {"firefox"}, " sh  x ": {"sh", "x"}} {
		t.Setenv("BROWSER", browser)
		if got := opener(); !slices.Equal(got, want) || got[0] == "" {
			t.Errorf("%q: %q, want %q", browser, got, want)
		}
	}
}
